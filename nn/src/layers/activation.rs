//! Activations: entry-by-entry layers without parameters.

use std::fmt;

use autograd::{Float, Parameter, Seed, Var};
use serde::{Deserialize, Serialize};

use crate::{LayerConfig, LayerSpec, Module, Parameters};

macro_rules! activation {
    ($(#[$doc:meta])* $name:ident, $operation:ident) => {
        $(#[$doc])*
        ///
        /// # Shapes
        /// `x`: any; result: as `x`.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        pub struct $name;

        impl<F: Float> Parameters<F> for $name {
            fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
        }
        impl<F: Float> Module<F> for $name {
            fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
                x.$operation()
            }
            fn layer_spec(&self) -> Option<LayerSpec> {
                Some((*self).into())
            }
        }
        impl LayerConfig for $name {
            fn type_name() -> &'static str {
                stringify!($operation)
            }
            fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
                Box::new(*self)
            }
            fn with_units(&self, _: usize) -> Option<LayerSpec> {
                Some((*self).into())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

activation! {
    /// `max(x, 0)`, entry by entry.
    Relu, relu
}
activation! {
    /// The hyperbolic tangent, entry by entry.
    Tanh, tanh
}
activation! {
    /// `1 / (1 + exp(-x))`, entry by entry.
    #[doc(alias = "logistic")]
    Sigmoid, sigmoid
}
activation! {
    /// `x P(Z <= x)` for a standard normal `Z`, entry by entry: the exact form, by the error function.
    ///
    /// # Source
    /// Hendrycks and Gimpel 2016, equation 2; PyTorch's `GELU` with its default `approximate="none"`.
    Gelu, gelu
}
activation! {
    /// `x sigmoid(x)`, entry by entry.
    #[doc(alias = "swish")]
    Silu, silu
}

/// `x` above 0 and `slope * x` else, entry by entry.
///
/// # Shapes
/// `x`: any; result: as `x`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LeakyRelu {
    slope: f64,
}

impl LeakyRelu {
    /// The activation with this slope below 0.
    ///
    /// # Panics
    /// If the slope is not finite.
    #[track_caller]
    pub fn new(slope: f64) -> Self {
        assert!(slope.is_finite(), "a leaky ReLU cannot have the slope {slope}");
        LeakyRelu { slope }
    }
}
/// PyTorch's slope, 0.01.
impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu { slope: 0.01 }
    }
}

impl<F: Float> Parameters<F> for LeakyRelu {
    fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
}
impl<F: Float> Module<F> for LeakyRelu {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        x.leaky_relu(F::of(self.slope))
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(LeakyReluConfig { slope: self.slope }.into())
    }
}

/// A [`LeakyRelu`] as a value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakyReluConfig {
    /// The slope below 0.
    pub slope: f64,
}
impl LayerConfig for LeakyReluConfig {
    fn type_name() -> &'static str {
        "leaky_relu"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(LeakyRelu::new(self.slope))
    }
    fn fault(&self) -> Option<String> {
        (!self.slope.is_finite()).then(|| format!("the slope is {}", self.slope))
    }
    fn with_units(&self, _: usize) -> Option<LayerSpec> {
        Some((*self).into())
    }
}
impl fmt::Display for LeakyReluConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeakyRelu({})", self.slope)
    }
}
