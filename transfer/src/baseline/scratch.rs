//! The baseline: the target alone.

use autograd::Float;
use nn::train::{Description, Family, Outputs, Property, Role, Run};

use crate::parameter::tune;
use crate::{Error, Fitted, Given, Strategy};

/// A fresh network of the given architecture, trained on the target alone: what every transfer is
/// compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scratch;

impl<F: Float> Strategy<F> for Scratch {
    fn describe(&self) -> Description {
        Description {
            role: Role::Baseline,
            chapter: "Why compare",
            keeps: &[Property::IgnoresSources, Property::BeginsAsBaseline],
            usual: true,
            ..Description::new("scratch", Family::Baseline)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let examples = given.examples(&run)?;
        let spec = examples.fitting(given.spec)?;
        let model = spec.build_task::<F>(run.weights(), &given.target.task);
        tune(&model, 0, &examples, &run, None)?;
        Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
    }
}
