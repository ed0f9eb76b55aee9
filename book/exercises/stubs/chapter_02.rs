//! Chapter 2: tensors and the tape.

use crate::scalar::{Tape, Var};

// ANCHOR: divide
/// The quotient of two numbers: its value, and its slopes.
pub(crate) fn divide<'t>(x: Var<'t>, y: Var<'t>) -> Var<'t> {
    todo!("exercise 2.1")
}
// ANCHOR_END: divide

// ANCHOR: backward
/// The slope of a weighted sum in every number of the list, in one
/// walk. `sum` has places and weights; the list has, for each number,
/// the places of its inputs and the slopes in them.
pub(crate) fn backward(
    nodes: &[Vec<(usize, f64)>],
    sum: &[(usize, f64)],
) -> Vec<f64> {
    todo!("exercise 2.2")
}
// ANCHOR_END: backward

// ANCHOR: active
/// Which numbers of the list depend on a leaf or are one: those whose
/// history is needed.
pub(crate) fn active(
    nodes: &[Vec<(usize, f64)>],
    leaves: &[usize],
) -> Vec<bool> {
    todo!("exercise 2.3")
}
// ANCHOR_END: active

// ANCHOR: edges
/// How many edges the tape of `forward` holds if `x` is a leaf.
pub(crate) fn edges() -> usize {
    todo!("exercise 2.4")
}
// ANCHOR_END: edges

// ANCHOR: neuron_step
/// The weights of `tanh(a x + b y + c)` after a step down the slope of
/// the sum of squared errors; a row is `[x, y, wanted]`.
pub(crate) fn neuron_step(
    weights: [f64; 3],
    rows: &[[f64; 3]],
    rate: f64,
) -> [f64; 3] {
    todo!("exercise 2.5")
}
// ANCHOR_END: neuron_step
