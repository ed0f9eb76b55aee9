//! The baseline: every task alone.

use autograd::{Float, Seed, Tape, Var};
use nn::{Module, NetworkSpec, Optimizer, Sequential, Sgd};

use crate::examples::Examples;
use crate::strategy::names_and_classes;
use crate::{Description, Error, Fitted, Network, Recipe, Strategy, Task, fresh};

/// A network of its own for every task: what all other strategies are compared with.
///
/// With one task it is, bit for bit, `transfer`'s baseline of the same seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SingleTask;

impl<F: Float> Strategy<F> for SingleTask {
    fn describe(&self) -> Description {
        Description { name: "single task", article_term: None, paper: None, chapter: "Why compare" }
    }

    fn fit(
        &self,
        tasks: &[Task<F>],
        spec: &NetworkSpec,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let config = recipe.sgd()?;
        let examples = Examples::of_all(tasks, spec, seed)?;
        let network =
            SingleTaskNetworks::new(spec, &names_and_classes(tasks), seed.child("weights"))?;

        for (model, examples) in network.models.iter().zip(&examples) {
            let mut optimizer = Sgd::with_config(model, config);
            for step in 0..recipe.steps {
                let (x, labels) = examples.batch(step);
                let tape = Tape::in_training(seed.child("tape").child(step));
                let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
                Error::check(loss, "single task", step)?;
                optimizer.step(loss.backward());
            }
        }
        Ok(Fitted::of(network))
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

    fn forward<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        self.models[task].forward(x)
    }
}
