//! Every network that the strategies train, as ONNX files with rows and what they must give.

use std::error::Error;
use std::fs;
use std::path::Path;

use autograd::{Float, Tape, Tensor, Var};
use multitask::shared::Hard;
use multitask::{Joint, Network, Plan, Strategy as _, Table, architectures};
use nn::data::Scaler;
use nn::init::normal;
use nn::train::{Recipe, Run};
use nn::{
    BatchNormConfig, Dataset, DropoutConfig, LabelColumn, Labels, Layers, LinearConfig, Module,
    NetworkSpec, Numbers, Parameters, Relu,
};
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
    names.extend(fitted(folder)?);
    Ok(names)
}

/// Learnt tasks that take rows as they were measured: times, of which single precision would lose
/// the differences, and a hole.
fn fitted(folder: &Path) -> Outcome<Vec<String>> {
    let measured = Tensor::<f64>::from_fn([40, 3], |i| match (i / 3, i % 3) {
        (5, 1) => f64::NAN,
        (row, 0) => 1.7e9 + 60.0 * row as f64,
        (row, column) => (row * (row + 3 * column) % 17) as f64 / 4.0,
    });
    let kinds: [usize; 40] = std::array::from_fn(|row| row % 3);
    let sizes: [f64; 40] = std::array::from_fn(|row| 7.0 * row as f64);
    let labels: [LabelColumn; 2] = [
        Labels::of_classes("kind", &kinds, &["a", "b", "c"])?.into(),
        Numbers::of_values("size", &sizes)?.into(),
    ];
    let data = Dataset::new(measured.clone(), labels.to_vec())?;
    let scaler = Scaler::filling(&data);
    let scaled = scaler.apply(&data)?.features;
    let scaled = Tensor::<f32>::from_fn(scaled.shape(), |i| scaled.as_slice()[i] as f32);
    let some = [0, 5, 39, 2];
    let mut names = vec![];
    for labels in labels {
        let name = format!("measured {}", labels.name());
        let data = Dataset::new(scaled.clone(), vec![labels])?;
        let (tables, spec) = ([Table::new("table", data)], NetworkSpec::mlp(&[3, 4, 3]));
        let given = multitask::Given { tables: &tables, spec: &spec };
        let recipe = Recipe { steps: 30, ..Recipe::at_rate(0.05) };
        let mut learnt = Joint::of(Hard).fit(&given, &Run::new(recipe, Seed::new(3)))?;
        learnt.set_scaler(Some(scaler.clone()));
        let file = folder.join(&name).with_extension("safetensors");
        learnt.save(&file)?;
        let learnt = multitask::Fitted::<f32>::load(&file, &architectures(), &Layers::new())?;
        fs::remove_file(file)?;
        let tape = Tape::predicting();
        let outputs = learnt.network.forward(tape.constant(scaled.rows(&some)), &[0]);
        let outputs = learnt.tasks[0].1.named(outputs[0]);
        expect(folder, &name, &measured.rows(&some), &outputs)?;
        fs::write(folder.join(&name).with_extension("onnx"), learnt.onnx(0)?)?;
        names.push(name);
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
    let bytes = onnx::export(COLUMNS, None, &forward, &network.named(), [("name", name)])?;
    fs::write(folder.join(name).with_extension("onnx"), bytes)?;
    let tape = Tape::predicting();
    let rows = Tensor::from_fn([4, COLUMNS], |i| f32::of((i as f64 * 1.7).sin() * 2.0));
    expect(folder, name, &rows, &forward(tape.constant(&rows)))
}

/// Writes down what a file must give for rows.
fn expect<F: Float>(
    folder: &Path,
    name: &str,
    rows: &Tensor<F>,
    outputs: &[(String, Var<'_>)],
) -> Outcome<()> {
    let outputs = outputs.iter().map(|(name, y)| (name, numbers(&y.value())));
    let outputs: Vec<_> = outputs.collect();
    let expected = serde_json::json!({"rows": numbers(rows), "outputs": outputs});
    fs::write(folder.join(name).with_extension("json"), expected.to_string())?;
    Ok(())
}

/// The rows of a tensor; JSON writes what is missing as `null`.
fn numbers<F: Float>(x: &Tensor<F>) -> Vec<Vec<f64>> {
    let rows = x.as_slice().chunks(x.size(1));
    rows.map(|row| row.iter().map(|x| x.to_f64()).collect()).collect()
}
