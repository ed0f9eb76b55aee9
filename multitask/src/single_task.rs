//! The baseline: every task alone.

use autograd::{Float, Parameter, Seed, Var};
use nn::train::{Description, Family, Property, Role, Run};
use nn::{Module, NetworkSpec, Sequential};
use serde_json::Value;

use crate::network::{Adapted, Learning};
use crate::{Architecture, Error, Fitted, Network, Strategy, Table, Tasks, fresh};

/// A network of its own for every task, each trained by itself: what all other strategies are
/// compared with.
///
/// With one task it is, bit for bit, `transfer`'s baseline of the same seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SingleTask;

impl<F: Float> Strategy<F> for SingleTask {
    fn describe(&self) -> Description {
        Architecture::<F>::describe(self)
    }

    fn fit(
        &self,
        tables: &[Table<F>],
        spec: &NetworkSpec,
        run: &Run<'_, F>,
    ) -> Result<Fitted<F>, Error> {
        let run = run.of(Architecture::<F>::describe(self).name);
        let tasks = Tasks::of(tables, spec, &run)?;
        let network = Architecture::<F>::fresh(self, spec, &tasks.names(), run.weights())?;
        let network = Adapted::around(network, spec, &tasks.widths(), run.weights());
        for task in (0..tasks.all.len()).filter(|&task| tasks.all[task].weight != 0.0) {
            let mut optimizer = run.optimizer(network.groups())?;
            for step in run.steps(&Learning(&*network)) {
                let tape = step.tape();
                if let [(_, loss)] = tasks.losses(&*network, &tape, step.number(), &[task])[..] {
                    step.descend(&mut *optimizer, loss)?;
                }
            }
        }
        Ok(Fitted::of(network, self, spec, tables, &tasks, &run))
    }
}

impl<F: Float> Architecture<F> for SingleTask {
    fn describe(&self) -> Description {
        Description {
            role: Role::Baseline,
            chapter: "Why compare",
            keeps: &[
                Property::BeginsAsBaseline,
                Property::OneTaskIsBaseline,
                Property::IgnoresOrder,
            ],
            usual: true,
            ..Description::new("single task", Family::Baseline)
        }
    }
    fn options(&self) -> Value {
        Value::Null
    }
    fn with_options(&self, _: &Value) -> Result<Box<dyn Architecture<F>>, Error> {
        Ok(Box::new(*self))
    }
    fn fresh(
        &self,
        spec: &NetworkSpec,
        tasks: &[(&str, usize)],
        seed: Seed,
    ) -> Result<Box<dyn Network<F>>, Error> {
        Ok(Box::new(SingleTaskNetworks::new(spec, tasks, seed)?))
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
    /// Fresh networks for tasks of these names and numbers of classes.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(spec: &NetworkSpec, tasks: &[(&str, usize)], seed: Seed) -> Result<Self, Error> {
        let model = |&task| {
            let head = fresh::head(spec, None, task, seed)?;
            Ok(spec.split_head().0.build(seed).followed_by(head))
        };
        let models = tasks.iter().map(model).collect::<Result<_, Error>>()?;
        Ok(Self { models })
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
