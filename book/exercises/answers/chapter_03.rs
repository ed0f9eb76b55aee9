//! Chapter 3: pullbacks.

use autograd::{Tensor, Var};

// ANCHOR: exp_times
/// `x e^x`, entry by entry, as one operation with one pullback.
pub(crate) fn exp_times(x: Var<'_, f64>) -> Var<'_, f64> {
    let value = x.value();
    let y = value.clone().map(|x| x * x.exp());
    x.tape().record("exp_times", y).pullback(x, move |y_bar| {
        y_bar.zip(&value, |y_bar, x| y_bar * (1.0 + x) * x.exp())
    })
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
    let mut x_bar = vec![0.0; entries];
    for (&y_bar, &place) in y_bar.iter().zip(places) {
        x_bar[place] += y_bar;
    }
    x_bar
}
// ANCHOR_END: scatter

// ANCHOR: softmax_pullback
/// The cotangent of the logits, from the softmax and its cotangent,
/// without a matrix.
pub(crate) fn softmax_pullback(y: &[f64], y_bar: &[f64]) -> Vec<f64> {
    let inner: f64 =
        y.iter().zip(y_bar).map(|(y, y_bar)| y * y_bar).sum();
    let pairs = y.iter().zip(y_bar);
    pairs.map(|(y, y_bar)| y * (y_bar - inner)).collect()
}
// ANCHOR_END: softmax_pullback

// ANCHOR: root_or_zero
/// The root of each positive entry and 0 of the others, with gradient 0
/// wherever the entry is not positive.
pub(crate) fn root_or_zero(x: Var<'_, f64>) -> Var<'_, f64> {
    let positive: Vec<bool> =
        x.value().as_slice().iter().map(|&x| x > 0.0).collect();
    let ones = x.tape().constant(Tensor::ones(x.shape()));
    let zeros = x.tape().constant(Tensor::zeros(x.shape()));
    let harmless = x.where_mask(&positive, ones);
    harmless.sqrt().where_mask(&positive, zeros)
}
// ANCHOR_END: root_or_zero

// ANCHOR: normalise
/// `(x - mean) / root(variance + epsilon)` of all entries of `x`, as
/// one operation with one pullback.
pub(crate) fn normalise(x: Var<'_, f64>, epsilon: f64) -> Var<'_, f64> {
    let mean = |x: &Tensor<f64>| x.sum().item() / x.len() as f64;
    let value = x.value();
    let centre = mean(&value);
    let centred = value.map(|x| x - centre);
    let variance = mean(&centred.clone().map(|x| x * x));
    let scale = 1.0 / (variance + epsilon).sqrt();
    let y = centred.scale(scale);
    x.tape().record("normalise", y.clone()).pullback(x, move |y_bar| {
        let level = mean(&y_bar);
        let along = mean(&y_bar.clone().zip(&y, |y_bar, y| y_bar * y));
        y_bar.zip(&y, |y_bar, y| scale * (y_bar - level - y * along))
    })
}
// ANCHOR_END: normalise
