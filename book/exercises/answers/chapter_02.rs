//! Chapter 2: tensors and the tape.

use crate::scalar::{Tape, Var};

// ANCHOR: divide
/// The quotient of two numbers: its value, and its slopes.
pub(crate) fn divide<'t>(x: Var<'t>, y: Var<'t>) -> Var<'t> {
    let value = x.value / y.value;
    let slopes =
        [(x.index, 1.0 / y.value), (y.index, -value / y.value)];
    x.tape.record(value, slopes.to_vec())
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
    let mut bars = vec![0.0; nodes.len()];
    for &(index, weight) in sum {
        bars[index] += weight;
    }
    for index in (0..nodes.len()).rev() {
        for &(input, slope) in &nodes[index] {
            bars[input] += bars[index] * slope;
        }
    }
    bars
}
// ANCHOR_END: backward

// ANCHOR: active
/// Which numbers of the list depend on a leaf or are one: those whose
/// history is needed.
pub(crate) fn active(
    nodes: &[Vec<(usize, f64)>],
    leaves: &[usize],
) -> Vec<bool> {
    let mut active: Vec<bool> = vec![];
    for (index, inputs) in nodes.iter().enumerate() {
        let below = inputs.iter().any(|&(input, _)| active[input]);
        active.push(below || leaves.contains(&index));
    }
    active
}
// ANCHOR_END: active

// ANCHOR: edges
/// How many edges the tape of `forward` holds if `x` is a leaf.
pub(crate) fn edges() -> usize {
    6
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
    let tape = Tape::default();
    let leaf = |number| tape.leaf(number);
    let [a, b, c] = weights.map(leaf);
    let loss = rows.iter().fold(leaf(0.0), |loss, row| {
        let [x, y, wanted] = row.map(leaf);
        let apart = (a * x + b * y + c).tanh() + leaf(-1.0) * wanted;
        loss + apart * apart
    });
    let bars = loss.backward();
    [a, b, c].map(|weight| weight.value - rate * bars[weight.index])
}
// ANCHOR_END: neuron_step
