//! GradNorm: tasks that lag behind get larger gradients.

use std::cmp::Ordering;

use autograd::Seed;
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family, within};

use crate::{Balancer, Error, Losses, Weighing, Weights};

/// Learns the losses' weights: until the weighted gradients have the norms that the tasks' progress
/// asks for, larger ones for a task whose loss has fallen less.
///
/// The weights begin at 1 and their sum stays the number of tasks. Of tasks that are not in a step
/// (a sampler left them out, or no row of the batch has their label) weight and progress stay as
/// they are. A first loss of 0 counts as one of which all is left.
///
/// # Source
/// Chen et al. 2018, section 3 and algorithm 1. With the norm `n_i` of task `i`'s gradient, weighted
/// `w_i n_i`, and what is left of its first loss relative to the tasks' mean, `r_i`, the weights go
/// down the gradient of `sum_i |w_i n_i - target_i|` with `target_i = mean(w n) r_i^alpha` held
/// fixed, and are scaled back to their sum. Here: the norms are over all shared parameters instead of
/// the last shared layer's weights; and the step is in `ln w_i` and in units of `mean(w n)`, so that
/// no weight becomes negative and no unit of a loss matters: `w_i` is multiplied by
/// `exp(-weight_rate sign(w_i n_i - target_i) w_i n_i / mean(w n))`, where the paper subtracts
/// `weight_rate sign(w_i n_i - target_i) n_i`. Alpha's default is one of theirs; the rate's is what
/// implementations commonly take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradNorm {
    /// How strongly tasks that lag behind are pulled forward; 0 makes all weighted norms alike.
    pub alpha: f64,
    /// The weights' own learning rate.
    pub weight_rate: f64,
}

impl Default for GradNorm {
    fn default() -> Self {
        Self { alpha: 1.5, weight_rate: 0.025 }
    }
}

impl GradNorm {
    /// The weights after a step; their sum stays.
    ///
    /// `norms` are those of the unweighted gradients, `left` is each loss over the task's first.
    pub fn step(&self, weights: &[f64], norms: &[f64], left: &[f64]) -> Vec<f64> {
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let weighted: Vec<f64> = weights.iter().zip(norms).map(|(w, n)| w * n).collect();
        let (mean_norm, mean_left) = (mean(&weighted), mean(left));
        let stepped = |((&weight, &weighted), &left): ((&f64, &f64), &f64)| {
            let target = mean_norm * (left / mean_left).powf(self.alpha);
            // Where no task has a gradient, or none has a loss, none is ahead and nothing moves.
            let slope = match weighted.partial_cmp(&target) {
                Some(Ordering::Greater) => weighted / mean_norm,
                Some(Ordering::Less) => -weighted / mean_norm,
                _ => 0.0,
            };
            weight * (-self.weight_rate * slope).exp()
        };
        let moved: Vec<f64> = weights.iter().zip(&weighted).zip(left).map(stepped).collect();
        let scale = weights.iter().sum::<f64>() / moved.iter().sum::<f64>();
        moved.into_iter().map(|weight| weight * scale).collect()
    }
}

impl Balancer for GradNorm {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Chen et al. 2018, GradNorm"),
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder],
            ..Description::new("GradNorm", Family::Balance)
        }
    }
    fn reads_gradients(&self) -> bool {
        true
    }
    fn begin(&self, tasks: usize, _: Seed) -> Result<Box<dyn Weighing>, Error> {
        within("alpha", self.alpha, 0.0..=100.0, "between 0 and 100")?;
        within("weight_rate", self.weight_rate, 0.0..=1.0, "between 0 and 1")?;
        let (weights, first) = (vec![1.0; tasks], vec![None; tasks]);
        Ok(Box::new(Adjusting { config: *self, weights, first }))
    }
}

struct Adjusting {
    config: GradNorm,
    /// Of every task, present or not.
    weights: Vec<f64>,
    first: Vec<Option<f64>>,
}

impl Weighing for Adjusting {
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error> {
        let (tasks, gramian) = (at.tasks.len(), at.gramian());
        let norms: Vec<f64> = (0..tasks).map(|i| gramian[i * tasks + i].sqrt()).collect();
        let left = |(&task, &loss): (&usize, &f64)| {
            let first = *self.first[task].get_or_insert(loss);
            if first > 0.0 { loss / first } else { 1.0 }
        };
        let left: Vec<f64> = at.tasks.iter().zip(at.values).map(left).collect();
        let weights: Vec<f64> = at.tasks.iter().map(|&task| self.weights[task]).collect();
        let stepped = self.config.step(&weights, &norms, &left);
        for (&task, weight) in at.tasks.iter().zip(stepped) {
            self.weights[task] = weight;
        }
        Ok(Weights::OfLosses(weights))
    }
}
