//! Linear combinations of variables with learnt weights.

use crate::{Float, Shape, Tensor, Var, sum};

/// `y = sum_j weights[j] x[j]` in one node: `x[j]_bar = weights[j] y_bar` and
/// `weights_bar[j] = <x[j], y_bar>`.
///
/// # Shapes
/// `weights`: `[n]`; each of the `n` variables alike; result: as they.
///
/// # Panics
/// If there is no variable, their shapes differ, or the weights are not as many.
///
/// ```
/// use autograd::{Tape, Tensor, weighted_sum};
/// let tape = Tape::new();
/// let weights = tape.leaf(Tensor::new([2], vec![0.9, 0.1]));
/// let x = [tape.constant(Tensor::ones([3])), tape.constant(Tensor::full([3], 11.0))];
/// let y = weighted_sum(weights, &x);
/// assert_eq!(y.value(), Tensor::full([3], 2.0));
/// assert_eq!(y.sum().backward().wrt(weights).unwrap().as_slice(), [3.0, 33.0]);
/// ```
#[track_caller]
pub fn weighted_sum<'t, F: Float>(weights: Var<'t, F>, x: &[Var<'t, F>]) -> Var<'t, F> {
    let values: Vec<Tensor<F>> = x.iter().map(|x| x.value()).collect();
    let w = weights.value();
    let Some(first) = values.first() else { panic!("a weighted sum needs a variable") };
    let shape = first.shape();
    assert!(
        w.shape() == [x.len()],
        "a weighted sum of {} variables needs as many weights, not a tensor of shape {}",
        x.len(),
        w.shape()
    );
    for value in &values {
        assert!(
            value.shape() == shape,
            "cannot add {shape} and {} in a weighted sum: the shapes differ",
            value.shape()
        );
    }
    let value = combine(shape, w.as_slice(), &values);
    let tape = weights.tape();
    let factors = w.clone();
    let mut y = tape.record("weighted_sum", value).pullback(weights, move |y_bar| {
        let inner = |x: &Tensor<F>| sum::dot(x.as_slice(), y_bar.as_slice());
        Tensor::from_fn([values.len()], |j| inner(&values[j]))
    });
    for (&x, &weight) in x.iter().zip(factors.as_slice()) {
        y = y.pullback(x, move |y_bar| y_bar.scale(weight));
    }
    y
}

/// `sum_j w[j] x[j]`, added in the order of the variables; two at a time in one pass.
fn combine<F: Float>(shape: Shape, w: &[F], x: &[Tensor<F>]) -> Tensor<F> {
    let (sum, rest) = match x {
        [a, b, ..] => {
            let (p, q) = (w[0], w[1]);
            (a.clone().zip(b, |a, b| p * a + q * b), 2)
        }
        [a] => (a.clone().scale(w[0]), 1),
        [] => (Tensor::zeros(shape), 0),
    };
    let later = w.iter().zip(x).skip(rest);
    later.fold(sum, |sum, (&w, x)| sum.zip(x, |sum, x| sum + w * x))
}
