//! Architectures as values: what structure transfer transforms.

use std::collections::HashSet;
use std::fmt;

use autograd::{Float, Seed};
use serde::{Deserialize, Serialize};

use crate::layers::Sequential;
use crate::{Error, Init, LayerSpec};

/// A network as a value: its layers in order, each with a name or counted by its position.
///
/// ```
/// use nn::{NetworkSpec, Parameters, Seed, Sequential};
/// let spec = NetworkSpec::mlp(&[64, 32, 10]);
/// assert_eq!(spec.to_string(), "Linear(64 -> 32), Relu, Linear(32 -> 10)");
/// let network: Sequential = spec.build(Seed::new(1));
/// assert_eq!(network.num_parameters(), spec.num_parameters());
/// assert_eq!(network.spec(), Some(spec));                 // read back from the network
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<NamedLayer>", into = "Vec<NamedLayer>")]
pub struct NetworkSpec {
    /// Names and layers; a layer without a name is called by its position, activations included,
    /// as PyTorch's `Sequential` does.
    pub layers: Vec<(Option<String>, LayerSpec)>,
}

impl NetworkSpec {
    /// Linear layers of these widths from the input on, He initialised, a ReLU between each two.
    ///
    /// # Panics
    /// If fewer than two widths are given.
    #[track_caller]
    pub fn mlp(widths: &[usize]) -> Self {
        assert!(widths.len() > 1, "a network needs an input and an output width, got {widths:?}");
        let mut layers = Vec::new();
        for pair in widths.windows(2) {
            if !layers.is_empty() {
                layers.push((None, LayerSpec::Relu));
            }
            let linear = LayerSpec::Linear { inputs: pair[0], outputs: pair[1], init: Init::He };
            layers.push((None, linear));
        }
        NetworkSpec { layers }
    }

    /// The name of layer `layer`: its own, or its position.
    pub fn name(&self, layer: usize) -> String {
        self.layers[layer].0.clone().unwrap_or_else(|| layer.to_string())
    }

    /// The network with fresh weights: those of each layer are drawn from the child of `seed` with
    /// the layer's name.
    ///
    /// # Panics
    /// If [`check`](NetworkSpec::check) finds a fault.
    #[track_caller]
    pub fn build<F: Float>(&self, seed: Seed) -> Sequential<F> {
        self.build_with(|_, name| seed.child(name))
    }

    /// As [`build`](NetworkSpec::build), but the head, the last linear layer, is drawn from the
    /// child of its seed with the name of the task.
    ///
    /// So the networks of several tasks of one seed start with one trunk and with heads of their
    /// own, whether they are built whole or as the parts that
    /// [`split_head`](NetworkSpec::split_head) gives.
    ///
    /// # Panics
    /// If [`check`](NetworkSpec::check) finds a fault.
    #[track_caller]
    pub fn build_task<F: Float>(&self, seed: Seed, task: &str) -> Sequential<F> {
        let head = self.head();
        self.build_with(|layer, name| {
            let seed = seed.child(name);
            if Some(layer) == head { seed.child(task) } else { seed }
        })
    }

    #[track_caller]
    fn build_with<F: Float>(&self, seed: impl Fn(usize, &str) -> Seed) -> Sequential<F> {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        let mut network = Sequential::new();
        for (i, (name, layer)) in self.layers.iter().enumerate() {
            network.push_boxed(name.clone(), layer.build(seed(i, &self.name(i))));
        }
        network
    }

    /// The trunk and the head: what is before the last linear layer, and the rest.
    ///
    /// Layers keep the names they had in the whole, as slices of PyTorch's `Sequential` do, so
    /// that the parts' state dicts together are the whole's. Without a linear layer all is trunk.
    pub fn split_head(&self) -> (NetworkSpec, NetworkSpec) {
        self.split(self.head().unwrap_or(self.layers.len()))
    }

    /// The layers before `at` and the others, which keep the names they had in the whole.
    ///
    /// # Panics
    /// If there are fewer than `at` layers.
    #[track_caller]
    pub fn split(&self, at: usize) -> (NetworkSpec, NetworkSpec) {
        let num_layers = self.layers.len();
        assert!(at <= num_layers, "cannot split {num_layers} layers at {at}");
        let named = |i: usize| (Some(self.name(i)), self.layers[i].1.clone());
        let first = NetworkSpec { layers: self.layers[..at].to_vec() };
        (first, NetworkSpec { layers: (at..num_layers).map(named).collect() })
    }

    /// The same architecture, the head given this number of outputs; without a head, as it is.
    pub fn with_outputs(mut self, num_outputs: usize) -> Self {
        if let Some(head) = self.head()
            && let LayerSpec::Linear { outputs, .. } = &mut self.layers[head].1
        {
            *outputs = num_outputs;
        }
        self
    }

    /// The position of the head, the last linear layer.
    pub fn head(&self) -> Option<usize> {
        self.layers.iter().rposition(|(_, layer)| matches!(layer, LayerSpec::Linear { .. }))
    }

    // TEMPORARY
    pub fn needs_two_rows(&self) -> bool {
        self.to_string().contains("BatchNorm")
    }
    /// The number of inputs, if a layer fixes it.
    pub fn inputs(&self) -> Option<usize> {
        for (_, layer) in &self.layers {
            if let Some((inputs, _)) = layer.widths() {
                return Some(inputs);
            }
            // A layer that would change the width of an input it does not know hides what follows.
            if layer.outputs_for(1) != 1 {
                return None;
            }
        }
        None
    }

    /// The number of outputs, if a layer fixes it.
    pub fn outputs(&self) -> Option<usize> {
        let mut width = None;
        for (_, layer) in &self.layers {
            let fixed = layer.widths().map(|(_, outputs)| outputs);
            width = fixed.or(width.map(|inputs| layer.outputs_for(inputs)));
        }
        width
    }

    /// The number of outputs for this number of inputs.
    pub(crate) fn outputs_for(&self, inputs: usize) -> usize {
        self.layers.iter().fold(inputs, |width, (_, layer)| layer.outputs_for(width))
    }

    /// The number of trainable entries.
    pub fn num_parameters(&self) -> usize {
        self.layers.iter().map(|(_, layer)| layer.num_parameters()).fold(0, usize::saturating_add)
    }

    /// Whether the network can be built: widths are above 0 and follow on each other, options are in
    /// their range, and names are there once each and hold no dot.
    ///
    /// # Errors
    /// The first layer that does not fit.
    pub fn check(&self) -> Result<(), Error> {
        let mut names = HashSet::new();
        let mut width = None;
        for (i, (_, layer)) in self.layers.iter().enumerate() {
            let fault = |fault| Err(Error::Spec { layer: i, what: layer.to_string(), fault });
            let name = self.name(i);
            if name.is_empty() || name.contains('.') {
                return fault(format!("\"{name}\" cannot be a name in a state dict"));
            }
            if !names.insert(name.clone()) {
                return fault(format!("an earlier layer is named \"{name}\" too"));
            }
            if let Some(found) = layer.fault() {
                return fault(found);
            }
            let fixed = layer.widths();
            if let (Some(width), Some((inputs, _))) = (width, fixed)
                && width != inputs
            {
                return fault(format!("the layer before it has {width} outputs"));
            }
            width =
                fixed.map(|(_, outputs)| outputs).or(width.map(|inputs| layer.outputs_for(inputs)));
        }
        Ok(())
    }

    /// The architecture as JSON: a list of layers such as
    /// `{"name":"fc1","type":"linear","inputs":64,"outputs":32,"init":"he"}`.
    ///
    /// # Panics
    /// Never: names and numbers always have a form in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers have a form in JSON")
    }

    /// The architecture that [`to_json`](NetworkSpec::to_json) wrote.
    ///
    /// # Errors
    /// If the text is no list of known layers, or the network cannot be built.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let spec: NetworkSpec =
            serde_json::from_str(text).map_err(|error| Error::SpecText(error.to_string()))?;
        spec.check()?;
        Ok(spec)
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, layer)) in self.layers.iter().enumerate() {
            let between = if i == 0 { "" } else { ", " };
            match name {
                Some(name) => write!(f, "{between}{name}: {layer}")?,
                None => write!(f, "{between}{layer}")?,
            }
        }
        Ok(())
    }
}

/// A layer as it stands in JSON.
#[derive(Clone, Serialize, Deserialize)]
struct NamedLayer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    layer: LayerSpec,
}
impl From<Vec<NamedLayer>> for NetworkSpec {
    fn from(layers: Vec<NamedLayer>) -> Self {
        NetworkSpec { layers: layers.into_iter().map(|named| (named.name, named.layer)).collect() }
    }
}
impl From<NetworkSpec> for Vec<NamedLayer> {
    fn from(spec: NetworkSpec) -> Self {
        spec.layers.into_iter().map(|(name, layer)| NamedLayer { name, layer }).collect()
    }
}

#[cfg(test)]
mod tests;
