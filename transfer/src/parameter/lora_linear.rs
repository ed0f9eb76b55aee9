//! A frozen linear layer with a trainable change of low rank.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use nn::{LayerConfig, LayerSpec, Linear, LinearConfig, Module, Parameters, init};
use serde::{Deserialize, Serialize};

/// `x (W + alpha / rank B A)^T + b`: a linear layer that stands still and two factors that learn.
///
/// At first `B` is 0, so that the layer is the one it was made of. In a state dict the factors are
/// called `lora_A` and `lora_B` beside `weight` and `bias`, as in the authors' `loralib`.
///
/// ```
/// use nn::{Linear, Parameters, Seed};
/// use transfer::parameter::LoraLinear;
/// let linear: Linear = Linear::new(64, 32, Seed::new(1));
/// let layer = LoraLinear::new(linear, 4, 4.0, Seed::new(2));
/// assert_eq!(layer.num_trainable(), 4 * 64 + 32 * 4);
/// ```
///
/// # Shapes
/// `x`: `[batch, inputs]`; `a`: `[rank, inputs]`; `b`: `[outputs, rank]`; result:
/// `[batch, outputs]`.
///
/// # Panics
/// If `x` has another number of columns than the layer has inputs.
///
/// # Source
/// Hu et al. 2022, equation 3.
#[derive(Clone)]
pub struct LoraLinear<F: Float = f32> {
    linear: Linear<F>,
    a: Parameter<F>,
    b: Parameter<F>,
    alpha: f64,
}

impl<F: Float> LoraLinear<F> {
    /// This layer, frozen, with factors of this rank: the first normal with deviation
    /// `1 / sqrt(inputs)`, the second 0.
    ///
    /// # Panics
    /// If the rank is 0.
    #[track_caller]
    pub fn new(linear: Linear<F>, rank: usize, alpha: f64, seed: Seed) -> Self {
        assert!(rank > 0, "a change of rank 0 is none");
        linear.freeze();
        let (inputs, outputs) = (linear.inputs(), linear.outputs());
        let a = init::normal([rank, inputs], (inputs as f64).sqrt().recip(), seed);
        let (a, b) = (Parameter::new(a), Parameter::new(Tensor::zeros([outputs, rank])));
        Self { linear, a, b, alpha }
    }

    /// The linear layer that does the same, to be trained or kept by itself.
    pub fn merged(&self) -> Linear<F> {
        let linear = self.linear.clone();
        let change = self.b.value().matmul(&self.a.value()).scale(self.scale());
        linear.weight.set(linear.weight.value() + change);
        linear.unfreeze();
        linear
    }

    fn scale(&self) -> F {
        F::of(self.alpha / self.a.shape().axis(0) as f64)
    }
}

impl<F: Float> Parameters<F> for LoraLinear<F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        self.linear.visit(visit);
        visit("lora_A", &self.a);
        visit("lora_B", &self.b);
    }
}

impl<F: Float> Module<F> for LoraLinear<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let [a, b] = [&self.a, &self.b].map(|factor| x.tape().watch(factor));
        self.linear.forward(x) + x.linear_no_bias(a).linear_no_bias(b) * self.scale()
    }

    fn layer_spec(&self) -> Option<LayerSpec> {
        let linear = self.linear.layer_spec()?.downcast_ref::<LinearConfig>().copied()?;
        let (rank, alpha) = (self.a.shape().axis(0), self.alpha);
        Some(LoraConfig { linear, rank, alpha }.into())
    }
}

/// A [`LoraLinear`] as a value: what names it in architectures and files.
///
/// ```
/// use nn::{Layers, LinearConfig, NetworkSpec};
/// use transfer::parameter::LoraConfig;
/// let layer = LoraConfig { linear: LinearConfig::new(64, 32), rank: 4, alpha: 4.0 };
/// let spec = NetworkSpec::new().then(layer);
/// assert_eq!(spec.to_string(), "LoRA(64 -> 32, rank 4)");
/// let layers = Layers::new().with::<LoraConfig>();
/// assert_eq!(NetworkSpec::from_json_with(&spec.to_json(), &layers)?, spec);
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoraConfig {
    /// The layer that stands still.
    pub linear: LinearConfig,
    /// The rank of its change.
    pub rank: usize,
    /// What its change is multiplied by, times the rank.
    pub alpha: f64,
}

impl LayerConfig for LoraConfig {
    fn type_name() -> &'static str {
        "lora"
    }
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        let LinearConfig { inputs, outputs, init, bias } = self.linear;
        let linear = Linear::with_init(inputs, outputs, init, seed);
        let linear = if bias { linear } else { linear.without_bias() };
        Box::new(LoraLinear::new(linear, self.rank, self.alpha, seed.child("lora")))
    }
    fn inputs(&self) -> Option<usize> {
        self.linear.inputs()
    }
    fn outputs_for(&self, inputs: usize) -> usize {
        self.linear.outputs_for(inputs)
    }
    fn num_parameters(&self) -> usize {
        let LinearConfig { inputs, outputs, .. } = self.linear;
        let factors = self.rank.saturating_mul(inputs.saturating_add(outputs));
        self.linear.num_parameters().saturating_add(factors)
    }
    fn fault(&self) -> Option<String> {
        let own = || match (self.rank, self.alpha) {
            (0, _) => Some("the rank is 0".to_owned()),
            (_, alpha) if !alpha.is_finite() => Some(format!("alpha is {alpha}")),
            _ => None,
        };
        self.linear.fault().or_else(own)
    }
    fn with_outputs(&self, outputs: usize) -> Option<LayerSpec> {
        let linear = LinearConfig { outputs, ..self.linear };
        Some(Self { linear, ..*self }.into())
    }
}

impl fmt::Display for LoraConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LinearConfig { inputs, outputs, bias, .. } = self.linear;
        let bias = if bias { "" } else { ", no bias" };
        write!(f, "LoRA({inputs} -> {outputs}, rank {}{bias})", self.rank)
    }
}
