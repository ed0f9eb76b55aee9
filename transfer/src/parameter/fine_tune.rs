//! Parameter transfer: the source's weights are where the target's training begins.

use autograd::{Float, Seed, Tape};
use nn::{Module, Optimizer, Parameters, Sgd, StateDict};

use crate::examples::Examples;
use crate::{Description, Error, Fitted, Recipe, Source, Strategy, Training};

/// What becomes of the source's last layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// It is kept: each class of the target begins with the weights of the source's class of the
    /// same **name**. Right when the tasks agree and the domains differ mildly.
    #[default]
    Kept,
    /// A fresh one takes its place. Needed when the classes are others, right when the domains
    /// differ strongly.
    New,
}

/// Fine-tuning: copies the source's weights, then trains all of them on the target.
///
/// # Source
/// Yosinski et al. 2014, section 2 (the transferred layers fine-tuned: `AnB+`, all layers but the
/// head copied). Here also with the head kept, as the two tasks may have the same classes.
#[derive(Clone, Copy, Debug, Default)]
pub struct FineTune {
    /// What becomes of the source's last layer.
    pub head: Head,
}

impl<F: Float> Strategy<F> for FineTune {
    fn describe(&self) -> Description {
        let name = match self.head {
            Head::Kept => "fine-tuned",
            Head::New => "fine-tuned, new head",
        };
        Description {
            name,
            article_term: Some("参数迁移"),
            paper: Some("Yosinski et al. 2014, How transferable are features"),
            chapter: "Parameter transfer",
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
        let model = spec.build_task::<F>(seed.child("weights"), &target.task);
        let (trunk, head) = source.model.clone().split_head();
        let head = match self.head {
            Head::Kept => rows_of(&head.state_dict(), &examples.places_in(source)?),
            Head::New => model.clone().split_head().1.state_dict(),
        };
        // Strict: a tensor that found no place, or a place that found no tensor, is an error.
        model.load_state_dict(&trunk.state_dict().into_iter().chain(head).collect())?;

        let mut optimizer = Sgd::with_config(&model, config);
        for step in 0..recipe.steps {
            let (x, labels) = examples.batch(step);
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
            Error::check(loss, Strategy::<F>::describe(self).name, step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(model))
    }
}

/// The rows of a head's weight and bias that belong to these classes.
fn rows_of<F: Float>(head: &StateDict<F>, classes: &[usize]) -> StateDict<F> {
    head.iter().map(|(name, value)| (name.to_owned(), value.index_select(0, classes))).collect()
}
