//! Chapter 10: task-to-task connections.

use autograd::Var;

/// The sum of the parts, which are one at least.
fn sum<'t>(
    mut parts: impl Iterator<Item = Var<'t, f64>>,
) -> Var<'t, f64> {
    let first = parts.next().expect("there is a task");
    parts.fold(first, |sum, part| sum + part)
}

// ANCHOR: mixed
/// What a task receives: the sum of `weights[j]` times `x[j]`, from its
/// row of the mixture, `[tasks]`, and all columns' activations.
pub(crate) fn mixed<'t>(
    weights: Var<'t, f64>,
    x: &[Var<'t, f64>],
) -> Var<'t, f64> {
    // A weight has the shape [1] and is stretched over the activations.
    let part = |j: usize| x[j] * weights.slice(0, j..j + 1);
    sum((0..x.len()).map(part))
}
// ANCHOR_END: mixed

// ANCHOR: mixing_bar
/// The cotangent of the mixture, a row a task, from the cotangents of
/// what the tasks receive and the activations of the columns.
pub(crate) fn mixing_bar(
    y_bar: &[Vec<f64>],
    x: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let inner = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    let row = |y_bar: &Vec<f64>| -> Vec<f64> {
        x.iter().map(|x| inner(y_bar, x)).collect()
    };
    y_bar.iter().map(row).collect()
}
// ANCHOR_END: mixing_bar

// ANCHOR: first_mixture
/// The mixture at the start: a task takes `own` of itself and the rest
/// of the others in equal parts; a single task has only itself.
pub(crate) fn first_mixture(tasks: usize, own: f64) -> Vec<Vec<f64>> {
    if tasks == 1 {
        return vec![vec![1.0]];
    }
    let other = (1.0 - own) / (tasks - 1) as f64;
    let entry = |i: usize, j: usize| if i == j { own } else { other };
    let row = |i| (0..tasks).map(|j| entry(i, j)).collect();
    (0..tasks).map(row).collect()
}
// ANCHOR_END: first_mixture

// ANCHOR: mixed_by_unit
/// As in 10.1, with a mixture of its own for each unit: `weights` has
/// the shape `[tasks, units]`.
pub(crate) fn mixed_by_unit<'t>(
    weights: Var<'t, f64>,
    x: &[Var<'t, f64>],
) -> Var<'t, f64> {
    // A row of weights is stretched over the rows of the activations.
    let part = |j: usize| x[j] * weights.slice(0, j..j + 1);
    sum((0..x.len()).map(part))
}
// ANCHOR_END: mixed_by_unit
