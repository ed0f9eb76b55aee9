//! A layer, with the configuration by which architectures and files know it.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use nn::{LayerConfig, LayerSpec, Module};
use serde::{Deserialize, Serialize};

/// Every row divided by the root of its mean square, each column then times a weight.
///
/// # Shapes
/// `x`: `[rows, units]`; `weight`: `[units]`; result: as `x`.
///
/// # Panics
/// If `x` has another width.
///
/// # Source
/// Zhang and Sennrich 2019, equation 4, with an epsilon of 1e-5 under the root.
#[derive(Clone)]
pub struct RmsNorm<F: Float = f32> {
    /// The scale of each column, 1 at first.
    pub weight: Parameter<F>,
}
nn::parts!(<F> RmsNorm<F>: weight);

// ANCHOR: module
impl<F: Float> Module<F> for RmsNorm<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let weight = x.tape().watch(&self.weight);
        let units = F::of(weight.shape().axis(0) as f64);
        let mean_square = (x * x).sum_axes_keep(&[1]) / units;
        x / (mean_square + F::of(1e-5)).sqrt() * weight
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(RmsNormSpec { units: self.weight.shape().axis(0) }.into())
    }
}
// ANCHOR_END: module

/// An [`RmsNorm`] as a value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsNormSpec {
    /// The number of columns.
    pub units: usize,
}

// ANCHOR: config
impl LayerConfig for RmsNormSpec {
    fn type_name() -> &'static str {
        "rms_norm"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(RmsNorm { weight: Parameter::new(Tensor::<F>::ones([self.units])) })
    }
    fn inputs(&self) -> Option<usize> {
        Some(self.units)
    }
    fn num_parameters(&self) -> usize {
        self.units
    }
    fn fault(&self) -> Option<String> {
        (self.units == 0).then(|| "a width is 0".to_owned())
    }
}
// ANCHOR_END: config

impl fmt::Display for RmsNormSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RmsNorm({})", self.units)
    }
}
