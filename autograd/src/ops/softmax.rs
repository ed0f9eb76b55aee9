//! The softmax along an axis and its logarithm.

use crate::{Float, Tensor, Var, sum};

impl<F: Float> Tensor<F> {
    /// `e^x / sum(e^x)` along `axis`, without overflow.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn softmax(self, axis: usize) -> Self {
        let max = self.clone().max_axes_keep(&[axis]);
        let weights = (self - max).exp();
        let sums = weights.clone().sum_axes_keep(&[axis]);
        weights / sums
    }

    /// `x - ln(sum(e^x))` along `axis`: the logarithm of the softmax, exact where that rounds to 0.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn log_softmax(self, axis: usize) -> Self {
        let max = self.clone().max_axes_keep(&[axis]);
        let shifted = self - max;
        let ln_sums = ln_sum(&shifted.clone().exp(), &[axis]);
        shifted - ln_sums
    }
}

fn other<F: Float>(w: F) -> F {
    if w == F::ONE { F::ZERO } else { w }
}

/// The sum of weights whose largest are 1, and the sum less 1: with its digits, which beside the 1
/// might be lost, where the others are small.
#[inline]
pub(super) fn sum_and_surplus<F: Float>(weights: &[F]) -> [F; 2] {
    // Both always, since a processor adds them at the same time and guesses a branch wrong.
    let [sum, others] = [sum::sum(weights), sum::sum_of(weights, other)];
    // Below, there is one 1.
    if sum < F::of(1.5) { [F::ONE + others, others] } else { [sum, sum - F::ONE] }
}

/// The logarithms of the sums over `axes` of weights whose largest are 1, or that are all infinite
/// or 0: exact even where the others are so small that the sum rounds to 1.
pub(super) fn ln_sum<F: Float>(weights: &Tensor<F>, axes: &[usize]) -> Tensor<F> {
    let ones = weights.clone().map(|w| if w == F::ONE { w } else { F::ZERO }).sum_axes_keep(axes);
    let others = weights.clone().map(other).sum_axes_keep(axes);
    ones.merge(others, |ones, others| ((ones - F::ONE) + others).ln_1p())
}

impl<F: Float> Var<'_, F> {
    /// `y = e^x / sum(e^x)` along `axis`, without overflow:
    /// `x_bar = y (y_bar - sum(y y_bar))`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn softmax(self, axis: usize) -> Self {
        let y = self.value().softmax(axis);
        self.tape().record("softmax", y.clone()).pullback(self, move |y_bar| {
            let mean = (y.clone() * y_bar.clone()).sum_axes_keep(&[axis]);
            (y_bar - mean) * y.clone()
        })
    }

    /// `y = x - ln(sum(e^x))` along `axis`: `x_bar = y_bar - softmax(x) sum(y_bar)`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn log_softmax(self, axis: usize) -> Self {
        let y = self.value().log_softmax(axis);
        self.tape().record("log_softmax", y.clone()).pullback(self, move |y_bar| {
            let total = y_bar.clone().sum_axes_keep(&[axis]);
            y_bar - y.clone().exp() * total
        })
    }
}
