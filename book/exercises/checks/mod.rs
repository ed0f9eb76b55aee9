//! What must hold of a solution: a file a chapter, a function an
//! exercise. A check takes any solution and says what is wrong with it.

use crate::table::Verdict;

pub(crate) mod chapter_01;
pub(crate) mod chapter_02;
pub(crate) mod chapter_03;
pub(crate) mod chapter_04;
pub(crate) mod chapter_05;
pub(crate) mod chapter_06;
pub(crate) mod chapter_07;
pub(crate) mod chapter_08;
pub(crate) mod chapter_09;
pub(crate) mod chapter_10;
pub(crate) mod chapter_11;
pub(crate) mod chapter_12;
pub(crate) mod chapter_13;

/// The sentence, unless it holds.
fn holds(it_does: bool, else_says: impl FnOnce() -> String) -> Verdict {
    if it_does { Ok(()) } else { Err(else_says()) }
}

/// Whether two numbers differ by no more than `tolerance` times the
/// larger of the second and 1; what is not a number is near to nothing.
fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// As [`near`], of all pairs of two lists of one length.
fn all_near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    let mut pairs = a.iter().zip(b);
    a.len() == b.len() && pairs.all(|(&a, &b)| near(a, b, tolerance))
}

/// Numbers between -1 and 1 that look as if drawn.
fn numbers(count: usize, shift: f64) -> Vec<f64> {
    let number = |i| (1.7 * i as f64 + 12.9 * shift + 0.4).sin();
    (0..count).map(number).collect()
}
