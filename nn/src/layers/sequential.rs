//! Layers one after another.

use std::collections::HashSet;
use std::ops::Range;

use autograd::{Float, Parameter, Tensor, Var};

use crate::module::assert_same_ties;
use crate::parameters::visit_part;
use crate::{Module, NetworkSpec, Parameters};

/// Modules one after another, each given what the one before it returns.
///
/// Layers are named by their positions, activations included, as PyTorch does, unless they are
/// given a name.
///
/// ```
/// use nn::{Linear, Parameters, Relu, Seed, Sequential};
/// let seed = Seed::new(1);
/// let network: Sequential = Sequential::new()
///     .then(Linear::he(4, 8, seed.child(0)))
///     .then(Relu)
///     .then_named("head", Linear::he(8, 2, seed.child("head")));
/// assert_eq!(network.spec().unwrap().to_string(), "Linear(4 -> 8), Relu, head: Linear(8 -> 2)");
/// let names: Vec<String> = network.named().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["0.weight", "0.bias", "head.weight", "head.bias"]);
/// ```
pub struct Sequential<F: Float = f32> {
    layers: Vec<Named<F>>,
    /// The names that were given, against which a new one is checked.
    given: HashSet<String>,
}

/// A layer, called by its position if it has no name.
type Named<F> = (Option<String>, Box<dyn Module<F>>);

impl<F: Float> Sequential<F> {
    /// No layer yet: the identity.
    pub fn new() -> Self {
        Sequential { layers: Vec::new(), given: HashSet::new() }
    }

    /// With one more layer at the end, called by its position.
    ///
    /// # Panics
    /// If a layer is named by that number already.
    #[track_caller]
    pub fn then(mut self, layer: impl Module<F> + 'static) -> Self {
        self.push_boxed(None, Box::new(layer));
        self
    }

    /// With one more layer of this name at the end.
    ///
    /// # Panics
    /// If the name is taken, empty, or holds a dot.
    #[track_caller]
    pub fn then_named(mut self, name: &str, layer: impl Module<F> + 'static) -> Self {
        self.push_boxed(Some(name.to_owned()), Box::new(layer));
        self
    }

    /// Puts a layer at the end, called by its position if it has no name.
    ///
    /// # Panics
    /// If the name is taken, empty, or holds a dot.
    #[track_caller]
    pub fn push_boxed(&mut self, name: Option<String>, layer: Box<dyn Module<F>>) {
        let position = self.len();
        let name_or_position = name.clone().unwrap_or_else(|| position.to_string());
        let fits = !name_or_position.is_empty() && !name_or_position.contains('.');
        assert!(fits, "\"{name_or_position}\" cannot be a name in a state dict");
        let counted = |at: usize| at < position && self.layers[at].0.is_none();
        let taken = self.given.contains(&name_or_position)
            || name_or_position
                .parse()
                .is_ok_and(|at| counted(at) && name_or_position == at.to_string());
        assert!(!taken, "two layers are named \"{name_or_position}\"");
        self.given.extend(name.clone());
        self.layers.push((name, layer));
    }

    /// Puts a layer before layer `at`; those behind it without a name count one further.
    ///
    /// # Panics
    /// If there are fewer than `at` layers, or a name is taken, empty, or holds a dot.
    #[track_caller]
    pub fn insert(&mut self, at: usize, name: Option<String>, layer: Box<dyn Module<F>>) {
        let num_layers = self.len();
        assert!(at <= num_layers, "cannot insert layer {at} into {num_layers} layers");
        let behind = self.layers.split_off(at);
        self.given = self.layers.iter().filter_map(|(name, _)| name.clone()).collect();
        self.push_boxed(name, layer);
        behind.into_iter().for_each(|(name, layer)| self.push_boxed(name, layer));
    }

    /// The number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there is no layer.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// The name of layer `layer`: its own, or its position.
    ///
    /// # Panics
    /// If there is no such layer.
    #[track_caller]
    pub fn name(&self, layer: usize) -> String {
        self.layers[layer].0.clone().unwrap_or_else(|| layer.to_string())
    }

    /// Layer `layer`.
    ///
    /// # Panics
    /// If there is no such layer.
    #[track_caller]
    pub fn layer(&self, layer: usize) -> &dyn Module<F> {
        &*self.layers[layer].1
    }

    /// Layer `layer`, to be changed in its place.
    ///
    /// # Panics
    /// If there is no such layer.
    #[track_caller]
    pub fn layer_mut(&mut self, layer: usize) -> &mut dyn Module<F> {
        &mut *self.layers[layer].1
    }

    /// The layers in order, each with its name.
    pub fn layers(&self) -> impl Iterator<Item = (String, &dyn Module<F>)> {
        (0..self.len()).map(|i| (self.name(i), self.layer(i)))
    }

    /// The position of the layer of this name.
    pub fn position(&self, name: &str) -> Option<usize> {
        (0..self.len()).find(|&i| self.name(i) == name)
    }

    /// The layer of this name.
    pub fn get(&self, name: &str) -> Option<&dyn Module<F>> {
        self.position(name).map(|i| self.layer(i))
    }

    /// Puts a layer in the place and under the name of layer `at`, which is given back.
    ///
    /// ```
    /// use nn::{Linear, Module, NetworkSpec, Seed, Sequential};
    /// let mut network: Sequential = NetworkSpec::mlp(&[4, 3, 2]).build(Seed::new(1));
    /// let wide = Linear::he(3, 5, Seed::new(2));
    /// let old = network.replace(2, Box::new(wide));
    /// assert_eq!(old.downcast_ref::<Linear>().unwrap().outputs(), 2);
    /// assert_eq!(network.spec(), Some(NetworkSpec::mlp(&[4, 3, 5])));
    /// ```
    ///
    /// # Panics
    /// If there is no such layer.
    #[track_caller]
    pub fn replace(&mut self, at: usize, layer: Box<dyn Module<F>>) -> Box<dyn Module<F>> {
        std::mem::replace(&mut self.layers[at].1, layer)
    }

    /// The network whose layers are what `change` makes of these, each under the name it had.
    ///
    /// ```
    /// use nn::{LeakyRelu, Module, NetworkSpec, Relu, Seed, Sequential};
    /// let network: Sequential = NetworkSpec::mlp(&[4, 3, 2]).build(Seed::new(1));
    /// let leaky = network.map(|_, layer| {
    ///     if layer.is::<Relu>() { Box::new(LeakyRelu::new(0.1)) } else { layer }
    /// });
    /// assert_eq!(leaky.spec().unwrap().to_string(), "Linear(4 -> 3), LeakyRelu(0.1), Linear(3 -> 2)");
    /// ```
    pub fn map(
        self,
        mut change: impl FnMut(&str, Box<dyn Module<F>>) -> Box<dyn Module<F>>,
    ) -> Self {
        let names: Vec<String> = (0..self.len()).map(|i| self.name(i)).collect();
        let layers = self.layers.into_iter().zip(names);
        let layers = layers.map(|((own, layer), name)| (own, change(&name, layer)));
        Sequential { layers: layers.collect(), given: self.given }
    }

    /// The layers before `at` and the others, which keep the names they had in the whole.
    ///
    /// The parts have the whole's parameters; `network.clone().split(at)` copies them.
    ///
    /// # Panics
    /// If there are fewer than `at` layers.
    #[track_caller]
    pub fn split(mut self, at: usize) -> (Self, Self) {
        let num_layers = self.len();
        assert!(at <= num_layers, "cannot split {num_layers} layers at {at}");
        let names: Vec<String> = (at..num_layers).map(|i| self.name(i)).collect();
        let mut rest = Self::new();
        for ((own, layer), name) in self.layers.split_off(at).into_iter().zip(names) {
            if let Some(own) = own {
                self.given.remove(&own);
            }
            rest.push_boxed(Some(name), layer);
        }
        (self, rest)
    }

    /// The layers of both one after the other, those of `rest` under the names they had: what
    /// [`split`](Sequential::split) took apart.
    ///
    /// # Panics
    /// If a name is taken.
    #[track_caller]
    pub fn followed_by(mut self, rest: Self) -> Self {
        let names: Vec<String> = (0..rest.len()).map(|i| rest.name(i)).collect();
        for ((_, layer), name) in rest.layers.into_iter().zip(names) {
            let by_position = name == self.len().to_string();
            self.push_boxed((!by_position).then_some(name), layer);
        }
        self
    }

    /// The trunk and the head: what is before the [`head`](Sequential::head), and the rest, as
    /// [`NetworkSpec::split_head`] splits the architecture. Without a head all is trunk.
    pub fn split_head(self) -> (Self, Self) {
        let at = self.head().unwrap_or(self.len());
        self.split(at)
    }

    /// The position of the head, the last layer whose [`spec`](Module::layer_spec) can have any
    /// number of outputs, as [`NetworkSpec::head`] has it; a layer without a spec is none.
    pub fn head(&self) -> Option<usize> {
        let is_head = |layer: &dyn Module<F>| layer.layer_spec()?.with_outputs(1);
        (0..self.len()).rev().find(|&i| is_head(self.layer(i)).is_some())
    }

    /// What these layers make of `x`: for those who need an inner value, such as the head's input.
    ///
    /// # Panics
    /// If there are no such layers, or a layer cannot take what it is given.
    #[track_caller]
    pub fn forward_layers<'t>(&self, layers: Range<usize>, x: Var<'t, F>) -> Var<'t, F> {
        let mut y = x;
        for (_, layer) in &self.layers[layers] {
            y = layer.forward(y);
        }
        y
    }

    /// The architecture as a value, if every layer has one.
    pub fn spec(&self) -> Option<NetworkSpec> {
        let layer = |(name, layer): &(Option<String>, Box<dyn Module<F>>)| {
            Some((name.clone(), layer.layer_spec()?))
        };
        let layers = self.layers.iter().map(layer).collect::<Option<_>>()?;
        Some(NetworkSpec { layers })
    }
}

/// Layers that share parameters have a copy only if they share them within one layer that is cloned
/// by hand: see [`clone_module`](crate::CloneModule::clone_module).
impl<F: Float> Clone for Sequential<F> {
    #[track_caller]
    fn clone(&self) -> Self {
        let copy = Sequential { layers: self.layers.clone(), given: self.given.clone() };
        assert_same_ties(self, &copy);
        copy
    }
}

impl<F: Float> Default for Sequential<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Float> Parameters<F> for Sequential<F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        for (i, (_, layer)) in self.layers.iter().enumerate() {
            visit_part(&self.name(i), layer, visit);
        }
    }
}
impl<F: Float> Module<F> for Sequential<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        self.forward_layers(0..self.len(), x)
    }

    /// One layer after another, each on a tape of its own: an inner value is let go as soon as the
    /// next layer has read it.
    #[track_caller]
    fn predict(&self, x: &Tensor<F>) -> Tensor<F> {
        let mut y = x.clone();
        for (_, layer) in &self.layers {
            y = layer.predict(&y);
        }
        y
    }
}

#[cfg(test)]
mod tests;
