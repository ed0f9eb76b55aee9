//! The size of a tensor along each of its axes.

use std::fmt;

/// The largest number of axes a tensor may have.
pub const MAX_AXES: usize = 8;

/// The sizes of a tensor's axes, outermost first; up to [`MAX_AXES`], each below 2^32.
///
/// A small `Copy` value, so that recording an operation allocates nothing for its shape. Made from
/// arrays, slices and vectors of sizes; compares equal to arrays of sizes.
///
/// ```
/// let shape = autograd::Shape::from([32, 64]);
/// assert_eq!(shape, [32, 64]);
/// assert_eq!((shape.rank(), shape.len(), shape.axis(1)), (2, 2048, 64));
/// assert_eq!(shape.to_string(), "[32, 64]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    rank: u8,
    sizes: [u32; MAX_AXES],
}

impl Shape {
    /// No axes: the shape of a single number.
    pub const SCALAR: Shape = Shape { rank: 0, sizes: [0; MAX_AXES] };

    /// The shape of these sizes; `None` if there is none, as sizes from outside may have none: more
    /// than [`MAX_AXES`], one of 2^32 or more, or so many entries that no machine could count them.
    ///
    /// ```
    /// use autograd::Shape;
    /// assert_eq!(Shape::checked(&[2, 3]), Some(Shape::from([2, 3])));
    /// assert_eq!(Shape::checked(&[1 << 31, 1 << 31, 4]), None);
    /// ```
    pub fn checked(sizes: &[usize]) -> Option<Self> {
        let fits = sizes.len() <= MAX_AXES && sizes.iter().all(|&size| u32::try_from(size).is_ok());
        (fits && is_counted(sizes)).then(|| Shape::from(sizes))
    }

    /// The number of axes.
    #[inline]
    pub fn rank(self) -> usize {
        usize::from(self.rank)
    }

    /// The number of entries, the product of the sizes (1 without axes).
    #[inline]
    pub fn len(self) -> usize {
        self.raw().iter().map(|&size| size as usize).product()
    }

    /// Whether there is no entry at all.
    pub fn is_empty(self) -> bool {
        self.raw().contains(&0)
    }

    /// The size along `axis`.
    ///
    /// # Panics
    /// If there is no such axis.
    #[inline]
    #[track_caller]
    pub fn axis(self, axis: usize) -> usize {
        assert!(axis < self.rank(), "there is no axis {axis} in shape {self}");
        self.sizes[axis] as usize
    }

    /// The sizes, outermost first.
    pub fn sizes(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.rank()).map(move |axis| self.sizes[axis] as usize)
    }

    /// The sizes as a vector.
    pub fn to_vec(self) -> Vec<usize> {
        self.sizes().collect()
    }

    #[inline]
    pub(crate) fn raw(&self) -> &[u32] {
        &self.sizes[..usize::from(self.rank)]
    }

    /// The same shape with another size along `axis`.
    #[track_caller]
    pub(crate) fn with(mut self, axis: usize, size: usize) -> Self {
        let grows = self.axis(axis) < size;
        self.sizes[axis] = narrow(size);
        if grows {
            check_count(&self.to_vec());
        }
        self
    }

    /// The shape seen as a matrix: all axes but the last are rows.
    #[inline]
    pub(crate) fn rows_columns(self) -> (usize, usize) {
        match *self.raw() {
            [] => (1, 1),
            [columns] => (1, columns as usize),
            [rows, columns] => (rows as usize, columns as usize),
            [ref rows @ .., columns] => {
                (rows.iter().map(|&size| size as usize).product(), columns as usize)
            }
        }
    }

    /// NumPy's rule: shapes are aligned at the last axis, and an axis of size 1 stretches.
    #[track_caller]
    pub(crate) fn stretched(self, other: Self) -> Option<Self> {
        if self == other {
            return Some(self);
        }
        let (a, b) = (self.raw(), other.raw());
        let rank = a.len().max(b.len());
        let (mut sizes, mut all) = ([0; MAX_AXES], 0);
        for (axis, size) in sizes[..rank].iter_mut().enumerate() {
            let of = |raw: &[u32]| (axis + raw.len()).checked_sub(rank).map_or(1, |i| raw[i]);
            *size = match (of(a), of(b)) {
                (p, q) if p == q => p,
                (1, q) => q,
                (p, 1) => p,
                _ => return None,
            };
            all |= *size;
        }
        let shape = Shape { rank: rank as u8, sizes };
        if !are_few(rank, all) {
            check_count(&shape.to_vec());
        }
        Some(shape)
    }

    /// Strides of a contiguous tensor of this shape, seen under the larger shape `out`: 0 along
    /// the axes that stretch.
    pub(crate) fn strides_in(self, out: Shape) -> [usize; MAX_AXES] {
        let mut strides = [0; MAX_AXES];
        let shift = out.rank() - self.rank();
        let mut step = 1;
        for (axis, &size) in self.raw().iter().enumerate().rev() {
            if size != 1 {
                strides[axis + shift] = step;
            }
            step *= size as usize;
        }
        strides
    }

    /// The shape after a reduction over `axes` that keeps them with size 1.
    #[track_caller]
    pub(crate) fn reduced(self, axes: &[usize]) -> Self {
        axes.iter().fold(self, |shape, &axis| shape.with(axis, 1))
    }

    /// The shape without `axes`.
    pub(crate) fn without(self, axes: &[usize]) -> Self {
        let mut out = Shape::SCALAR;
        for (axis, &size) in self.raw().iter().enumerate() {
            if !axes.contains(&axis) {
                out.sizes[usize::from(out.rank)] = size;
                out.rank += 1;
            }
        }
        out
    }
}

/// Whether so many axes would have a number of entries that can be counted even if each size had
/// all the bits that any has: a bound that costs next to nothing, and holds for most shapes.
#[inline]
fn are_few(axes: usize, all: u32) -> bool {
    axes as u32 * (u32::BITS - all.leading_zeros()) < isize::BITS
}

/// Panics if the number of entries is none that can be counted.
#[track_caller]
fn check_count(sizes: &[usize]) {
    assert!(
        is_counted(sizes),
        "shape {sizes:?} has too many entries: its sizes, but those of 0, multiply to 2^63 or more"
    );
}

/// Sizes of 0 do not excuse the others, which strides and reductions multiply.
fn is_counted(sizes: &[usize]) -> bool {
    let product = |entries: isize, &size: &usize| entries.checked_mul(size.max(1) as isize);
    sizes.iter().try_fold(1_isize, product).is_some()
}

#[track_caller]
fn narrow(size: usize) -> u32 {
    let Ok(size) = u32::try_from(size) else {
        panic!("an axis of size {size} is too long: sizes are below 2^32")
    };
    size
}

impl From<&[usize]> for Shape {
    #[inline]
    #[track_caller]
    fn from(from: &[usize]) -> Self {
        assert!(
            from.len() <= MAX_AXES,
            "shape {from:?} has {} axes; a tensor has at most {MAX_AXES}",
            from.len()
        );
        let (mut sizes, mut all) = ([0; MAX_AXES], 0);
        for (size, &from) in sizes.iter_mut().zip(from) {
            *size = narrow(from);
            all |= *size;
        }
        if !are_few(from.len(), all) {
            check_count(from);
        }
        Shape { rank: from.len() as u8, sizes }
    }
}
impl<const N: usize> From<[usize; N]> for Shape {
    #[inline]
    #[track_caller]
    fn from(from: [usize; N]) -> Self {
        Shape::from(&from[..])
    }
}
impl<const N: usize> From<&[usize; N]> for Shape {
    #[inline]
    #[track_caller]
    fn from(from: &[usize; N]) -> Self {
        Shape::from(&from[..])
    }
}
impl From<Vec<usize>> for Shape {
    #[track_caller]
    fn from(from: Vec<usize>) -> Self {
        Shape::from(&from[..])
    }
}
impl From<&Vec<usize>> for Shape {
    #[track_caller]
    fn from(from: &Vec<usize>) -> Self {
        Shape::from(&from[..])
    }
}
impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        self.sizes().eq(other.iter().copied())
    }
}
impl PartialEq<[usize]> for Shape {
    fn eq(&self, other: &[usize]) -> bool {
        self.sizes().eq(other.iter().copied())
    }
}
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.raw())
    }
}
impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.raw())
    }
}
