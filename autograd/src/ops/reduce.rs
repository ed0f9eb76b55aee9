//! Reductions over axes. Each takes the axes to reduce over, in any order; `&[]` reduces nothing.
//! The forms with `_keep` leave the reduced axes with size 1, so that the result broadcasts back.

use crate::tensor::sum_slice;
use crate::{Float, Shape, Tensor, Var};

/// Refuses axes that are not there or named twice.
#[track_caller]
pub(super) fn check_axes(shape: Shape, axes: &[usize]) {
    for (i, &axis) in axes.iter().enumerate() {
        let rank = shape.rank();
        assert!(axis < rank, "cannot reduce axis {axis} of shape {shape}: it has {rank} axes");
        assert!(!axes[..i].contains(&axis), "cannot reduce axis {axis} of shape {shape} twice");
    }
}
/// The number of entries that are reduced to one.
fn reduced_len(shape: Shape, axes: &[usize]) -> usize {
    axes.iter().map(|&axis| shape.axis(axis)).product()
}
/// Refuses a reduction that has no value for lack of entries.
#[track_caller]
fn check_entries(shape: Shape, axes: &[usize], what: &str) {
    check_axes(shape, axes);
    assert!(
        reduced_len(shape, axes) > 0,
        "the {what} over axes {axes:?} of shape {shape} is that of no entries"
    );
}

impl<F: Float> Tensor<F> {
    /// The sum of all entries, as a tensor of shape `[]`; 0 for none.
    pub fn sum(&self) -> Self {
        Tensor::scalar(sum_slice(self.as_slice()))
    }

    /// Sums over `axes`, which keep size 1.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[track_caller]
    pub fn sum_axes_keep(self, axes: &[usize]) -> Self {
        check_axes(self.shape(), axes);
        let shape = self.shape().reduced(axes);
        self.sum_to(shape)
    }

    /// Largest entries over `axes`, which keep size 1; NaN where an entry is, `-inf` for none.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[track_caller]
    pub fn max_axes_keep(self, axes: &[usize]) -> Self {
        check_axes(self.shape(), axes);
        let shape = self.shape().reduced(axes);
        if shape == self.shape() {
            return self;
        }
        let row = |row: &[F]| row.iter().fold(F::NEG_INFINITY, |max, &x| max.maximum(x));
        self.fold_to(shape, F::NEG_INFINITY, row, F::maximum)
    }

    /// The index of the largest entry of each row along the last axis; the first of equal ones.
    ///
    /// # Panics
    /// If the last axis is empty.
    ///
    /// ```
    /// use autograd::Tensor;
    /// let logits = Tensor::new([2, 3], vec![0.1_f32, 0.7, 0.2, 0.5, 0.1, 0.5]);
    /// assert_eq!(logits.argmax_rows(), [1, 0]);
    /// ```
    #[track_caller]
    pub fn argmax_rows(&self) -> Vec<usize> {
        let columns = self.shape().rows_columns().1;
        assert!(columns > 0, "rows of shape {} have no largest entry", self.shape());
        let best = |row: &[F]| {
            row.iter().enumerate().fold(0, |best, (i, &x)| if x > row[best] { i } else { best })
        };
        self.as_slice().chunks_exact(columns).map(best).collect()
    }
}

impl<F: Float> Var<'_, F> {
    /// The sum of all entries, of shape `[]`; 0 for none.
    pub fn sum(self) -> Self {
        let shape = self.shape();
        self.tape()
            .record("sum", self.value().sum())
            .pullback(self, move |y_bar| Tensor::full(shape, y_bar.item()))
    }

    /// The mean of all entries, of shape `[]`.
    ///
    /// # Panics
    /// If there are no entries.
    #[track_caller]
    pub fn mean(self) -> Self {
        let axes: Vec<usize> = (0..self.shape().rank()).collect();
        check_entries(self.shape(), &axes, "mean");
        self.sum() / F::of(self.shape().len() as f64)
    }

    /// Drops `axes`, which have size 1, from the shape.
    fn squeezed(self, axes: &[usize]) -> Self {
        self.reshape(self.shape().without(axes))
    }

    /// Sums over `axes`, which are dropped.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[track_caller]
    pub fn sum_axes(self, axes: &[usize]) -> Self {
        self.sum_axes_keep(axes).squeezed(axes)
    }

    /// Sums over `axes`, which keep size 1.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[track_caller]
    pub fn sum_axes_keep(self, axes: &[usize]) -> Self {
        let shape = self.shape();
        self.tape()
            .record("sum_axes", self.value().sum_axes_keep(axes))
            .pullback(self, move |y_bar| y_bar.broadcast_to(shape))
    }

    /// Means over `axes`, which are dropped.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries to average.
    #[track_caller]
    pub fn mean_axes(self, axes: &[usize]) -> Self {
        self.mean_axes_keep(axes).squeezed(axes)
    }

    /// Means over `axes`, which keep size 1.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries to average.
    #[track_caller]
    pub fn mean_axes_keep(self, axes: &[usize]) -> Self {
        check_entries(self.shape(), axes, "mean");
        self.sum_axes_keep(axes) / F::of(reduced_len(self.shape(), axes) as f64)
    }

    /// Largest entries over `axes`, which are dropped; tied entries share the derivative evenly.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries.
    #[track_caller]
    pub fn max_axes(self, axes: &[usize]) -> Self {
        check_entries(self.shape(), axes, "maximum");
        let x = self.value();
        let y = x.clone().max_axes_keep(axes);
        // 1 at each of n tied entries, then divided by n; NaN where the maximum is.
        let hit = |x: F, y: F| {
            if x == y {
                F::ONE
            } else if y.is_nan() {
                y
            } else {
                F::ZERO
            }
        };
        let all = axes.to_vec();
        let kept = self.tape().record("max_axes", y.clone()).pullback(self, move |y_bar| {
            let hits = x.clone().broadcast(y.clone(), "compare", hit);
            let ties = hits.clone().sum_axes_keep(&all);
            // Selected, so that an infinite cotangent leaves the other entries at 0.
            let share = |hit: F, each: F| if hit == F::ZERO { hit } else { hit * each };
            hits.broadcast(y_bar / ties, "share", share)
        });
        kept.squeezed(axes)
    }

    /// Smallest entries over `axes`, which are dropped; tied entries share the derivative evenly.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are no entries.
    #[track_caller]
    pub fn min_axes(self, axes: &[usize]) -> Self {
        check_entries(self.shape(), axes, "minimum");
        -(-self).max_axes(axes)
    }

    /// Variances over `axes`, which are dropped: the sum of squared differences from the mean,
    /// divided by the number of entries minus `ddof` (0 for a population, 1 for a sample).
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are not more than `ddof` entries.
    #[track_caller]
    pub fn var_axes(self, axes: &[usize], ddof: usize) -> Self {
        check_axes(self.shape(), axes);
        let n = reduced_len(self.shape(), axes);
        assert!(
            n > ddof,
            "the variance over axes {axes:?} of shape {} with ddof {ddof} is that of {n} entries",
            self.shape()
        );
        let centred = self - self.mean_axes_keep(axes);
        centred.square().sum_axes(axes) / F::of((n - ddof) as f64)
    }

    /// `ln(sum(e^x))` over `axes`, which are dropped, without overflow; its derivative is the
    /// softmax. Entries that are all `-inf` give `-inf` with derivative 0.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[track_caller]
    pub fn logsumexp_axes(self, axes: &[usize]) -> Self {
        check_axes(self.shape(), axes);
        let x = self.value();
        // Where the maximum is infinite, shifting by it would give inf - inf.
        let finite = |max: F| if max.abs() == F::INFINITY { F::ZERO } else { max };
        let shift = x.clone().max_axes_keep(axes).map(finite);
        let weights = (x - shift.clone()).exp();
        let sums = weights.clone().sum_axes_keep(axes);
        let y = sums.clone().ln() + shift;
        let kept = self.tape().record("logsumexp_axes", y).pullback(self, move |y_bar| {
            let share = |y_bar: F, sum: F| if sum == F::ZERO { F::ZERO } else { y_bar / sum };
            weights.clone() * y_bar.zip(&sums, share)
        });
        kept.squeezed(axes)
    }

    /// The Euclidean length of all entries, of shape `[]`; its derivative at the zero vector is 0.
    ///
    /// Entries are divided by the largest first, so that no square overflows.
    pub fn norm(self) -> Self {
        let x = self.value();
        let largest = x.as_slice().iter().fold(F::ZERO, |max, x| max.maximum(x.abs()));
        let unit = if largest == F::ZERO || largest == F::INFINITY { F::ONE } else { largest };
        let squares: F = x.as_slice().iter().map(|&x| (x / unit) * (x / unit)).sum();
        let y = squares.sqrt() * unit;
        self.tape().record("norm", Tensor::scalar(y)).pullback(self, move |y_bar| {
            let factor = y_bar.item();
            x.clone().map(|x| if y == F::ZERO { F::ZERO } else { x / y * factor })
        })
    }
}
