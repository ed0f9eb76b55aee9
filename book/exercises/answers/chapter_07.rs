//! Chapter 7: feature transfer.

use autograd::{Seed, Tape, Tensor};
use nn::{Linear, Module as _, Optimizer as _, Parameters as _};
use nn::{Sgd, SgdConfig};

use crate::network::TwoLayers;

// ANCHOR: silent
/// The units, `[rows, units]`, that are 0 on every row.
pub(crate) fn silent(features: &Tensor) -> Vec<usize> {
    let units = features.size(1);
    let zero = |&unit: &usize| {
        let rows = features.as_slice().chunks_exact(units);
        rows.map(|row| row[unit]).all(|feature| feature == 0.0)
    };
    (0..units).filter(zero).collect()
}
// ANCHOR_END: silent

// ANCHOR: drift
/// How far a weight goes in all later steps whose gradient is zero, if
/// this is its velocity after the last step that had one.
pub(crate) fn drift(velocity: f64, rate: f64, momentum: f64) -> f64 {
    -rate * velocity * momentum / (1.0 - momentum)
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
    model.fc1.freeze();
    let mut optimizer = Sgd::with_config(model, config);
    for step in 0..20 {
        let tape = Tape::training(Seed::new(step));
        let logits = model.forward(tape.constant(x));
        optimizer.step(logits.cross_entropy(labels).backward());
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
    let features = trunk(x);
    let mut optimizer = Sgd::with_config(head, config);
    for step in 0..20 {
        let tape = Tape::training(Seed::new(step));
        let logits = head.forward(tape.constant(&features));
        optimizer.step(logits.cross_entropy(labels).backward());
    }
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
    variance * (all - few) as f64 / bias
}
// ANCHOR_END: turning_rows
