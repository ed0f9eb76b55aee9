//! Feature transfer: the source's trunk, frozen, turns rows into features.

use autograd::Float;
use nn::train::{Description, Family, Needs, Outputs, Property, Run};
use nn::{Module, Parameters};

use crate::parameter::{Head, start, tune};
use crate::{Error, Fitted, Given, Strategy};

/// A frozen trunk under a trained head: the head alone learns the target, on features computed once.
///
/// Frozen is out of the tape and out of the optimiser: the trunk has no gradient, no momentum and
/// no decay, and its running statistics stand still. So the features of a row never change, and
/// they are computed before the training instead of at every step of it.
///
/// # Source
/// Donahue et al. 2014 (`DeCAF`), section 3: a network's inner activations as fixed features for a
/// linear classifier. Here: of the last hidden layer, and the classifier is trained by gradient
/// descent with the same recipe as the other strategies.
#[derive(Clone, Copy, Debug)]
pub struct FeatureExtractor {
    /// What becomes of the source's last layer.
    pub head: Head,
}

impl Default for FeatureExtractor {
    /// A new head, as in the paper.
    fn default() -> Self {
        Self { head: Head::New }
    }
}

impl<F: Float> Strategy<F> for FeatureExtractor {
    fn describe(&self) -> Description {
        let (name, keeps): (_, &[Property]) = match self.head {
            Head::Kept => ("features, kept head", &[Property::BeginsAsSource]),
            Head::New => ("features", &[]),
        };
        Description {
            article_term: Some("特征迁移"),
            paper: Some("Donahue et al. 2014, DeCAF"),
            chapter: "Feature transfer",
            needs: Needs::ONE_SOURCE,
            keeps,
            usual: true,
            ..Description::new(name, Family::Feature)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let examples = given.examples(&run)?;
        let (trunk, head) = start(self.head, &examples, given, &run)?.split_head();
        trunk.freeze();
        let features = examples.mapped(|x| trunk.predict(x));
        let (layers, model) = (trunk.len(), trunk.followed_by(head));
        tune(&model, layers, &features, &run, None)?;
        Ok(Fitted::network(model, Outputs::of(&features, 0), given, &run))
    }
}
