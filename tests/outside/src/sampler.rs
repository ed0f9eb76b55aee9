//! A sampler: one task a step, more often the one with more rows.

use autograd::Seed;
use multitask::{Error, Sampler, Sampling};
use nn::generator;
use nn::train::{Description, Family, Property, within};
use rand::RngExt;

/// One task a step, drawn with a probability that grows with its number of labelled rows `n_t`:
/// `p_t` proportional to `n_t^(1 / temperature)`.
///
/// # Source
/// Sanh, Wolf and Ruder 2019 (proportional sampling, temperature 1); Aharoni, Johnson and Firat 2019
/// (temperature 5).
#[derive(Clone, Copy, Debug)]
pub struct Proportional {
    /// 1 for the rows' own proportions; the larger, the more alike the tasks.
    pub temperature: f64,
}

impl Sampler for Proportional {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Sanh, Wolf and Ruder 2019, A hierarchical multi-task approach"),
            keeps: &[Property::BeginsAsBaseline, Property::OneTaskIsBaseline],
            ..Description::new("proportional", Family::Schedule)
        }
    }
    fn begin(&self, rows: &[usize], _: usize, seed: Seed) -> Result<Box<dyn Sampling>, Error> {
        within("temperature", self.temperature, 1e-3..=f64::MAX, "at least 0.001")?;
        let most = rows.iter().copied().max().unwrap_or(1).max(1) as f64;
        let powers = rows.iter().map(|&n| (n as f64 / most).powf(self.temperature.recip()));
        Ok(Box::new(Drawing { powers: powers.collect(), seed }))
    }
}

struct Drawing {
    powers: Vec<f64>,
    seed: Seed,
}

// ANCHOR: sampling
impl Sampling for Drawing {
    fn tasks(&mut self, step: usize, _: &[Option<f64>]) -> Vec<usize> {
        let sum: f64 = self.powers.iter().sum();
        let mut left = sum * generator(self.seed.child(step)).random::<f64>();
        let passed = |power: &f64| {
            left -= power;
            left < 0.0
        };
        vec![self.powers.iter().position(passed).unwrap_or(self.powers.len() - 1)]
    }
}
// ANCHOR_END: sampling
