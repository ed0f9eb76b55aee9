//! Every network that the strategies train, as ONNX files with rows and what they must give.

use std::error::Error;
use std::fs;
use std::path::Path;

use autograd::{Float as _, Tape, Tensor, Var};
use multitask::{Network, Plan, architectures};
use nn::init::normal;
use nn::{BatchNormConfig, DropoutConfig, LinearConfig, Module, NetworkSpec, Parameters, Relu};
use nn::{Seed, Sigmoid, Tanh, onnx};
use transfer::parameter::LoraConfig;

/// The columns of the rows.
const COLUMNS: usize = 6;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Writes a file for each network into a folder, and beside it `NAME.json` with rows and outputs;
/// returns the networks' names.
///
/// # Errors
/// If a network has no counterpart, or the folder cannot be written to.
pub fn write(folder: &Path) -> Outcome<Vec<String>> {
    fs::create_dir_all(folder)?;
    let seed = Seed::new(20);
    let mut names = Vec::new();
    for (name, spec) in specs() {
        let model = spec.build::<f32>(seed);
        shake(&model, seed);
        save(folder, &name, |x| vec![("outputs".to_owned(), model.forward(x))], &model)?;
        names.push(name);
    }
    for architecture in architectures::<f32>() {
        let name = architecture.describe().name;
        let spec = NetworkSpec::mlp(&[COLUMNS, 5, 4, 3]);
        let tasks = [("source", 3), ("target", 3)];
        let network = architecture.fresh(&Plan { spec: &spec, tasks: &tasks, seed })?;
        shake(&network, seed);
        save(folder, name, |x| target(&*network, x), &network)?;
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The outputs for the second task, and their probabilities, from rows as they are measured.
fn target<'t>(network: &dyn Network<f32>, x: Var<'t>) -> Vec<(String, Var<'t>)> {
    let scale = |offset| x.tape().constant(Tensor::from_fn([COLUMNS], |i| offset + i as f32 / 8.0));
    let logits = network.forward((x - scale(0.5)) / scale(2.0), &[1])[0];
    vec![("logits".to_owned(), logits), ("probabilities".to_owned(), logits.softmax(1))]
}

fn specs() -> Vec<(String, NetworkSpec)> {
    let deep = NetworkSpec::new()
        .then(LinearConfig::new(COLUMNS, 5))
        .then(BatchNormConfig::new(5))
        .then(Relu)
        .then(DropoutConfig { rate: 0.5 })
        .then(LinearConfig::new(5, 4))
        .then(Tanh)
        .then(LinearConfig { bias: false, ..LinearConfig::new(4, 4) })
        .then(Sigmoid)
        .then(LinearConfig::new(4, 3));
    let low_rank = NetworkSpec::new()
        .then(LoraConfig { linear: LinearConfig::new(COLUMNS, 4), rank: 2, alpha: 3.0 })
        .then(Relu)
        .then(LinearConfig::new(4, 3));
    vec![("layers".to_owned(), deep), ("low rank".to_owned(), low_rank)]
}

/// Every number another one: fresh gates, mixtures and statistics are too regular to show a mistake.
fn shake(network: &(impl Parameters + ?Sized), seed: Seed) {
    for (name, parameter) in network.named() {
        let noise = normal(parameter.shape(), 0.5, seed.child(&*name));
        parameter.set(parameter.value().zip(&noise, |x, noise| x + noise.abs()));
    }
}

fn save(
    folder: &Path,
    name: &str,
    forward: impl for<'t> Fn(Var<'t>) -> Vec<(String, Var<'t>)>,
    network: &(impl Parameters + ?Sized),
) -> Outcome<()> {
    let bytes = onnx::export(COLUMNS, &forward, &network.named(), [("name", name)])?;
    fs::write(folder.join(name).with_extension("onnx"), bytes)?;
    let tape = Tape::predicting();
    let rows = Tensor::from_fn([4, COLUMNS], |i| f32::of((i as f64 * 1.7).sin() * 2.0));
    let outputs = forward(tape.constant(&rows));
    let numbers =
        |x: &Tensor| x.as_slice().chunks(x.size(1)).map(<[f32]>::to_vec).collect::<Vec<_>>();
    let outputs: Vec<_> = outputs.iter().map(|(name, y)| (name, numbers(&y.value()))).collect();
    let expected = serde_json::json!({"rows": numbers(&rows), "outputs": outputs});
    fs::write(folder.join(name).with_extension("json"), expected.to_string())?;
    Ok(())
}
