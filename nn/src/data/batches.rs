//! The order in which rows are shown.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use autograd::Seed;
use rand::seq::SliceRandom;

use crate::generator;

/// An endless stream of batches: shuffled epochs laid end to end and cut into equal pieces.
///
/// The order of an epoch is a function of the seed and the epoch alone, drawn from
/// `seed.child(epoch)`, and a batch is a function of its step, so training can be stopped and
/// resumed anywhere. A batch that lies across the end of an epoch goes on into the next one, so
/// every batch has exactly `size` rows. The order that was drawn last is kept: batches one after the
/// other cost as much as their rows, wherever they are asked for.
///
/// ```
/// use nn::{Seed, data::Batches};
/// let batches = Batches::new(5, 2, Seed::new(1));
/// let mut epoch: Vec<usize> = (0..5).flat_map(|step| batches.at(step)).take(5).collect();
/// epoch.sort();
/// assert_eq!(epoch, [0, 1, 2, 3, 4]);
/// ```
#[doc(alias = "DataLoader")]
pub struct Batches {
    num_rows: usize,
    size: usize,
    seed: Seed,
    /// An epoch and its order, which seed and epoch decide: keeping it saves time, and means nothing.
    last: Mutex<Option<(usize, Order)>>,
}

type Order = Arc<[usize]>;

impl Batches {
    /// Batches of `size` out of `num_rows` rows.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub fn new(num_rows: usize, size: usize, seed: Seed) -> Self {
        assert!(num_rows > 0 && size > 0, "no batches of {size} out of {num_rows} rows");
        Batches { num_rows, size, seed, last: Mutex::new(None) }
    }

    /// The rows of the batch of this step, counted from 0.
    pub fn at(&self, step: usize) -> Vec<usize> {
        let (start, end) = (step * self.size, (step + 1) * self.size);
        let mut rows = Vec::with_capacity(self.size);
        for epoch in start / self.num_rows..=(end - 1) / self.num_rows {
            let first = epoch * self.num_rows;
            let order = self.order(epoch);
            rows.extend(&order[start.max(first) - first..end.min(first + self.num_rows) - first]);
        }
        rows
    }

    /// All rows in the order of this epoch, counted from 0.
    pub fn epoch(&self, epoch: usize) -> Vec<usize> {
        self.order(epoch).to_vec()
    }

    /// The number of rows in a batch.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The order of this epoch, drawn if it is not the one that was asked for last.
    fn order(&self, epoch: usize) -> Order {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, order)) = last().as_ref().filter(|(kept, _)| *kept == epoch) {
            return order.clone();
        }
        let mut order: Order = (0..self.num_rows).collect();
        let rows = Arc::get_mut(&mut order).expect("nobody else has it yet");
        rows.shuffle(&mut generator(self.seed.child(epoch)));
        *last() = Some((epoch, order.clone()));
        order
    }
}

impl Clone for Batches {
    fn clone(&self) -> Self {
        Batches::new(self.num_rows, self.size, self.seed)
    }
}

impl PartialEq for Batches {
    fn eq(&self, other: &Self) -> bool {
        (self.num_rows, self.size, self.seed) == (other.num_rows, other.size, other.seed)
    }
}

impl Eq for Batches {}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Batches { num_rows, size, seed, last: _ } = self;
        write!(f, "Batches {{ num_rows: {num_rows}, size: {size}, seed: {seed:?} }}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_drawn_once_while_its_batches_are_dealt() {
        let batches = Batches::new(10, 4, Seed::new(1)); // the third batch ends in the next epoch
        let kept = || batches.last.lock().unwrap().clone().unwrap();
        let mut orders: Vec<Order> = Vec::new();
        for step in 0..500 {
            batches.at(step);
            let (epoch, order) = kept();
            assert_eq!(epoch, (4 * step + 3) / 10);
            if orders.last().is_none_or(|last| !Arc::ptr_eq(last, &order)) {
                orders.push(order); // drawn anew
            }
        }
        assert_eq!(orders.len(), 200);
    }

    #[test]
    fn what_was_asked_before_does_not_matter() {
        let batches = Batches::new(10, 4, Seed::new(1));
        let in_order: Vec<Vec<usize>> = (0..9).map(|step| batches.at(step)).collect();
        for step in (0..9).rev() {
            assert_eq!(batches.at(step), in_order[step]);
            assert_eq!(batches.clone().at(step), in_order[step]);
        }
        assert_eq!(batches, Batches::new(10, 4, Seed::new(1)));
        assert_ne!(batches, Batches::new(10, 4, Seed::new(2)));
    }

    #[test]
    fn epochs_and_seeds_differ_in_their_order() {
        let batches = Batches::new(50, 10, Seed::new(1));
        assert_ne!(batches.epoch(0), batches.epoch(1));
        assert_ne!(batches.epoch(0), Batches::new(50, 10, Seed::new(2)).epoch(0));
    }
}
