//! Laws of layers one after another.

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
#[should_panic(
    expected = "does not share \"layers.0.weight\" and \"layers.1.weight\" as the model does"
)]
fn a_copy_that_shares_what_the_model_does_not_is_refused() {
    let [one, _] = tied();
    let model: Box<dyn Module<f64>> = Box::new(Tied { layers: vec![one.clone(), one] });
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
