//! Sine curves: many small tasks of one kind.

use std::f64::consts::PI;

use autograd::{Float, Seed, Tensor};
use rand::RngExt;

use super::Regression;
use crate::generator;

/// The task of predicting `amplitude * sin(x - phase)`.
///
/// ```
/// use nn::{Seed, data::generated::{Regression, Sinusoid}};
/// let tasks = Sinusoid::family(20, Seed::new(0));
/// let ten_points: Regression = tasks[3].sample(10, Seed::new(1));
/// assert_eq!(ten_points.features.shape(), [10, 1]);
/// ```
///
/// # Source
/// Finn et al. 2017, section 5.1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sinusoid {
    /// The largest value.
    pub amplitude: f64,
    /// Where the curve rises through 0.
    pub phase: f64,
}

impl Sinusoid {
    /// Tasks with amplitudes between 0.1 and 5 and phases between 0 and pi, evenly drawn; a larger
    /// family begins with a smaller one.
    pub fn family(count: usize, seed: Seed) -> Vec<Self> {
        let mut random = generator(seed);
        let mut between = |low: f64, high: f64| low + (high - low) * random.random::<f64>();
        (0..count)
            .map(|_| Sinusoid { amplitude: between(0.1, 5.0), phase: between(0.0, PI) })
            .collect()
    }

    /// The value at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.amplitude * (x - self.phase).sin()
    }

    /// Points with `x` evenly drawn between -5 and 5; a longer sample begins with a shorter one.
    pub fn sample<F: Float>(&self, rows: usize, seed: Seed) -> Regression<F> {
        let mut random = generator(seed);
        let x: Vec<f64> = (0..rows).map(|_| -5.0 + 10.0 * random.random::<f64>()).collect();
        Regression {
            features: Tensor::from_fn([rows, 1], |row| F::of(x[row])),
            outputs: Tensor::from_fn([rows, 1], |row| F::of(self.at(x[row]))),
        }
    }
}
