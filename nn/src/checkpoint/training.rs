//! Training that stopped, in one file.

use std::collections::BTreeMap;
use std::path::Path;

use autograd::{Float, Seed, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contents::{Raw, check_fit};
use super::{Checkpoint, Fault, Notes, named, notes};
use crate::{Error, Optimizer, OptimizerState, Parameters, Schedule, StateDict};

/// How far training is, and what its next steps are functions of.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// How many steps are done: the number of the next one.
    pub step: usize,
    /// The learning rate of every step.
    pub schedule: Schedule,
    /// Where all randomness comes from: the order of batches, dropout.
    pub seed: Seed,
}

/// What training needs to go on, beside the model's state.
#[derive(Clone, PartialEq, Debug)]
pub struct Training<F: Float = f32> {
    /// What the optimiser keeps.
    pub optimizer: OptimizerState<F>,
    /// How far training is.
    pub progress: Progress,
}

impl<F: Float> Checkpoint<F> {
    /// The checkpoint of training: this one's model and notes, the optimiser's state and the
    /// progress.
    #[must_use]
    pub fn with_training(
        self,
        optimizer: &(impl Optimizer<F> + ?Sized),
        progress: &Progress,
    ) -> Self {
        let training = Training { optimizer: optimizer.state(), progress: progress.clone() };
        Checkpoint { training: Some(training), ..self }
    }

    /// Sets the model and the optimiser to what they were when training stopped.
    ///
    /// # Errors
    /// If this is a checkpoint of a model alone, or does not fit the model or the optimiser. Both
    /// are then as they were.
    pub fn resume(
        &self,
        model: &(impl Parameters<F> + ?Sized),
        optimizer: &mut (impl Optimizer<F> + ?Sized),
    ) -> Result<Progress, Error> {
        let Some(training) = &self.training else {
            let fault = "this is a checkpoint of a model, without the state of training".to_owned();
            return Err(Error::OptimizerState(fault));
        };
        check_fit(model, &self.state)?;
        optimizer.load_state(&training.optimizer)?;
        model.load_matching(&self.state);
        Ok(training.progress.clone())
    }
}

/// Writes all that training needs to go on to one file: the model's state, the optimiser's, the
/// step, the schedule and the seed.
///
/// Training that is stopped after any step and [resumed](resume) gives bit for bit what it would
/// have given, if the rest of its loop is a function of the step:
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::checkpoint::{self, Progress};
/// use nn::{Adam, Batches, Linear, Module, Optimizer, Parameters, Schedule, Seed};
/// # let file = std::env::temp_dir().join(format!("nn-training-{}.safetensors", std::process::id()));
/// let x = Tensor::from_fn([6, 3], |i| (i % 5) as f32);
/// let labels = [0, 1, 0, 1, 1, 0];
/// let train = |model: &Linear, optimizer: &mut Adam, mut progress: Progress, until: usize| {
///     let batches = Batches::new(6, 4, progress.seed.child("order"));
///     while progress.step < until {
///         let rows = batches.at(progress.step);
///         let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
///         let tape = Tape::training(progress.seed.child("dropout").child(progress.step));
///         let loss = model.forward(tape.constant(x.rows(&rows))).cross_entropy(&classes);
///         optimizer.set_learning_rate(progress.schedule.at(progress.step));
///         optimizer.step(loss.backward());
///         progress.step += 1;
///     }
///     progress
/// };
/// let schedule = Schedule::Cosine { rate: 0.1, minimum: 0.0, steps: 20 };
/// let start = Progress { step: 0, schedule, seed: Seed::new(7) };
///
/// let model = Linear::new(3, 2, Seed::new(1));
/// let mut optimizer = Adam::new(&model, 0.1);
/// let progress = train(&model, &mut optimizer, start, 7);
/// checkpoint::save_training(&file, &model, &optimizer, &progress)?;
/// train(&model, &mut optimizer, progress, 20);
///
/// let resumed = Linear::new(3, 2, Seed::new(2));         // later: another program, other weights
/// let mut optimizer = Adam::new(&resumed, 0.1);
/// let progress = checkpoint::resume(&file, &resumed, &mut optimizer)?;
/// train(&resumed, &mut optimizer, progress, 20);
/// assert_eq!(resumed.state_dict(), model.state_dict());
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
///
/// [`load`](super::load) reads the weights of such a file; in Python they stand under their names,
/// the optimiser's tensors under theirs after `optimizer/`.
///
/// # Errors
/// If the file cannot be written; a file that was there is then as it was.
pub fn save_training<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
    optimizer: &(impl Optimizer<F> + ?Sized),
    progress: &Progress,
) -> Result<(), Error> {
    Checkpoint::of(model).with_training(optimizer, progress).write(path)
}

/// Sets a model and its optimiser to what they were when [`save_training`] wrote the file, and
/// returns how far training was.
///
/// The optimiser must be of the same rule and made with the same options; the learning rate, which
/// the file holds, may be any.
///
/// # Errors
/// If the file cannot be read, is no checkpoint of training or a damaged one, is of another float
/// type, or does not fit the model or the optimiser. Both are then as they were.
pub fn resume<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
    optimizer: &mut (impl Optimizer<F> + ?Sized),
) -> Result<Progress, Error> {
    let path = path.as_ref();
    let raw = Raw::read(path).map_err(|fault| fault.at(path))?;
    let checkpoint = Checkpoint::from_raw(&raw).map_err(|fault| fault.at(path))?;
    let own = super::element::dtype::<F>();
    for tensor in raw.tensors().map_err(|fault| fault.at(path))? {
        if checkpoint.training.is_some() && tensor.dtype != own {
            let fault = format!("training in {} cannot go on in {own}", tensor.dtype);
            return Err(Fault::of_tensor(&tensor.name, fault).at(path));
        }
    }
    checkpoint.resume(model, optimizer).map_err(|error| named(error, path))
}

/// What stands before the names of an optimiser's tensors; no module's name holds a slash.
const PREFIX: &str = "optimizer/";

/// Whether a tensor's name is an optimiser's.
pub(super) fn is_own(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What an optimiser counts, in JSON; its tensors stand among the file's.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    rule: String,
    learning_rate: f64,
    steps: BTreeMap<String, u64>,
}

/// Adds training to the notes and the tensors of a file.
pub(super) fn to_json<F: Float>(
    training: &Training<F>,
    notes: &Notes,
    all: &mut BTreeMap<String, Value>,
    tensors: &mut StateDict<F>,
) -> Result<(), Fault> {
    if notes.step.is_some() {
        return Err(Fault::of_file("the note \"step\" of training is the training's own"));
    }
    let Training { optimizer, progress } = training;
    let counts = Counts {
        rule: optimizer.rule.clone(),
        learning_rate: optimizer.learning_rate,
        steps: optimizer.steps.clone(),
    };
    notes::put(all, "optimizer", Some(&counts))?;
    notes::put(all, "step", Some(&progress.step))?;
    notes::put(all, "schedule", Some(&progress.schedule))?;
    notes::put(all, "seed", Some(&progress.seed.value()))?;
    for (name, tensor) in optimizer.tensors.iter() {
        let name = format!("{PREFIX}{name}");
        if tensors.insert(&name, tensor.clone()).is_some() {
            return Err(Fault::of_tensor(&name, "the name is kept for an optimiser's state"));
        }
    }
    Ok(())
}

/// Takes training out of the notes and the tensors of a file.
pub(super) fn from_json<F: Float>(
    all: &mut BTreeMap<String, Value>,
    tensors: &mut Vec<(String, Tensor<F>)>,
) -> Result<Training<F>, Fault> {
    let Counts { rule, learning_rate, steps } = notes::need(all, "optimizer")?;
    let schedule = notes::need_schedule(all)?;
    let (step, seed) = (notes::need(all, "step")?, Seed::new(notes::need(all, "seed")?));
    let mut own = Vec::new();
    for (name, tensor) in std::mem::take(tensors) {
        match name.strip_prefix(PREFIX) {
            Some(name) => own.push((name.to_owned(), tensor)),
            None => tensors.push((name, tensor)),
        }
    }
    let tensors = StateDict::of_distinct(own);
    let optimizer = OptimizerState { rule, learning_rate, tensors, steps };
    Ok(Training { optimizer, progress: Progress { step, schedule, seed } })
}
