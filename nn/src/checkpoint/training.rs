//! Training that stopped, as notes and tensors of a file.

use std::collections::BTreeMap;

use autograd::{Float, Seed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::Fault;
use super::notes;
use crate::{OptimizerState, Schedule, StateDict};

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

/// Adds training to the notes of a file, and gives the tensors that it adds.
pub(super) fn to_json<F: Float>(
    training: &Training<F>,
    all: &mut BTreeMap<String, Value>,
) -> Result<StateDict<F>, Fault> {
    if all.contains_key("step") {
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
    Ok(optimizer.tensors.with_prefix(PREFIX))
}

/// Takes training out of the notes and the tensors of a file.
pub(super) fn from_json<F: Float>(
    all: &mut BTreeMap<String, Value>,
    tensors: &mut StateDict<F>,
) -> Result<Training<F>, Fault> {
    let Counts { rule, learning_rate, steps } = notes::need(all, "optimizer")?;
    let schedule = notes::need_schedule(all)?;
    let (step, seed) = (notes::need(all, "step")?, Seed::new(notes::need(all, "seed")?));
    let (own, others) = std::mem::take(tensors).into_iter().partition(|(name, _)| is_own(name));
    *tensors = others;
    let own: StateDict<F> = own;
    let optimizer =
        OptimizerState { rule, learning_rate, tensors: own.without_prefix(PREFIX), steps };
    Ok(Training { optimizer, progress: Progress { step, schedule, seed } })
}
