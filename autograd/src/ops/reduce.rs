//! Reductions over axes. Each takes the axes to reduce over, in any order; `&[]` reduces nothing.
//! The forms with `_keep` leave the reduced axes with size 1, so that the result broadcasts back.

use super::softmax::ln_sum;
use crate::sum::{self, Length};
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
/// Refuses a variance of too few entries; the number of entries.
#[track_caller]
fn check_variance(shape: Shape, axes: &[usize], ddof: usize) -> usize {
    check_axes(shape, axes);
    let n = reduced_len(shape, axes);
    assert!(
        n > ddof,
        "the variance over axes {axes:?} of shape {shape} with ddof {ddof} is that of {n} entries"
    );
    n
}
/// The variances that these sums of squares make, with the reduced axes of size 1.
fn variances<F: Float>(shape: Shape, axes: &[usize], ddof: usize, squares: &[f64]) -> Tensor<F> {
    let n = (reduced_len(shape, axes) - ddof) as f64;
    Tensor::from_fn(shape.reduced(axes), |i| F::of(squares[i] / n))
}

impl<F: Float> Tensor<F> {
    /// The sum of all entries, as a tensor of shape `[]`; 0 for none.
    ///
    /// Blocks of entries are added in pairs, here and wherever entries are summed: the rounding
    /// grows with the logarithm of their number, in an order that no number of threads changes.
    pub fn sum(&self) -> Self {
        Tensor::scalar(sum::sum(self.as_slice()))
    }

    /// The Euclidean length of all entries, as a tensor of shape `[]`; 0 for none.
    ///
    /// No square overflows or vanishes: the length is infinite only if it lies outside the range of
    /// the numbers, or an entry is.
    ///
    /// ```
    /// use autograd::Tensor;
    /// assert_eq!(Tensor::full([4], 1e30_f32).norm().item(), 2e30);
    /// assert_eq!(Tensor::full([4], 1e-30_f32).norm().item(), 2e-30);
    /// ```
    #[doc(alias = "l2 norm")]
    pub fn norm(&self) -> Self {
        Tensor::scalar(F::of(Length::of(std::iter::once(self.as_slice())).value()))
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

    /// Variances over `axes`, which are dropped: the sum of squared differences from the mean,
    /// divided by the number of entries minus `ddof`; exactly 0 for equal entries.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are not more than `ddof` entries.
    #[doc(alias = "variance")]
    #[track_caller]
    pub fn var_axes(&self, axes: &[usize], ddof: usize) -> Self {
        check_variance(self.shape(), axes, ddof);
        let (_, squares) = self.centred(axes);
        variances(self.shape(), axes, ddof, &squares).reshape(self.shape().without(axes))
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
        self.reduce_to(shape, |x, out| {
            if let [max] = out {
                *max = x.iter().fold(F::NEG_INFINITY, |max, &x| max.maximum(x));
                return;
            }
            out.fill(F::NEG_INFINITY);
            for row in x.chunks_exact(out.len().max(1)) {
                out.iter_mut().zip(row).for_each(|(max, &x)| *max = max.maximum(x));
            }
        })
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
    #[doc(alias = "argmax")]
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
    #[doc(alias = "amax")]
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
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn min_axes(self, axes: &[usize]) -> Self {
        check_entries(self.shape(), axes, "minimum");
        -(-self).max_axes(axes)
    }

    /// Variances over `axes`, which are dropped: the sum of squared differences from the mean,
    /// divided by the number of entries minus `ddof` (0 for a population, 1 for a sample); exactly
    /// 0 for equal entries. `x_bar = 2 (x - mean) y_bar / (n - ddof)`.
    ///
    /// # Panics
    /// If an axis is not there or named twice, or there are not more than `ddof` entries.
    #[doc(alias = "variance")]
    #[track_caller]
    pub fn var_axes(self, axes: &[usize], ddof: usize) -> Self {
        let n = check_variance(self.shape(), axes, ddof);
        let (centred, squares) = self.value().centred(axes);
        let kept = variances(self.shape(), axes, ddof, &squares);
        let factor = F::of(2.0 / (n - ddof) as f64);
        let y = self
            .tape()
            .record("var_axes", kept)
            .pullback(self, move |y_bar| centred.clone() * y_bar.scale(factor));
        y.squeezed(axes)
    }

    /// `ln(sum(e^x))` over `axes`, which are dropped, without overflow; its derivative is the
    /// softmax. Entries that are all `-inf` give `-inf` with derivative 0.
    ///
    /// # Panics
    /// If an axis is not there or named twice.
    #[doc(alias = "logsumexp")]
    #[track_caller]
    pub fn logsumexp_axes(self, axes: &[usize]) -> Self {
        check_axes(self.shape(), axes);
        let x = self.value();
        // Where the maximum is infinite, shifting by it would give inf - inf.
        let finite = |max: F| if max.abs() == F::INFINITY { F::ZERO } else { max };
        let shift = x.clone().max_axes_keep(axes).map(finite);
        let weights = (x - shift.clone()).exp();
        let sums = weights.clone().sum_axes_keep(axes);
        let y = ln_sum(&weights, axes) + shift;
        let kept = self.tape().record("logsumexp_axes", y).pullback(self, move |y_bar| {
            let share = |y_bar: F, sum: F| if sum == F::ZERO { F::ZERO } else { y_bar / sum };
            weights.clone() * y_bar.zip(&sums, share)
        });
        kept.squeezed(axes)
    }

    /// The Euclidean length of all entries, of shape `[]`; its derivative at the zero vector is 0.
    ///
    /// No square overflows or vanishes, as for [`Tensor::norm`].
    #[doc(alias = "l2 norm")]
    pub fn norm(self) -> Self {
        let x = self.value();
        let length = Length::of(std::iter::once(x.as_slice()));
        let y = Tensor::scalar(F::of(length.value()));
        self.tape().record("norm", y).pullback(self, move |y_bar| {
            let factor = y_bar.item();
            let pulled = |x: F| F::of(length.part(x)) * factor;
            x.clone().map(|x| if length.root == 0.0 { F::ZERO } else { pulled(x) })
        })
    }
}
