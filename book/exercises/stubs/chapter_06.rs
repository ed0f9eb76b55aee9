//! Chapter 6: parameter transfer.

use nn::{Parameters as _, StateDict};

use crate::network::TwoLayers;

// ANCHOR: nearest
/// The weights nearest to `start` that give the row `x` the answer `y`.
pub(crate) fn nearest(start: &[f64], x: &[f64], y: f64) -> Vec<f64> {
    todo!("exercise 6.1")
}
// ANCHOR_END: nearest

// ANCHOR: risk
/// The expected squared distance to the target's weights after
/// fine-tuning from the source's on `rows` examples without noise.
pub(crate) fn risk(source: &[f64], target: &[f64], rows: usize) -> f64 {
    todo!("exercise 6.2")
}
// ANCHOR_END: risk

// ANCHOR: turning_cosine
/// The cosine above which a source helps whose weights are `ratio`
/// times as long as the target's.
pub(crate) fn turning_cosine(ratio: f64) -> f64 {
    todo!("exercise 6.3")
}
// ANCHOR_END: turning_cosine

// ANCHOR: best_ratio
/// The length, in lengths of the target's weights, to which a source of
/// this cosine should be shortened before the fine-tuning.
pub(crate) fn best_ratio(cosine: f64) -> f64 {
    todo!("exercise 6.4")
}
// ANCHOR_END: best_ratio

// ANCHOR: keep_trunk
/// Gives the target the source's `fc1`, and nothing else of it.
pub(crate) fn keep_trunk(
    target: &TwoLayers,
    source: &StateDict,
) -> Result<(), nn::Error> {
    todo!("exercise 6.5")
}
// ANCHOR_END: keep_trunk
