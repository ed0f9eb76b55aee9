//! Chapter 9: shared parameters.

use autograd::{Tape, Tensor, Var};
use nn::{Linear, Module as _};

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
