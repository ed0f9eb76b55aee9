//! An operation: its value, and beside it what pulls a cotangent back.

use autograd::{Float, Var};

/// `x / (1 + |x|)`, entry by entry: a bounded activation with heavy tails.
///
/// With `s = 1 / (1 + |x|)` the derivative is `s^2`, at 0 too.
///
/// # Source
/// Bergstra et al. 2009, section 4.
// ANCHOR: softsign
pub fn softsign<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    let slope = x.value().map(|x| F::ONE / (F::ONE + x.abs()));
    let y = x.value().zip(&slope, |x, slope| x * slope);
    x.tape()
        .record("softsign", y)
        .pullback(x, move |y_bar| y_bar.zip(&slope, |y_bar, slope| y_bar * slope * slope))
}
// ANCHOR_END: softsign

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::{Tensor, check};

    #[test]
    fn its_gradient_agrees_with_differences() {
        let x = Tensor::from_fn([4, 5], |i| (i as f64 - 9.5) / 3.0);
        check::gradients(&[x], 1e-8, |x| softsign(x[0])).unwrap();
    }
}
