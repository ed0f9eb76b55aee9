//! Laws of architectures as values.

use super::*;
use crate::{BatchNormConfig, Combine, DropoutConfig, ParallelConfig, Parameters, Sigmoid, Tanh};

fn named() -> NetworkSpec {
    NetworkSpec::new()
        .then_named("fc1", LayerSpec::linear(4, 3))
        .then(Tanh)
        .then_named("fc2", LayerSpec::linear(3, 2))
        .then(Sigmoid)
}

#[test]
fn other_outputs_change_the_head_alone() {
    assert_eq!(NetworkSpec::mlp(&[5, 4, 3]).with_outputs(7), NetworkSpec::mlp(&[5, 4, 7]));
    let layers = [named().layers[..2].to_vec(), named().with_outputs(9).layers[2..].to_vec()];
    let widened = NetworkSpec { layers: layers.concat() };
    assert_eq!(named().with_outputs(9), widened);
    assert_eq!(widened.outputs(), Some(9));
}

#[test]
fn json_and_a_built_network_give_the_architecture_back() {
    for spec in [named(), NetworkSpec::mlp(&[5, 4, 3, 2]), NetworkSpec { layers: vec![] }] {
        assert_eq!(NetworkSpec::from_json(&spec.to_json()).unwrap(), spec);
        assert_eq!(spec.build::<f32>(Seed::new(1)).spec(), Some(spec));
    }
}

#[test]
fn names_are_pytorchs() {
    let names = |spec: NetworkSpec| -> Vec<String> {
        spec.build::<f32>(Seed::new(1)).named().into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(named()), ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    let plain = names(NetworkSpec::mlp(&[4, 3, 2]));
    assert_eq!(plain, ["0.weight", "0.bias", "2.weight", "2.bias"]);
}

#[test]
fn networks_of_two_tasks_share_fresh_trunks_and_not_heads() {
    let spec = NetworkSpec::mlp(&[4, 3, 3, 2]);
    let (seed, (trunk, head)) = (Seed::new(5), spec.split_head());
    let digits = spec.build_task::<f32>(seed, "digits").state_dict();
    let letters = spec.build_task::<f32>(seed, "letters").state_dict();
    for name in ["0.weight", "2.weight"] {
        assert_eq!(digits.get(name), letters.get(name));
    }
    assert_ne!(digits.get("4.weight"), letters.get("4.weight"));
    assert_ne!(digits.get("0.weight"), digits.get("2.weight"));

    let parts = trunk.build::<f32>(seed).state_dict().into_iter();
    let parts = parts.chain(head.build_task::<f32>(seed, "digits").state_dict());
    assert_eq!(parts.collect::<crate::StateDict>(), digits);
}

#[test]
fn a_network_that_does_not_fit_is_refused_by_layer() {
    let refused = |text: &str| NetworkSpec::from_json(text).unwrap_err().to_string();
    let text = r#"[{"type":"linear","inputs":4,"outputs":3},{"type":"relu"},
        {"type":"linear","inputs":5,"outputs":3}]"#;
    assert_eq!(refused(text), "layer 2 (Linear(5 -> 3)): the layer before it has 3 outputs");
    let text = r#"[{"type":"linear","inputs":4,"outputs":0}]"#;
    assert_eq!(refused(text), "layer 0 (Linear(4 -> 0)): a width is 0");
    let text = r#"[{"name":"1","type":"relu"},{"type":"tanh"}]"#;
    assert_eq!(refused(text), "layer 1 (Tanh): an earlier layer is named \"1\" too");
    let text = r#"[{"name":"a.b","type":"relu"}]"#;
    assert_eq!(refused(text), "layer 0 (Relu): \"a.b\" cannot be a name in a state dict");
    assert!(refused(r#"[{"type":"convolution"}]"#).contains("convolution"));
}

#[test]
fn a_network_that_begins_with_a_layer_of_no_fixed_width_takes_the_next_ones() {
    let linear = NetworkSpec::new().then(Relu).then(DropoutConfig { rate: 0.5 });
    let linear = linear.then(LayerSpec::linear(4, 3)).then(Tanh);
    assert_eq!((linear.inputs(), linear.outputs()), (Some(4), Some(3)));
    let norm = NetworkSpec::new().then(Relu).then(BatchNormConfig::new(5));
    assert_eq!((norm.inputs(), norm.outputs()), (Some(5), Some(5)));
    let none = NetworkSpec::new().then(Relu).then(Tanh);
    assert_eq!((none.inputs(), none.outputs()), (None, None));
    assert_eq!(none.outputs_for(7), 7);

    // Branches side by side double a width that nobody knows.
    let relu = || NetworkSpec::new().then(Relu);
    let double = ParallelConfig { branches: vec![relu(), relu()], combine: Combine::Concatenate };
    let hidden = NetworkSpec::new().then(double.clone()).then(LayerSpec::linear(8, 3));
    assert_eq!((hidden.inputs(), hidden.outputs()), (None, Some(3)));
    let behind = NetworkSpec::new().then(LayerSpec::linear(2, 4)).then(double);
    assert_eq!((behind.inputs(), behind.outputs()), (Some(2), Some(8)));

    for spec in [linear, norm, none, hidden, behind] {
        spec.check().unwrap();
        assert_eq!(spec.build::<f32>(Seed::new(1)).spec(), Some(spec));
    }
}
