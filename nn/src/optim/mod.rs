//! Optimisers: rules that move parameters along their gradients.

mod adam;
mod groups;
mod rule;
mod schedule;
mod sgd;
mod slots;
mod state;

use autograd::{Float, Gradients, Var};

use crate::Error;

pub use adam::{Adam, AdamConfig};
pub use groups::Groups;
pub use rule::{Decays, Rule};
pub use schedule::Schedule;
pub use sgd::{Sgd, SgdConfig};
pub use state::OptimizerState;

/// A rule that moves a model's parameters along their gradients.
///
/// An optimiser holds shared handles to the parameters it was made for and touches no others. A
/// parameter without a gradient is left as it is, and so is its state: no decay, no momentum. A
/// frozen one keeps its bits; when it is thawed its state starts afresh. Gradients that are all of
/// other parameters are a fault of the program, and no gradients at all are none.
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{Linear, Module, Optimizer, Seed, Sgd};
/// let seed = Seed::new(1);
/// let model = Linear::new(2, 3, seed);
/// let (x, labels) = (Tensor::new([2, 2], vec![1.0_f32, 0.0, 0.0, 1.0]), [0, 2]);
/// let mut optimizer = Sgd::new(&model, 0.5);
/// for step in 0..100 {
///     let tape = Tape::training(seed.child(step));
///     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
///     optimizer.step(loss.backward());
/// }
/// assert_eq!(nn::metrics::accuracy(&model.predict(&x), &labels), 1.0);
/// ```
pub trait Optimizer<F: Float = f32>: Send {
    /// Moves every parameter that has a gradient. The gradients are consumed, so that the step
    /// writes into their buffers where a tape still holds the parameters' own.
    ///
    /// # Panics
    /// If there are gradients, none of them of a parameter of this optimiser, though some of its
    /// parameters are not frozen: it was made for another model.
    #[track_caller]
    fn step(&mut self, gradients: Gradients<F>);

    /// The present learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the steps to come; groups keep their ratio to it. A [`Schedule`] is
    /// a function of the step's number, asked before each step.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[doc(alias = "lr")]
    #[track_caller]
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// What must be kept, beside the model's own state, to go on later as if there had been no stop.
    fn state(&self) -> OptimizerState<F>;

    /// Goes on from a state that an optimiser of the same rule on a model of the same names gave;
    /// what it says nothing of begins afresh.
    ///
    /// # Errors
    /// If the state is of another rule, or something in it is missing, unexpected or of another
    /// shape; nothing is changed then.
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error>;
}

/// The loss itself, unless it is infinite or not a number: training stops there.
///
/// A loss that is not finite is never compared with another one, so it cannot pass for better; and
/// no optimiser sees its gradients, so the model is the one of the step before.
///
/// ```
/// use autograd::Tape;
/// let tape = Tape::new();
/// let loss = tape.leaf(0.0).ln();
/// let error = nn::finite(loss, 7).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the loss of step 7 is -inf, not a finite number: scale the features (data::Scaler) or lower \
///      the learning rate"
/// );
/// ```
///
/// # Errors
/// If the loss is not finite; the error names the step.
///
/// # Panics
/// If the loss is not a single number.
#[track_caller]
pub fn finite<F: Float>(loss: Var<'_, F>, step: usize) -> Result<Var<'_, F>, Error> {
    let value = loss.value().item().to_f64();
    if value.is_finite() {
        Ok(loss)
    } else {
        Err(Error::Loss { strategy: None, step, loss: value })
    }
}
