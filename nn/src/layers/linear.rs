//! The linear layer.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::{Init, LayerConfig, LayerSpec, Module};

/// `x W^T + b`: every output is a weighted sum of the inputs, plus a bias if there is one.
///
/// ```
/// use autograd::Tensor;
/// use nn::{Linear, Module};
/// let layer = Linear::from_tensors(
///     Tensor::new([1, 2], vec![3.0_f32, 4.0]),
///     Tensor::new([1], vec![0.5]),
/// );
/// let x = Tensor::new([2, 2], vec![1.0, 0.0, 1.0, 1.0]);
/// assert_eq!(layer.predict(&x).as_slice(), [3.5, 7.5]);
/// ```
///
/// # Shapes
/// `x`: `[batch, inputs]`; `weight`: `[outputs, inputs]`; `bias`: `[outputs]`; result:
/// `[batch, outputs]`.
///
/// # Panics
/// If `x` has another number of columns than the layer has inputs.
#[doc(alias = "Dense")]
#[derive(Clone)]
pub struct Linear<F: Float = f32> {
    /// The weights, `[outputs, inputs]` as in PyTorch.
    pub weight: Parameter<F>,
    /// The bias, `[outputs]`, if there is one.
    pub bias: Option<Parameter<F>>,
    init: Init,
}
crate::parts!(<F> Linear<F>: weight, bias);

impl<F: Float> Linear<F> {
    /// A layer with fresh weights as PyTorch draws them by default, [`Init::Uniform`].
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize, seed: Seed) -> Self {
        Self::with_init(inputs, outputs, Init::Uniform, seed)
    }

    /// A layer with fresh weights for a ReLU after it, [`Init::He`].
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn he(inputs: usize, outputs: usize, seed: Seed) -> Self {
        Self::with_init(inputs, outputs, Init::He, seed)
    }

    /// A layer with fresh weights from this distribution.
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn with_init(inputs: usize, outputs: usize, init: Init, seed: Seed) -> Self {
        assert!(
            inputs > 0 && outputs > 0,
            "a linear layer needs inputs and outputs, not {inputs} and {outputs}"
        );
        let (weight, bias) = init.draw(inputs, outputs, seed);
        Linear { weight: Parameter::new(weight), bias: Some(Parameter::new(bias)), init }
    }

    /// The layer with this weight, `[outputs, inputs]`, and this bias, `[outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit each other.
    #[track_caller]
    pub fn from_tensors(weight: Tensor<F>, bias: Tensor<F>) -> Self {
        assert!(
            weight.shape().rank() == 2 && bias.shape() == [weight.size(0)],
            "a linear layer's weight is [outputs, inputs] and its bias [outputs], not {} and {}",
            weight.shape(),
            bias.shape()
        );
        let (weight, bias) = (Parameter::new(weight), Some(Parameter::new(bias)));
        Linear { weight, bias, init: Init::default() }
    }

    /// The same layer without its bias: `x W^T`. The weight is that of the layer with one.
    ///
    /// ```
    /// use nn::{Linear, Parameters, Seed};
    /// let layer: Linear = Linear::new(3, 2, Seed::new(1)).without_bias();
    /// assert_eq!(layer.num_parameters(), 3 * 2);
    /// ```
    pub fn without_bias(self) -> Self {
        Linear { bias: None, ..self }
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.weight.shape().axis(1)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.weight.shape().axis(0)
    }
}

impl<F: Float> Module<F> for Linear<F> {
    // ANCHOR: forward
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let weight = x.tape().watch(&self.weight);
        match &self.bias {
            Some(bias) => x.linear(weight, x.tape().watch(bias)),
            None => x.linear_no_bias(weight),
        }
    }
    // ANCHOR_END: forward
    fn layer_spec(&self) -> Option<LayerSpec> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let bias = self.bias.is_some();
        Some(LinearConfig { inputs, outputs, init: self.init, bias }.into())
    }
}

/// A [`Linear`] layer as a value.
///
/// ```
/// use nn::LinearConfig;
/// let config = LinearConfig { bias: false, ..LinearConfig::he(64, 32) };
/// assert_eq!(config.to_string(), "Linear(64 -> 32, no bias)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearConfig {
    /// The number of inputs.
    pub inputs: usize,
    /// The number of outputs.
    pub outputs: usize,
    /// How fresh weights are drawn.
    #[serde(default)]
    pub init: Init,
    /// Whether there is a bias; it stands in JSON where there is none.
    #[serde(default = "has_bias", skip_serializing_if = "Clone::clone")]
    pub bias: bool,
}
fn has_bias() -> bool {
    true
}

impl LinearConfig {
    /// The layer with a bias, drawn as PyTorch draws it, [`Init::Uniform`].
    pub fn new(inputs: usize, outputs: usize) -> Self {
        LinearConfig { inputs, outputs, init: Init::Uniform, bias: true }
    }

    /// The layer with a bias, for a ReLU after it, [`Init::He`].
    pub fn he(inputs: usize, outputs: usize) -> Self {
        LinearConfig { init: Init::He, ..Self::new(inputs, outputs) }
    }
}
impl LayerConfig for LinearConfig {
    fn type_name() -> &'static str {
        "linear"
    }
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        let layer = Linear::with_init(self.inputs, self.outputs, self.init, seed);
        Box::new(if self.bias { layer } else { layer.without_bias() })
    }
    fn inputs(&self) -> Option<usize> {
        Some(self.inputs)
    }
    fn outputs_for(&self, _: usize) -> usize {
        self.outputs
    }
    fn num_parameters(&self) -> usize {
        let of_one = self.inputs.saturating_add(usize::from(self.bias));
        self.outputs.saturating_mul(of_one)
    }
    fn fault(&self) -> Option<String> {
        (self.inputs == 0 || self.outputs == 0).then(|| "a width is 0".to_owned())
    }
    fn with_outputs(&self, outputs: usize) -> Option<LayerSpec> {
        Some(LinearConfig { outputs, ..*self }.into())
    }
}
impl fmt::Display for LinearConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bias = if self.bias { "" } else { ", no bias" };
        write!(f, "Linear({} -> {}{bias})", self.inputs, self.outputs)
    }
}
