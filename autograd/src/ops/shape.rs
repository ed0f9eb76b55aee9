//! Operations that move entries and change none.

use std::ops::Range;

use ndarray::{ArrayViewMut, Axis, IxDyn, Slice};

use super::permute::permuted;
use crate::{Float, Shape, Tensor, Var};

/// A mutable `ndarray` view of a buffer under a shape.
fn view_mut<F>(out: &mut [F], shape: Shape) -> ArrayViewMut<'_, F, IxDyn> {
    ArrayViewMut::from_shape(shape.to_vec(), out).expect("the buffer has the shape's entries")
}

/// Panics unless `axes` names each axis of `shape` once.
#[track_caller]
fn check_permutation(shape: Shape, axes: &[usize]) {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    assert!(
        sorted.into_iter().eq(0..shape.rank()),
        "cannot permute the axes of {shape} by {axes:?}: each must be named once"
    );
}

/// Panics unless `range` with `step` lies on `axis` of `shape`.
#[track_caller]
fn check_slice(shape: Shape, axis: usize, range: &Range<usize>, step: usize) {
    assert!(
        axis < shape.rank()
            && step > 0
            && range.start <= range.end
            && range.end <= shape.axis(axis),
        "cannot take {range:?} in steps of {step} on axis {axis} of {shape}"
    );
}

/// Panics unless every index lies on `axis` of `shape`.
#[track_caller]
fn check_indices(shape: Shape, axis: usize, indices: &[usize]) {
    assert!(axis < shape.rank(), "cannot select on axis {axis} of {shape}");
    if let Some(index) = indices.iter().find(|&&index| index >= shape.axis(axis)) {
        panic!("cannot select index {index} on axis {axis} of {shape}");
    }
}

/// A shape as outer blocks, the axis, and the entries of one step on it.
fn around(shape: Shape, axis: usize) -> (usize, usize, usize) {
    let sizes = shape.to_vec();
    (sizes[..axis].iter().product(), sizes[axis], sizes[axis + 1..].iter().product())
}

impl<F: Float> Tensor<F> {
    /// The axes in another order: axis `i` of the result is axis `axes[i]` of this.
    ///
    /// # Panics
    /// If `axes` does not name each axis once.
    #[track_caller]
    pub fn permute(&self, axes: &[usize]) -> Self {
        check_permutation(self.shape(), axes);
        permuted(self, axes)
    }

    /// The last two axes exchanged.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[doc(alias = "t")]
    #[doc(alias = "swapaxes")]
    #[track_caller]
    pub fn transpose(&self) -> Self {
        self.permute(&exchanged(self.shape()))
    }

    /// Every `step`-th entry of `range` on `axis`.
    ///
    /// # Panics
    /// If the range does not lie on the axis, or the step is 0.
    #[track_caller]
    pub fn slice_step(&self, axis: usize, range: Range<usize>, step: usize) -> Self {
        check_slice(self.shape(), axis, &range, step);
        Tensor::from(self.view().slice_axis(Axis(axis), slice_of(&range, step)))
    }

    /// The entries of `range` on `axis`.
    ///
    /// # Panics
    /// If the range does not lie on the axis.
    #[doc(alias = "narrow")]
    #[track_caller]
    pub fn slice(&self, axis: usize, range: Range<usize>) -> Self {
        self.slice_step(axis, range, 1)
    }

    /// The entries at `indices` on `axis`, in that order; repeats are allowed. All of them in their
    /// order are the tensor itself, whose numbers are shared.
    ///
    /// ```
    /// use autograd::{Tensor, buffers_made};
    /// let x = Tensor::<f32>::new([3], vec![5.0, 6.0, 7.0]);
    /// assert_eq!(x.index_select(0, &[2, 2]).as_slice(), [7.0, 7.0]);
    /// let before = buffers_made();
    /// assert_eq!(x.index_select(0, &[0, 1, 2]), x);
    /// assert_eq!(buffers_made(), before);
    /// ```
    ///
    /// # Panics
    /// If an index does not lie on the axis.
    #[doc(alias = "take")]
    #[track_caller]
    pub fn index_select(&self, axis: usize, indices: &[usize]) -> Self {
        check_indices(self.shape(), axis, indices);
        let shape = self.shape().with(axis, indices.len());
        let (outer, size, inner) = around(self.shape(), axis);
        if shape == self.shape() && indices.iter().copied().eq(0..size) {
            return self.clone();
        }
        Tensor::build(shape, |out| {
            let mut pieces = out.chunks_exact_mut(inner.max(1));
            for block in 0..outer {
                for index in indices {
                    let at = (block * size + index) * inner;
                    if let Some(piece) = pieces.next() {
                        piece.copy_from_slice(&self.as_slice()[at..at + inner]);
                    }
                }
            }
        })
    }

    /// The rows at `indices`: the same as selecting on axis 0.
    ///
    /// # Panics
    /// If there is no axis or an index does not lie on it.
    #[track_caller]
    pub fn rows(&self, indices: &[usize]) -> Self {
        self.index_select(0, indices)
    }

    /// For each row the entries of that row at its own indices: `y[r, j] = x[r, indices[r, j]]`.
    ///
    /// # Shapes
    /// `self`: `[rows, columns]`; `indices`: `rows * n` numbers, row by row; result: `[rows, n]`.
    ///
    /// # Panics
    /// If this is no matrix, the number of indices is no multiple of the rows, or an index is not
    /// below the number of columns.
    #[doc(alias = "gather")]
    #[doc(alias = "take_along_axis")]
    #[track_caller]
    pub fn gather_rows(&self, indices: &[usize]) -> Self {
        let n = check_gather(self.shape(), indices);
        let columns = self.shape().axis(1);
        let entry = |i: usize| self.as_slice()[i / n * columns + indices[i]];
        Tensor::from_fn([self.shape().axis(0), n], entry)
    }

    /// Tensors one after the other along `axis`.
    ///
    /// # Panics
    /// If there is none, or the sizes on the other axes differ.
    #[doc(alias = "cat")]
    #[doc(alias = "concat")]
    #[track_caller]
    pub fn concatenate(tensors: &[Self], axis: usize) -> Self {
        let shape = concatenated_shape(tensors.iter().map(Tensor::shape), axis);
        let inner: usize = shape.sizes().skip(axis + 1).product();
        let outer: usize = shape.sizes().take(axis).product();
        Tensor::build(shape, |out| {
            let mut at = 0;
            for block in 0..outer {
                for tensor in tensors {
                    let length = tensor.shape().axis(axis) * inner;
                    let from = block * length;
                    out[at..at + length].copy_from_slice(&tensor.as_slice()[from..from + length]);
                    at += length;
                }
            }
        })
    }
}

fn slice_of(range: &Range<usize>, step: usize) -> Slice {
    Slice::new(range.start as isize, Some(range.end as isize), step as isize)
}
/// The permutation that exchanges the last two axes.
#[track_caller]
fn exchanged(shape: Shape) -> Vec<usize> {
    let rank = shape.rank();
    assert!(rank >= 2, "cannot transpose {shape}: it has fewer than two axes");
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(rank - 2, rank - 1);
    axes
}
/// The number of indices a row.
#[track_caller]
fn check_gather(shape: Shape, indices: &[usize]) -> usize {
    assert!(
        shape.rank() == 2 && indices.len().is_multiple_of(shape.axis(0)),
        "cannot gather {} indices from the rows of {shape}",
        indices.len()
    );
    check_indices(shape, 1, indices);
    indices.len() / shape.axis(0).max(1)
}
#[track_caller]
fn concatenated_shape(shapes: impl Iterator<Item = Shape> + Clone, axis: usize) -> Shape {
    let mut rest = shapes.clone();
    let Some(first) = rest.next() else { panic!("cannot concatenate no tensors") };
    assert!(axis < first.rank(), "cannot concatenate on axis {axis} of {first}");
    for shape in rest {
        let fits = shape.rank() == first.rank() && shape.with(axis, 0) == first.with(axis, 0);
        assert!(fits, "cannot concatenate {first} and {shape} on axis {axis}: other sizes differ");
    }
    first.with(axis, shapes.map(|shape| shape.axis(axis)).sum())
}

impl<'t, F: Float> Var<'t, F> {
    /// The same entries under another shape.
    ///
    /// # Panics
    /// If the numbers of entries differ.
    #[doc(alias = "view")]
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let before = self.shape();
        self.tape()
            .record("reshape", self.value().reshape(shape))
            .pullback(self, move |y_bar| y_bar.reshape(before))
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of this.
    ///
    /// # Panics
    /// If `axes` does not name each axis once.
    #[track_caller]
    pub fn permute(self, axes: &[usize]) -> Self {
        let value = self.value().permute(axes);
        let mut inverse = vec![0; axes.len()];
        axes.iter().enumerate().for_each(|(i, &axis)| inverse[axis] = i);
        self.tape().record("permute", value).pullback(self, move |y_bar| y_bar.permute(&inverse))
    }

    /// The last two axes exchanged.
    ///
    /// # Panics
    /// If there are fewer than two axes.
    #[doc(alias = "t")]
    #[doc(alias = "swapaxes")]
    #[track_caller]
    pub fn transpose(self) -> Self {
        self.permute(&exchanged(self.shape()))
    }

    /// The entries repeated along the axes on which `shape` is larger, by NumPy's broadcasting; its
    /// adjoint is summation over those axes.
    ///
    /// # Panics
    /// If the variable's shape does not stretch to `shape`.
    #[doc(alias = "expand")]
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        self.tape()
            .record("broadcast_to", self.value().broadcast_to(shape))
            .pullback(self, |y_bar| y_bar)
    }

    /// The entries of `range` on `axis`.
    ///
    /// # Panics
    /// If the range does not lie on the axis.
    #[doc(alias = "narrow")]
    #[track_caller]
    pub fn slice(self, axis: usize, range: Range<usize>) -> Self {
        self.slice_step(axis, range, 1)
    }

    /// Every `step`-th entry of `range` on `axis`; the others have cotangent 0.
    ///
    /// # Panics
    /// If the range does not lie on the axis, or the step is 0.
    #[track_caller]
    pub fn slice_step(self, axis: usize, range: Range<usize>, step: usize) -> Self {
        let shape = self.shape();
        let value = self.value().slice_step(axis, range.clone(), step);
        self.tape().record("slice_step", value).pullback(self, move |y_bar| {
            Tensor::build(shape, |out| {
                out.fill(F::ZERO);
                let mut view = view_mut(out, shape);
                view.slice_axis_mut(Axis(axis), slice_of(&range, step)).assign(&y_bar.view());
            })
        })
    }

    /// The entries at `indices` on `axis`, in that order; cotangents of repeated entries add.
    ///
    /// With a matrix and axis 0 this is an embedding: a row for each index.
    ///
    /// # Panics
    /// If an index does not lie on the axis.
    #[doc(alias = "take")]
    #[track_caller]
    pub fn index_select(self, axis: usize, indices: &[usize]) -> Self {
        let (shape, value) = (self.shape(), self.value().index_select(axis, indices));
        let (outer, size, inner) = around(shape, axis);
        let indices = indices.to_vec();
        self.tape().record("index_select", value).pullback(self, move |y_bar| {
            let places = (0..outer)
                .flat_map(|block| indices.iter().map(move |index| (block * size + index) * inner));
            scattered(shape, inner, places, &y_bar)
        })
    }

    /// An embedding: the rows of this table at `indices`; cotangents of repeated rows add.
    ///
    /// # Shapes
    /// `self`: `[entries, units]`; result: `[indices, units]`.
    ///
    /// # Panics
    /// If this is no matrix or an index is not below the number of entries.
    #[track_caller]
    pub fn embedding(self, indices: &[usize]) -> Self {
        assert!(self.shape().rank() == 2, "an embedding table is a matrix, not {}", self.shape());
        self.index_select(0, indices)
    }

    /// For each row the entries of that row at its own indices: `y[r, j] = x[r, indices[r, j]]`.
    ///
    /// # Shapes
    /// `self`: `[rows, columns]`; `indices`: `rows * n` numbers, row by row; result: `[rows, n]`.
    ///
    /// # Panics
    /// If this is no matrix, the number of indices is no multiple of the rows, or an index is not
    /// below the number of columns.
    #[doc(alias = "gather")]
    #[doc(alias = "take_along_axis")]
    #[track_caller]
    pub fn gather_rows(self, indices: &[usize]) -> Self {
        let (shape, value) = (self.shape(), self.value().gather_rows(indices));
        let (n, indices) = (value.size(1), indices.to_vec());
        self.tape().record("gather_rows", value).pullback(self, move |y_bar| {
            let places = (0..).zip(&indices).map(|(i, index)| i / n * shape.axis(1) + index);
            scattered(shape, 1, places, &y_bar)
        })
    }
}

/// A tensor of zeros to which the pieces of `y_bar`, of so many entries each, are added at these
/// places; what a sum is rounded by is kept beside it, since a place may come any number of times.
fn scattered<F: Float>(
    shape: Shape,
    entries: usize,
    places: impl Iterator<Item = usize>,
    y_bar: &Tensor<F>,
) -> Tensor<F> {
    Tensor::build(shape, |sums| {
        sums.fill(F::ZERO);
        let mut roundings = vec![F::ZERO; sums.len()];
        for (at, piece) in places.zip(y_bar.as_slice().chunks_exact(entries.max(1))) {
            let sums = sums[at..].iter_mut().zip(&mut roundings[at..]);
            for ((sum, rounding), &y) in sums.zip(piece) {
                let (before, term) = (*sum, y - *rounding);
                *sum += term;
                let error = (*sum - before) - term;
                *rounding = if error.is_finite() { error } else { F::ZERO };
            }
        }
    })
}

/// Variables one after the other along `axis`.
///
/// # Panics
/// If there is none, they are of several tapes, or their sizes on the other axes differ.
#[doc(alias = "cat")]
#[doc(alias = "concat")]
#[track_caller]
pub fn concatenate<'t, F: Float>(variables: &[Var<'t, F>], axis: usize) -> Var<'t, F> {
    let values: Vec<_> = variables.iter().map(|x| x.value()).collect();
    let value = Tensor::concatenate(&values, axis);
    let (mut joined, mut at) = (variables[0].tape().record("concatenate", value), 0);
    for (&x, value) in variables.iter().zip(&values) {
        let range = at..at + value.size(axis);
        at = range.end;
        joined = joined.pullback(x, move |y_bar| y_bar.slice(axis, range.clone()));
    }
    joined
}

/// Variables of one shape beside each other along a new `axis`.
///
/// # Panics
/// If there is none, they are of several tapes, or their shapes differ.
#[track_caller]
pub fn stack<'t, F: Float>(variables: &[Var<'t, F>], axis: usize) -> Var<'t, F> {
    let Some(first) = variables.first() else { panic!("cannot stack no tensors") };
    let shape = first.shape();
    assert!(axis <= shape.rank(), "cannot stack {shape} on axis {axis}");
    let mut sizes = shape.to_vec();
    sizes.insert(axis, 1);
    for x in variables {
        assert!(x.shape() == shape, "cannot stack {shape} and {}: shapes differ", x.shape());
    }
    let widened: Vec<_> = variables.iter().map(|x| x.reshape(&sizes)).collect();
    concatenate(&widened, axis)
}
