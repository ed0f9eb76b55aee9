//! The order in which rows are shown.

use autograd::Seed;
use rand::seq::SliceRandom;

use crate::generator;

/// An endless stream of batches: shuffled epochs laid end to end and cut into equal pieces.
///
/// The order of an epoch is a function of the seed and the epoch alone, drawn from
/// `seed.child(epoch)`, and a batch is a function of its step: nothing is carried along, so
/// training can be stopped and resumed anywhere. A batch that lies across the end of an epoch goes
/// on into the next one, so every batch has exactly `size` rows.
///
/// ```
/// use nn::{Seed, data::Batches};
/// let batches = Batches::new(5, 2, Seed::new(1));
/// let mut epoch: Vec<usize> = (0..5).flat_map(|step| batches.at(step)).take(5).collect();
/// epoch.sort();
/// assert_eq!(epoch, [0, 1, 2, 3, 4]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batches {
    num_rows: usize,
    size: usize,
    seed: Seed,
}

impl Batches {
    /// Batches of `size` out of `num_rows` rows.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub fn new(num_rows: usize, size: usize, seed: Seed) -> Self {
        assert!(num_rows > 0 && size > 0, "no batches of {size} out of {num_rows} rows");
        Batches { num_rows, size, seed }
    }

    /// The rows of the batch of this step, counted from 0.
    pub fn at(&self, step: usize) -> Vec<usize> {
        let (start, end) = (step * self.size, (step + 1) * self.size);
        let mut rows = Vec::with_capacity(self.size);
        for epoch in start / self.num_rows..=(end - 1) / self.num_rows {
            let first = epoch * self.num_rows;
            let order = self.epoch(epoch);
            rows.extend(&order[start.max(first) - first..end.min(first + self.num_rows) - first]);
        }
        rows
    }

    /// All rows in the order of this epoch, counted from 0.
    pub fn epoch(&self, epoch: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.num_rows).collect();
        rows.shuffle(&mut generator(self.seed.child(epoch)));
        rows
    }

    /// The number of rows in a batch.
    pub fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        #[test]
        fn batches_laid_end_to_end_are_permutations_of_the_rows(
            num_rows in 1_usize..40, size in 1_usize..90, seed: u64
        ) {
            let batches = Batches::new(num_rows, size, Seed::new(seed));
            let steps = (3 * num_rows).div_ceil(size);
            let stream: Vec<usize> = (0..steps).flat_map(|step| batches.at(step)).collect();
            prop_assert_eq!(stream.len(), steps * size);
            for (epoch, rows) in stream.chunks_exact(num_rows).enumerate() {
                prop_assert_eq!(rows, batches.epoch(epoch));
                let mut sorted = rows.to_vec();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..num_rows).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn epochs_and_seeds_differ_in_their_order() {
        let batches = Batches::new(50, 10, Seed::new(1));
        assert_ne!(batches.epoch(0), batches.epoch(1));
        assert_ne!(batches.epoch(0), Batches::new(50, 10, Seed::new(2)).epoch(0));
    }
}
