//! Laws of architectures as JSON.

use autograd::{Parameter, Tensor, Var};

use super::*;
use crate::{Combine, Parameters, parts};

/// A layer of one's own around layers that may be one's own too: their output times a number.
#[derive(Clone)]
struct Scaled<F: Float> {
    layers: crate::Sequential<F>,
    factor: Parameter<F>,
}
parts!(<F> Scaled<F>: layers, factor);

impl<F: Float> Module<F> for Scaled<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        self.layers.forward(x) * x.tape().watch(&self.factor)
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(ScaledConfig { layers: self.layers.spec()? }.into())
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScaledConfig {
    layers: NetworkSpec,
}
impl fmt::Display for ScaledConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scaled({})", self.layers)
    }
}
impl LayerConfig for ScaledConfig {
    fn type_name() -> &'static str {
        "scaled"
    }
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        let factor = Parameter::new(Tensor::scalar(F::ONE));
        Box::new(Scaled { layers: self.layers.build(seed), factor })
    }
    fn inputs(&self) -> Option<usize> {
        self.layers.inputs()
    }
    fn num_parameters(&self) -> usize {
        self.layers.num_parameters() + 1
    }
    fn networks_mut(&mut self) -> Vec<&mut NetworkSpec> {
        vec![&mut self.layers]
    }
}

/// Layers of one's own at every depth: among the layers, in a residual, and in themselves.
fn own() -> NetworkSpec {
    let scaled = |layers| ScaledConfig { layers };
    let inner = scaled(NetworkSpec::new().then(Relu));
    let residual = ResidualConfig { layers: NetworkSpec::new().then(inner.clone()).then(Tanh) };
    let deep = scaled(NetworkSpec::new().then_named("deep", inner));
    NetworkSpec::new().then(LayerSpec::linear(4, 3)).then(residual).then_named("own", deep)
}

#[test]
fn a_layer_of_ones_own_comes_back_from_json_at_any_depth() {
    let (spec, layers) = (own(), Layers::new().with::<ScaledConfig>());
    assert_eq!(NetworkSpec::from_json_with(&spec.to_json(), &layers).unwrap(), spec);
    let network = spec.build::<f64>(Seed::new(1));
    assert_eq!(network.num_parameters(), spec.num_parameters());
    assert_eq!(network.spec(), Some(spec));
}

#[test]
fn a_layer_that_is_not_known_is_refused_and_stays_as_it_is_in_a_file() {
    let text = own().to_json();
    let refused = NetworkSpec::from_json(&text).unwrap_err().to_string();
    let why = "its type is not known here; layers of one's own are read with a list, Layers";
    assert!(
        refused.starts_with("layer 1 (Residual(scaled, Tanh)): layer 0 (scaled): "),
        "{refused}"
    );
    assert!(refused.ends_with(why), "{refused}");
    let unknown: NetworkSpec = serde_json::from_str(&text).unwrap();
    assert_eq!(unknown.to_json(), text);
    let known = unknown.resolved(&Layers::new().with::<ScaledConfig>()).unwrap();
    assert_eq!(known, own());
}

#[test]
fn options_that_are_no_layers_are_refused_with_its_name() {
    let layers = Layers::new().with::<ScaledConfig>();
    let refused = |text: &str| NetworkSpec::from_json_with(text, &layers).unwrap_err().to_string();
    for (text, fault) in [
        (
            r#"[{"type":"scaled"}]"#,
            "cannot read an architecture: layer 0 (scaled): missing field `layers`",
        ),
        (
            r#"[{"type":"linear","inputs":4}]"#,
            "linear: missing field `outputs` at line 1 column 29",
        ),
        (r#"[{"type":"dropout","rate":0.5,"p":1}]"#, "dropout: unknown field `p`, expected `rate`"),
        (r#"[{"type":"relu","slope":1}]"#, "relu: invalid type: map, expected unit struct Relu"),
        (r#"[{"inputs":4,"outputs":3}]"#, "missing field `type`"),
        (r#"[{"type":"linear","inputs":4,"inputs":5,"outputs":3}]"#, "\"inputs\" stands twice"),
        (r#"[{"type":"relu","type":"tanh"}]"#, "\"type\" stands twice"),
        (r#"[{"type":"linear","inputs":-1,"outputs":3}]"#, "invalid value: integer `-1`"),
        (r#"["relu"]"#, "expected a layer, such as {\"type\":\"relu\"}"),
        (r#"{"type":"relu"}"#, "expected a sequence"),
    ] {
        assert!(refused(text).contains(fault), "{}", refused(text));
    }
    let inner =
        r#"[{"type":"residual","layers":[{"type":"linear","inputs":4,"inputs":4,"outputs":4}]}]"#;
    assert!(refused(inner).contains("\"inputs\" stands twice"), "{}", refused(inner));
}

#[test]
#[should_panic(expected = "there is a layer of the type \"scaled\" already")]
fn two_layers_of_one_type_are_refused() {
    let _ = Layers::new().with::<ScaledConfig>().with::<ScaledConfig>();
}

#[test]
#[should_panic(expected = "there is a layer of the type \"linear\" already")]
fn the_types_of_this_crate_are_taken() {
    let _ = Layers::new().with::<LinearConfig>();
}

#[test]
fn the_text_of_an_architecture_is_the_one_in_files() {
    let branch = NetworkSpec::new().then(LinearConfig { bias: false, ..LinearConfig::new(3, 2) });
    let parallel = ParallelConfig { branches: vec![branch], combine: Combine::Concatenate };
    let spec = NetworkSpec::new()
        .then_named("fc\"1", LinearConfig::he(4, 3))
        .then(Relu)
        .then(BatchNormConfig::new(3))
        .then(ResidualConfig { layers: NetworkSpec::new().then(LeakyReluConfig { slope: 0.1 }) })
        .then(parallel);
    let text = r#"[{"name":"fc\"1","type":"linear","inputs":4,"outputs":3,"init":"he"},"#
        .to_owned()
        + r#"{"type":"relu"},{"type":"batch_norm","units":3,"momentum":0.1,"epsilon":0.00001},"#
        + r#"{"type":"residual","layers":[{"type":"leaky_relu","slope":0.1}]},"#
        + r#"{"type":"parallel","branches":[[{"type":"linear","inputs":3,"outputs":2,"#
        + r#""init":"uniform","bias":false}]],"combine":"concatenate"}]"#;
    assert_eq!(spec.to_json(), text);
    assert_eq!(NetworkSpec::from_json(&text).unwrap(), spec);
    // The text may come by way of another value, as it does in a checkpoint.
    let value = serde_json::to_value(&spec).unwrap();
    assert_eq!(serde_json::from_value::<NetworkSpec>(value).unwrap(), spec);
}
