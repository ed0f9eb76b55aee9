//! Chapter 1: why compare.

// ANCHOR: paired_error
/// The standard error of the mean of `a[i] - b[i]`.
pub(crate) fn paired_error(a: &[f64], b: &[f64]) -> f64 {
    todo!("exercise 1.1")
}
// ANCHOR_END: paired_error

// ANCHOR: worth_of_pairing
/// The paired standard error over the unpaired one, for two columns of
/// equal variance and this correlation.
pub(crate) fn worth_of_pairing(correlation: f64) -> f64 {
    todo!("exercise 1.2")
}
// ANCHOR_END: worth_of_pairing

// ANCHOR: seeds_needed
/// How many seeds it takes until this gain is at least three standard
/// errors, if the differences have this standard deviation.
pub(crate) fn seeds_needed(gain: f64, deviation: f64) -> usize {
    todo!("exercise 1.3")
}
// ANCHOR_END: seeds_needed

// ANCHOR: draw
/// The rows of a seed: `count` of each class that no other seed has, or
/// nothing where a class has too few. `of_class` holds the rows of each
/// class.
pub(crate) fn draw(
    of_class: &[Vec<usize>],
    count: usize,
    seed: usize,
) -> Option<Vec<usize>> {
    todo!("exercise 1.4")
}
// ANCHOR_END: draw

// ANCHOR: holm
/// Holm's adjusted p-values, each in the place of its p-value.
pub(crate) fn holm(p_values: &[f64]) -> Vec<f64> {
    todo!("exercise 1.5")
}
// ANCHOR_END: holm
