//! Chapter 9: shared parameters.

use autograd::{Tape, Tensor, Var};
use nn::train::Property;
use nn::{Linear, Module as _};

use crate::network::Shifted;

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

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
    let mut sum = tape.constant(0.0);
    for (task, (x, labels)) in tasks.iter().enumerate() {
        let features = trunk.forward(tape.constant(x)).relu();
        let loss = heads[task].forward(features).cross_entropy(labels);
        sum = sum + loss * weights[task];
    }
    sum
}
// ANCHOR_END: joint_loss

// ANCHOR: remaining
/// The loss that two linear tasks are left with on a trunk of one unit:
/// the smaller eigenvalue of their inner products. They need not have
/// length 1.
pub(crate) fn remaining(one: &[f64], other: &[f64]) -> f64 {
    let (a, b) = (inner(one, one), inner(other, other));
    let middle = f64::midpoint(a, b);
    middle - ((a - b) / 2.0).hypot(inner(one, other))
}
// ANCHOR_END: remaining

// ANCHOR: width
/// The least width of a trunk on which these tasks lose nothing: how
/// many of them are no combination of the ones before.
pub(crate) fn width(tasks: &[Vec<f64>]) -> usize {
    let mut known: Vec<Vec<f64>> = vec![];
    for task in tasks {
        let mut rest = task.clone();
        for unit in &known {
            let along = inner(&rest, unit);
            rest.iter_mut()
                .zip(unit)
                .for_each(|(x, u)| *x -= along * u);
        }
        let length = inner(&rest, &rest).sqrt();
        if length > 1e-9 * inner(task, task).sqrt() {
            known.push(rest.iter().map(|x| x / length).collect());
        }
    }
    known.len()
}
// ANCHOR_END: width

// ANCHOR: without_conflict
/// A task's gradient without its part against another task's; as it is
/// where they do not conflict.
pub(crate) fn without_conflict(own: &[f64], other: &[f64]) -> Vec<f64> {
    let along = inner(own, other).min(0.0);
    let share =
        if along < 0.0 { along / inner(other, other) } else { 0.0 };
    own.iter()
        .zip(other)
        .map(|(own, other)| own - share * other)
        .collect()
}
// ANCHOR_END: without_conflict

// ANCHOR: as_if_pooled
/// The weights of the tasks' mean losses with which their sum is the
/// mean over all rows thrown together, from the numbers of rows.
pub(crate) fn as_if_pooled(rows: &[usize]) -> Vec<f64> {
    let all: usize = rows.iter().sum();
    rows.iter().map(|&own| own as f64 / all as f64).collect()
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
    let features = network.trunk.forward(x);
    let outputs = |&task: &usize| {
        let shift = x.tape().watch(&network.shifts[task]);
        network.heads[task].forward(features + shift)
    };
    tasks.iter().map(outputs).collect()
}
// ANCHOR_END: shifted

// ANCHOR: keeps
/// Which properties this architecture keeps, if the shifts begin as
/// zeros: of `BeginsAsBaseline`, `OneTaskIsBaseline`, `IgnoresOrder`.
pub(crate) fn keeps() -> Vec<Property> {
    vec![Property::BeginsAsBaseline, Property::IgnoresOrder]
}
// ANCHOR_END: keeps
