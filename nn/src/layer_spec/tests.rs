//! Laws of every kind of layer as a value.

use super::*;
use crate::{
    BatchNormConfig, Combine, DropoutConfig, Gelu, LayerNormConfig, LeakyReluConfig,
    ParallelConfig, Parameters, Relu, ResidualConfig, Sigmoid, Silu, Tanh,
};

fn spec(layer: impl Into<LayerSpec>) -> NetworkSpec {
    NetworkSpec::new().then(layer)
}
fn linear(inputs: usize, outputs: usize) -> LinearConfig {
    LinearConfig::he(inputs, outputs)
}
/// Every kind of layer, nested too.
fn every_kind() -> NetworkSpec {
    let inner = spec(linear(6, 3)).then(Gelu).then(LinearConfig { bias: false, ..linear(3, 6) });
    let branches = vec![spec(linear(6, 2)), spec(Relu)];
    spec(linear(4, 6))
        .then(BatchNormConfig { units: 6, momentum: 0.2, epsilon: 1e-4 })
        .then(LeakyReluConfig { slope: 0.1 })
        .then(ResidualConfig { layers: inner })
        .then(LayerNormConfig { units: 6, epsilon: 1e-6 })
        .then(Silu)
        .then(DropoutConfig { rate: 0.25 })
        .then(ParallelConfig { branches, combine: Combine::Concatenate })
        .then(Tanh)
        .then(linear(8, 3))
        .then(Sigmoid)
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
    assert_eq!(names[6..9], ["3.0.weight", "3.0.bias", "3.2.weight"]);
    assert_eq!(names[9..13], ["4.weight", "4.bias", "7.0.0.weight", "7.0.0.bias"]);
}

#[test]
fn an_architecture_prints_on_one_line() {
    let line = "Linear(4 -> 6), BatchNorm(6), LeakyRelu(0.1), \
                Residual(Linear(6 -> 3), Gelu, Linear(3 -> 6, no bias)), LayerNorm(6), Silu, \
                Dropout(0.25), Parallel(Linear(6 -> 2) | Relu), Tanh, Linear(8 -> 3), Sigmoid";
    assert_eq!(every_kind().to_string(), line);
}

#[test]
fn layers_that_cannot_be_built_are_refused_with_their_reason() {
    let refused = |layers: NetworkSpec| layers.check().unwrap_err().to_string();
    assert_eq!(
        refused(spec(ResidualConfig { layers: spec(linear(4, 3)) })),
        "layer 0 (Residual(Linear(4 -> 3))): 4 inputs cannot be added to 3 outputs"
    );
    let parallel = |a: LayerSpec, b: LayerSpec, combine| {
        refused(spec(ParallelConfig { branches: vec![spec(a), spec(b)], combine }))
    };
    let sum = parallel(linear(4, 3).into(), Relu.into(), Combine::Sum);
    assert!(sum.ends_with("branches of 3 and 4 outputs have no sum"));
    let inputs = parallel(linear(4, 3).into(), linear(5, 3).into(), Combine::Concatenate);
    assert!(inputs.ends_with("branches have 4 and 5 inputs"));
    let deep = ResidualConfig { layers: spec(linear(4, 5)).then(linear(4, 4)) };
    assert!(refused(spec(deep)).ends_with("the layer before it has 5 outputs"));
    let norm = spec(linear(3, 4)).then(BatchNormConfig::new(5));
    assert!(refused(norm).ends_with("the layer before it has 4 outputs"));
}

/// A layer with an option at or beyond an end of its range, and what is wrong with it.
fn ends() -> Vec<(LayerSpec, Option<&'static str>)> {
    let dropout = |rate| LayerSpec::from(DropoutConfig { rate });
    let leaky = |slope| LayerSpec::from(LeakyReluConfig { slope });
    let batch =
        |units, momentum, epsilon| LayerSpec::from(BatchNormConfig { units, momentum, epsilon });
    let layer = |units, epsilon| LayerSpec::from(LayerNormConfig { units, epsilon });
    let tiny = f64::MIN_POSITIVE;
    vec![
        (linear(1, 1).into(), None),
        (linear(0, 1).into(), Some("a width is 0")),
        (linear(1, 0).into(), Some("a width is 0")),
        (dropout(0.0), None),
        (dropout(1.0_f64.next_down()), None),
        (dropout(1.0), Some("the rate 1 is not in 0..1")),
        (dropout(-tiny), Some("is not in 0..1")),
        (dropout(f64::NAN), Some("the rate NaN is not in 0..1")),
        (leaky(f64::MAX), None),
        (leaky(f64::MIN), None),
        (leaky(f64::NAN), Some("the slope is NaN")),
        (leaky(f64::INFINITY), Some("the slope is inf")),
        (batch(1, 0.0, tiny), None),
        (batch(1, 1.0, f64::MAX), None),
        (batch(0, 0.1, 1e-5), Some("a width is 0")),
        (batch(1, 1.0_f64.next_up(), 1e-5), Some("is not in 0..=1")),
        (batch(1, -tiny, 1e-5), Some("is not in 0..=1")),
        (batch(1, 0.1, 0.0), Some("the epsilon 0 is not above 0")),
        (batch(1, 0.1, f64::INFINITY), Some("the epsilon inf is not above 0")),
        (layer(1, tiny), None),
        (layer(0, 1e-5), Some("a width is 0")),
        (layer(1, 0.0), Some("the epsilon 0 is not above 0")),
        (layer(1, f64::NAN), Some("the epsilon NaN is not above 0")),
        (
            ParallelConfig { branches: vec![], combine: Combine::Sum }.into(),
            Some("there is no branch"),
        ),
    ]
}

#[test]
fn options_are_taken_up_to_the_ends_of_their_ranges_and_no_further() {
    for (layer, fault) in ends() {
        match (layer.fault(), fault) {
            (Some(found), Some(fault)) => assert!(found.ends_with(fault), "{found}"),
            (found, fault) => assert_eq!(found.as_deref(), fault, "{layer}"),
        }
        if fault.is_none() {
            let built = layer.build::<f64>(Seed::new(1));
            assert_eq!(built.layer_spec(), Some(layer));
        }
    }
}

#[test]
#[should_panic(expected = "Dropout(1) cannot be built: the rate 1 is not in 0..1")]
fn a_layer_with_a_fault_is_not_built() {
    LayerSpec::from(DropoutConfig { rate: 1.0 }).build::<f32>(Seed::new(1));
}

#[test]
fn options_left_out_in_json_are_pytorchs() {
    let read = NetworkSpec::from_json(r#"[{"type":"batch_norm","units":3}]"#).unwrap();
    let norm = BatchNormConfig { units: 3, momentum: 0.1, epsilon: 1e-5 };
    assert_eq!(read, spec(norm));
    let read = NetworkSpec::from_json(r#"[{"type":"linear","inputs":3,"outputs":2}]"#).unwrap();
    assert_eq!(read, spec(LayerSpec::linear(3, 2)));
    assert!(NetworkSpec::from_json(r#"[{"type":"dropout","rate":0.5,"p":0.5}]"#).is_err());
}

#[test]
fn a_layer_of_two_types_is_never_equal_and_is_of_its_own_type_alone() {
    let specs = every_kind().layers;
    for (i, (_, one)) in specs.iter().enumerate() {
        for (j, (_, other)) in specs.iter().enumerate() {
            assert_eq!(one == other, i == j, "{one} and {other}");
        }
    }
    assert!(specs[1].1.is::<BatchNormConfig>() && !specs[1].1.is::<LayerNormConfig>());
}

#[test]
fn a_layer_that_treats_units_by_itself_is_built_for_any_number_of_them() {
    let by_unit = |layer: &LayerSpec| layer.with_units(17).is_some();
    let kinds = every_kind().layers;
    let kinds: Vec<bool> = kinds.iter().map(|(_, layer)| by_unit(layer)).collect();
    let activation = true;
    // A linear layer, a residual, a layer norm, parallel branches read units together.
    let expected = [
        false, true, activation, false, false, activation, true, false, activation, false,
        activation,
    ];
    assert_eq!(kinds, expected);
    let norm = BatchNormConfig { momentum: 0.2, ..BatchNormConfig::new(6) };
    let wider = LayerSpec::from(norm).with_units(8).unwrap();
    assert_eq!(wider, BatchNormConfig { units: 8, ..norm }.into());
}
