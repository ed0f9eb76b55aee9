//! Shared parameters: one trunk, a head for every task.

use autograd::{Float, Seed, Tape, Var};
use nn::{Module, NetworkSpec, Optimizer, Sequential, Sgd};

use crate::examples::{Examples, joint_loss};
use crate::strategy::names_and_classes;
use crate::{Description, Error, Fitted, Network, Recipe, Strategy, Task, fresh};

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
    /// A fresh network for tasks of these names and numbers of classes.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(spec: &NetworkSpec, tasks: &[(&str, usize)], seed: Seed) -> Result<Self, Error> {
        let head = |&(name, classes): &(&str, usize)| {
            Ok(fresh::head(spec, None, classes)?.build_task(seed, name))
        };
        let heads = tasks.iter().map(head).collect::<Result<_, Error>>()?;
        Ok(Self { trunk: spec.split_head().0.build(seed), heads })
    }
}

impl<F: Float> Network<F> for HardNetwork<F> {
    fn num_tasks(&self) -> usize {
        self.heads.len()
    }

    fn forward<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        self.heads[task].forward(self.trunk.forward(x))
    }
}

/// Hard sharing: the trunk learns from the sum of the tasks' losses, a head from its own.
///
/// # Source
/// Caruana 1997, section 2: `y_t = h_t(phi(x))`, minimising `sum_t w_t L_t`, where `L_t` is the mean
/// over the task's rows. The tasks may have different rows, which go through the trunk one task
/// after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hard;

impl<F: Float> Strategy<F> for Hard {
    fn describe(&self) -> Description {
        Description {
            name: "shared parameters",
            article_term: Some("共享参数"),
            paper: Some("Caruana 1997, Multitask Learning"),
            chapter: "Shared parameters",
        }
    }

    fn fit(
        &self,
        tasks: &[Task<F>],
        spec: &NetworkSpec,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let config = recipe.sgd()?;
        let examples = Examples::of_all(tasks, seed)?;
        let network = HardNetwork::new(spec, &names_and_classes(tasks), seed.child("weights"))?;

        let mut optimizer = Sgd::with_config(&network, config);
        for step in 0..recipe.steps {
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = joint_loss(&network, &examples, &tape, step);
            Error::check(loss, "shared parameters", step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(network))
    }
}
