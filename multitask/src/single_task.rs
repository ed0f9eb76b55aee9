//! The baseline: every task alone.

use autograd::{Float, Gradients, Parameter, Var};
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family, Role, Run};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

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
            let mut optimizer = run.optimizer(network.groups())?;
            for step in run.steps(&network) {
                let tape = step.tape();
                let loss = tasks.losses(&*network, &tape, step.number(), &[task]).pop();
                let mut losses = vec![None; tasks.all.len()];
                losses[task] = loss.map(|(_, loss)| loss.value().item().to_f64());
                step.finite(&losses)?;
                let gradients = loss.map_or_else(Gradients::empty, |(_, loss)| loss.backward());
                step.apply(&mut *optimizer, &losses, gradients)?;
            }
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
        Ok(Box::new(SingleTaskNetworks::new(plan)?))
    }
}

/// A network of its own for every task.
#[derive(Clone)]
pub struct SingleTaskNetworks<F: Float = f32> {
    /// One network a task.
    pub models: Vec<Sequential<F>>,
}
nn::parts!(<F> SingleTaskNetworks<F>: models);

impl<F: Float> SingleTaskNetworks<F> {
    /// Fresh networks.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(plan: &Plan<'_>) -> Result<Self, Error> {
        let trunk = || plan.spec.split_head().0.build(plan.seed);
        let heads = fresh::heads(plan)?.into_iter();
        Ok(Self { models: heads.map(|head| trunk().followed_by(head)).collect() })
    }
}

impl<F: Float> Network<F> for SingleTaskNetworks<F> {
    fn num_tasks(&self) -> usize {
        self.models.len()
    }
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        tasks.iter().map(|&task| self.models[task].forward(x)).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        vec![]
    }
}
