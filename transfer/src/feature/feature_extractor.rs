//! Feature transfer: the source's trunk, frozen, turns rows into features.

use autograd::Float;
use nn::train::{Description, Family, Needs, Outputs, Run};
use nn::{Module, Parameters};

use crate::parameter::tune;
use crate::{Error, Fitted, Given, Strategy};

/// A frozen trunk with a new head: the head alone learns the target, on features computed once.
///
/// Frozen is out of the tape and out of the optimiser: the trunk has no gradient, no momentum and
/// no decay, and its running statistics stand still. So the features of a row never change, and
/// they are computed before the training instead of at every step of it.
///
/// # Source
/// Donahue et al. 2014 (`DeCAF`), section 3: a network's inner activations as fixed features for a
/// linear classifier. Here: of the last hidden layer, and the classifier is trained by gradient
/// descent with the same recipe as the other strategies.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeatureExtractor;

impl<F: Float> Strategy<F> for FeatureExtractor {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("特征迁移"),
            paper: Some("Donahue et al. 2014, DeCAF"),
            chapter: "Feature transfer",
            needs: Needs::ONE_SOURCE,
            usual: true,
            ..Description::new("features", Family::Feature)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let examples = given.examples(&run)?;
        let source = given.source(run.strategy())?;
        let spec = examples.fitting(&source.spec)?;
        let (_, head) = spec.build_task::<F>(run.weights(), &given.target.task).split_head();
        let (trunk, _) = source.parts()?;
        trunk.freeze();
        let features = examples.mapped(|x| trunk.predict(x));
        let (layers, model) = (trunk.len(), trunk.followed_by(head));
        tune(&model, layers, &features, &run, None)?;
        Ok(Fitted::network(model, Outputs::of(&features, 0), given, &run))
    }
}
