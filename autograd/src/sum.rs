//! Sums and lengths of many numbers: the one place where long runs of terms are added.
//!
//! Added one after the other, `n` terms lose up to `n` roundings; in single precision 2^25 ones
//! stop at 2^24. Here blocks of terms are added side by side, the blocks in pairs, the pairs in
//! pairs, and so on: the rounding grows with the logarithm of `n`. The order depends on the sizes
//! alone, never on the number of threads.

use std::ops::Range;

use crate::Float;

/// How many terms are added side by side.
const LANES: usize = 16;
/// How many rows are added without being split into halves.
const BLOCK: usize = 64;
/// How many rows of a block are added to each other before they join the sum of the others.
const GROUP: usize = 4;
/// How many columns are added at once: with the sums that wait for their other half they stay in
/// the fastest cache.
const STRIP: usize = 256;
/// Rows of fewer columns than half of this are read several at a time.
const WIDE: usize = 64;
/// Squares of numbers from here to its inverse are in the range of double precision; those of single
/// precision always are.
const SAFE: f64 = 1e-140;
/// More than 2^40 blocks of terms do not come one at a time.
const LEVELS: usize = 40;

/// The sum of the numbers; 0 for none.
#[inline]
pub(crate) fn sum<F: Float>(x: &[F]) -> F {
    sum_of(x, |x| x)
}

/// The sum of a term for each number; 0 for none.
#[inline]
pub(crate) fn sum_of<T: Copy, F: Float>(x: &[T], term: impl Fn(T) -> F + Copy) -> F {
    let (rows, rest) = x.as_chunks::<LANES>();
    let rest = rest.iter().fold(F::ZERO, |sum, &x| sum + term(x));
    if rows.is_empty() { rest } else { sum_of_rows(rows, term) + rest }
}

fn sum_of_rows<T: Copy, F: Float>(rows: &[[T; LANES]], term: impl Fn(T) -> F + Copy) -> F {
    let block = |range: Range<usize>| {
        let (groups, rest) = rows[range].as_chunks::<GROUP>();
        let mut sums = [F::ZERO; LANES];
        for [a, b, c, d] in groups {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += (term(a[lane]) + term(b[lane])) + (term(c[lane]) + term(d[lane]));
            }
        }
        for row in rest {
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += term(x));
        }
        sums
    };
    in_one(sums_of(0..rows.len(), &block))
}

/// The sum of the products of two slices of one length.
#[inline]
pub(crate) fn dot<F: Float>(a: &[F], b: &[F]) -> F {
    dot_of(a, b, |a, b| a * b)
}

/// The sum of a term for each pair of two slices of one length.
#[inline]
pub(crate) fn dot_of<T: Copy, F: Float>(a: &[T], b: &[T], term: impl Fn(T, T) -> F + Copy) -> F {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest = a_rest.iter().zip(b_rest).fold(F::ZERO, |sum, (&a, &b)| sum + term(a, b));
    if a.is_empty() { rest } else { dot_of_rows(a, b, term) + rest }
}

fn dot_of_rows<T: Copy, F: Float>(
    a: &[[T; LANES]],
    b: &[[T; LANES]],
    term: impl Fn(T, T) -> F,
) -> F {
    let block = |range: Range<usize>| {
        let mut sums = [F::ZERO; LANES];
        for (a, b) in a[range.clone()].iter().zip(&b[range]) {
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                *sum += term(a, b);
            }
        }
        sums
    };
    in_one(sums_of(0..a.len().min(b.len()), &block))
}

/// The sums of a range of rows, side by side.
#[inline]
fn sums_of<F: Float>(
    rows: Range<usize>,
    block: &impl Fn(Range<usize>) -> [F; LANES],
) -> [F; LANES] {
    if rows.len() <= BLOCK { block(rows) } else { sums_of_halves(rows, block) }
}

fn sums_of_halves<F: Float>(
    rows: Range<usize>,
    block: &impl Fn(Range<usize>) -> [F; LANES],
) -> [F; LANES] {
    let middle = rows.start + half(rows.len());
    let mut sums = sums_of(rows.start..middle, block);
    let others = sums_of(middle..rows.end, block);
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
    sums
}

/// About half of so many rows, in whole blocks.
fn half(rows: usize) -> usize {
    (rows / 2).next_multiple_of(BLOCK)
}

/// The lanes added in pairs.
#[inline]
fn in_one<F: Float>(mut sums: [F; LANES]) -> F {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            let other = sums[lane + width];
            sums[lane] += other;
        }
        width /= 2;
    }
    sums[0]
}

/// Writes the sums of columns: each row of `x` has as many entries as `out`.
pub(crate) fn columns<F: Float>(x: &[F], out: &mut [F]) {
    let width = out.len();
    if let [only] = out {
        *only = sum(x);
        return;
    }
    let mut space = [F::ZERO; WIDE];
    let together = WIDE / width.max(1);
    if together < 2 || x.len() < 8 * WIDE {
        return columns_of_rows(x, out);
    }
    // Several narrow rows are read as one wide row, whose sums are narrow rows again.
    let wide = &mut space[..together * width];
    let (whole, rest) = x.split_at(x.len() - x.len() % wide.len());
    columns_of_rows(whole, wide);
    columns_of_rows(wide, out);
    let last = &mut space[..width];
    columns_of_rows(rest, last);
    add(out, last);
}

fn columns_of_rows<F: Float>(x: &[F], out: &mut [F]) {
    let stride = out.len();
    let rows = x.len().checked_div(stride).unwrap_or(0);
    let levels = usize::BITS - (rows.saturating_sub(1) / BLOCK).leading_zeros();
    let mut waiting = vec![F::ZERO; levels as usize * stride.min(STRIP)];
    for (strip, first) in out.chunks_mut(STRIP).zip((0..).step_by(STRIP)) {
        let row = |i: usize| &x[i * stride + first..];
        halves_of_columns(0..rows, &row, strip, &mut waiting);
    }
}

/// As [`sums_of`], for the first columns of each row; `waiting` holds the sums of other halves.
fn halves_of_columns<'a, F: Float>(
    rows: Range<usize>,
    row: &impl Fn(usize) -> &'a [F],
    out: &mut [F],
    waiting: &mut [F],
) {
    if rows.len() > BLOCK {
        let middle = rows.start + half(rows.len());
        let (others, waiting) = waiting.split_at_mut(out.len());
        halves_of_columns(rows.start..middle, row, out, waiting);
        halves_of_columns(middle..rows.end, row, others, waiting);
        return add(out, others);
    }
    let single = rows.end - rows.len() % GROUP;
    out.fill(F::ZERO);
    for i in (rows.start..single).step_by(GROUP) {
        add_group(out, row(i), row(i + 1), row(i + 2), row(i + 3));
    }
    (single..rows.end).for_each(|i| add(out, row(i)));
}

/// Adds four rows. As a function of its own, since the compiler then knows that no row is where the
/// sums are written, and adds side by side.
#[inline(never)]
fn add_group<F: Float>(sums: &mut [F], a: &[F], b: &[F], c: &[F], d: &[F]) {
    let rows = a.iter().zip(b).zip(c.iter().zip(d));
    for (sum, ((&a, &b), (&c, &d))) in sums.iter_mut().zip(rows) {
        *sum += (a + b) + (c + d);
    }
}

fn add<F: Float>(sums: &mut [F], row: &[F]) {
    sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += x);
}

/// A sum of terms that come one at a time, in blocks and pairs as well.
pub(crate) struct Running<F> {
    block: F,
    terms: usize,
    /// The sum of `2^i` blocks, where bit `i` of the number of blocks is set.
    pairs: [F; LEVELS],
}

impl<F: Float> Running<F> {
    pub(crate) fn new() -> Self {
        Running { block: F::ZERO, terms: 0, pairs: [F::ZERO; LEVELS] }
    }

    #[inline]
    pub(crate) fn add(&mut self, term: F) {
        self.block += term;
        self.terms += 1;
        if self.terms.is_multiple_of(BLOCK) {
            self.carry();
        }
    }

    fn carry(&mut self) {
        let mut sum = std::mem::take(&mut self.block);
        // As in adding 1 to the number of blocks before: a set bit is carried on.
        let level = (self.terms / BLOCK - 1).trailing_ones() as usize;
        self.pairs[..level].iter().for_each(|&pair| sum += pair);
        self.pairs[level] = sum;
    }

    pub(crate) fn total(&self) -> F {
        let blocks = self.terms / BLOCK;
        let levels = usize::BITS - blocks.leading_zeros();
        let pairs = self.pairs.iter().take(levels as usize).enumerate();
        let set = pairs.filter(|(level, _)| blocks >> level & 1 == 1);
        set.fold(self.block, |sum, (_, &pair)| sum + pair)
    }
}

/// The Euclidean length of numbers, as `unit * root`, so that it may lie outside the range of
/// their type; `unit` is a power of two.
#[derive(Clone, Copy)]
pub(crate) struct Length {
    pub(crate) unit: f64,
    pub(crate) root: f64,
}

impl Length {
    /// The length of all parts together.
    pub(crate) fn of<'a, F: Float>(parts: impl Iterator<Item = &'a [F]> + Clone) -> Self {
        let root = |unit: f64| {
            let inverse = 1.0 / unit;
            let square = |x: F| {
                let x = x.to_f64() * inverse;
                x * x
            };
            let mut squares = Running::new();
            parts.clone().for_each(|part| squares.add(sum_of(part, square)));
            squares.total().sqrt()
        };
        let plain = root(1.0);
        if (SAFE..=1.0 / SAFE).contains(&plain) {
            return Length { unit: 1.0, root: plain };
        }
        // A square may have overflowed, or lost digits to underflow.
        let magnitudes = parts.clone().flatten().map(|x| x.to_f64().abs());
        let unit = power_of_two(magnitudes.fold(0.0, f64::max));
        Length { unit, root: root(unit) }
    }

    pub(crate) fn value(self) -> f64 {
        self.unit * self.root
    }

    /// A number of this many, divided by the length.
    pub(crate) fn part<F: Float>(self, x: F) -> f64 {
        x.to_f64() * (1.0 / self.unit) / self.root
    }
}

/// The largest power of two that is not above a positive number, held in a range in which numbers
/// divided by it keep their digits; 1 for what has none.
fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    let power = f64::from_bits(x.to_bits() & EXPONENT);
    if x > 0.0 && x.is_finite() { power.max(f64::MIN_POSITIVE) } else { 1.0 }
}
