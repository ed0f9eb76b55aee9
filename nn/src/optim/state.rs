//! An optimiser's state, by name.

use std::collections::BTreeMap;

use autograd::Float;

use crate::StateDict;

/// What an optimiser must keep to go on later as if it had never stopped.
///
/// Numbers are begun when a parameter first has a gradient, so a parameter that had none yet, is
/// frozen, or was thawed since its last step has no entry here, and begins afresh when it moves.
/// Options other than the learning rate are the program's: make the optimiser with the same ones
/// before [`load_state`](crate::Optimizer::load_state). Bits are kept if the file keeps those of
/// the tensors and of the rate.
///
/// ```
/// use autograd::{Gradients, Parameter, Tensor};
/// use nn::{Adam, Optimizer};
/// let weight = Parameter::new(Tensor::new([1], vec![1.0_f32]));
/// let gradient = || {
///     let mut gradients = Gradients::empty();
///     gradients.insert(&weight, Tensor::new([1], vec![0.5]));
///     gradients
/// };
/// let mut optimizer = Adam::new(&weight, 0.1);
/// optimizer.step(gradient());
/// let (state, value) = (optimizer.state(), weight.value());
/// optimizer.step(gradient());
/// let uninterrupted = weight.value();
///
/// weight.set(value);
/// let mut resumed = Adam::new(&weight, 0.1);
/// resumed.load_state(&state)?;
/// resumed.step(gradient());
/// assert_eq!(weight.value(), uninterrupted);
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OptimizerState<F: Float = f32> {
    /// Which optimiser it is of: `sgd`, `adam` or `adamw`.
    pub rule: String,
    /// The learning rate; groups have theirs in the program.
    pub learning_rate: f64,
    /// The numbers of each parameter that has some, in its shape, under the parameter's name and
    /// PyTorch's: `fc1.weight.momentum_buffer`, `fc1.weight.exp_avg`, `fc1.weight.exp_avg_sq`.
    pub tensors: StateDict<F>,
    /// For each of these parameters, how many steps have moved it since its numbers were begun.
    pub steps: BTreeMap<String, u64>,
}

impl<F: Float> OptimizerState<F> {
    /// The state before the first step.
    pub fn new(rule: &str, learning_rate: f64) -> Self {
        let (rule, tensors) = (rule.to_owned(), StateDict::new());
        OptimizerState { rule, learning_rate, tensors, steps: BTreeMap::new() }
    }
}
