//! Chapter 12: the comparison.

use nn::Parameters as _;
use nn::metrics::PairedDifference;
use nn::train::{Description, Outputs, Recipe, Run};
use transfer::parameter::{FineTune, Head, start, tune};
use transfer::{Error, Fitted, Given, Strategy as _};

// ANCHOR: way
/// Which share of the way from scratch to the ceiling a strategy comes;
/// nothing, if the ceiling is no higher than scratch.
pub(crate) fn way(
    scratch: f64,
    strategy: f64,
    ceiling: f64,
) -> Option<f64> {
    todo!("exercise 12.1")
}
// ANCHOR_END: way

// ANCHOR: neighbour
/// The label of the known row that is nearest to `x`; of equally near
/// ones the first.
pub(crate) fn neighbour(
    rows: &[Vec<f64>],
    labels: &[usize],
    x: &[f64],
) -> usize {
    todo!("exercise 12.2")
}
// ANCHOR_END: neighbour

// ANCHOR: told_apart
/// Whether two rows of the table are told apart: whether the interval
/// of their paired difference, which covers in 95 of 100 cases, leaves
/// out 0. (`nn::metrics` has what it takes.)
pub(crate) fn told_apart(one: &[f64], other: &[f64]) -> bool {
    todo!("exercise 12.3")
}
// ANCHOR_END: told_apart

// ANCHOR: shrunk
/// Fine-tuning from the source's weights times `share`: with 0 from
/// zeros, with 1 as ever. What is given stays as it is.
pub(crate) fn shrunk(
    share: f32,
    given: &Given<'_>,
    run: &Run<'_>,
) -> Result<Fitted, Error> {
    todo!("exercise 12.4")
}
// ANCHOR_END: shrunk

// ANCHOR: head_first
/// The new head first, on the source's frozen trunk, for half of the
/// recipe's steps; then all of the network for the others.
pub(crate) fn head_first(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
) -> Result<Fitted<f64>, Error> {
    todo!("exercise 12.5")
}
// ANCHOR_END: head_first
