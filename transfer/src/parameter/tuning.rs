//! Training on the target from given weights: the loop of every strategy whose data, loss and moving
//! parts are those of plain supervised learning, with a penalty at most.

use autograd::{Float, Var};
use nn::train::{BatchLabels, Examples, Run};
use nn::{Groups, Sequential};

use crate::{Error, Given};

/// Something added to the target's loss, as a value: what it begins for one fit is a [`Penalising`].
///
/// A penalty on fine-tuning is one file with this trait, its [`Strategy`](crate::Strategy) calling
/// [`fine_tune`](super::fine_tune).
pub trait Penalty<F: Float = f32>: Send + Sync {
    /// What holds for a fit that begins at these weights: a copy of them, say, or how much each
    /// matters to the source.
    ///
    /// # Errors
    /// If what is given does not fit the penalty.
    fn begin(
        &self,
        given: &Given<'_, F>,
        start: &Sequential<F>,
        run: &Run<'_, F>,
    ) -> Result<Box<dyn Penalising<F>>, Error>;
}

/// A penalty in one fit.
pub trait Penalising<F: Float = f32> {
    /// What is added to the loss of a step; `None` adds nothing, not a zero.
    fn on<'t>(&self, step: &Tuned<'t, '_, F>) -> Option<Var<'t, F>>;
}

/// A step of tuning, as a penalty sees it.
pub struct Tuned<'t, 'm, F: Float = f32> {
    /// The batch's rows.
    pub x: Var<'t, F>,
    /// What the trunk makes of them: the head's input.
    pub features: Var<'t, F>,
    /// The network's outputs for them.
    pub outputs: Var<'t, F>,
    /// Their labels.
    pub labels: &'m BatchLabels<F>,
    /// The network.
    pub model: &'m Sequential<F>,
    /// Which share of the training is done.
    pub done: f64,
}

/// Trains the layers of `model` from number `first` on; the examples are what the layers before it,
/// which are frozen, make of rows.
///
/// # Errors
/// If a number of the recipe is out of its range, or a loss is not finite.
pub fn tune<F: Float>(
    model: &Sequential<F>,
    first: usize,
    examples: &Examples<F>,
    run: &Run<'_, F>,
    penalty: Option<&dyn Penalising<F>>,
) -> Result<(), Error> {
    let head = model.head().unwrap_or(0);
    let mut optimizer = run.optimizer(Groups::of(model))?;
    for step in run.steps(model) {
        let (x, labels) = examples.batch(step.number());
        let tape = step.tape();
        let x = tape.constant(x);
        let features = model.forward_layers(first..head, x);
        let outputs = model.forward_layers(head..model.len(), features);
        let mut loss = labels.loss(outputs);
        if let Some(penalty) = penalty {
            let (labels, done) = (&labels, step.done());
            let tuned = Tuned { x, features, outputs, labels, model, done };
            loss = penalty.on(&tuned).map_or(loss, |penalty| loss + penalty);
        }
        step.descend(&mut *optimizer, loss)?;
    }
    Ok(())
}
