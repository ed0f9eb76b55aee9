//! Pooling: the tasks are taken for one.

use autograd::{Float, Parameter, Var};
use nn::train::Property::{IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, Tasks, fresh};

/// One network with one head, whatever the task.
#[derive(Clone)]
pub struct PooledNetwork<F: Float = f32> {
    /// The network.
    pub model: Sequential<F>,
    /// How many tasks read its outputs.
    pub tasks: usize,
}
nn::parts!(<F> PooledNetwork<F>: model);

impl<F: Float> Network<F> for PooledNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        assert!(tasks.iter().all(|&task| task < self.tasks), "{tasks:?} of {} tasks", self.tasks);
        let outputs = self.model.forward(x);
        tasks.iter().map(|_| outputs).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&self.model)
    }
}

/// Pooling: tasks with the same classes, or with numbers, are learnt as one task, by one network with one head, from
/// the sum of their losses.
///
/// It is the simplest use of other rows, and what shared parameters are to be read beside: there
/// every task has a head of its own.
///
/// # Source
/// Caruana 1997, section 2, without the heads: `y = h(phi(x))`, minimising `sum_t w_t L_t`, where
/// `L_t` is the mean over the task's rows of a step; so with equal weights a task with few rows counts
/// as much as one with many, which it would not if rows were thrown together.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Pooled;

impl<F: Float> Architecture<F> for Pooled {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Caruana 1997, Multitask Learning"),
            chapter: "Shared parameters",
            keeps: &[OneTaskIsBaseline, IgnoresOrder],
            usual: true,
            ..Description::new("pooled", Family::Shared)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        // The names in the order of the alphabet, so that the order of the tasks means nothing.
        let mut names: Vec<&str> = plan.tasks.iter().map(|&(name, _)| name).collect();
        names.sort_unstable();
        let classes = plan.tasks.first().map_or(0, |&(_, classes)| classes);
        let head = fresh::head(plan.spec, None, (&names.join(" "), classes), plan.seed)?;
        let model = plan.spec.split_head().0.build(plan.seed).followed_by(head);
        Ok(Box::new(PooledNetwork { model, tasks: names.len() }))
    }
    fn check(&self, tasks: &Tasks<F>) -> Result<(), Error> {
        let first = &tasks.all[0].outputs;
        match tasks.all.iter().find(|other| !other.outputs.agrees(first)) {
            None => Ok(()),
            Some(other) => {
                let why = format!("needs labels of one meaning, not {first} and {}", other.outputs);
                Err(Error::Needs { strategy: Architecture::<F>::describe(self).name, why })
            }
        }
    }
}
