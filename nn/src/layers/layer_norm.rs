//! Layer normalisation.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::batch_norm::fault_of_norm;
use crate::{LayerConfig, LayerSpec, Module};

/// Layer normalisation: every row is shifted and scaled to mean 0 and variance 1, then scaled by a
/// weight and shifted by a bias, entry by entry; the same in training and in evaluation.
///
/// ```
/// use autograd::Tensor;
/// use nn::{LayerNorm, Module};
/// let layer: LayerNorm = LayerNorm::new(2);
/// let y = layer.predict(&Tensor::new([1, 2], vec![3.0, 5.0]));
/// assert!((y.as_slice()[1] - 1.0).abs() < 1e-4);
/// ```
///
/// # Shapes
/// `x`: `[.., units]`; `weight`, `bias`: `[units]`; result: as `x`.
///
/// # Panics
/// If the last axis of `x` has another size.
///
/// # Source
/// Ba, Kiros and Hinton 2016, equation 4, with epsilon under the root as PyTorch has it.
#[derive(Clone)]
pub struct LayerNorm<F: Float = f32> {
    /// The scale of each entry, 1 at first.
    pub weight: Parameter<F>,
    /// The shift of each entry, 0 at first.
    pub bias: Parameter<F>,
    /// What is added to the variance under the root.
    pub epsilon: f64,
}
crate::parts!(<F> LayerNorm<F>: weight, bias);

impl<F: Float> LayerNorm<F> {
    /// PyTorch's epsilon.
    pub const EPSILON: f64 = 1e-5;

    /// The layer for a last axis of this size, with PyTorch's epsilon 1e-5; another as in
    /// `LayerNorm { epsilon: 1e-6, ..LayerNorm::new(units) }`.
    ///
    /// # Panics
    /// If the size is 0.
    #[track_caller]
    pub fn new(units: usize) -> Self {
        assert!(units > 0, "layer normalisation needs entries");
        LayerNorm {
            weight: Parameter::new(Tensor::ones([units])),
            bias: Parameter::new(Tensor::zeros([units])),
            epsilon: Self::EPSILON,
        }
    }

    /// The size of the last axis.
    pub fn units(&self) -> usize {
        self.weight.shape().axis(0)
    }
}

impl<F: Float> Module<F> for LayerNorm<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let (weight, bias) = (x.tape().watch(&self.weight), x.tape().watch(&self.bias));
        x.layer_norm(weight, bias, F::of(self.epsilon))
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(LayerNormConfig { units: self.units(), epsilon: self.epsilon }.into())
    }
}

/// A [`LayerNorm`] as a value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNormConfig {
    /// The size of the last axis.
    pub units: usize,
    /// What is added to the variance under the root.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
}
fn default_epsilon() -> f64 {
    LayerNorm::<f32>::EPSILON
}

impl LayerNormConfig {
    /// The layer for a last axis of this size, with PyTorch's epsilon.
    pub fn new(units: usize) -> Self {
        LayerNormConfig { units, epsilon: default_epsilon() }
    }
}
impl LayerConfig for LayerNormConfig {
    fn type_name() -> &'static str {
        "layer_norm"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(LayerNorm { epsilon: self.epsilon, ..LayerNorm::new(self.units) })
    }
    fn inputs(&self) -> Option<usize> {
        Some(self.units)
    }
    fn num_parameters(&self) -> usize {
        self.units.saturating_mul(2)
    }
    fn fault(&self) -> Option<String> {
        fault_of_norm(self.units, self.epsilon)
    }
}
impl fmt::Display for LayerNormConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LayerNorm({})", self.units)
    }
}
