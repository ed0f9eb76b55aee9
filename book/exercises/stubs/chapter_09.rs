//! Chapter 9: shared parameters.

use autograd::{Tape, Tensor, Var};
use nn::train::Property;
use nn::{Linear, Module as _};

use crate::network::Shifted;

// ANCHOR: joint_loss
/// The sum of the tasks' losses, each with its weight: rows and labels
/// of its own, one trunk with ReLU behind it, a head a task.
pub(crate) fn joint_loss<'t>(
    tape: &'t Tape<f64>,
    trunk: &Linear<f64>,
    heads: &[Linear<f64>],
    tasks: &[(Tensor<f64>, Vec<usize>)],
    weights: &[f64],
) -> Var<'t, f64> {
    todo!("exercise 9.1")
}
// ANCHOR_END: joint_loss

// ANCHOR: remaining
/// The loss that two linear tasks are left with on a trunk of one unit:
/// the smaller eigenvalue of their inner products. They need not have
/// length 1.
pub(crate) fn remaining(one: &[f64], other: &[f64]) -> f64 {
    todo!("exercise 9.2")
}
// ANCHOR_END: remaining

// ANCHOR: width
/// The least width of a trunk on which these tasks lose nothing: how
/// many of them are no combination of the ones before.
pub(crate) fn width(tasks: &[Vec<f64>]) -> usize {
    todo!("exercise 9.3")
}
// ANCHOR_END: width

// ANCHOR: without_conflict
/// A task's gradient without its part against another task's; as it is
/// where they do not conflict.
pub(crate) fn without_conflict(own: &[f64], other: &[f64]) -> Vec<f64> {
    todo!("exercise 9.4")
}
// ANCHOR_END: without_conflict

// ANCHOR: as_if_pooled
/// The weights of the tasks' mean losses with which their sum is the
/// mean over all rows thrown together, from the numbers of rows.
pub(crate) fn as_if_pooled(rows: &[usize]) -> Vec<f64> {
    todo!("exercise 9.5")
}
// ANCHOR_END: as_if_pooled

// ANCHOR: shifted
/// The outputs of these tasks: the head of a task reads the trunk's
/// features, each unit shifted by the task's own amount.
pub(crate) fn shifted<'t>(
    network: &Shifted,
    x: Var<'t, f64>,
    tasks: &[usize],
) -> Vec<Var<'t, f64>> {
    todo!("exercise 9.6")
}
// ANCHOR_END: shifted

// ANCHOR: keeps
/// Which properties this architecture keeps, if the shifts begin as
/// zeros: of `BeginsAsBaseline`, `OneTaskIsBaseline`, `IgnoresOrder`.
pub(crate) fn keeps() -> Vec<Property> {
    todo!("exercise 9.7")
}
// ANCHOR_END: keeps
