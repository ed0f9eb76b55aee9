//! Chapter 5: a small network.

use nn::SgdConfig;

// ANCHOR: cross_entropy
/// The cross-entropy of a row and its gradient in the logits, finite
/// wherever the logits are.
pub(crate) fn cross_entropy(
    logits: &[f64],
    label: usize,
) -> (f64, Vec<f64>) {
    let largest = logits.iter().copied().fold(f64::MIN, f64::max);
    let powers = logits.iter().map(|logit| (logit - largest).exp());
    let mut slopes: Vec<f64> = powers.collect();
    let sum: f64 = slopes.iter().sum();
    slopes.iter_mut().for_each(|power| *power /= sum);
    slopes[label] -= 1.0;
    (largest - logits[label] + sum.ln(), slopes)
}
// ANCHOR_END: cross_entropy

// ANCHOR: deviation
/// The standard deviation of the weights with which a signal keeps its
/// mean square through a layer of so many inputs and the ReLU after it.
pub(crate) fn deviation(inputs: usize) -> f64 {
    (2.0 / inputs as f64).sqrt()
}
// ANCHOR_END: deviation

// ANCHOR: gain
/// How far the velocity swings if the gradient of step `t` is
/// `cos(frequency * t)`, once it has settled.
pub(crate) fn gain(momentum: f64, frequency: f64) -> f64 {
    let square = 1.0 - 2.0 * momentum * frequency.cos();
    1.0 / (square + momentum * momentum).sqrt()
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
    let Some(gradient) = gradient else { return };
    let first = velocity.is_empty();
    velocity.resize(weights.len(), 0.0);
    let keep = if first { 0.0 } else { config.momentum };
    for (i, weight) in weights.iter_mut().enumerate() {
        let pull = gradient[i] + config.weight_decay * *weight;
        velocity[i] = keep * velocity[i] + pull;
        *weight -= config.learning_rate * velocity[i];
    }
}
// ANCHOR_END: descend

// ANCHOR: ever_moves
/// Whether a hidden ReLU unit can ever move whose incoming weights are
/// zero at the start and whose bias is this.
pub(crate) fn ever_moves(bias: f64) -> bool {
    bias > 0.0
}
// ANCHOR_END: ever_moves
