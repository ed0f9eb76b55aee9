//! Chapter 7: feature transfer.

use autograd::{Seed, Tape, Tensor};
use nn::{Linear, Module as _, Optimizer as _, Parameters as _};
use nn::{Sgd, SgdConfig};

use crate::network::TwoLayers;

// ANCHOR: silent
/// The units, `[rows, units]`, that are 0 on every row.
pub(crate) fn silent(features: &Tensor) -> Vec<usize> {
    todo!("exercise 7.1")
}
// ANCHOR_END: silent

// ANCHOR: drift
/// How far a weight goes in all later steps whose gradient is zero, if
/// this is its velocity after the last step that had one.
pub(crate) fn drift(velocity: f64, rate: f64, momentum: f64) -> f64 {
    todo!("exercise 7.2")
}
// ANCHOR_END: drift

// ANCHOR: train_head
/// Trains the head `fc2` alone; the trunk `fc1` keeps its bits.
pub(crate) fn train_head(
    model: &TwoLayers,
    x: &Tensor,
    labels: &[usize],
    config: SgdConfig,
) {
    // todo: the trunk's gradients are zero, and it moves. Mend it.
    let mut optimizer = Sgd::with_config(model, config);
    for step in 0..20 {
        let tape = Tape::training(Seed::new(step));
        let logits = model.forward(tape.constant(x));
        let mut gradients = logits.cross_entropy(labels).backward();
        for (_, parameter) in model.fc1.named() {
            let zeros = Tensor::zeros(parameter.shape());
            gradients.insert(&parameter, zeros);
        }
        optimizer.step(gradients);
    }
}
// ANCHOR_END: train_head

// ANCHOR: head_on_features
/// Trains a head as `train_head` does, with the same bits in the end,
/// and asks the trunk for the features once.
pub(crate) fn head_on_features(
    trunk: &dyn Fn(&Tensor) -> Tensor,
    head: &Linear,
    (x, labels): (&Tensor, &[usize]),
    config: SgdConfig,
) {
    todo!("exercise 7.4")
}
// ANCHOR_END: head_on_features

// ANCHOR: turning_rows
/// The number of rows at which a frozen trunk with this squared bias
/// stops being ahead of a whole network that has none; `few` and `all`
/// are how many numbers each has to learn, from noise of this variance.
pub(crate) fn turning_rows(
    bias: f64,
    variance: f64,
    few: usize,
    all: usize,
) -> f64 {
    todo!("exercise 7.5")
}
// ANCHOR_END: turning_rows
