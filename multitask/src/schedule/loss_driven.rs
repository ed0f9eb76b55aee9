//! A sampler that comes back more often to what is not yet learnt.

use autograd::Seed;
use nn::generator;
use nn::train::Property::{BeginsAsBaseline, OneTaskIsBaseline};
use nn::train::{Description, Family, within};
use rand::RngExt;

use crate::{Error, Sampler, Sampling};

/// One task a step, drawn the more often the more of its first loss is left.
///
/// Until every task has a first loss, all are visited in every step. A step shows its task the batch
/// of that step, as in every other strategy.
///
/// ```
/// use multitask::schedule::LossDriven;
/// let p = LossDriven::default().probabilities(&[0.5, 0.0]);
/// assert!((p[0] - 0.95).abs() < 1e-15 && (p[1] - 0.05).abs() < 1e-15);
/// ```
///
/// # Source
/// Gottumukkala et al. 2020 (dynamic sampling: a task's probability is proportional to what it still
/// lacks), with what is left of a loss as Chen et al. 2018 measure it, section 3.2:
/// `p_t = explored / K + (1 - explored) r_t / sum r`, where `r_t` is the running mean of the task's
/// loss over its first loss. Here: training losses instead of scores on held-out rows, which would
/// need the score of every task alone beforehand; and the even share keeps every task in sight, so
/// that one that gets worse is found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossDriven {
    /// The share of visits that is dealt evenly.
    pub explored: f64,
    /// How much of the running mean is kept at a visit; 0 takes the last loss alone.
    pub kept: f64,
}

impl Default for LossDriven {
    fn default() -> Self {
        Self { explored: 0.1, kept: 0.9 }
    }
}

impl LossDriven {
    /// The probability of each task, given the share of its first loss that is left; even, if nothing
    /// is left of any.
    pub fn probabilities(&self, left: &[f64]) -> Vec<f64> {
        let (even, sum) = ((left.len() as f64).recip(), left.iter().sum::<f64>());
        let share = |left: &f64| if sum > 0.0 { left / sum } else { even };
        left.iter().map(|left| self.explored * even + (1.0 - self.explored) * share(left)).collect()
    }
}

impl Sampler for LossDriven {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Gottumukkala et al. 2020, Dynamic Sampling Strategies"),
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline],
            ..Description::new("loss-driven", Family::Schedule)
        }
    }
    fn begin(&self, rows: &[usize], _: usize, seed: Seed) -> Result<Box<dyn Sampling>, Error> {
        within("explored", self.explored, 0.0..=1.0, "between 0 and 1")?;
        within("kept", self.kept, 0.0..=1.0_f64.next_down(), "at least 0 and below 1")?;
        let tasks = (0..rows.len()).filter(|&task| rows[task] > 0);
        let progress = tasks.map(|task| Progress { task, first: None, running: 0.0 }).collect();
        Ok(Box::new(Visiting { config: *self, seed, progress, visited: vec![] }))
    }
}

struct Visiting {
    config: LossDriven,
    seed: Seed,
    /// Of every task that is trained.
    progress: Vec<Progress>,
    /// The tasks of the step before.
    visited: Vec<usize>,
}

struct Progress {
    task: usize,
    first: Option<f64>,
    running: f64,
}

impl Progress {
    fn visit(&mut self, loss: f64, kept: f64) {
        let before = self.first.map_or(loss, |_| self.running);
        self.first.get_or_insert(loss);
        self.running = kept * before + (1.0 - kept) * loss;
    }

    /// What is left of the first loss; of one that was 0, nothing. `None` before the first.
    fn left(&self) -> Option<f64> {
        self.first.map(|first| if first > 0.0 { self.running / first } else { 0.0 })
    }
}

impl Sampling for Visiting {
    fn tasks(&mut self, step: usize, last: &[Option<f64>]) -> Vec<usize> {
        for progress in self.progress.iter_mut().filter(|p| self.visited.contains(&p.task)) {
            if let Some(loss) = last[progress.task] {
                progress.visit(loss, self.config.kept);
            }
        }
        let left: Option<Vec<f64>> = self.progress.iter().map(Progress::left).collect();
        let places = match left {
            None => (0..self.progress.len()).collect(),
            Some(left) => {
                let mut below = generator(self.seed.child(step)).random::<f64>();
                let drawn = |p: &f64| {
                    below -= p;
                    below < 0.0
                };
                let probabilities = self.config.probabilities(&left);
                // Rounding may leave a little beyond the last one's share.
                vec![probabilities.iter().position(drawn).unwrap_or(left.len() - 1)]
            }
        };
        self.visited = places.into_iter().map(|place: usize| self.progress[place].task).collect();
        self.visited.clone()
    }
}
