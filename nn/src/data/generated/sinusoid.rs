//! Sine curves: many small questions of one kind.

use std::f64::consts::PI;

use autograd::{Float, Seed, Tensor};
use rand::RngExt;

use crate::data::{Dataset, Numbers};
use crate::generator;

/// The curve `amplitude * sin(x - phase)`, to be learnt from few points.
///
/// ```
/// use nn::{Dataset, Seed, data::generated::Sinusoid};
/// let curves = Sinusoid::family(20, Seed::new(0));
/// let ten_points: Dataset = curves[3].sample(10, Seed::new(1));
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
    /// Curves with amplitudes between 0.1 and 5 and phases between 0 and pi, evenly drawn; a larger
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

    /// Points with `x` evenly drawn between -5 and 5, and the curve's numbers, `value`, there; a
    /// longer sample begins with a shorter one.
    ///
    /// # Panics
    /// If the amplitude or the phase is infinite or not a number.
    #[track_caller]
    pub fn sample<F: Float>(&self, rows: usize, seed: Seed) -> Dataset<F> {
        let mut random = generator(seed);
        let x: Vec<f64> = (0..rows).map(|_| -5.0 + 10.0 * random.random::<f64>()).collect();
        let values: Vec<f64> = x.iter().map(|x| self.at(*x)).collect();
        let features = Tensor::from_fn([rows, 1], |row| F::of(x[row]));
        let numbers = Numbers::of_values("value", &values);
        let data = numbers.and_then(|numbers| Dataset::new(features, vec![numbers]));
        data.unwrap_or_else(|error| panic!("{error}"))
    }
}
