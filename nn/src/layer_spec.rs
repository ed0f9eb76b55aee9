//! A layer as a value: its kind and sizes, without weights.

use std::fmt;

use autograd::{Float, Seed};
use serde::{Deserialize, Serialize};

use crate::layers::{
    BatchNorm, Combine, Dropout, Gelu, LayerNorm, LeakyRelu, Linear, Parallel, Relu, Residual,
    Sigmoid, Silu, Tanh,
};
use crate::{Init, Module, NetworkSpec};

/// A layer as a value: its kind and sizes, without weights.
///
/// ```
/// use nn::{LayerSpec, Seed};
/// let layer = LayerSpec::LeakyRelu { slope: 0.01 };
/// assert_eq!(layer.to_string(), "LeakyRelu(0.01)");
/// assert_eq!(layer.build::<f32>(Seed::new(1)).layer_spec(), Some(layer));
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum LayerSpec {
    /// A [`Linear`] layer.
    Linear {
        /// The number of inputs.
        inputs: usize,
        /// The number of outputs.
        outputs: usize,
        /// How fresh weights are drawn.
        #[serde(default)]
        init: Init,
    },
    /// A [`Relu`].
    Relu,
    /// A [`LeakyRelu`].
    LeakyRelu {
        /// The slope below 0.
        slope: f64,
    },
    /// A [`Tanh`].
    Tanh,
    /// A [`Sigmoid`].
    Sigmoid,
    /// A [`Gelu`].
    Gelu,
    /// A [`Silu`].
    Silu,
    /// A [`Dropout`].
    Dropout {
        /// The share of entries that are dropped.
        rate: f64,
    },
    /// A [`BatchNorm`].
    BatchNorm {
        /// The number of columns.
        units: usize,
        /// How much of the running statistics a batch replaces.
        #[serde(default = "default_momentum")]
        momentum: f64,
        /// What is added to the variance under the root.
        #[serde(default = "default_epsilon")]
        epsilon: f64,
    },
    /// A [`LayerNorm`].
    LayerNorm {
        /// The size of the last axis.
        units: usize,
        /// What is added to the variance under the root.
        #[serde(default = "default_epsilon")]
        epsilon: f64,
    },
    /// A [`Residual`]: the input is added to what the layers make of it.
    Residual {
        /// The layers, which keep the width.
        layers: NetworkSpec,
    },
    /// A [`Parallel`]: branches side by side on one input.
    Parallel {
        /// The branches.
        branches: Vec<NetworkSpec>,
        /// How their outputs become one.
        combine: Combine,
    },
}

fn default_momentum() -> f64 {
    BatchNorm::<f32>::MOMENTUM
}
fn default_epsilon() -> f64 {
    BatchNorm::<f32>::EPSILON
}

impl LayerSpec {
    /// The layer with fresh weights.
    ///
    /// # Panics
    /// If the layer cannot be built: see [`NetworkSpec::check`].
    #[track_caller]
    pub fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        match *self {
            LayerSpec::Linear { inputs, outputs, init } => {
                Box::new(Linear::with_init(inputs, outputs, init, seed))
            }
            LayerSpec::Relu => Box::new(Relu),
            LayerSpec::LeakyRelu { slope } => Box::new(LeakyRelu::new(slope)),
            LayerSpec::Tanh => Box::new(Tanh),
            LayerSpec::Sigmoid => Box::new(Sigmoid),
            LayerSpec::Gelu => Box::new(Gelu),
            LayerSpec::Silu => Box::new(Silu),
            LayerSpec::Dropout { rate } => Box::new(Dropout::new(rate)),
            LayerSpec::BatchNorm { units, momentum, epsilon } => {
                Box::new(BatchNorm { momentum, epsilon, ..BatchNorm::new(units) })
            }
            LayerSpec::LayerNorm { units, epsilon } => {
                Box::new(LayerNorm { epsilon, ..LayerNorm::new(units) })
            }
            LayerSpec::Residual { ref layers } => Box::new(Residual::new(layers.build(seed))),
            LayerSpec::Parallel { ref branches, combine } => {
                let branch = |(i, branch): (usize, &NetworkSpec)| branch.build(seed.child(i));
                Box::new(Parallel::new(branches.iter().enumerate().map(branch), combine))
            }
        }
    }

    /// The numbers of inputs and outputs, if the layer fixes them.
    pub fn widths(&self) -> Option<(usize, usize)> {
        let inputs = match self {
            LayerSpec::Linear { inputs, .. } => *inputs,
            LayerSpec::BatchNorm { units, .. } | LayerSpec::LayerNorm { units, .. } => *units,
            LayerSpec::Residual { layers } => layers.inputs()?,
            LayerSpec::Parallel { branches, .. } => {
                branches.iter().find_map(NetworkSpec::inputs)?
            }
            _ => return None,
        };
        Some((inputs, self.outputs_for(inputs)))
    }

    /// The number of outputs for this number of inputs.
    pub(crate) fn outputs_for(&self, inputs: usize) -> usize {
        match self {
            LayerSpec::Linear { outputs, .. } => *outputs,
            LayerSpec::Parallel { branches, combine } => {
                let mut outputs = branches.iter().map(|branch| branch.outputs_for(inputs));
                match combine {
                    Combine::Concatenate => outputs.fold(0, usize::saturating_add),
                    Combine::Sum => outputs.next().unwrap_or(inputs),
                }
            }
            _ => inputs,
        }
    }

    /// The number of trainable entries.
    pub fn num_parameters(&self) -> usize {
        match self {
            LayerSpec::Linear { inputs, outputs, .. } => {
                outputs.saturating_mul(*inputs).saturating_add(*outputs)
            }
            LayerSpec::BatchNorm { units, .. } | LayerSpec::LayerNorm { units, .. } => {
                units.saturating_mul(2)
            }
            LayerSpec::Residual { layers } => layers.num_parameters(),
            LayerSpec::Parallel { branches, .. } => {
                branches.iter().map(NetworkSpec::num_parameters).fold(0, usize::saturating_add)
            }
            _ => 0,
        }
    }

    /// What keeps the layer, taken by itself, from being built.
    pub(crate) fn fault(&self) -> Option<String> {
        let inner = |spec: &NetworkSpec| spec.check().err().map(|error| error.to_string());
        let refuse = |bad: bool, fault: String| bad.then_some(fault);
        match self {
            LayerSpec::Linear { inputs, outputs, .. } => {
                refuse(*inputs == 0 || *outputs == 0, "a width is 0".to_owned())
            }
            LayerSpec::LeakyRelu { slope } => {
                refuse(!slope.is_finite(), format!("the slope is {slope}"))
            }
            LayerSpec::Dropout { rate } => {
                refuse(!(0.0..1.0).contains(rate), format!("the rate {rate} is not in 0..1"))
            }
            LayerSpec::BatchNorm { units: 0, .. } | LayerSpec::LayerNorm { units: 0, .. } => {
                Some("a width is 0".to_owned())
            }
            LayerSpec::BatchNorm { momentum, .. } if !(0.0..=1.0).contains(momentum) => {
                Some(format!("the momentum {momentum} is not in 0..=1"))
            }
            LayerSpec::BatchNorm { epsilon, .. } | LayerSpec::LayerNorm { epsilon, .. } => {
                let fits = epsilon.is_finite() && *epsilon > 0.0;
                refuse(!fits, format!("the epsilon {epsilon} is not above 0"))
            }
            LayerSpec::Residual { layers } => inner(layers).or_else(|| {
                let (inputs, outputs) = (layers.inputs()?, layers.outputs()?);
                refuse(
                    inputs != outputs,
                    format!("{inputs} inputs cannot be added to {outputs} outputs"),
                )
            }),
            LayerSpec::Parallel { branches, .. } if branches.is_empty() => {
                Some("there is no branch".to_owned())
            }
            LayerSpec::Parallel { branches, combine } => {
                branches.iter().find_map(inner).or_else(|| {
                    let first = branches.iter().find_map(NetworkSpec::inputs)?;
                    let other = branches.iter().filter_map(NetworkSpec::inputs);
                    if let Some(other) = other.into_iter().find(|&other| other != first) {
                        return Some(format!("branches have {first} and {other} inputs"));
                    }
                    let outputs: Vec<_> = branches.iter().map(|b| b.outputs_for(first)).collect();
                    let other = outputs.iter().find(|&&other| other != outputs[0])?;
                    refuse(
                        *combine == Combine::Sum,
                        format!("branches of {} and {other} outputs have no sum", outputs[0]),
                    )
                })
            }
            _ => None,
        }
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayerSpec::Linear { inputs, outputs, .. } => write!(f, "Linear({inputs} -> {outputs})"),
            LayerSpec::Relu => write!(f, "Relu"),
            LayerSpec::LeakyRelu { slope } => write!(f, "LeakyRelu({slope})"),
            LayerSpec::Tanh => write!(f, "Tanh"),
            LayerSpec::Sigmoid => write!(f, "Sigmoid"),
            LayerSpec::Gelu => write!(f, "Gelu"),
            LayerSpec::Silu => write!(f, "Silu"),
            LayerSpec::Dropout { rate } => write!(f, "Dropout({rate})"),
            LayerSpec::BatchNorm { units, .. } => write!(f, "BatchNorm({units})"),
            LayerSpec::LayerNorm { units, .. } => write!(f, "LayerNorm({units})"),
            LayerSpec::Residual { layers } => write!(f, "Residual({layers})"),
            LayerSpec::Parallel { branches, combine } => {
                let between = if *combine == Combine::Sum { " + " } else { " | " };
                let branches: Vec<String> = branches.iter().map(NetworkSpec::to_string).collect();
                write!(f, "Parallel({})", branches.join(between))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameters;

    fn spec(layers: Vec<LayerSpec>) -> NetworkSpec {
        NetworkSpec { layers: layers.into_iter().map(|layer| (None, layer)).collect() }
    }
    fn linear(inputs: usize, outputs: usize) -> LayerSpec {
        LayerSpec::Linear { inputs, outputs, init: Init::He }
    }
    /// Every kind of layer, nested too.
    fn every_kind() -> NetworkSpec {
        let branches = vec![spec(vec![linear(6, 2)]), spec(vec![LayerSpec::Relu])];
        spec(vec![
            linear(4, 6),
            LayerSpec::BatchNorm { units: 6, momentum: 0.2, epsilon: 1e-4 },
            LayerSpec::LeakyRelu { slope: 0.1 },
            LayerSpec::Residual { layers: spec(vec![linear(6, 3), LayerSpec::Gelu, linear(3, 6)]) },
            LayerSpec::LayerNorm { units: 6, epsilon: 1e-6 },
            LayerSpec::Silu,
            LayerSpec::Dropout { rate: 0.25 },
            LayerSpec::Parallel { branches, combine: Combine::Concatenate },
            LayerSpec::Tanh,
            linear(8, 3),
            LayerSpec::Sigmoid,
        ])
    }

    #[test]
    fn every_kind_of_layer_comes_back_from_json_and_from_the_built_network() {
        let spec = every_kind();
        assert_eq!(NetworkSpec::from_json(&spec.to_json()).unwrap(), spec);
        let network = spec.build::<f64>(Seed::new(1));
        assert_eq!(network.spec(), Some(spec.clone()));
        assert_eq!(network.num_parameters(), spec.num_parameters());
        assert_eq!((spec.inputs(), spec.outputs()), (Some(4), Some(3)));
        let again = network.spec().unwrap().build::<f64>(Seed::new(1));
        assert_eq!(again.state_dict(), network.state_dict());
    }

    #[test]
    fn inner_layers_have_the_names_that_pytorchs_containers_give_them() {
        let network = every_kind().build::<f32>(Seed::new(1));
        let names: Vec<String> = network.named().into_iter().map(|(name, _)| name).collect();
        let norm = ["1.weight", "1.bias", "1.running_mean", "1.running_var"];
        assert_eq!(names[2..6], norm);
        assert_eq!(names[6..10], ["3.0.weight", "3.0.bias", "3.2.weight", "3.2.bias"]);
        assert_eq!(names[10..14], ["4.weight", "4.bias", "7.0.0.weight", "7.0.0.bias"]);
    }

    #[test]
    fn an_architecture_prints_on_one_line() {
        let line = "Linear(4 -> 6), BatchNorm(6), LeakyRelu(0.1), \
                    Residual(Linear(6 -> 3), Gelu, Linear(3 -> 6)), LayerNorm(6), Silu, \
                    Dropout(0.25), Parallel(Linear(6 -> 2) | Relu), Tanh, Linear(8 -> 3), Sigmoid";
        assert_eq!(every_kind().to_string(), line);
    }

    #[test]
    fn layers_that_cannot_be_built_are_refused_with_their_reason() {
        let refused = |layers| spec(layers).check().unwrap_err().to_string();
        let residual = LayerSpec::Residual { layers: spec(vec![linear(4, 3)]) };
        assert_eq!(
            refused(vec![residual]),
            "layer 0 (Residual(Linear(4 -> 3))): 4 inputs cannot be added to 3 outputs"
        );
        let branches = |a, b| vec![spec(vec![a]), spec(vec![b])];
        let sum = LayerSpec::Parallel {
            branches: branches(linear(4, 3), LayerSpec::Relu),
            combine: Combine::Sum,
        };
        assert!(refused(vec![sum]).ends_with("branches of 3 and 4 outputs have no sum"));
        let inputs = LayerSpec::Parallel {
            branches: branches(linear(4, 3), linear(5, 3)),
            combine: Combine::Concatenate,
        };
        assert!(refused(vec![inputs]).ends_with("branches have 4 and 5 inputs"));
        let deep = LayerSpec::Residual { layers: spec(vec![linear(4, 5), linear(4, 4)]) };
        assert!(refused(vec![deep]).ends_with("the layer before it has 5 outputs"));
        let norm = LayerSpec::BatchNorm { units: 5, momentum: 0.1, epsilon: 1e-5 };
        assert!(refused(vec![linear(3, 4), norm]).ends_with("the layer before it has 4 outputs"));
        for (layer, fault) in [
            (LayerSpec::Dropout { rate: 1.0 }, "the rate 1 is not in 0..1"),
            (LayerSpec::LeakyRelu { slope: f64::NAN }, "the slope is NaN"),
            (LayerSpec::LayerNorm { units: 4, epsilon: 0.0 }, "the epsilon 0 is not above 0"),
            (LayerSpec::LayerNorm { units: 0, epsilon: 1e-5 }, "a width is 0"),
            (
                LayerSpec::BatchNorm { units: 4, momentum: 2.0, epsilon: 1e-5 },
                "the momentum 2 is not in 0..=1",
            ),
            (LayerSpec::Parallel { branches: vec![], combine: Combine::Sum }, "there is no branch"),
        ] {
            assert!(refused(vec![layer]).ends_with(fault));
        }
    }

    #[test]
    fn options_left_out_in_json_are_pytorchs() {
        let read = NetworkSpec::from_json(r#"[{"type":"batch_norm","units":3}]"#).unwrap();
        let norm = LayerSpec::BatchNorm { units: 3, momentum: 0.1, epsilon: 1e-5 };
        assert_eq!(read, spec(vec![norm]));
        assert!(NetworkSpec::from_json(r#"[{"type":"dropout","rate":0.5,"p":0.5}]"#).is_err());
    }
}
