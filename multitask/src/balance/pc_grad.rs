//! PCGrad: a task gives up what of its gradient would undo another's.

use autograd::Seed;
use nn::generator;
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family};
use rand::seq::SliceRandom;

use crate::{Balancer, Error, Losses, Weighing, Weights};

/// Each task's gradient is projected off every other that it conflicts with, one after the other in
/// random order; the shared parameters follow the sum of what is left.
///
/// Two gradients conflict if their inner product is negative. Of two tasks, neither is set back by
/// the sum; of more, a later projection may bring an earlier conflict back.
///
/// ```
/// use multitask::balance::PcGrad;
/// // The gradients (-4, 1, 1) and (6, 1, 1) conflict: their inner product is -22.
/// let weights = PcGrad::weights(&[18.0, -22.0, -22.0, 38.0], &[vec![1], vec![0]]);
/// assert!((weights[0] - 20.0 / 9.0).abs() < 1e-15);
/// assert!((weights[1] - 30.0 / 19.0).abs() < 1e-15);
/// ```
///
/// # Source
/// Yu et al. 2020, algorithm 1: `g_i` becomes `g_i - <g_i, g_j> g_j / |g_j|^2` for every other `j`
/// with `<g_i, g_j> < 0`, where `g_j` is as it was in the beginning, and the results are added. Here:
/// what is projected is a sum of the tasks' gradients, so it is carried along as the weights in that
/// sum, and inner products come from the Gramian; heads, which have no conflicts, follow their own
/// losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PcGrad;

impl PcGrad {
    /// The weights with which the tasks' gradients make the sum of the projections.
    ///
    /// # Shapes
    /// `gramian`: `[tasks, tasks]`, row by row; `orders`: for each task the others, in the order in
    /// which its gradient is projected off theirs.
    ///
    /// # Panics
    /// If the Gramian has not as many rows and columns as there are orders, or an order names no task.
    #[track_caller]
    pub fn weights(gramian: &[f64], orders: &[Vec<usize>]) -> Vec<f64> {
        let (tasks, entries) = (orders.len(), gramian.len());
        assert!(entries == tasks * tasks, "a Gramian of {tasks} tasks has no {entries} entries");
        let mut sum = vec![0.0; tasks];
        for (task, order) in orders.iter().enumerate() {
            let mut projection = vec![0.0; tasks];
            projection[task] = 1.0;
            for &other in order {
                let inner: f64 =
                    (0..tasks).map(|k| projection[k] * gramian[k * tasks + other]).sum();
                let square = gramian[other * tasks + other];
                // A square that is 0 beside another product is one too small for its type.
                if inner < 0.0 && square > 0.0 {
                    projection[other] = -inner / square;
                }
            }
            sum.iter_mut().zip(projection).for_each(|(sum, weight)| *sum += weight);
        }
        sum
    }
}

impl Balancer for PcGrad {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Yu et al. 2020, Gradient Surgery for Multi-Task Learning"),
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder],
            ..Description::new("PCGrad", Family::Balance)
        }
    }
    fn reads_gradients(&self) -> bool {
        true
    }
    fn begin(&self, _: usize, seed: Seed) -> Result<Box<dyn Weighing>, Error> {
        Ok(Box::new(Projecting { seed }))
    }
}

struct Projecting {
    seed: Seed,
}

impl Weighing for Projecting {
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error> {
        let seed = self.seed.child(at.step);
        let order = |(place, &task): (usize, &usize)| {
            let mut others: Vec<usize> = (0..at.tasks.len()).filter(|&i| i != place).collect();
            others.shuffle(&mut generator(seed.child(task)));
            others
        };
        let orders: Vec<_> = at.tasks.iter().enumerate().map(order).collect();
        Ok(Weights::OfGradients(PcGrad::weights(&at.gramian(), &orders)))
    }
}
