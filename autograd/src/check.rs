//! Do gradients agree with differences? For tests, and for readers who add an operation.

use std::fmt;

use crate::{Tape, Tensor, Var};

/// Half the distance over which differences are taken. The formula of fourth order leaves an error
/// of about `h^4` from the curve and `1e-16 / h` from rounding; both are near 1e-12 here.
const STEP: f64 = 2e-4;

/// A gradient that does not agree with the differences of the function.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Which input.
    pub input: usize,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The place of the entry in the input, an index for each axis.
    pub entry: Vec<usize>,
    /// What the pullbacks give.
    pub gradient: f64,
    /// What differences give.
    pub difference: f64,
}
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "input {} of shape {:?}, entry {:?}: the gradient is {}, but differences give {}",
            self.input, self.shape, self.entry, self.gradient, self.difference
        )
    }
}
impl std::error::Error for Mismatch {}

/// Compares the gradient of `f` with central differences of fourth order, for every entry of every
/// input; `f` may return any shape, and its entries are weighted by fixed, unequal numbers.
///
/// An entry passes if both agree to `tolerance * max(1, |difference|)`. Inputs must be at least
/// 0.001 away from kinks.
///
/// # Errors
/// The first entry that does not pass.
///
/// ```
/// use autograd::{Tensor, check::gradients};
/// let x = Tensor::new([2], vec![0.3, -1.2]);
/// gradients(&[x.clone()], 1e-8, |x| x[0].tanh() * x[0]).unwrap();
///
/// // An operation with a wrong pullback: the entry, both numbers and the shape are reported.
/// let wrong = gradients(&[x], 1e-8, |x| x[0].tape().record("wrong", x[0].value().exp()).pullback(x[0], |y_bar| y_bar));
/// assert!(wrong.unwrap_err().to_string().starts_with("input 0 of shape [2], entry [0]: the gradient is"));
/// ```
#[doc(alias = "gradcheck")]
pub fn gradients(
    inputs: &[Tensor<f64>],
    tolerance: f64,
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
) -> Result<(), Mismatch> {
    // Unequal weights, so that an exchange of two entries cannot go unseen.
    let weights = |shape| Tensor::from_fn(shape, |i| 1.0 + 0.7 * (1.7 * i as f64 + 0.4).sin());
    let value = |inputs: &[Tensor<f64>]| -> f64 {
        let tape = Tape::<f64>::predicting();
        let inputs: Vec<_> = inputs.iter().map(|x| tape.constant(x)).collect();
        let y = f(&inputs).value();
        (y.clone() * weights(y.shape())).sum().item()
    };
    let tape = Tape::<f64>::default();
    let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = f(&leaves);
    let found = y.backward_from(weights(y.shape()));
    for (input, x) in inputs.iter().enumerate() {
        for i in 0..x.len() {
            let moved = |by: f64| {
                let mut inputs = inputs.to_vec();
                inputs[input] =
                    Tensor::from_fn(x.shape(), |j| x.as_slice()[j] + if i == j { by } else { 0.0 });
                value(&inputs)
            };
            let near = moved(STEP) - moved(-STEP);
            let far = moved(2.0 * STEP) - moved(-2.0 * STEP);
            let difference = (8.0 * near - far) / (12.0 * STEP);
            let gradient = found.wrt(leaves[input]).map_or(0.0, |g| g.as_slice()[i]);
            let close = (gradient - difference).abs() <= tolerance * difference.abs().max(1.0);
            if !close {
                let shape = x.shape().to_vec();
                let mut entry = vec![0; shape.len()];
                let mut rest = i;
                for (at, &size) in entry.iter_mut().zip(&shape).rev() {
                    *at = rest % size;
                    rest /= size;
                }
                return Err(Mismatch { input, shape, entry, gradient, difference });
            }
        }
    }
    Ok(())
}
