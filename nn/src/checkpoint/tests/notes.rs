//! Laws of what stands beside the tensors: notes, and the network that they describe.

use std::collections::BTreeMap;

use autograd::{Tensor, Var};

use super::*;
use crate::checkpoint::notes::OWN;
use crate::{LayerConfig, LayerSpec, Layers, Module};

#[test]
fn notes_come_back() {
    let mut saved = Checkpoint::new(network(1).state_dict());
    let text = |text: &str| text.to_owned();
    saved.notes = Notes {
        spec: network(1).spec(),
        step: Some(7),
        classes: BTreeMap::from([(text("digit"), vec![text("one"), text("01")])]),
        scaler: Some(crate::data::Scaler {
            columns: vec![text("width")],
            means: vec![0.1 + 0.2],
            divisors: vec![5e-324],
            fills: true,
        }),
        others: BTreeMap::from([(text("b"), 0.1.into()), (text("a"), hash::NONE.into())]),
    };
    let bytes = saved.to_bytes().unwrap();
    assert_eq!(read(&bytes).unwrap(), saved);
    let header = String::from_utf8_lossy(&bytes[8..]);
    let start =
        r#"{"__metadata__":{"nn":"{\"a\":\"fnv1a64:0000000000000000\",\"b\":0.1,\"classes\":"#;
    assert!(header.starts_with(start), "{header}");
    assert!(Raw::of(&bytes[..], bytes.len() as u64).unwrap().into_metadata().is_empty());
}

fn not_written(checkpoint: &Checkpoint) -> String {
    match checkpoint.to_bytes() {
        Err(fault) => fault.at(None).to_string(),
        Ok(_) => panic!("{checkpoint:?} is written"),
    }
}

#[test]
fn notes_that_would_not_come_back_are_refused() {
    let mut checkpoint = Checkpoint::new(network(1).state_dict());
    for name in OWN {
        checkpoint.notes.others = BTreeMap::from([(name.to_owned(), 1.into())]);
        let expected = format!("another note cannot be named \"{name}\"");
        assert_eq!(not_written(&checkpoint), expected);
    }
    checkpoint.notes.others.clear();
    let (columns, means) = (vec!["width".to_owned()], vec![f64::NAN]);
    let scaler = crate::data::Scaler { columns, means, divisors: vec![1.0], fills: false };
    checkpoint.notes.scaler = Some(scaler);
    assert!(not_written(&checkpoint).starts_with("the note \"scaler\" has no form in JSON"));
    let error = checkpoint.notes.set("least", &Some(f64::INFINITY)).unwrap_err().to_string();
    assert!(error.starts_with("the note \"least\" has no form in JSON"), "{error}");
    checkpoint.notes.scaler = None;
    let nested = |depth| (0..depth).fold(serde_json::Value::Null, |inner, _| vec![inner].into());
    checkpoint.notes.others.insert("nested".to_owned(), nested(120));
    let bytes = checkpoint.to_bytes().unwrap();
    assert_eq!(read(&bytes).unwrap(), checkpoint);
    checkpoint.notes.others.insert("nested".to_owned(), nested(130));
    assert_eq!(not_written(&checkpoint), "the notes are nested too deeply to be read again");
    checkpoint.notes.set("least", &0.5).unwrap();
    let error = checkpoint.notes.get::<Vec<f64>>("least").unwrap_err().to_string();
    assert!(error.starts_with("the note \"least\" cannot be used: invalid type"), "{error}");
}

#[test]
fn names_and_notes_that_the_file_keeps_for_itself_are_refused() {
    let named = |name: &str| {
        not_written(&Checkpoint::new(StateDict::from_iter([(name.to_owned(), Tensor::zeros([1]))])))
    };
    let expected = "tensor \"optimizer/w\": the name is kept for an optimiser's state";
    assert_eq!(named("optimizer/w"), expected);
    assert_eq!(named("__metadata__"), "tensor \"__metadata__\": the format keeps this name");
    let (model, schedule) = (network(1), Schedule::Constant { rate: 0.1 });
    let progress = Progress { step: 1, schedule, seed: Seed::new(1) };
    let plain = Checkpoint::new(model.state_dict());
    let mut training = plain.with_training(&Adam::new(&model, 0.1), &progress);
    training.notes.step = Some(1);
    let expected = "the note \"step\" of training is the training's own";
    assert_eq!(not_written(&training), expected);

    let kind = BTreeMap::from([("kind".to_owned(), "picture".into())]);
    let file = raw::to_bytes(kind, &[]).unwrap();
    let error = read::<f32>(&file).unwrap_err().at(None).to_string();
    let why = "\"picture\" is neither \"model\" nor \"training\"";
    assert_eq!(error, format!("the note \"kind\" cannot be used: {why}"));
}

/// A layer of one's own that has no weights.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
struct Halved;
impl<F: Float> Parameters<F> for Halved {
    fn visit(&self, _: &mut dyn FnMut(&str, &autograd::Parameter<F>)) {}
}
impl<F: Float> Module<F> for Halved {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        x * F::of(0.5)
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(Halved.into())
    }
}
impl std::fmt::Display for Halved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Halved")
    }
}
impl LayerConfig for Halved {
    fn type_name() -> &'static str {
        "halved"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(Halved)
    }
}

#[test]
fn a_network_is_built_from_its_file_alone_and_from_the_list_of_ones_own_layers() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let written = |spec: Option<NetworkSpec>, weights: &NetworkSpec| {
        let mut checkpoint = Checkpoint::new(weights.build::<f32>(Seed::new(1)).state_dict());
        checkpoint.notes.spec = spec;
        checkpoint.write(&file).unwrap();
        read_from::<f32>(&file)
    };
    let (spec, own) = (NetworkSpec::mlp(&[3, 2, 2]), Layers::new().with::<Halved>());
    let halved = spec.clone().then(Halved);
    let built = written(Some(halved.clone()), &halved).network_with(&own).unwrap();
    assert_eq!((built.spec(), built.state_dict()), (Some(halved.clone()), network(1).state_dict()));
    assert_eq!(written(Some(spec.clone()), &spec).network().unwrap().spec(), Some(spec.clone()));

    let refused = |spec: Option<NetworkSpec>, weights: &NetworkSpec| {
        let error = written(spec, weights).network().unwrap_err().to_string();
        let start = format!("{}: ", file.display());
        error.strip_prefix(&start).unwrap_or_else(|| panic!("{error}")).to_owned()
    };
    assert_eq!(refused(None, &spec), "the checkpoint has no note of an architecture");
    let unknown = refused(Some(halved.clone()), &halved);
    assert!(
        unknown.starts_with("the note \"spec\" cannot be used: layer 3 (halved): "),
        "{unknown}"
    );
    // Not even tried: it would take eight petabytes.
    let huge = refused(Some(NetworkSpec::mlp(&[1 << 25, 1 << 25])), &spec);
    assert!(huge.ends_with("parameters, its tensors 14 entries"), "{huge}");
    let other = refused(Some(NetworkSpec::mlp(&[2, 3])), &spec);
    assert!(other.starts_with("the state does not fit the model: "), "{other}");
}
