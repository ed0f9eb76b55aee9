//! Optimisers: rules that move parameters along their gradients.

mod sgd;

use autograd::{Float, Gradients};

pub use sgd::{Sgd, SgdConfig};

/// A rule that moves a model's parameters along their gradients.
///
/// An optimiser holds shared handles to the parameters it was made for and touches no others. A
/// parameter without a gradient is left as it is, and so is its state: no decay, no momentum. A
/// frozen one keeps its bits; when it is thawed its state starts afresh.
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{Linear, Module, Optimizer, Seed, Sgd};
/// let model = Linear::new(2, 3, Seed::new(1));
/// let (x, labels) = (Tensor::new([2, 2], vec![1.0_f32, 0.0, 0.0, 1.0]), [0, 2]);
/// let mut optimizer = Sgd::new(&model, 0.5);
/// for _ in 0..100 {
///     let tape = Tape::new();
///     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
///     optimizer.step(loss.backward());
/// }
/// assert_eq!(nn::metrics::accuracy(&model.predict(&x), &labels), 1.0);
/// ```
pub trait Optimizer<F: Float = f32>: Send {
    /// Moves every parameter that has a gradient. The gradients are consumed, so that the step
    /// writes into their buffers where a tape still holds the parameters' own.
    fn step(&mut self, gradients: Gradients<F>);

    /// The present learning rate.
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the steps to come: a schedule is a function of the step's number,
    /// called before each step.
    fn set_learning_rate(&mut self, learning_rate: f64);
}
