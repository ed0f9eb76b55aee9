//! Two linear teachers whose likeness is chosen.

use autograd::{Float, Seed, Tensor};

use super::normal;
use crate::data::{Dataset, Numbers};
use crate::generator;

/// Two linear teachers of length 1 with a chosen angle between them: how much one tells about
/// the other is a number.
///
/// For inputs that are independent standard normals, the teachers' cosine is the correlation of
/// their outputs.
///
/// ```
/// use nn::{Dataset, Seed, data::generated::{LinearPair, linear}};
/// let pair = LinearPair::new(40, 60.0, Seed::new(0));
/// let cosine: f64 = pair.source.iter().zip(&pair.target).map(|(a, b)| a * b).sum();
/// assert!((cosine - 0.5).abs() < 1e-12);
/// let target: Dataset<f64> = linear(&pair.target, 15, 0.0, Seed::new(1));
/// assert_eq!(target.numbers().of_row.len(), 15);
/// ```
///
/// # Source
/// The setting of Lampinen and Ganguli 2019, for one output.
#[derive(Clone, PartialEq, Debug)]
pub struct LinearPair {
    /// The source's weights.
    pub source: Vec<f64>,
    /// The target's weights.
    pub target: Vec<f64>,
}

impl LinearPair {
    /// Teachers of so many inputs at this angle, in a plane drawn from the seed.
    ///
    /// # Panics
    /// If there are fewer than two inputs.
    #[track_caller]
    pub fn new(inputs: usize, degrees: f64, seed: Seed) -> Self {
        assert!(inputs >= 2, "two teachers at an angle need 2 inputs, not {inputs}");
        let mut random = generator(seed);
        let mut direction = || -> Vec<f64> { (0..inputs).map(|_| normal(&mut random)).collect() };
        let source = unit(direction());
        // Taken out twice, so that what rounding leaves of the source goes too.
        let mut other = direction();
        for _ in 0..2 {
            let along = dot(&source, &other);
            other = unit(source.iter().zip(&other).map(|(s, x)| x - along * s).collect());
        }
        let (sin, cos) = degrees.to_radians().sin_cos();
        let target = source.iter().zip(&other).map(|(s, x)| cos * s + sin * x).collect();
        LinearPair { source, target }
    }
}

/// Rows of independent standard normals, and what a linear teacher says of them, with normal noise of
/// this deviation: the numbers `value`. A longer sample begins with a shorter one.
///
/// # Panics
/// If a weight or the noise is infinite or not a number.
#[doc(alias = "make_regression")]
#[track_caller]
pub fn linear<F: Float>(teacher: &[f64], rows: usize, noise: f64, seed: Seed) -> Dataset<F> {
    let (mut inputs, mut errors) =
        (generator(seed.child("inputs")), generator(seed.child("noise")));
    let (mut features, mut values) = (Vec::with_capacity(rows * teacher.len()), vec![]);
    for _ in 0..rows {
        let x: Vec<f64> = teacher.iter().map(|_| normal(&mut inputs)).collect();
        values.push(dot(teacher, &x) + noise * normal(&mut errors));
        features.extend(x.into_iter().map(F::of));
    }
    let numbers = Numbers::of_values("value", &values);
    let data = numbers.and_then(|numbers| {
        Dataset::new(Tensor::new([rows, teacher.len()], features), vec![numbers])
    });
    data.unwrap_or_else(|error| panic!("{error}"))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(x: Vec<f64>) -> Vec<f64> {
    let length = dot(&x, &x).sqrt();
    x.into_iter().map(|x| x / length).collect()
}
