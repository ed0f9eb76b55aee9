//! Shared parameters: one trunk, a head for every task.

use autograd::{Float, Parameter, Var};
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// One trunk for all tasks; every task has only its head to itself.
#[derive(Clone)]
pub struct HardNetwork<F: Float = f32> {
    /// The layers all tasks share.
    pub trunk: Sequential<F>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
}
nn::parts!(<F> HardNetwork<F>: trunk, heads);

impl<F: Float> HardNetwork<F> {
    /// A fresh network.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(plan: &Plan<'_>) -> Result<Self, Error> {
        Ok(Self { heads: fresh::heads(plan)?, trunk: plan.spec.split_head().0.build(plan.seed) })
    }
}

impl<F: Float> Network<F> for HardNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let features = self.trunk.forward(x);
        tasks.iter().map(|&task| self.heads[task].forward(features)).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&self.trunk)
    }
}

/// Hard sharing: the trunk learns from the sum of the tasks' losses, a head from its own.
///
/// # Source
/// Caruana 1997, section 2: `y_t = h_t(phi(x))`, minimising `sum_t w_t L_t`, where `L_t` is the mean
/// over the task's rows. The tasks may have different rows, which go through the trunk one task
/// after the other.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Hard;

impl<F: Float> Architecture<F> for Hard {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("共享参数"),
            paper: Some("Caruana 1997, Multitask Learning"),
            chapter: "Shared parameters",
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder],
            usual: true,
            ..Description::new("shared parameters", Family::Shared)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        Ok(Box::new(HardNetwork::new(plan)?))
    }
}
