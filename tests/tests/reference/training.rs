//! Traces of training: the same optimiser, from the same weights, on the same batches.

use std::collections::BTreeMap;
use std::path::Path;

use autograd::{Tape, Tensor};
use nn::checkpoint::Checkpoint;
use nn::{
    Adam, AdamConfig, Linear, Module, Optimizer, Parameters, Relu, Schedule, Sequential, Sgd,
    SgdConfig, StateDict,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tests::compare::close;

use crate::Stored;
use crate::Trouble::{self, Skipped};
use crate::attributes::Attributes;
use crate::file::{self, Readable};

/// Thirty steps carry rounding on from each other, so this is wider than an operation's.
const TOLERANCE: f64 = 1e-10;

/// What all traces share: rows, labels and the weights that they start from.
pub(crate) struct Setting {
    inputs: Tensor<f64>,
    labels: Vec<usize>,
    weights: StateDict<f64>,
}

/// A trace of `training.json`.
#[derive(Deserialize)]
pub(crate) struct Trace {
    name: String,
    config: Map<String, Value>,
    batch: usize,
    steps: usize,
    learning_rates: Vec<f64>,
    /// Before each step.
    losses: Vec<f64>,
    /// Perhaps the norms alone are given.
    #[serde(rename = "final")]
    weights: Option<BTreeMap<String, Stored>>,
    #[serde(rename = "final_norms")]
    norms: BTreeMap<String, f64>,
}

impl Readable for Trace {
    fn name(&self) -> &str {
        &self.name
    }
    fn check(&self) -> Result<(), String> {
        let (rates, losses) = (self.learning_rates.len(), self.losses.len());
        if rates != self.steps || losses != self.steps {
            return Err(format!("{rates} rates and {losses} losses for {} steps", self.steps));
        }
        if self.batch == 0 { Err("a batch of no rows".into()) } else { Ok(()) }
    }
}

impl Setting {
    pub(crate) fn read(folder: &Path, file: &Path) -> Self {
        fn part<T: DeserializeOwned>(file: &Path, whole: &Value, key: &str) -> T {
            T::deserialize(&whole[key])
                .unwrap_or_else(|error| panic!("{}: `{key}`: {error}", file.display()))
        }
        let whole = file::read(file);
        let checkpoint = Checkpoint::read(folder.join("mlp.safetensors"))
            .unwrap_or_else(|error| panic!("{error}"));
        Setting {
            inputs: part::<Stored>(file, &whole, "inputs").0,
            labels: part(file, &whole, "labels"),
            weights: checkpoint.state,
        }
    }

    /// The network that the weights are of: `fc1`, `fc2`, .. with ReLU between.
    fn network(&self) -> Sequential<f64> {
        let mut network = Sequential::new();
        for layer in 1.. {
            let name = format!("fc{layer}");
            let part = |part| self.weights.get(&format!("{name}.{part}")).cloned();
            let (Some(weight), Some(bias)) = (part("weight"), part("bias")) else { break };
            if layer > 1 {
                network = network.then(Relu);
            }
            network = network.then_named(&name, Linear::from_tensors(weight, bias));
        }
        assert_eq!(network.state_dict().len(), self.weights.len(), "a tensor is of no layer");
        network
    }
}

/// The optimiser that a trace describes; for a schedule plain descent, with the rates listed.
fn optimizer(trace: &Trace, network: &Sequential<f64>) -> Result<Box<dyn Optimizer<f64>>, Trouble> {
    let config = Attributes::new(&trace.config);
    let schedule = schedule(trace, &config)?;
    let learning_rate = match &schedule {
        Some(schedule) => schedule.at(0),
        None => config.need("lr")?,
    };
    let sgd = |config| Box::new(Sgd::with_config(network, config));
    let optimizer: Box<dyn Optimizer<f64>> = if schedule.is_some() {
        sgd(SgdConfig { learning_rate, ..SgdConfig::default() })
    } else if trace.name.starts_with("sgd") {
        sgd(SgdConfig {
            learning_rate,
            momentum: config.get("momentum")?.unwrap_or(0.0),
            dampening: config.get("dampening")?.unwrap_or(0.0),
            weight_decay: config.get("weight_decay")?.unwrap_or(0.0),
            nesterov: config.get("nesterov")?.unwrap_or(false),
        })
    } else if trace.name.starts_with("adam") {
        let decoupled = trace.name.starts_with("adamw");
        let default = if decoupled { AdamConfig::adamw() } else { AdamConfig::default() };
        let options = AdamConfig {
            learning_rate,
            betas: config.get("betas")?.unwrap_or(default.betas),
            epsilon: config.get("eps")?.unwrap_or(default.epsilon),
            weight_decay: config.get("weight_decay")?.unwrap_or(default.weight_decay),
            decoupled,
        };
        Box::new(Adam::with_config(network, options))
    } else {
        return Err(Skipped("there is no such optimiser".into()));
    };
    config.all_read()?;
    Ok(optimizer)
}

/// The schedule that a trace is about, if it is about one.
fn schedule(trace: &Trace, config: &Attributes) -> Result<Option<Schedule>, Trouble> {
    let first = trace.learning_rates.first().copied().unwrap_or_default();
    let steps = trace.steps;
    Ok(Some(match &*trace.name {
        "step_lr" => {
            let (period, factor) = (config.need("period")?, config.need("factor")?);
            Schedule::Step { rate: first, period, factor }
        }
        "exponential_lr" => Schedule::Exponential { rate: first, factor: config.need("factor")? },
        "cosine_lr" => Schedule::Cosine { rate: first, minimum: config.need("minimum")?, steps },
        "linear_warmup" => {
            let start = config.need("start")?;
            // The rise takes ten steps, whatever follows them.
            Schedule::Constant { rate: first / start }.warmed_up(start, 10)
        }
        _ => return Ok(None),
    }))
}

/// Trains as the trace says: skipped, or passed, or where it differs.
pub(crate) fn compare(setting: &Setting, trace: &Trace) -> Result<Result<(), String>, Trouble> {
    let network = setting.network();
    let mut optimizer = optimizer(trace, &network)?;
    let mut losses = Vec::with_capacity(trace.steps);
    for step in 0..trace.steps {
        // Consecutive rows, beginning again after the last one.
        let first = step * trace.batch;
        let rows: Vec<usize> =
            (first..first + trace.batch).map(|row| row % setting.labels.len()).collect();
        let labels: Vec<usize> = rows.iter().map(|&row| setting.labels[row]).collect();
        let tape = Tape::<f64>::default();
        let x = tape.constant(setting.inputs.rows(&rows));
        let loss = network.forward(x).cross_entropy(&labels);
        losses.push(loss.value().item());
        optimizer.set_learning_rate(trace.learning_rates[step]);
        optimizer.step(loss.backward());
    }
    let schedule = schedule(trace, &Attributes::new(&trace.config))?;
    let rates = schedule.map(|schedule| (0..trace.steps).map(|step| schedule.at(step)).collect());
    Ok(differences(trace, rates, &losses, &network.state_dict()))
}

fn differences(
    trace: &Trace,
    rates: Option<Vec<f64>>,
    losses: &[f64],
    state: &StateDict<f64>,
) -> Result<(), String> {
    let vector = |x: &[f64]| Tensor::new([x.len()], x.to_vec());
    let rates = rates.unwrap_or_else(|| trace.learning_rates.clone());
    close(&vector(&rates), &vector(&trace.learning_rates), TOLERANCE)
        .map_err(|error| format!("rates: {error}"))?;
    close(&vector(losses), &vector(&trace.losses), TOLERANCE)
        .map_err(|error| format!("losses: {error}"))?;
    let trained = |name: &String| state.get(name).ok_or(format!("there is no tensor {name}"));
    for (name, norm) in &trace.norms {
        let found = trained(name)?.as_slice().iter().map(|x| x * x).sum::<f64>().sqrt();
        close(&Tensor::scalar(found), &Tensor::scalar(*norm), TOLERANCE)
            .map_err(|error| format!("norm of {name}: {error}"))?;
    }
    for (name, weights) in trace.weights.iter().flatten() {
        close(trained(name)?, &weights.0, TOLERANCE).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}
