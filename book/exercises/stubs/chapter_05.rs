//! Chapter 5: a small network.

use nn::SgdConfig;

// ANCHOR: cross_entropy
/// The cross-entropy of a row and its gradient in the logits, finite
/// wherever the logits are.
pub(crate) fn cross_entropy(
    logits: &[f64],
    label: usize,
) -> (f64, Vec<f64>) {
    todo!("exercise 5.1")
}
// ANCHOR_END: cross_entropy

// ANCHOR: deviation
/// The standard deviation of the weights with which a signal keeps its
/// mean square through a layer of so many inputs and the ReLU after it.
pub(crate) fn deviation(inputs: usize) -> f64 {
    todo!("exercise 5.2")
}
// ANCHOR_END: deviation

// ANCHOR: gain
/// How far the velocity swings if the gradient of step `t` is
/// `cos(frequency * t)`, once it has settled.
pub(crate) fn gain(momentum: f64, frequency: f64) -> f64 {
    todo!("exercise 5.3")
}
// ANCHOR_END: gain

// ANCHOR: descend
/// A step of descent with rate, momentum and decay, and no other
/// option. The velocity is empty before the first gradient.
pub(crate) fn descend(
    weights: &mut [f64],
    velocity: &mut Vec<f64>,
    gradient: Option<&[f64]>,
    config: &SgdConfig,
) {
    todo!("exercise 5.4")
}
// ANCHOR_END: descend

// ANCHOR: ever_moves
/// Whether a hidden ReLU unit can ever move whose incoming weights are
/// zero at the start and whose bias is this.
pub(crate) fn ever_moves(bias: f64) -> bool {
    todo!("exercise 5.5")
}
// ANCHOR_END: ever_moves
