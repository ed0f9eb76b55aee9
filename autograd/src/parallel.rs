//! The only file that knows about threads: products split over them, long loops in halves, and
//! runs side by side.
//!
//! No result depends on the number of threads. A product is split by rows or columns of its
//! result, so that every entry is summed over the inner axis in the same order; no sum is split.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use rayon::prelude::*;

use crate::Float;
use crate::sum::dot;

/// Products of fewer multiplications than this stay on one thread. Measured on two cores: a split
/// that nobody helps with costs 0.2 to 0.4 us; helped, 64 x 64 x 64 takes 4.8 us instead of 6.7.
const PRODUCT: usize = 300_000;
/// Loops over fewer entries than this stay on one thread: so many additions take 7 us, as a product
/// of [`PRODUCT`] multiplications does.
const ENTRIES: usize = 1 << 16;
/// Pieces of a product start at multiples of this: the kernels' tiles divide it.
const TILE: usize = 16;

/// The results of `f` for each item, in the items' order, computed side by side.
///
/// ```
/// let squares = autograd::parallel::map(&[1, 2, 3], |x| x * x);
/// assert_eq!(squares, [1, 4, 9]);
/// ```
pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < 2 || rayon::current_num_threads() < 2 {
        return items.iter().map(f).collect();
    }
    items.par_iter().with_max_len(1).map(f).collect()
}

/// Runs `f` inside a pool of `threads` threads, where products are split fastest: a split from
/// outside a pool must first wake a sleeping thread.
///
/// # Panics
/// If `threads` is 0 or the system refuses to start them.
///
/// ```
/// assert_eq!(autograd::parallel::with_threads(1, || 2 + 2), 4);
/// ```
#[doc(alias = "set_num_threads")]
#[track_caller]
pub fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    assert!(threads > 0, "a pool needs at least one thread");
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(f),
        Err(error) => panic!("cannot start {threads} threads: {error}"),
    }
}

/// The number of threads that work is split over here.
pub fn num_threads() -> usize {
    rayon::current_num_threads()
}

/// `C = A B + beta C`, for matrices of any strides; with `beta = 0`, what `C` held does not matter.
///
/// The shapes must fit: operations check them and name both in their panic.
pub(crate) fn product<F: Float>(
    a: ArrayView2<'_, F>,
    b: ArrayView2<'_, F>,
    beta: F,
    mut c: ArrayViewMut2<'_, F>,
) {
    debug_assert!(a.ncols() == b.nrows() && c.dim() == (a.nrows(), b.ncols()));
    // Both shortcuts are chosen before any split, so that a piece never takes another path than
    // the whole. matrixmultiply would spend most of such a product on packing.
    if let (1, Some(out)) = (a.nrows(), c.as_slice_mut()) {
        return one_row(a, b, beta, out);
    }
    if let (1, true, Some(out)) = (a.ncols(), beta == F::ZERO, c.as_slice_mut()) {
        return outer(a, b, out);
    }
    split(a, b, beta, c, rayon::current_num_threads());
}

// ANCHOR: split
fn split<F: Float>(
    a: ArrayView2<'_, F>,
    b: ArrayView2<'_, F>,
    beta: F,
    mut c: ArrayViewMut2<'_, F>,
    threads: usize,
) {
    let (m, k, n) = (a.nrows(), a.ncols(), b.ncols());
    if threads < 2 || m * k * n < PRODUCT || m.max(n) <= TILE {
        return general_mat_mul(F::ONE, &a, &b, beta, &mut c);
    }
    let half = |size: usize| (size / 2).div_ceil(TILE) * TILE;
    let (left, right) = (threads / 2, threads - threads / 2);
    if m >= n {
        let (a0, a1) = a.split_at(Axis(0), half(m));
        let (c0, c1) = c.split_at(Axis(0), half(m));
        rayon::join(|| split(a0, b, beta, c0, left), || split(a1, b, beta, c1, right));
    } else {
        let (b0, b1) = b.split_at(Axis(1), half(n));
        let (c0, c1) = c.split_at(Axis(1), half(n));
        rayon::join(|| split(a, b0, beta, c0, left), || split(a, b1, beta, c1, right));
    }
}
// ANCHOR_END: split

/// A row times a matrix, in plain loops.
fn one_row<F: Float>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>, beta: F, out: &mut [F]) {
    let owned;
    let a = a.row(0);
    let a = if let Some(a) = a.as_slice() {
        a
    } else {
        owned = a.to_vec();
        &owned
    };
    if b.strides()[0] == 1 || b.nrows() <= 1 {
        for (out, b) in out.iter_mut().zip(b.columns()) {
            let dot = match b.as_slice() {
                Some(b) => dot(a, b),
                None => a.iter().zip(b).map(|(&a, &b)| a * b).sum(),
            };
            *out = if beta == F::ZERO { dot } else { beta * *out + dot };
        }
    } else {
        if beta == F::ZERO {
            out.fill(F::ZERO);
        } else {
            out.iter_mut().for_each(|out| *out *= beta);
        }
        for (&a, b) in a.iter().zip(b.rows()) {
            match b.as_slice() {
                Some(b) => out.iter_mut().zip(b).for_each(|(out, &b)| *out += a * b),
                None => out.iter_mut().zip(b).for_each(|(out, &b)| *out += a * b),
            }
        }
    }
}

/// A column times a row, in plain loops.
fn outer<F: Float>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>, out: &mut [F]) {
    let b = b.row(0);
    if b.is_empty() {
        return;
    }
    for (out, &a) in out.chunks_exact_mut(b.len()).zip(a.column(0)) {
        match b.as_slice() {
            Some(b) => out.iter_mut().zip(b).for_each(|(out, &b)| *out = a * b),
            None => out.iter_mut().zip(&b).for_each(|(out, &b)| *out = a * b),
        }
    }
}

/// `f` for every entry; above [`ENTRIES`] in halves side by side.
#[inline]
pub(crate) fn each<F: Float>(x: &mut [F], f: impl Fn(&mut F) + Sync) {
    run(x, |x: &mut [F]| x.iter_mut().for_each(&f));
}

/// `f` for every pair of entries of two slices of one length.
#[inline]
pub(crate) fn pairs<F: Float>(x: &mut [F], y: &[F], f: impl Fn(&mut F, &F) + Sync) {
    run((x, y), |(x, y): (&mut [F], &[F])| x.iter_mut().zip(y).for_each(|(x, y)| f(x, y)));
}

/// `f` for every three entries of three slices of one length.
#[inline]
pub(crate) fn triples<F: Float>(x: &mut [F], y: &[F], z: &[F], f: impl Fn(&mut F, &F, &F) + Sync) {
    run((x, y, z), |(x, y, z): (&mut [F], &[F], &[F])| {
        x.iter_mut().zip(y).zip(z).for_each(|((x, y), z)| f(x, y, z));
    });
}

/// As [`pairs`], with a state that changes for every entry.
#[inline]
pub(crate) fn with_states<F: Float, S: Send>(
    x: &mut [F],
    y: &[F],
    states: &mut [S],
    f: impl Fn(&mut F, &F, &mut S) + Sync,
) {
    run((x, y, states), |(x, y, states): (&mut [F], &[F], &mut [S])| {
        x.iter_mut().zip(y).zip(states).for_each(|((x, y), state)| f(x, y, state));
    });
}

/// Slices of one length, which are cut in one place.
trait Slices: Send + Sized {
    fn length(&self) -> usize;
    fn cut(self, at: usize) -> (Self, Self);
}
impl<T: Send> Slices for &mut [T] {
    fn length(&self) -> usize {
        self.len()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}
impl<T: Sync> Slices for &[T] {
    fn length(&self) -> usize {
        self.len()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        self.split_at(at)
    }
}
impl<A: Slices, B: Slices> Slices for (A, B) {
    fn length(&self) -> usize {
        self.0.length()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        let ((a0, a1), (b0, b1)) = (self.0.cut(at), self.1.cut(at));
        ((a0, b0), (a1, b1))
    }
}
impl<A: Slices, B: Slices, C: Slices> Slices for (A, B, C) {
    fn length(&self) -> usize {
        self.0.length()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        let ((a0, a1), (b0, b1), (c0, c1)) = (self.0.cut(at), self.1.cut(at), self.2.cut(at));
        ((a0, b0, c0), (a1, b1, c1))
    }
}

/// Runs a loop over the whole, or over halves of halves where it is long and there are threads.
#[inline]
fn run<S: Slices>(slices: S, one: impl Fn(S) + Sync) {
    if slices.length() > ENTRIES && rayon::current_num_threads() > 1 {
        return halves(slices, &one);
    }
    one(slices);
}

/// Runs halves of halves, down to half of [`ENTRIES`], side by side. The loop is a `dyn` function
/// here: threads then cost one compilation for each numeric type, not one for each operation.
fn halves<S: Slices>(slices: S, one: &(dyn Fn(S) + Sync)) {
    if slices.length() <= ENTRIES / 2 {
        return one(slices);
    }
    let half = slices.length() / 2;
    let (left, right) = slices.cut(half);
    rayon::join(|| halves(left, one), || halves(right, one));
}
