//! Chapter 4: reverse mode.

use autograd::{Tape, Tensor, Var};

// ANCHOR: best_step
/// The best step of a central difference, from the relative error of
/// rounding and the sizes of `f` and of its third derivative.
pub(crate) fn best_step(epsilon: f64, f: f64, third: f64) -> f64 {
    (3.0 * epsilon * f.abs() / third.abs()).cbrt()
}
// ANCHOR_END: best_step

// ANCHOR: fourth_order
/// The slope of `f` at `x` from four values of `f` on steps of this
/// size, with an error that falls with the fourth power of the step.
pub(crate) fn fourth_order(
    f: fn(f64) -> f64,
    x: f64,
    step: f64,
) -> f64 {
    let central = |step| (f(x + step) - f(x - step)) / (2.0 * step);
    (4.0 * central(step) - central(2.0 * step)) / 3.0
}
// ANCHOR_END: fourth_order

// ANCHOR: slopes
/// The slope of every number of the list in number `input`: one walk
/// from the front.
pub(crate) fn slopes(
    nodes: &[Vec<(usize, f64)>],
    input: usize,
) -> Vec<f64> {
    let mut slopes: Vec<f64> = vec![];
    for (index, inputs) in nodes.iter().enumerate() {
        let along =
            inputs.iter().map(|&(at, slope)| slope * slopes[at]);
        let own = if index == input { 1.0 } else { 0.0 };
        slopes.push(own + along.sum::<f64>());
    }
    slopes
}
// ANCHOR_END: slopes

// ANCHOR: jacobian
/// The Jacobian of `f` at `x`, `[outputs, inputs]`, for a vector `x`
/// and a vector `f(x)`: one evaluation, and a sweep an output.
pub(crate) fn jacobian(
    f: fn(Var<'_, f64>) -> Var<'_, f64>,
    x: &Tensor<f64>,
) -> Tensor<f64> {
    let tape = Tape::<f64>::default();
    let leaf = tape.leaf(x);
    let y = f(leaf);
    let (outputs, inputs) = (y.shape().len(), x.len());
    let mut rows = Vec::with_capacity(outputs * inputs);
    for output in 0..outputs {
        let one = |i| if i == output { 1.0 } else { 0.0 };
        let found = y.backward_from(Tensor::from_fn([outputs], one));
        match found.wrt(leaf) {
            Some(row) => rows.extend_from_slice(row.as_slice()),
            None => rows.extend(vec![0.0; inputs]),
        }
    }
    Tensor::new([outputs, inputs], rows)
}
// ANCHOR_END: jacobian

// ANCHOR: hessian_times
/// The Hessian of `f` at `x` times `v`, for a single number `f(x)`,
/// from two sweeps.
pub(crate) fn hessian_times(
    f: fn(Var<'_, f64>) -> Var<'_, f64>,
    x: &Tensor<f64>,
    v: &Tensor<f64>,
) -> Tensor<f64> {
    let step = 1e-5;
    let gradient = |by: f64| {
        let tape = Tape::<f64>::default();
        let leaf = tape.leaf(x.clone().zip(v, |x, v| x + by * v));
        let gradients = f(leaf).backward();
        gradients.wrt(leaf).expect("f depends on x").clone()
    };
    let (far, near) = (gradient(step), gradient(-step));
    far.zip(&near, |far, near| (far - near) / (2.0 * step))
}
// ANCHOR_END: hessian_times
