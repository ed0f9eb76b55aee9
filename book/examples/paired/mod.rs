//! Paired runs: whatever a program compares sees the same seeds.

use autograd::{Seed, parallel};
use nn::metrics::PairedDifference;

/// What `run` measures with each of so many seeds, which no other
/// chapter has.
pub(crate) fn runs<R: Send>(
    seeds: usize,
    chapter: u64,
    run: impl Fn(Seed) -> R + Sync + Send,
) -> Vec<R> {
    let seed = |number: usize| Seed::new(chapter).child(number);
    let seeds: Vec<Seed> = (0..seeds).map(seed).collect();
    parallel::map(&seeds, |&seed| run(seed))
}

/// One number of each run.
pub(crate) fn column<R>(
    runs: &[R],
    number: impl Fn(&R) -> f64,
) -> Vec<f64> {
    runs.iter().map(number).collect()
}

/// How many of its standard errors a difference is away from 0.
pub(crate) fn sigmas(difference: &PairedDifference) -> f64 {
    difference.mean / difference.standard_error
}
