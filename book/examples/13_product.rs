//! Chapter 13: a product split by its result has the same bits on any
//! number of threads.
//! Tolerance: 0.0001, because sizes are exact and rounding differs by
//! the processor's kernel.
//!
//! How long each product took goes to standard error: times are no
//! result.

use std::ops::Range;
use std::time::Instant;

use autograd::{Tensor, parallel};

// ANCHOR: inner
/// The product with its inner axis cut in two: two partial sums an
/// entry, added at the end.
fn inner_split(a: &Tensor, b: &Tensor) -> Tensor {
    let (half, end) = (a.size(1) / 2, a.size(1));
    let part = |l| a.slice(1, Range::clone(&l)).matmul(&b.slice(0, l));
    part(0..half) + part(half..end)
}
// ANCHOR_END: inner

/// Whether two tensors have the same bits, in words, and their largest
/// difference beside the largest entry.
fn compare(a: &Tensor, b: &Tensor) -> (&'static str, f32) {
    let largest = |x: &Tensor| {
        x.as_slice().iter().fold(0.0, |max: f32, x| max.max(x.abs()))
    };
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let same = pairs.clone().all(|(a, b)| a.to_bits() == b.to_bits());
    let words = if same { "the same bits" } else { "other bits" };
    (words, largest(&(a.clone() - b.clone())) / largest(a))
}

fn matrix(rows: usize, columns: usize) -> Tensor {
    let entry = |i| (0.7 * i as f32 + (i % 13) as f32).sin();
    Tensor::from_fn([rows, columns], entry)
}

fn main() {
    println!("                  million            split by");
    println!(
        "m x k x n        products  threads  rows, columns   inner axis"
    );
    for [m, k, n] in [[512, 256, 64], [64, 256, 512], [300, 500, 170]] {
        let (a, b) = (matrix(m, k), matrix(k, n));
        let size = format!("{m} x {k} x {n}");
        // ANCHOR: threads
        let one = parallel::with_threads(1, || a.matmul(&b));
        for threads in [2, 3, 8] {
            let start = Instant::now();
            let many = parallel::with_threads(threads, || a.matmul(&b));
            // ANCHOR_END: threads
            eprintln!(
                "{size}, {threads} threads: {:?}",
                start.elapsed()
            );
            let (whole, _) = compare(&one, &many);
            let (cut, apart) = compare(&one, &inner_split(&a, &b));
            let work = (m * k * n) as f64 / 1e6;
            print!("{size:15}  {work:8.1}  {threads:7}  ");
            println!("{whole:14}  {cut}");
            assert_eq!(whole, "the same bits", "no sum has changed");
            assert_eq!(cut, "other bits", "each sum has another order");
            assert!(apart < 1e-5, "though only by rounding: {apart}");
        }
    }

    // ANCHOR: order
    let numbers = [1e8_f32, 1.0, -1e8, 1.0];
    let in_order = numbers.iter().fold(0.0, |sum, x| sum + x);
    let [a, b, c, d] = numbers;
    let in_halves = (a + c) + (b + d);
    // ANCHOR_END: order
    print!("100000000 + 1 - 100000000 + 1 is {in_order} in order ");
    println!("and {in_halves} regrouped");
    assert!(in_order < in_halves, "addition is not associative");
}
