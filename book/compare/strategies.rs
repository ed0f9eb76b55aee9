//! The rows of the table: every strategy of both crates under one interface.

use autograd::{Seed, Tensor};
use multitask::Table;
use nn::NetworkSpec;
use nn::train::{Description, Recipe, Role, Run};
use transfer::{Given, Source, Target};

use crate::failure::Failure;

/// All that a strategy of one seed is given.
pub(crate) struct Knowledge {
    pub(crate) sources: [Source; 1],
    pub(crate) target: Target,
    pub(crate) recipe: Recipe,
    /// The source task, then the target task: the order of the levels in layers.
    pub(crate) tables: [Table; 2],
    pub(crate) spec: NetworkSpec,
    pub(crate) joint_recipe: Recipe,
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
    pub(crate) known: Description,
    method: Method,
}

impl Strategy {
    /// Its name in the table.
    pub(crate) fn name(&self) -> &'static str {
        self.known.name
    }

    /// Learns the target task; the error is a sentence that names strategy and step.
    pub(crate) fn fit(&self, given: &Knowledge) -> Result<Learnt, String> {
        let Knowledge { sources, target, recipe, tables, spec, joint_recipe, seed } = given;
        match &self.method {
            Method::Transfer(strategy) => {
                let run = Run::new(recipe.clone(), *seed);
                let fitted = strategy
                    .fit(&Given { sources, target, spec }, &run)
                    .map_err(|error| error.to_string())?;
                let parameters = fitted.trained;
                Ok(Learnt { logits: Box::new(move |x| fitted.predict(x)), parameters })
            }
            Method::Multitask(strategy) => {
                let run = Run::new(joint_recipe.clone(), *seed);
                let fitted = strategy
                    .fit(&multitask::Given { tables, spec }, &run)
                    .map_err(|error| error.to_string())?;
                let parameters = fitted.trained;
                let target = tables.len() - 1;
                Ok(Learnt { logits: Box::new(move |x| fitted.predict(target, x)), parameters })
            }
        }
    }
}

/// Every strategy that there is, in the registries' order; one baseline, `transfer`'s, is enough.
pub(crate) fn all() -> Vec<Strategy> {
    let transfers = transfer::registry().into_iter().map(|strategy| Strategy {
        known: strategy.describe(),
        method: Method::Transfer(strategy),
    });
    let joint = multitask::registry().into_iter().map(|strategy| Strategy {
        known: strategy.describe(),
        method: Method::Multitask(strategy),
    });
    transfers.chain(joint.filter(|strategy| strategy.known.role != Role::Baseline)).collect()
}

/// The rows of a table: those that a comparison shows without being asked or, if names are given,
/// the baseline and these; a control behind what it controls.
///
/// # Errors
/// If there is no strategy of a name, or one of its needs is not met here.
pub(crate) fn rows(asked: &[String]) -> Result<Vec<Strategy>, Failure> {
    let all = all();
    for name in asked {
        let Some(found) = all.iter().find(|strategy| strategy.name() == name) else {
            let names: Vec<_> = all.iter().map(Strategy::name).collect();
            let names = names.join("\", \"");
            return Err(Failure::Usage(format!(
                "there is no strategy \"{}\"; there are \"{names}\"",
                name.escape_debug()
            )));
        };
        if let Some(why) = found.known.needs.unmet(1, true, true, Some(10)) {
            return Err(Failure::Usage(format!("\"{name}\" {why}")));
        }
    }
    let wanted = |strategy: &Strategy| match asked {
        [] => strategy.known.usual,
        _ => strategy.name() == "scratch" || asked.iter().any(|name| name == strategy.name()),
    };
    Ok(all.into_iter().filter(wanted).collect())
}
