//! The rows of the table: every strategy under one interface.

use autograd::{Seed, Tensor};
use multitask::Task;
use multitask::connection::CrossStitch;
use multitask::hierarchy::Layered;
use multitask::shared::Hard;
use nn::NetworkSpec;
use serde::Serialize;
use transfer::feature::FeatureExtractor;
use transfer::parameter::FineTune;
use transfer::structure::{FreshStructure, Net2Wider};
use transfer::{Scratch, Source, Training};

/// What a row of the table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The target alone: what the others are compared with.
    Baseline,
    /// It uses the extra knowledge.
    Strategy,
    /// It shares all but the knowledge with the strategy before it.
    Control,
}

/// All that a strategy of one seed is given.
pub(crate) struct Given {
    pub(crate) source: Source,
    pub(crate) target: Training,
    pub(crate) recipe: transfer::Recipe,
    /// The source task, then the target task: the order of the levels in layers.
    pub(crate) tasks: [Task; 2],
    pub(crate) spec: NetworkSpec,
    pub(crate) joint_recipe: multitask::Recipe,
    pub(crate) seed: Seed,
}

/// A learnt target task.
pub(crate) struct Learnt {
    /// The logits of rows of the target's test part.
    pub(crate) logits: Box<dyn FnOnce(&Tensor) -> Tensor>,
    /// How many numbers the training moved.
    pub(crate) parameters: usize,
}

enum Method {
    Transfer(Box<dyn transfer::Strategy>),
    Multitask(Box<dyn multitask::Strategy>),
}

/// A strategy of either crate.
pub(crate) struct Strategy {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    method: Method,
}

impl Strategy {
    fn transfer(role: Role, strategy: impl transfer::Strategy + 'static) -> Self {
        let name = strategy.describe().name;
        Self { name, role, method: Method::Transfer(Box::new(strategy)) }
    }

    fn multitask(strategy: impl multitask::Strategy + 'static) -> Self {
        let name = strategy.describe().name;
        Self { name, role: Role::Strategy, method: Method::Multitask(Box::new(strategy)) }
    }

    /// Learns the target task; the error is a sentence that names strategy and step.
    pub(crate) fn fit(&self, given: &Given) -> Result<Learnt, String> {
        let Given { source, target, recipe, tasks, spec, joint_recipe, seed } = given;
        match &self.method {
            Method::Transfer(strategy) => {
                let fitted = strategy
                    .fit(source, target, recipe, *seed)
                    .map_err(|error| error.to_string())?;
                let parameters = fitted.trained;
                Ok(Learnt { logits: Box::new(move |x| fitted.predict(x)), parameters })
            }
            Method::Multitask(strategy) => {
                let fitted = strategy
                    .fit(tasks, spec, joint_recipe, *seed)
                    .map_err(|error| error.to_string())?;
                let parameters = fitted.trained;
                let target = tasks.len() - 1;
                Ok(Learnt { logits: Box::new(move |x| fitted.predict(target, x)), parameters })
            }
        }
    }
}

/// The rows of the table, in its order: the baseline first, a control behind what it controls.
pub(crate) fn all() -> Vec<Strategy> {
    vec![
        Strategy::transfer(Role::Baseline, Scratch),
        Strategy::transfer(Role::Strategy, FineTune::default()),
        Strategy::transfer(Role::Strategy, FeatureExtractor),
        Strategy::transfer(Role::Strategy, Net2Wider::default()),
        Strategy::transfer(Role::Control, FreshStructure::default()),
        Strategy::multitask(Hard),
        Strategy::multitask(CrossStitch::default()),
        Strategy::multitask(Layered::default()),
    ]
}
