//! The baseline: every task alone.

use autograd::{Float, Parameter, Var};
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family, Role, Run};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::joint::{Always, train};
use crate::{Architecture, Error, Fitted, Given, Network, Plan, Strategy, Tasks, fresh};

/// A network of its own for every task, each trained by itself: what all other strategies are
/// compared with.
///
/// With one task it is, bit for bit, `transfer`'s baseline of the same seed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct SingleTask;

impl<F: Float> Strategy<F> for SingleTask {
    fn describe(&self) -> Description {
        Architecture::<F>::describe(self)
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = run.of(Architecture::<F>::describe(self).name);
        let tasks = Tasks::of(given, &run)?;
        let network = tasks.network(self, given, &run)?;
        for task in (0..tasks.all.len()).filter(|&task| tasks.all[task].weight != 0.0) {
            train(&network, &tasks, &run, &mut Always(vec![task]), None)?;
        }
        Ok(Fitted::of(network, self, given, &tasks, &run))
    }
}

impl<F: Float> Architecture<F> for SingleTask {
    fn describe(&self) -> Description {
        Description {
            role: Role::Baseline,
            chapter: "Why compare",
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder],
            usual: true,
            ..Description::new("single task", Family::Baseline)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        let trunk = || plan.spec.split_head().0.build(plan.seed);
        let heads = fresh::heads::<F>(plan)?.into_iter();
        Ok(Box::new(heads.map(|head| trunk().followed_by(head)).collect::<Vec<_>>()))
    }
}

/// Networks of their own, one a task.
impl<F: Float> Network<F> for Vec<Sequential<F>> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        tasks.iter().map(|&task| self[task].forward(x)).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        vec![]
    }
}
