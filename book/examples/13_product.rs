//! Chapter 13: a product split by its result has the same bits on any number of threads.
//! Tolerance: 0.0001, because sizes are exact and rounding differs by the processor's kernel.
//!
//! How long each product took goes to standard error: times are no result.

use std::time::Instant;

use autograd::{Tensor, parallel};

// ANCHOR: inner
/// The product with its inner axis cut in two: two partial sums an entry, added at the end.
fn inner_split(a: &Tensor, b: &Tensor) -> Tensor {
    let inner = a.size(1);
    let left = a.slice(1, 0..inner / 2).matmul(&b.slice(0, 0..inner / 2));
    let right = a.slice(1, inner / 2..inner).matmul(&b.slice(0, inner / 2..inner));
    left + right
}
// ANCHOR_END: inner

/// In how many places two tensors have other bits, and the largest relative difference.
fn compare(a: &Tensor, b: &Tensor) -> (usize, f64) {
    let scale = a.as_slice().iter().fold(0.0_f64, |max, x| max.max(f64::from(x.abs())));
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let others = pairs.clone().filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    let far = pairs.map(|(a, b)| f64::from((a - b).abs()) / scale).fold(0.0, f64::max);
    (others, far)
}

fn words(others: usize) -> &'static str {
    if others == 0 { "the same bits" } else { "other bits" }
}

fn main() {
    let matrix = |rows, columns| {
        Tensor::<f32>::from_fn([rows, columns], |i| (0.7 * i as f32 + (i % 13) as f32).sin())
    };
    println!("m x k x n          million multiplications  threads  by rows or columns  inner axis");
    for [m, k, n] in [[512, 256, 64], [64, 256, 512], [300, 500, 170]] {
        let (a, b) = (matrix(m, k), matrix(k, n));
        // ANCHOR: threads
        let one = parallel::with_threads(1, || a.matmul(&b));
        for threads in [2, 3, 8] {
            let start = Instant::now();
            let many = parallel::with_threads(threads, || a.matmul(&b));
            // ANCHOR_END: threads
            eprintln!("{m} x {k} x {n} on {threads} threads: {:?}", start.elapsed());
            let (others, _) = compare(&one, &many);
            let (cut, far) = compare(&one, &inner_split(&a, &b));
            println!(
                "{:18} {:23.1} {threads:8}  {:18}  {}",
                format!("{m} x {k} x {n}"),
                (m * k * n) as f64 / 1e6,
                words(others),
                words(cut)
            );
            assert_eq!(others, 0, "splitting the result changes no sum");
            assert!(cut > 0, "splitting the inner axis changes the order of each sum");
            assert!(far < 1e-5, "though only by rounding: {far}");
        }
    }

    // ANCHOR: order
    let numbers = [1e8_f32, 1.0, -1e8, 1.0];
    let in_order = numbers.iter().fold(0.0, |sum, x| sum + x);
    let in_halves = (numbers[0] + numbers[2]) + (numbers[1] + numbers[3]);
    // ANCHOR_END: order
    println!("100000000 + 1 - 100000000 + 1 is {in_order} in order and {in_halves} regrouped");
    assert!(in_order < in_halves, "addition of floats is not associative");
}
