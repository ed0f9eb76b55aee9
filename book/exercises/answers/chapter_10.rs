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
    let (tape, weight) = (weights.tape(), weights.value());
    let values: Vec<Tensor<f64>> =
        x.iter().map(|x| x.value()).collect();
    let parts = values.iter().zip(weight.as_slice());
    let parts = parts.map(|(x, &weight)| x.clone().scale(weight));
    let sum = parts.reduce(|sum, part| sum + part);
    let sum = sum.expect("there is a task");
    let mut y =
        tape.record("mixed", sum).pullback(weights, move |y_bar| {
            let inner =
                |x: &Tensor<f64>| (x.clone() * y_bar.clone()).sum();
            Tensor::from_fn([values.len()], |j| {
                inner(&values[j]).item()
            })
        });
    for (&x, &weight) in x.iter().zip(weight.as_slice()) {
        y = y.pullback(x, move |y_bar| y_bar.scale(weight));
    }
    y
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
/// the shape `[tasks, units]`. Here operations of the tape will do.
pub(crate) fn mixed_by_unit<'t>(
    weights: Var<'t, f64>,
    x: &[Var<'t, f64>],
) -> Var<'t, f64> {
    // A row of weights is stretched over the rows of the activations.
    let part = |j: usize| x[j] * weights.slice(0, j..j + 1);
    (1..x.len()).fold(part(0), |sum, j| sum + part(j))
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
    let judged: Vec<usize> = (0..rows).step_by(5).collect();
    let training: Vec<usize> =
        (0..rows).filter(|row| !judged.contains(row)).collect();
    let of = |candidate| accuracy(candidate, &training, &judged);
    let judged = candidates.iter().map(|&each| (of(each), each));
    let best = judged.max_by(|one, other| one.0.total_cmp(&other.0));
    best.expect("there is a candidate").1
}
// ANCHOR_END: chosen
