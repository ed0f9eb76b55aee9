//! Chapter 6: parameter transfer.

use nn::{Parameters as _, StateDict};

use crate::network::TwoLayers;

// ANCHOR: nearest
/// The weights nearest to `start` that give the row `x` the answer `y`.
pub(crate) fn nearest(start: &[f64], x: &[f64], y: f64) -> Vec<f64> {
    let inner = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    let along = (y - inner(start, x)) / inner(x, x);
    start.iter().zip(x).map(|(start, x)| start + along * x).collect()
}
// ANCHOR_END: nearest

// ANCHOR: risk
/// The expected squared distance to the target's weights after
/// fine-tuning from the source's on `rows` examples without noise.
pub(crate) fn risk(source: &[f64], target: &[f64], rows: usize) -> f64 {
    let pairs = source.iter().zip(target);
    let square: f64 = pairs.map(|(s, t)| (s - t).powi(2)).sum();
    (1.0 - rows as f64 / source.len() as f64) * square
}
// ANCHOR_END: risk

// ANCHOR: turning_cosine
/// The cosine above which a source helps whose weights are `ratio`
/// times as long as the target's.
pub(crate) fn turning_cosine(ratio: f64) -> f64 {
    ratio / 2.0
}
// ANCHOR_END: turning_cosine

// ANCHOR: best_ratio
/// The length, in lengths of the target's weights, to which a source of
/// this cosine should be shortened before the fine-tuning.
pub(crate) fn best_ratio(cosine: f64) -> f64 {
    cosine.max(0.0)
}
// ANCHOR_END: best_ratio

// ANCHOR: keep_trunk
/// Gives the target the source's `fc1`, and nothing else of it.
pub(crate) fn keep_trunk(
    target: &TwoLayers,
    source: &StateDict,
) -> Result<(), nn::Error> {
    let trunk = source.without_prefix("fc1.");
    target.fc1.load_state_dict(&trunk)?;
    Ok(())
}
// ANCHOR_END: keep_trunk
