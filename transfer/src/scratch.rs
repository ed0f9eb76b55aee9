//! The baseline: the target alone.

use autograd::{Float, Seed, Tape};
use nn::{Module, Optimizer, Sgd};

use crate::examples::Examples;
use crate::{Description, Error, Fitted, Recipe, Source, Strategy, Training};

/// A fresh network of the source's architecture, trained on the target alone: what every transfer
/// is compared with.
///
/// Of the source it takes the architecture, and nothing that was learnt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scratch;

impl<F: Float> Strategy<F> for Scratch {
    fn describe(&self) -> Description {
        Description { name: "scratch", article_term: None, paper: None, chapter: "Why compare" }
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
        let model = spec.build_task::<F>(seed.child("weights"), &target.task);

        let mut optimizer = Sgd::with_config(&model, config);
        for step in 0..recipe.steps {
            let (x, labels) = examples.batch(step);
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
            Error::check(loss, "scratch", step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(model))
    }
}
