//! Chapter 4: reverse mode.

use autograd::{Tape, Tensor, Var};

// ANCHOR: best_step
/// The best step of a central difference, from the relative error of
/// rounding and the sizes of `f` and of its third derivative.
pub(crate) fn best_step(epsilon: f64, f: f64, third: f64) -> f64 {
    todo!("exercise 4.1")
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
    todo!("exercise 4.2")
}
// ANCHOR_END: fourth_order

// ANCHOR: slopes
/// The slope of every number of the list in number `input`: one walk
/// from the front.
pub(crate) fn slopes(
    nodes: &[Vec<(usize, f64)>],
    input: usize,
) -> Vec<f64> {
    todo!("exercise 4.3")
}
// ANCHOR_END: slopes

// ANCHOR: jacobian
/// The Jacobian of `f` at `x`, `[outputs, inputs]`, for a vector `x`
/// and a vector `f(x)`: one evaluation, and a sweep an output.
pub(crate) fn jacobian(
    f: fn(Var<'_, f64>) -> Var<'_, f64>,
    x: &Tensor<f64>,
) -> Tensor<f64> {
    todo!("exercise 4.4")
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
    todo!("exercise 4.5")
}
// ANCHOR_END: hessian_times
