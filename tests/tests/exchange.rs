//! Checkpoints of other programs load here with their bits, and what is saved here is, byte for byte,
//! what Python is known to read.

use std::fs;
use std::path::{Path, PathBuf};

use autograd::{Tape, Tensor, Var};
use nn::{Linear, Module, Seed, checkpoint};
use serde_json::Value;
use tests::exchange;
use tests::files::Folder;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn files_saved_by_python_load_with_their_bits() {
    let count = exchange::read(&fixtures().join("safetensors/python"));
    assert_eq!(count.unwrap_or_else(|error| panic!("{error}")), 4);
}

/// `.ci/run` lets Python read the stored files and the fresh ones.
#[test]
fn files_saved_here_are_the_stored_bytes_and_load_with_their_bits() {
    let (stored, fresh) = (fixtures().join("safetensors/rust"), Folder::new());
    let count = exchange::write(fresh.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fresh.names().len(), 2 * count);
    for name in fresh.names() {
        let equal = fs::read(stored.join(&name)).unwrap() == fs::read(fresh.file(&name)).unwrap();
        assert!(equal, "{name} has other bytes than {}", stored.display());
    }
    assert_eq!(exchange::read(&stored).unwrap_or_else(|error| panic!("{error}")), count);
}

#[derive(Clone)]
struct SourceModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(SourceModel: fc1, fc2);

impl Module for SourceModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}

#[test]
fn the_weights_that_pytorch_saved_give_the_loss_that_pytorch_had() {
    let seed = Seed::new(1);
    let model = SourceModel { fc1: Linear::new(10, 50, seed), fc2: Linear::new(50, 10, seed) };
    let report =
        checkpoint::load(fixtures().join("safetensors/pytorch/mlp_f32.safetensors"), &model)
            .unwrap();
    assert_eq!(report.loaded, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);

    let text = fs::read(fixtures().join("training.json")).unwrap();
    let reference: Value = serde_json::from_slice(&text).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let trace = &reference["traces"][0];
    let batch = trace["batch"].as_u64().unwrap() as usize;
    let inputs = numbers(&reference["inputs"]["data"]);
    let labels = numbers(&reference["labels"]);
    let x = Tensor::from_fn([batch, 10], |i| inputs[i] as f32);
    let labels: Vec<usize> = labels[..batch].iter().map(|&label| label as usize).collect();

    let tape = Tape::new();
    let loss = f64::from(model.forward(tape.constant(x)).cross_entropy(&labels).value().item());
    let expected = numbers(&trace["losses"])[0];
    // PyTorch's is of f64. A logit is a sum of 50 products over sums of 10, each rounded to 2^-24 of
    // magnitudes that sum to a few: together below 1e-5, and mostly they cancel.
    assert!((loss - expected).abs() < 1e-5, "{loss} for {expected}");
}
