//! Chapter 10: task-to-task connections.

use autograd::{Tensor, Var};

// ANCHOR: mixed
/// What a task receives: the sum of `weights[j]` times `x[j]`, from its
/// row of the mixture, `[tasks]`, and all columns' activations; as one
/// operation, with a pullback for each of its inputs.
pub(crate) fn mixed<'t>(
    weights: Var<'t, f64>,
    x: &[Var<'t, f64>],
) -> Var<'t, f64> {
    todo!("exercise 10.1")
}
// ANCHOR_END: mixed

// ANCHOR: mixing_bar
/// The cotangent of the mixture, a row a task, from the cotangents of
/// what the tasks receive and the activations of the columns.
pub(crate) fn mixing_bar(
    y_bar: &[Vec<f64>],
    x: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    todo!("exercise 10.2")
}
// ANCHOR_END: mixing_bar

// ANCHOR: first_mixture
/// The mixture at the start: a task takes `own` of itself and the rest
/// of the others in equal parts; a single task has only itself.
pub(crate) fn first_mixture(tasks: usize, own: f64) -> Vec<Vec<f64>> {
    todo!("exercise 10.3")
}
// ANCHOR_END: first_mixture

// ANCHOR: mixed_by_unit
/// As in 10.1, with a mixture of its own for each unit: `weights` has
/// the shape `[tasks, units]`. Here operations of the tape will do.
pub(crate) fn mixed_by_unit<'t>(
    weights: Var<'t, f64>,
    x: &[Var<'t, f64>],
) -> Var<'t, f64> {
    todo!("exercise 10.4")
}
// ANCHOR_END: mixed_by_unit

// ANCHOR: chosen
/// How often a candidate is right on the second rows, trained on the
/// first ones.
type Accuracy<'a> = &'a dyn Fn(f64, &[usize], &[usize]) -> f64;

/// The candidate that is right most often on rows kept out of its
/// training: a fifth of the rows `0..rows`, the same for all.
pub(crate) fn chosen(
    candidates: &[f64],
    rows: usize,
    accuracy: Accuracy<'_>,
) -> f64 {
    todo!("exercise 10.5")
}
// ANCHOR_END: chosen
