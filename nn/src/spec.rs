//! Architectures as values: what structure transfer transforms.

use std::collections::HashSet;
use std::fmt;

use autograd::{Float, Seed};

use crate::layers::{LinearConfig, Relu, Sequential};
use crate::{Error, LayerSpec};

mod json;
pub use json::Layers;

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
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NetworkSpec {
    /// Names and layers; a layer without a name is called by its position, activations included,
    /// as PyTorch's `Sequential` does.
    pub layers: Vec<(Option<String>, LayerSpec)>,
}

impl NetworkSpec {
    /// No layer yet: the identity.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more layer at the end, called by its position.
    ///
    /// ```
    /// use nn::{LinearConfig, NetworkSpec, Relu};
    /// let spec = NetworkSpec::new().then(LinearConfig::he(4, 3)).then(Relu);
    /// let spec = spec.then_named("head", LinearConfig::he(3, 2));
    /// assert_eq!(spec.to_string(), "Linear(4 -> 3), Relu, head: Linear(3 -> 2)");
    /// ```
    pub fn then(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push((None, layer.into()));
        self
    }

    /// With one more layer of this name at the end; [`check`](NetworkSpec::check) finds whether it
    /// is taken.
    pub fn then_named(mut self, name: &str, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push((Some(name.to_owned()), layer.into()));
        self
    }

    /// Linear layers of these widths from the input on, He initialised, a ReLU between each two.
    ///
    /// # Panics
    /// If fewer than two widths are given.
    #[track_caller]
    pub fn mlp(widths: &[usize]) -> Self {
        assert!(widths.len() > 1, "a network needs an input and an output width, got {widths:?}");
        let mut spec = NetworkSpec::new().then(LinearConfig::he(widths[0], widths[1]));
        for pair in widths[1..].windows(2) {
            spec = spec.then(Relu).then(LinearConfig::he(pair[0], pair[1]));
        }
        spec
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

    /// As [`build`](NetworkSpec::build), but the [`head`](NetworkSpec::head) is drawn from the
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

    /// The trunk and the head: what is before the [`head`](NetworkSpec::head), and the rest.
    ///
    /// Layers keep the names they had in the whole, as slices of PyTorch's `Sequential` do, so
    /// that the parts' state dicts together are the whole's. Without a head all is trunk.
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
        if let Some(head) = self.head() {
            let layer = &mut self.layers[head].1;
            *layer = layer.with_outputs(num_outputs).unwrap_or_else(|| layer.clone());
        }
        self
    }

    /// The position of the head, the last layer that can have any number of outputs: in a network
    /// of this crate's layers the last linear one.
    pub fn head(&self) -> Option<usize> {
        self.layers.iter().rposition(|(_, layer)| layer.with_outputs(1).is_some())
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

#[cfg(test)]
mod tests;
