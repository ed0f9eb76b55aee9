//! Normalisation over axes, and the two layers made of it.

use super::reduce::check_axes;
use crate::{Float, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// Subtracts the mean over `axes` and divides by the root of the population variance plus
    /// `epsilon`; with `y` the result and `s` the divisor,
    /// `x_bar = (y_bar - mean(y_bar) - y mean(y y_bar)) / s`.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries.
    #[track_caller]
    pub fn normalize_axes(self, axes: &[usize], epsilon: F) -> Self {
        let x = self.value();
        check_axes(x.shape(), axes);
        let entries: usize = axes.iter().map(|&axis| x.shape().axis(axis)).product();
        assert!(entries > 0, "cannot normalise {} over axes {axes:?}: no entries", x.shape());
        let n = F::of(entries as f64);
        let mean = |x: Tensor<F>, axes: &[usize]| x.sum_axes_keep(axes).map(|sum| sum / n);
        let centred = x.clone() - mean(x, axes);
        let variance = mean(centred.clone().map(|x| x * x), axes);
        let scale = variance.map(|v| F::ONE / (v + epsilon).sqrt());
        let y = centred * scale.clone();
        let axes = axes.to_vec();
        self.tape().record("normalize_axes", y.clone()).pullback(self, move |y_bar| {
            let mean = |x: Tensor<F>| x.sum_axes_keep(&axes).map(|sum| sum / n);
            let along = y.clone() * mean(y.clone() * y_bar.clone());
            (y_bar.clone() - mean(y_bar) - along) * scale.clone()
        })
    }

    /// Layer normalisation: every row along the last axis is normalised, then scaled and shifted
    /// entry by entry.
    ///
    /// # Shapes
    /// `self`: `[.., units]`; `weight`, `bias`: `[units]`; result: as `self`.
    ///
    /// # Panics
    /// If the shapes do not fit or there are no units.
    ///
    /// # Source
    /// Ba, Kiros and Hinton 2016, equation 4, with `epsilon` under the root.
    #[track_caller]
    pub fn layer_norm(self, weight: Self, bias: Self, epsilon: F) -> Self {
        let units = self.check_units("layer normalisation", weight, bias);
        self.normalize_axes(&[units], epsilon) * weight + bias
    }

    /// Batch normalisation with the statistics of this batch: every column is normalised over the
    /// rows, then scaled and shifted.
    ///
    /// # Shapes
    /// `self`: `[rows, units]`; `weight`, `bias`: `[units]`; result: as `self`.
    ///
    /// # Panics
    /// If the shapes do not fit or there are no rows.
    ///
    /// # Source
    /// Ioffe and Szegedy 2015, algorithm 1.
    #[track_caller]
    pub fn batch_norm(self, weight: Self, bias: Self, epsilon: F) -> Self {
        self.check_units("batch normalisation", weight, bias);
        assert!(
            self.shape().rank() == 2,
            "batch normalisation takes a matrix, not {}",
            self.shape()
        );
        self.normalize_axes(&[0], epsilon) * weight + bias
    }

    /// Batch normalisation with given statistics, as when evaluating: an affine map of each column.
    ///
    /// # Shapes
    /// `self`: `[rows, units]`; `weight`, `bias`, `mean`, `variance`: `[units]`; result: as `self`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn batch_norm_with(
        self,
        weight: Self,
        bias: Self,
        mean: &Tensor<F>,
        variance: &Tensor<F>,
        epsilon: F,
    ) -> Self {
        self.check_units("batch normalisation", weight, bias);
        assert!(
            mean.shape() == weight.shape() && variance.shape() == weight.shape(),
            "batch normalisation of weight {} needs statistics of that shape, not {} and {}",
            weight.shape(),
            mean.shape(),
            variance.shape()
        );
        let scale = variance.clone().map(|v| F::ONE / (v + epsilon).sqrt());
        let tape = self.tape();
        (self - tape.constant(mean)) * tape.constant(scale) * weight + bias
    }

    /// Panics unless weight and bias have a number for each unit of the last axis, which it returns.
    #[track_caller]
    fn check_units(self, what: &str, weight: Self, bias: Self) -> usize {
        let (shape, w, b) = (self.shape(), weight.shape(), bias.shape());
        let last = shape.rank().checked_sub(1);
        let fits = last.is_some_and(|last| w == [shape.axis(last)] && b == w);
        assert!(
            fits,
            "{what} of {shape} needs a weight and a bias of its last axis, not {w} and {b}"
        );
        last.unwrap_or_default()
    }
}
