//! The softmax along an axis and its logarithm.

use crate::{Float, Tensor, Var};

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
        let sums = shifted.clone().exp().sum_axes_keep(&[axis]);
        shifted - sums.ln()
    }
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
