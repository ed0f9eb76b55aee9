//! Chapter 13: the parallel product.

use autograd::{Tensor, parallel};

use super::holds;
use crate::table::Verdict;

/// Finite numbers, and two different sums.
pub(crate) fn three(f: impl Fn() -> [f32; 3]) -> Verdict {
    let [a, b, c] = f();
    let (left, right) = ((a + b) + c, a + (b + c));
    holds(left.is_finite() && right.is_finite(), || {
        format!("a sum of {a}, {b} and {c} is not finite")
    })?;
    holds(left.to_bits() != right.to_bits(), || {
        format!("both sums of {a}, {b} and {c} are {left}")
    })
}

/// It is a multiple of 16 near the middle.
pub(crate) fn cut(f: impl Fn(usize) -> usize) -> Verdict {
    let cases = [(17, 16), (32, 16), (33, 16), (34, 32), (100, 64)];
    for (size, right) in
        cases.into_iter().chain([(512, 256), (1000, 512)])
    {
        let found = f(size);
        holds(found == right, || {
            format!(
                "a side of {size} is cut at {found}, not at {right}"
            )
        })?;
    }
    Ok(())
}

/// The bits of the whole product, for sizes that end within a piece.
pub(crate) fn in_pieces(
    f: impl Fn(&Tensor, &Tensor) -> Tensor,
) -> Verdict {
    for [rows, inner, columns] in
        [[200, 96, 40], [64, 48, 48], [37, 50, 20]]
    {
        let matrix = |rows: usize, columns: usize| {
            Tensor::<f32>::from_fn([rows, columns], |i| {
                (0.7 * i as f32 + (i % 13) as f32).sin()
            })
        };
        let (a, b) = (matrix(rows, inner), matrix(inner, columns));
        let (found, right) = (f(&a, &b), a.matmul(&b));
        holds(found.shape() == right.shape(), || {
            format!(
                "its shape is {}, not {}",
                found.shape(),
                right.shape()
            )
        })?;
        let pairs = found.as_slice().iter().zip(right.as_slice());
        let other =
            pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        holds(other == 0, || {
            format!(
                "{other} of {} entries have other bits",
                right.len()
            )
        })?;
    }
    Ok(())
}

/// Right to a few roundings at ten million numbers, and the same bits
/// on any number of threads.
pub(crate) fn total(f: impl Fn(&[f32]) -> f32 + Sync) -> Verdict {
    for count in [0, 1, 100, 1_000_003, 10_000_000] {
        let x = vec![0.1_f32; count];
        let right = count as f64 * f64::from(0.1_f32);
        let found = f(&x);
        // Sums in pairs round once a level, of which there are 24.
        let near =
            (f64::from(found) - right).abs() <= 24.0 * 6e-8 * right;
        holds(near, || {
            format!(
                "{count} times 0.1 is {found}, where {right} is right"
            )
        })?;
    }
    let mixed: Vec<f32> =
        (0..100_000).map(|i| (1.7 * i as f32).sin() * 1e3).collect();
    let with = |threads| parallel::with_threads(threads, || f(&mixed));
    let (one, three) = (with(1), with(3));
    holds(one.to_bits() == three.to_bits(), || {
        format!("on one thread a sum is {one}, on three it is {three}")
    })
}
