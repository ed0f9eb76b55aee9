//! Layers one after another.

use std::collections::HashSet;
use std::ops::Range;

use autograd::{Float, Parameter, Tensor, Var};

use crate::module::{assert_same_ties, visit_part};
use crate::{Linear, Module, NetworkSpec, Parameters, Relu};

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
        let mut layers = self.layers[layers].iter().map(|(_, layer)| layer).peekable();
        while let Some(layer) = layers.next() {
            y = match layer.downcast_ref::<Linear<F>>() {
                Some(linear) if layers.next_if(|next| next.is::<Relu>()).is_some() => {
                    linear.forward_relu(y)
                }
                _ => layer.forward(y),
            };
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
mod tests {
    use super::*;
    use crate::{BatchNorm, Combine, Linear, Parallel, Residual, Seed, Tanh};
    use autograd::Tape;

    fn network() -> Sequential<f64> {
        let seed = Seed::new(3);
        let first = Linear::new(3, 4, seed.child(0));
        Sequential::new().then(first).then(Tanh).then(Linear::new(4, 2, seed.child(1)))
    }

    #[test]
    fn the_parts_of_a_split_network_are_the_network() {
        let whole = network();
        let x = Tensor::from_fn([5, 3], |i| (i as f64).sin());
        for at in 0..=whole.len() {
            let (first, rest) = whole.clone().split(at);
            assert_eq!(rest.predict(&first.predict(&x)), whole.predict(&x));
            let states = first.state_dict().into_iter().chain(rest.state_dict());
            assert_eq!(states.collect::<crate::StateDict<f64>>(), whole.state_dict());
            assert_eq!(first.followed_by(rest).spec(), whole.spec());
        }
    }

    #[test]
    fn a_copy_does_not_follow_the_original_and_a_split_part_does() {
        let whole = network();
        let copy = whole.clone();
        let handle = whole.named()[0].1.share();
        let (first, _) = whole.split(1);
        handle.set(Tensor::zeros([4, 3]));
        assert_eq!(first.state_dict().get("0.weight"), Some(&Tensor::zeros([4, 3])));
        assert_ne!(copy.state_dict().get("0.weight"), Some(&Tensor::zeros([4, 3])));
    }

    #[test]
    fn prediction_is_the_forward_value() {
        let x = Tensor::from_fn([5, 3], |i| (i as f64).cos());
        let tape = Tape::<f64>::default();
        assert_eq!(network().predict(&x), network().forward(tape.constant(&x)).value());
    }

    #[test]
    fn a_layer_joined_with_its_relu_has_the_bits_of_both_apart() {
        let seed = Seed::new(4);
        let (first, second) = (Linear::new(3, 4, seed.child(0)), Linear::new(4, 2, seed.child(1)));
        let x = Tensor::from_fn([5, 3], |i| (i as f64).sin());
        let tape = Tape::<f64>::default();
        let by_hand = second.forward(first.forward(tape.constant(&x)).relu()).relu();
        let apart = by_hand.sum().backward();
        let handles = [first.weight.share(), second.bias.as_ref().unwrap().share()];
        let network =
            Sequential::new().then(first).then(crate::Relu).then(second).then(crate::Relu);
        let tape = Tape::<f64>::default();
        let joined = network.forward(tape.constant(&x));
        assert_eq!(joined.value(), by_hand.value());
        assert_eq!(network.predict(&x), by_hand.value());
        let together = joined.sum().backward();
        for handle in handles {
            assert_eq!(together.of(&handle), apart.of(&handle));
        }
    }

    #[test]
    fn a_replaced_layer_has_the_name_and_the_place_of_the_old_one() {
        let mut network = Sequential::<f64>::new().then(Tanh).then_named("head", Tanh);
        let linear = Linear::new(3, 2, Seed::new(1)).without_bias();
        let weight = linear.weight.share();
        let old = network.replace(network.position("head").unwrap(), Box::new(linear));
        assert!(old.is::<Tanh>());
        let named = network.named();
        assert_eq!((named.len(), named[0].0.as_str()), (1, "head.weight"));
        assert_eq!(named[0].1.id(), weight.id());
    }

    #[test]
    fn a_mapped_network_keeps_names_and_what_is_not_changed() {
        let whole = network();
        let handles: Vec<_> = whole.named().into_iter().map(|(_, p)| p.id()).collect();
        let mut seen = Vec::new();
        let mapped = whole.map(|name, layer| {
            seen.push((name.to_owned(), layer.is::<Linear<f64>>()));
            layer
        });
        let layer = |name: &str, linear| (name.to_owned(), linear);
        assert_eq!(seen, [layer("0", true), layer("1", false), layer("2", true)]);
        let kept: Vec<_> = mapped.named().into_iter().map(|(_, p)| p.id()).collect();
        assert_eq!(kept, handles);
        assert_eq!(mapped.spec(), network().spec());
    }

    #[test]
    fn a_layer_is_found_by_its_type_in_a_box_too_and_changed_in_its_place() {
        let boxed: Box<dyn Module<f64>> = Box::new(Linear::new(3, 2, Seed::new(1)));
        let mut network = Sequential::<f64>::new().then(boxed);
        assert!(network.layer(0).is::<Linear<f64>>() && !network.layer(0).is::<Tanh>());
        network.layer_mut(0).downcast_mut::<Linear<f64>>().unwrap().bias = None;
        assert_eq!(network.num_parameters(), 6);
    }

    /// A layer of one's own that no value describes.
    #[derive(Clone)]
    struct Undescribed;
    impl<F: Float> Parameters<F> for Undescribed {
        fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
    }
    impl<F: Float> Module<F> for Undescribed {
        fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
            x
        }
    }

    #[test]
    fn the_head_is_the_architectures_and_is_found_beside_layers_without_one() {
        let whole = network();
        assert_eq!(whole.head(), whole.spec().unwrap().head());
        let (_, head) = whole.then(Undescribed).split_head();
        assert_eq!((head.name(0), head.len()), ("2".to_owned(), 2));
        let (trunk, head) = Sequential::<f64>::new().then(Undescribed).split_head();
        assert_eq!((trunk.len(), head.len()), (1, 0));
    }

    /// Two linear layers of one weight, untied in a copy unless they are cloned by hand.
    fn tied() -> [Linear<f64>; 2] {
        let one: Linear<f64> = Linear::new(3, 3, Seed::new(1));
        let mut other = one.clone();
        other.weight = one.weight.share();
        [one, other]
    }

    #[derive(Clone)]
    struct Untied {
        layers: Vec<Linear<f64>>,
    }
    struct Tied {
        layers: Vec<Linear<f64>>,
    }
    impl Clone for Tied {
        fn clone(&self) -> Self {
            let mut layers = self.layers.clone();
            layers[1].weight = layers[0].weight.share();
            Tied { layers }
        }
    }
    crate::parts!(Untied as f64: layers);
    crate::parts!(Tied as f64: layers);
    macro_rules! module {
        ($($name:ident),*) => {$(
            impl Module<f64> for $name {
                fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
                    self.layers.iter().fold(x, |x, layer| layer.forward(x))
                }
            }
        )*};
    }
    module!(Untied, Tied);

    #[test]
    fn a_copy_shares_what_the_model_shares_if_it_is_cloned_by_hand() {
        let model: Box<dyn Module<f64>> = Box::new(Tied { layers: tied().into() });
        let copies = [model.clone(), Sequential::new().then(model).layer(0).clone_module()];
        for copy in copies {
            let named = copy.named();
            assert!(named[0].1.is_same(&named[2].1) && !named[1].1.is_same(&named[3].1));
        }
    }

    #[test]
    #[should_panic(
        expected = "does not share \"layers.0.weight\" and \"layers.1.weight\" as the model does"
    )]
    fn an_untied_copy_of_a_boxed_module_is_refused() {
        let model: Box<dyn Module<f64>> = Box::new(Untied { layers: tied().into() });
        let _ = model.clone();
    }

    #[test]
    #[should_panic(expected = "does not share \"0.weight\" and \"2.weight\" as the model does")]
    fn an_untied_copy_of_a_network_is_refused() {
        let [one, other] = tied();
        let _ = Sequential::new().then(one).then(Tanh).then(other).clone();
    }

    #[test]
    fn eight_times_the_layers_are_built_in_about_eight_times_the_time() {
        let build = |layers: usize| {
            let tries = (0..5).map(|_| {
                let begun = std::time::Instant::now();
                let spec = (0..layers).fold(NetworkSpec::new(), |spec, i| match i % 2 {
                    0 => spec.then(Tanh),
                    _ => spec.then_named(&format!("layer {i}"), Tanh),
                });
                let network = spec.build::<f32>(Seed::new(1));
                assert_eq!(network.len(), layers);
                begun.elapsed().as_secs_f64()
            });
            tries.fold(f64::INFINITY, f64::min)
        };
        // Were every layer compared with all before it, the ratio would be 64.
        let ratio = build(4000) / build(500);
        assert!(ratio < 24.0, "{ratio}");
    }

    #[test]
    #[should_panic(expected = "two layers are named \"1\"")]
    fn two_layers_of_one_name_are_refused() {
        let _ = Sequential::<f32>::new().then_named("1", Tanh).then(Tanh);
    }

    #[test]
    fn a_network_prints_one_line_a_layer() {
        let lines = "\
Sequential, 26 parameters
  0: Linear(3 -> 4), weight [4, 3], bias [4], 16 parameters
  1: Tanh, 0 parameters
  2: Linear(4 -> 2), weight [2, 4], bias [2], 10 parameters";
        assert_eq!(format!("{:?}", network()), lines);
    }

    #[test]
    fn inner_layers_print_below_theirs() {
        let branches = [Sequential::new().then(BatchNorm::new(3)), Sequential::new()];
        let network: Sequential = Sequential::new()
            .then_named("block", Residual::new(Sequential::new().then(Tanh)))
            .then(Parallel::new(branches, Combine::Sum));
        let lines = "\
Sequential, 6 parameters
  block: Residual, 0 parameters
    0: Tanh, 0 parameters
  1: Parallel(Sum), 6 parameters
    0: Sequential, 6 parameters
      0: BatchNorm(3), weight [3], bias [3], running_mean [3], running_var [3], 6 parameters
    1: Sequential, 0 parameters";
        assert_eq!(format!("{network:?}"), lines);
    }
}
