//! Feature transfer: the source's trunk, frozen, turns rows into features.

use autograd::{Float, Seed, Tape};
use nn::{Module, Optimizer, Parameters, Sgd};

use crate::examples::Examples;
use crate::{Description, Error, Fitted, Recipe, Source, Strategy, Training};

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
            name: "features",
            article_term: Some("特征迁移"),
            paper: Some("Donahue et al. 2014, DeCAF"),
            chapter: "Feature transfer",
        }
    }

    fn fit(
        &self,
        source: &Source<F>,
        target: &Training<F>,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let config = recipe.sgd()?;
        let examples = Examples::of_target(source, target, recipe.batch, seed)?;
        let spec = examples.fitting(&source.spec)?;
        let (_, head) = spec.build_task::<F>(seed.child("weights"), &target.task).split_head();
        let (trunk, _) = source.model.clone().split_head();
        trunk.freeze();
        let features = examples.mapped(|x| trunk.predict(x));

        let mut optimizer = Sgd::with_config(&head, config);
        for step in 0..recipe.steps {
            let (x, labels) = features.batch(step);
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = head.forward(tape.constant(x)).cross_entropy(&labels);
            Error::check(loss, "features", step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(trunk.followed_by(head)))
    }
}
