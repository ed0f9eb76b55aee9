//! `Tensor`: a shape and a shared buffer of numbers in row-major order.

use std::fmt;

use ndarray::{ArrayBase, ArrayD, ArrayView, ArrayView2, ArrayViewD, Data, Dimension};

use crate::buffer::Buffer;
use crate::shape::{MAX_AXES, Shape};
use crate::{Float, parallel, sum};

/// An n-dimensional array of numbers without history; a value.
///
/// Cloning makes a second handle to the same numbers. Operations take tensors by value and give
/// tensors; they write into an operand's buffer only if nobody else holds it, so that no change can
/// ever be seen through another handle. Entries are always contiguous and in row-major order; any
/// `ndarray` array or view goes in (strided, reversed, transposed or broadcast views are copied into
/// that order) and comes out.
///
/// Equality compares shapes and numbers, with IEEE's rules (`0.0 == -0.0`, NaN differs from itself).
///
/// ```
/// use autograd::{Tensor, ndarray::array};
/// let x = Tensor::new([2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(x, Tensor::from(array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
/// assert_eq!(x.view()[[1, 0]], 4.0);
/// assert_eq!(x.clone().map(|x| 2.0 * x).as_slice()[5], 12.0);
/// assert_eq!(x.shape(), [2, 3]);
/// ```
#[derive(Clone)]
pub struct Tensor<F: Float = f32> {
    shape: Shape,
    data: Buffer<F>,
}

impl<F: Float> Tensor<F> {
    /// The tensor of this shape with these entries in row-major order.
    ///
    /// # Panics
    /// If the number of entries is not that of the shape.
    #[doc(alias = "tensor")]
    #[track_caller]
    pub fn new(shape: impl Into<Shape>, data: Vec<F>) -> Self {
        let shape = shape.into();
        assert!(
            shape.len() == data.len(),
            "a tensor of shape {shape} has {} entries, but {} were given",
            shape.len(),
            data.len()
        );
        Tensor { shape, data: data.into() }
    }

    /// A single number, of shape `[]`.
    #[inline]
    pub fn scalar(x: F) -> Self {
        Tensor { shape: Shape::SCALAR, data: Buffer::One(x) }
    }

    /// A tensor of zeros.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, F::ZERO)
    }

    /// A tensor of ones.
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, F::ONE)
    }

    /// A tensor whose entries are all `x`.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, x: F) -> Self {
        Self::build(shape.into(), |out| out.fill(x))
    }

    /// A tensor whose `i`-th entry, in row-major order, is `entry(i)`.
    #[track_caller]
    pub fn from_fn(shape: impl Into<Shape>, mut entry: impl FnMut(usize) -> F) -> Self {
        Self::build(shape.into(), |out| {
            out.iter_mut().enumerate().for_each(|(i, x)| *x = entry(i));
        })
    }

    /// The identity matrix, `[size, size]`.
    #[doc(alias = "eye")]
    pub fn identity(size: usize) -> Self {
        Self::from_fn([size, size], |i| if i % (size + 1) == 0 { F::ONE } else { F::ZERO })
    }

    /// A tensor in a reused buffer, every entry of which `fill` must write.
    #[inline]
    pub(crate) fn build(shape: Shape, fill: impl FnOnce(&mut [F])) -> Self {
        Tensor { shape, data: Buffer::build(shape.len(), fill) }
    }

    /// The sizes of the axes.
    #[inline]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no entries.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The size along `axis`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn size(&self, axis: usize) -> usize {
        self.shape.axis(axis)
    }

    /// The entries in row-major order.
    #[inline]
    pub fn as_slice(&self) -> &[F] {
        &self.data
    }

    /// The entries, to be changed; `None` if another handle to them exists.
    #[inline]
    pub fn as_mut_slice(&mut self) -> Option<&mut [F]> {
        self.data.get_mut()
    }

    /// The number in a tensor of one entry.
    ///
    /// # Panics
    /// If it has another number of entries.
    #[inline]
    #[track_caller]
    pub fn item(&self) -> F {
        assert!(self.len() == 1, "a tensor of shape {} is not a single number", self.shape);
        self.data[0]
    }

    /// The tensor as an `ndarray` view.
    #[inline]
    #[expect(clippy::missing_panics_doc, reason = "the shape always fits the entries")]
    pub fn view(&self) -> ArrayViewD<'_, F> {
        ArrayView::from_shape(self.shape.to_vec(), &self.data)
            .expect("the entries are contiguous and as many as the shape says")
    }

    /// A copy as an owned `ndarray` array.
    #[doc(alias = "numpy")]
    pub fn to_array(&self) -> ArrayD<F> {
        self.view().to_owned()
    }

    /// The tensor as a matrix: the last axis are the columns, all others together the rows.
    #[inline]
    pub(crate) fn matrix(&self) -> ArrayView2<'_, F> {
        ArrayView2::from_shape(self.shape.rows_columns(), &self.data)
            .expect("the entries are contiguous and as many as the shape says")
    }

    /// The transpose of [`Tensor::matrix`].
    #[inline]
    pub(crate) fn matrix_t(&self) -> ArrayView2<'_, F> {
        self.matrix().reversed_axes()
    }

    /// The same entries under another shape; nothing is copied.
    ///
    /// # Panics
    /// If the numbers of entries differ.
    #[doc(alias = "view")]
    #[track_caller]
    pub fn reshape(mut self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        assert!(
            shape.len() == self.shape.len(),
            "cannot reshape {} to {shape}: {} entries are not {}",
            self.shape,
            self.shape.len(),
            shape.len()
        );
        self.shape = shape;
        self
    }

    /// `f` of every entry.
    #[inline]
    pub fn map(mut self, f: impl Fn(F) -> F + Sync) -> Self {
        if let Some(own) = self.data.get_mut() {
            parallel::each(own, |x| *x = f(*x));
            return self;
        }
        Tensor::build(self.shape, |out| parallel::pairs(out, &self.data, |out, &x| *out = f(x)))
    }

    /// `f` of every pair of entries of two tensors of one shape.
    ///
    /// # Panics
    /// If the shapes differ.
    #[inline]
    #[track_caller]
    pub fn zip(mut self, other: &Self, f: impl Fn(F, F) -> F + Sync) -> Self {
        self.assert_same_shape(other);
        if let Some(own) = self.data.get_mut() {
            parallel::pairs(own, &other.data, |a, &b| *a = f(*a, b));
            return self;
        }
        Tensor::build(self.shape, |out| {
            parallel::triples(out, &self.data, &other.data, |out, &a, &b| *out = f(a, b));
        })
    }

    /// As [`Tensor::zip`], writing into whichever operand nobody else holds.
    #[inline]
    #[track_caller]
    pub(crate) fn merge(mut self, mut other: Self, f: impl Fn(F, F) -> F + Sync) -> Self {
        // A chain of single numbers lives on this line.
        if let (Buffer::One(a), Buffer::One(b), true) =
            (&self.data, &other.data, self.shape == other.shape)
        {
            return Tensor { shape: self.shape, data: Buffer::One(f(*a, *b)) };
        }
        if self.data.get_mut().is_none()
            && let Some(own) = other.data.get_mut()
        {
            self.assert_same_shape_as(other.shape);
            parallel::pairs(own, &self.data, |b, &a| *b = f(a, *b));
            return other;
        }
        self.zip(&other, f)
    }

    /// `f` of the pairs of entries that NumPy's broadcasting makes of two tensors; `operation` is
    /// what the panic calls it.
    #[inline]
    #[track_caller]
    pub(crate) fn broadcast(
        self,
        other: Self,
        operation: &str,
        f: impl Fn(F, F) -> F + Sync,
    ) -> Self {
        if self.shape == other.shape {
            return self.merge(other, f);
        }
        if other.len() == 1 && other.shape.rank() <= self.shape.rank() {
            let b = other.data[0];
            return self.map(|a| f(a, b));
        }
        if self.len() == 1 && self.shape.rank() <= other.shape.rank() {
            let a = self.data[0];
            return other.map(|b| f(a, b));
        }
        let Some(shape) = self.shape.stretched(other.shape) else {
            panic!(
                "cannot {operation} {} and {}: aligned at the last axis, sizes must be equal or 1",
                self.shape, other.shape
            )
        };
        let strides = [self.shape.strides_in(shape), other.shape.strides_in(shape)];
        let last = shape.rank() - 1;
        let steps = (strides[0][last], strides[1][last]);
        Tensor::build(shape, |out| {
            for_each_row(shape, strides, |row, [a, b]| {
                let (a, b) = (&self.data[a..], &other.data[b..]);
                let out = &mut out[row];
                match steps {
                    (0, 0) => out.fill(f(a[0], b[0])),
                    (0, _) => out.iter_mut().zip(b).for_each(|(out, &b)| *out = f(a[0], b)),
                    (_, 0) => out.iter_mut().zip(a).for_each(|(out, &a)| *out = f(a, b[0])),
                    _ => out.iter_mut().zip(a).zip(b).for_each(|((out, &a), &b)| *out = f(a, b)),
                }
            });
        })
    }

    /// The entries repeated along the axes on which `shape` is larger, by NumPy's broadcasting.
    ///
    /// # Panics
    /// If the tensor's shape does not stretch to `shape`.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if self.shape == shape {
            return self;
        }
        assert!(
            self.shape.stretched(shape) == Some(shape),
            "cannot broadcast {} to {shape}: aligned at the last axis, sizes must be equal or 1",
            self.shape
        );
        let strides = [self.shape.strides_in(shape)];
        let step = strides[0][shape.rank() - 1];
        Tensor::build(shape, |out| {
            for_each_row(shape, strides, |row, [a]| {
                let out = &mut out[row];
                if step == 0 {
                    out.fill(self.data[a]);
                } else {
                    let length = out.len();
                    out.copy_from_slice(&self.data[a..a + length]);
                }
            });
        })
    }

    /// The adjoint of [`Tensor::broadcast_to`]: sums over the axes along which `shape` is smaller.
    ///
    /// # Panics
    /// If `shape` does not stretch to the tensor's shape.
    #[inline]
    #[track_caller]
    // ANCHOR: sum_to
    pub fn sum_to(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if self.shape == shape { self } else { self.sum_to_smaller(shape) }
    }

    #[track_caller]
    fn sum_to_smaller(self, shape: Shape) -> Self {
        if shape.rank() == 0 {
            return self.sum();
        }
        self.reduce_to(shape, sum::columns)
    }
    // ANCHOR_END: sum_to

    /// Reduces over the axes along which `shape` is smaller: a run of adjacent axes at a time, the
    /// outermost first. `reduce(x, out)` reduces the rows of `x`, each as long as `out`, to one.
    #[track_caller]
    pub(crate) fn reduce_to(self, shape: Shape, reduce: impl Fn(&[F], &mut [F])) -> Self {
        assert!(
            shape.stretched(self.shape) == Some(self.shape),
            "cannot reduce {} to {shape}: aligned at the last axis, sizes must be equal or 1",
            self.shape
        );
        let added = self.shape.rank() - shape.rank();
        let stays = |axis: usize| axis >= added && shape.axis(axis - added) != 1;
        let mut x = self;
        // Behind the axes that are done or stay, the next run of axes that go.
        let mut end = 0;
        while let Some(start) = (end..x.shape.rank()).find(|&i| !stays(i) && x.shape.axis(i) != 1) {
            end = (start..x.shape.rank()).find(|&axis| stays(axis)).unwrap_or(x.shape.rank());
            let inner: usize = x.shape.sizes().skip(end).product();
            let rows: usize = x.shape.sizes().take(end).skip(start).product();
            let reduced = (start..end).fold(x.shape, |shape, axis| shape.with(axis, 1));
            x = Tensor::build(reduced, |out| {
                for (i, out) in out.chunks_exact_mut(inner.max(1)).enumerate() {
                    reduce(&x.data[i * rows * inner..(i + 1) * rows * inner], out);
                }
            });
        }
        Tensor { shape, data: x.data }
    }

    /// All entries times `c`; unchanged, without a pass, for `c = 1`.
    pub fn scale(self, c: F) -> Self {
        if c == F::ONE { self } else { self.map(|x| x * c) }
    }

    /// Whether no entry is infinite or NaN.
    pub fn is_finite(&self) -> bool {
        // Finite numbers times zero sum to zero; the sum is vectorised, a search is not.
        self.data.iter().map(|&x| x * F::ZERO).fold(F::ZERO, |sum, x| sum + x) == F::ZERO
    }

    #[inline]
    #[track_caller]
    fn assert_same_shape(&self, other: &Self) {
        self.assert_same_shape_as(other.shape);
    }
    #[inline]
    #[track_caller]
    fn assert_same_shape_as(&self, other: Shape) {
        assert!(
            self.shape == other,
            "shapes {} and {other} differ where they must be equal",
            self.shape
        );
    }
}

/// Calls `f` for every row along the last axis of `shape`, in order, with the row's place in a
/// contiguous tensor of that shape and its first entry's place under each of the given strides.
pub(crate) fn for_each_row<const N: usize>(
    shape: Shape,
    strides: [[usize; MAX_AXES]; N],
    mut f: impl FnMut(std::ops::Range<usize>, [usize; N]),
) {
    let sizes = shape.raw();
    let Some((&length, outer)) = sizes.split_last() else { return f(0..1, [0; N]) };
    if shape.is_empty() {
        return;
    }
    let (length, mut at, mut places) = (length as usize, [0_u32; MAX_AXES], [0; N]);
    for row in 0..shape.len() / length {
        f(row * length..(row + 1) * length, places);
        for axis in (0..outer.len()).rev() {
            at[axis] += 1;
            for (place, stride) in places.iter_mut().zip(&strides) {
                *place += stride[axis];
            }
            if at[axis] < outer[axis] {
                break;
            }
            for (place, stride) in places.iter_mut().zip(&strides) {
                *place -= stride[axis] * outer[axis] as usize;
            }
            at[axis] = 0;
        }
    }
}

/// Copies an array of any memory layout into row-major order.
impl<F: Float, S: Data<Elem = F>, D: Dimension> From<ArrayBase<S, D>> for Tensor<F> {
    #[track_caller]
    fn from(array: ArrayBase<S, D>) -> Self {
        Tensor::from(&array)
    }
}
impl<F: Float, S: Data<Elem = F>, D: Dimension> From<&ArrayBase<S, D>> for Tensor<F> {
    #[track_caller]
    fn from(array: &ArrayBase<S, D>) -> Self {
        Tensor::build(Shape::from(array.shape()), |out| match array.as_slice() {
            Some(entries) => out.copy_from_slice(entries),
            None => out.iter_mut().zip(array).for_each(|(out, &x)| *out = x),
        })
    }
}
impl<F: Float> From<F> for Tensor<F> {
    fn from(x: F) -> Self {
        Tensor::scalar(x)
    }
}
/// A tensor of one axis.
impl<F: Float> From<Vec<F>> for Tensor<F> {
    #[track_caller]
    fn from(entries: Vec<F>) -> Self {
        Tensor::new([entries.len()], entries)
    }
}
impl<F: Float> From<&Tensor<F>> for Tensor<F> {
    fn from(tensor: &Tensor<F>) -> Self {
        tensor.clone()
    }
}
impl<F: Float> PartialEq for Tensor<F> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.as_slice() == other.as_slice()
    }
}
impl<F: Float> fmt::Debug for Tensor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor{} ", self.shape)?;
        fmt::Debug::fmt(&self.as_slice(), f)
    }
}
/// The entries as `ndarray` lays them out.
impl<F: Float> fmt::Display for Tensor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.view(), f)
    }
}
