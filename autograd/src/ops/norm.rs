//! Normalisation over axes, and the two layers made of it.

use super::reduce::check_axes;
use crate::sum::sum_of;
use crate::{Float, Tensor, Var};

/// Writes the differences of a row from its mean; the sum of their squares.
///
/// The sums are taken in double precision. A mean is rounded nevertheless, which for large numbers
/// close together is more than they differ by: the differences are centred once more, so that
/// equal numbers give exactly 0.
fn centre<F: Float>(x: &[F], out: &mut [F]) -> f64 {
    let n = x.len() as f64;
    let mean = F::of(sum_of(x, F::to_f64) / n);
    out.iter_mut().zip(x).for_each(|(out, &x)| *out = x - mean);
    let mean = F::of(sum_of(out, F::to_f64) / n);
    out.iter_mut().for_each(|out| *out -= mean);
    sum_of(out, |x| x.to_f64() * x.to_f64())
}

/// The axes in an order in which `last` come last, and the order that undoes it.
fn with_last(rank: usize, last: &[usize]) -> [Vec<usize>; 2] {
    let mut order: Vec<usize> = (0..rank).filter(|axis| !last.contains(axis)).collect();
    order.extend((0..rank).filter(|axis| last.contains(axis)));
    let mut back = vec![0; rank];
    order.iter().enumerate().for_each(|(i, &axis)| back[axis] = i);
    [order, back]
}

impl<F: Float> Tensor<F> {
    /// The differences from the means over `axes`, and the sums of their squares.
    pub(super) fn centred(&self, axes: &[usize]) -> (Self, Vec<f64>) {
        let [order, back] = with_last(self.shape().rank(), axes);
        let length = axes.iter().map(|&axis| self.size(axis)).product::<usize>().max(1);
        let x = self.permute(&order);
        let mut squares = Vec::with_capacity(x.len() / length);
        let centred = Tensor::build(x.shape(), |out| {
            let rows = out.chunks_exact_mut(length).zip(x.as_slice().chunks_exact(length));
            rows.for_each(|(out, x)| squares.push(centre(x, out)));
        });
        (centred.permute(&back), squares)
    }
}

impl<F: Float> Var<'_, F> {
    /// Subtracts the mean over `axes` and divides by the root of the population variance plus
    /// `epsilon`; with `y` the result and `s` the divisor,
    /// `x_bar = (y_bar - mean(y_bar) - y mean(y y_bar)) / s`. Equal entries become exactly 0.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries.
    #[track_caller]
    pub fn normalize_axes(self, axes: &[usize], epsilon: F) -> Self {
        let x = self.value();
        check_axes(x.shape(), axes);
        let n: usize = axes.iter().map(|&axis| x.size(axis)).product();
        assert!(n > 0, "cannot normalise {} over axes {axes:?}: no entries", x.shape());
        let [order, back] = with_last(x.shape().rank(), axes);
        let x = x.permute(&order);
        let mut scales = Vec::with_capacity(x.len() / n);
        let y = Tensor::build(x.shape(), |out| {
            for (out, x) in out.chunks_exact_mut(n).zip(x.as_slice().chunks_exact(n)) {
                let variance = centre(x, out) / n as f64;
                let scale = F::of(1.0 / (variance + epsilon.to_f64()).sqrt());
                out.iter_mut().for_each(|out| *out *= scale);
                scales.push(scale);
            }
        });
        self.tape().record("normalize_axes", y.permute(&back)).pullback(self, move |y_bar| {
            let y_bar = y_bar.permute(&order);
            let x_bar = Tensor::build(y.shape(), |out| {
                let rows = y.as_slice().chunks_exact(n).zip(y_bar.as_slice().chunks_exact(n));
                for ((out, (y, y_bar)), &scale) in out.chunks_exact_mut(n).zip(rows).zip(&scales) {
                    out.iter_mut()
                        .zip(y)
                        .zip(y_bar)
                        .for_each(|((out, &y), &y_bar)| *out = y * y_bar);
                    let mean = |x: &[F]| F::of(sum_of(x, F::to_f64) / n as f64);
                    let (mean, along) = (mean(y_bar), mean(out));
                    for ((out, &y), &y_bar) in out.iter_mut().zip(y).zip(y_bar) {
                        *out = (y_bar - mean - y * along) * scale;
                    }
                }
            });
            x_bar.permute(&back)
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
