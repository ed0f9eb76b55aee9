//! Linear models without bias on numbers as they are: what strategies learn has a closed form.

use autograd::{Float, Seed, Tensor, parallel};
use nn::data::Scale;
use nn::data::generated::{LinearPair, linear};
use nn::train::{Recipe, Rule, Run};
use nn::{Dataset, LabelColumn, LinearConfig, NetworkSpec, Parameters};
use transfer::parameter::FineTune;
use transfer::{Given, Source, Strategy, Target};

use crate::strategies::values;

/// One output, a weighted sum of the inputs.
pub fn spec(inputs: usize) -> NetworkSpec {
    NetworkSpec::new().then(LinearConfig { bias: false, ..LinearConfig::new(inputs, 1) })
}

/// The same rows, their numbers to be learnt as they are.
pub fn unscaled<F: Float>(mut data: Dataset<F>) -> Dataset<F> {
    for labels in &mut data.label_columns {
        if let LabelColumn::Numbers(numbers) = labels {
            numbers.scale = Some(Scale::UNSCALED);
        }
    }
    data
}

/// What a teacher of these weights says of normal rows, with noise.
pub fn rows(teacher: &[f64], rows: usize, noise: f64, seed: Seed) -> Dataset<f64> {
    unscaled(linear(teacher, rows, noise, seed))
}

/// A source task whose network has learnt these weights.
pub fn source(weights: &[f64]) -> Source<f64> {
    let (inputs, spec) = (weights.len(), spec(weights.len()));
    let model = spec.build::<f64>(Seed::new(0));
    model.visit(&mut |_, weight| weight.set(Tensor::new([1, inputs], weights.to_vec())));
    Source { task: "source".to_owned(), data: rows(weights, 2, 0.0, Seed::new(0)), spec, model }
}

/// The weights that a strategy learns of a target from a source.
///
/// # Panics
/// If it cannot be fitted.
#[track_caller]
pub fn learnt(
    strategy: &dyn Strategy<f64>,
    source: &Source<f64>,
    target: &Dataset<f64>,
    recipe: &Recipe,
) -> Tensor<f64> {
    let target = Target::new("target", target.clone());
    let given = Given::new(std::slice::from_ref(source), &target);
    let fitted = strategy.fit(&given, &Run::new(recipe.clone(), Seed::new(1)));
    let fitted = fitted.unwrap_or_else(|error| panic!("{error}"));
    values(fitted.model().unwrap_or_else(|error| panic!("{error}"))).remove(0)
}

/// Descent with momentum over all rows, for losses whose curvature is between about 0.5 and 30: each
/// step leaves the root of 0.6 of the way.
pub fn descent(steps: usize) -> Recipe {
    Recipe { steps, rule: Rule::Sgd { momentum: 0.6, nesterov: false }, ..Recipe::at_rate(0.1) }
}

/// The square of the distance between two lists of numbers.
pub fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The solution of `A x = b`, `[n, 1]`, for a positive definite `A`, by Gaussian elimination.
pub fn solve(a: &Tensor<f64>, b: &Tensor<f64>) -> Tensor<f64> {
    let n = b.len();
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| a.as_slice()[i * n..][..n].iter().chain([&b.as_slice()[i]]).copied().collect())
        .collect();
    for pivot in 0..n {
        for other in (0..n).filter(|&other| other != pivot) {
            let factor = rows[other][pivot] / rows[pivot][pivot];
            let above = rows[pivot].clone();
            rows[other].iter_mut().zip(above).for_each(|(entry, above)| *entry -= factor * above);
        }
    }
    Tensor::from_fn([n, 1], |i| rows[i][n] / rows[i][i])
}

/// Fine-tuning between two linear tasks at an angle: 40 inputs, 15 rows, no noise.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The cosine of the angle between the teachers.
    pub cosine: f64,
    /// The length of the source's weights; the target's have 1.
    pub length: f64,
}

impl Pair {
    const INPUTS: usize = 40;
    const ROWS: usize = 15;

    /// The expected risk, `(1 - rows / inputs) |target - source|^2`: of the way from the source to
    /// the target, descent goes the part that lies in the rows' span.
    pub fn expected(self) -> f64 {
        let way = 1.0 + self.length * self.length - 2.0 * self.length * self.cosine;
        (1.0 - Self::ROWS as f64 / Self::INPUTS as f64) * way
    }

    /// The risks on so many draws of both tasks and the rows, measured on all of the input space:
    /// for white inputs and a linear target the risk is the distance of the weights, squared.
    ///
    /// The rows' covariance has eigenvalues around those from 0.4 to 6.9, so that the loss's
    /// curvature is nearly always where [`descent`] is quick, and after 50 steps less than 1e-3 of
    /// the way in any direction is left: 1e-6 of the risk.
    pub fn risks(self, draws: usize, seed: Seed) -> Vec<f64> {
        parallel::map(&(0..draws).collect::<Vec<_>>(), |&draw| {
            let seed = seed.child(draw);
            let degrees = self.cosine.acos().to_degrees();
            let pair = LinearPair::new(Self::INPUTS, degrees, seed.child("pair"));
            let known: Vec<f64> = pair.source.iter().map(|weight| self.length * weight).collect();
            let target = rows(&pair.target, Self::ROWS, 0.0, seed.child("rows"));
            let tuned = learnt(&FineTune::default(), &source(&known), &target, &descent(50));
            squared_distance(tuned.as_slice(), &pair.target)
        })
    }
}
