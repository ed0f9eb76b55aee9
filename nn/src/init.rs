//! Fresh weights, and the generator behind everything random of this crate.

use autograd::{Float, Seed, Shape, Tensor};
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// The generator of a seed: the same numbers on every machine.
///
/// PCG XSL RR 128/64 (`Pcg64`) has a state and a stream of 128 bits each. The state's upper half is
/// the value of `seed.child("state")` and its lower half that of `seed` itself; the stream is the
/// value of `seed.child("stream")`. Whoever draws for two purposes takes two children of a seed.
///
/// ```
/// use nn::{Seed, generator};
/// use rand::Rng;
/// let seed = Seed::new(3);
/// assert_eq!(generator(seed).next_u64(), generator(seed).next_u64());
/// assert_ne!(generator(seed).next_u64(), generator(seed.child("noise")).next_u64());
/// ```
#[doc(alias = "manual_seed")]
pub fn generator(seed: Seed) -> Pcg64 {
    let state = u128::from(seed.child("state").value()) << 64 | u128::from(seed.value());
    Pcg64::new(state, u128::from(seed.child("stream").value()))
}

/// From which distribution the weights of a [`Linear`](crate::Linear) are drawn.
///
/// All are drawn in `f64` and rounded to the model's type, the weight from `seed.child("weight")`
/// and the bias from `seed.child("bias")`: a model in `f32` is the rounded model in `f64`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Init {
    /// PyTorch's default for its `Linear`: weight and bias uniform between
    /// `-1 / sqrt(inputs)` and `1 / sqrt(inputs)`.
    #[doc(alias = "kaiming_uniform_")]
    #[default]
    Uniform,
    /// For layers before a ReLU: weight normal with deviation `sqrt(2 / inputs)`, bias 0.
    ///
    /// # Source
    /// He et al. 2015, equation 10; PyTorch's `kaiming_normal_` with its default `fan_in`.
    #[doc(alias = "kaiming_normal_")]
    He,
}

impl Init {
    /// A weight of shape `[outputs, inputs]` and a bias of shape `[outputs]`.
    pub(crate) fn draw<F: Float>(
        self,
        inputs: usize,
        outputs: usize,
        seed: Seed,
    ) -> (Tensor<F>, Tensor<F>) {
        let (weight, bias) = (seed.child("weight"), seed.child("bias"));
        match self {
            Init::Uniform => {
                let bound = (inputs as f64).sqrt().recip();
                (uniform([outputs, inputs], bound, weight), uniform([outputs], bound, bias))
            }
            Init::He => {
                let deviation = (2.0 / inputs as f64).sqrt();
                (normal([outputs, inputs], deviation, weight), Tensor::zeros([outputs]))
            }
        }
    }
}

/// Entries uniform in `[-bound, bound)`.
fn uniform<F: Float>(shape: impl Into<Shape>, bound: f64, seed: Seed) -> Tensor<F> {
    let mut generator = generator(seed);
    Tensor::from_fn(shape, |_| F::of(bound * (2.0 * generator.random::<f64>() - 1.0)))
}

/// Entries normal with mean 0 and this standard deviation.
pub fn normal<F: Float>(shape: impl Into<Shape>, deviation: f64, seed: Seed) -> Tensor<F> {
    let mut generator = generator(seed);
    Tensor::from_fn(shape, |_| {
        let z: f64 = generator.sample(StandardNormal);
        F::of(deviation * z)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_deviation(x: &Tensor<f64>) -> (f64, f64) {
        let n = x.len() as f64;
        let mean = x.as_slice().iter().sum::<f64>() / n;
        let square = x.as_slice().iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        (mean, square.sqrt())
    }

    #[test]
    fn he_weights_have_the_deviation_that_keeps_a_relu_networks_scale() {
        let (weight, bias) = Init::He.draw::<f64>(50, 400, Seed::new(1));
        let (mean, deviation) = mean_and_deviation(&weight);
        // 20000 draws: the mean's standard error is 0.0014, the deviation's 0.001; 4 of them each.
        assert!(mean.abs() < 0.006, "mean {mean}");
        assert!((deviation - 0.2).abs() < 0.004, "deviation {deviation}");
        assert!(bias.as_slice().iter().all(|&b| b == 0.0));
    }

    #[test]
    fn uniform_weights_and_biases_fill_their_interval_and_no_more() {
        let (weight, bias) = Init::Uniform.draw::<f64>(100, 200, Seed::new(2));
        for x in [&weight, &bias] {
            assert!(x.as_slice().iter().all(|x| x.abs() <= 0.1));
            assert!(x.as_slice().iter().any(|&x| x > 0.09));
            assert!(x.as_slice().iter().any(|&x| x < -0.09));
        }
        let (_, deviation) = mean_and_deviation(&weight);
        // A uniform's deviation is its half width over sqrt 3; 20000 draws find it within 1 %.
        assert!((deviation - 0.1 / 3.0_f64.sqrt()).abs() < 6e-4, "deviation {deviation}");
    }

    #[test]
    fn single_precision_weights_are_the_rounded_double_precision_ones() {
        let precise = Init::He.draw::<f64>(7, 5, Seed::new(3)).0;
        let rounded = Init::He.draw::<f32>(7, 5, Seed::new(3)).0;
        let expected: Vec<f32> = precise.as_slice().iter().map(|&x| x as f32).collect();
        assert_eq!(rounded.as_slice(), expected);
    }
}
