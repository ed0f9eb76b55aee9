//! Chapter 3: pullbacks.

use autograd::{Tensor, Var};

// ANCHOR: exp_times
/// `x e^x`, entry by entry, as one operation with one pullback.
pub(crate) fn exp_times(x: Var<'_, f64>) -> Var<'_, f64> {
    todo!("exercise 3.1")
}
// ANCHOR_END: exp_times

// ANCHOR: scatter
/// The adjoint of picking: `y[i] = x[places[i]]`, of an `x` with so
/// many entries.
pub(crate) fn scatter(
    y_bar: &[f64],
    places: &[usize],
    entries: usize,
) -> Vec<f64> {
    todo!("exercise 3.2")
}
// ANCHOR_END: scatter

// ANCHOR: softmax_pullback
/// The cotangent of the logits, from the softmax and its cotangent,
/// without a matrix.
pub(crate) fn softmax_pullback(y: &[f64], y_bar: &[f64]) -> Vec<f64> {
    todo!("exercise 3.3")
}
// ANCHOR_END: softmax_pullback

// ANCHOR: root_or_zero
/// The root of each positive entry and 0 of the others, with gradient 0
/// wherever the entry is not positive.
pub(crate) fn root_or_zero(x: Var<'_, f64>) -> Var<'_, f64> {
    // todo: the value is right and the gradient is not. Mend it.
    let positive: Vec<bool> =
        x.value().as_slice().iter().map(|&x| x > 0.0).collect();
    let zeros = x.tape().constant(Tensor::zeros(x.shape()));
    x.sqrt().where_mask(&positive, zeros)
}
// ANCHOR_END: root_or_zero

// ANCHOR: normalise
/// `(x - mean) / root(variance + epsilon)` of all entries of `x`, as
/// one operation with one pullback.
pub(crate) fn normalise(x: Var<'_, f64>, epsilon: f64) -> Var<'_, f64> {
    todo!("exercise 3.5")
}
// ANCHOR_END: normalise
