//! The source's network as it is.

use autograd::Float;
use nn::train::{Description, Family, Needs, Outputs, Property, Run};

use crate::parameter::{Head, start};
use crate::{Error, Fitted, Given, Strategy};

/// Source only: the source's network predicts the target, and nothing is trained. What a transfer
/// adds is its difference to this as well as to [`Scratch`](super::Scratch).
///
/// Of a labelled target it takes only the names of its classes, which it looks up among the source's;
/// without labels, and for numbers, the outputs mean what they mean in the source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceOnly;

impl<F: Float> Strategy<F> for SourceOnly {
    fn describe(&self) -> Description {
        Description {
            chapter: "Why compare",
            needs: Needs { labelled: false, ..Needs::ONE_SOURCE },
            keeps: &[Property::BeginsAsSource],
            usual: true,
            ..Description::new("source only", Family::Baseline)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let source = given.source(run.strategy())?;
        let of_source = Outputs::of(&source.examples(None, &run)?, 0);
        let by_name = given.target.labelled.is_some();
        let (model, outputs) = if by_name && matches!(of_source, Outputs::Classes { .. }) {
            let examples = given.examples(&run)?;
            (start(Head::Kept, &examples, given, &run)?, Outputs::of(&examples, 0))
        } else {
            let (trunk, head) = source.parts()?;
            (trunk.followed_by(head), of_source)
        };
        Ok(Fitted { trained: 0, ..Fitted::network(model, outputs, given, &run) })
    }
}
