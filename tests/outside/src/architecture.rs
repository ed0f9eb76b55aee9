//! An architecture: one trunk that is told which task it works for.

use autograd::{Float, Parameter, Tensor, Var, concatenate};
use multitask::{Architecture, Error, Network, Plan, parameters_of};
use nn::train::{Description, Family};
use nn::{Linear, Module, Sequential};
use serde::{Deserialize, Serialize};

/// One trunk for all tasks that reads, beside the row, a 1 at its task's place: tasks share all
/// weights and differ by their context.
///
/// # Source
/// Silver, Poirier and Currie 2008 (context-sensitive multiple task learning), section 3. Here: a
/// head for each task, since tasks may differ in their outputs.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct InContext;

/// The network of [`InContext`].
pub struct ContextNetwork<F: Float = f32> {
    /// Brings a row and its context to the trunk's inputs.
    pub reader: Linear<F>,
    /// The layers all tasks share.
    pub trunk: Sequential<F>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
}
nn::parts!(<F> ContextNetwork<F>: reader, trunk, heads);

impl<F: Float> Architecture<F> for InContext {
    fn describe(&self) -> Description {
        Description {
            paper: Some(
                "Silver, Poirier and Currie 2008, Inductive transfer with context-sensitive \
                         neural networks",
            ),
            ..Description::new("in context", Family::Shared)
        }
    }

    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        let Plan { spec, tasks, seed } = *plan;
        let (trunk, _) = spec.split_head();
        let no_head = || nn::Error::NoHead { spec: spec.to_string() };
        let inputs = spec.inputs().ok_or_else(no_head)?;
        let head = |&(name, outputs): &(&str, usize)| {
            let whole = spec.clone().with_outputs(outputs).build_task::<F>(seed, name);
            whole.split_head().1
        };
        Ok(Box::new(ContextNetwork {
            reader: Linear::new(inputs + tasks.len(), inputs, seed.child("reader")),
            trunk: trunk.build(seed),
            heads: tasks.iter().map(head).collect(),
        }))
    }
}

// ANCHOR: network
impl<F: Float> Network<F> for ContextNetwork<F> {
    /// Rows of another context are other rows, so each task has a pass of its own.
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let (rows, contexts) = (x.shape().axis(0), self.heads.len());
        let outputs = |&task: &usize| {
            let one = |i: usize| if i % contexts == task { F::ONE } else { F::ZERO };
            let context = x.tape().constant(Tensor::from_fn([rows, contexts], one));
            let read = self.reader.forward(concatenate(&[x, context], 1));
            self.heads[task].forward(self.trunk.forward(read))
        };
        tasks.iter().map(outputs).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&(&self.reader, &self.trunk))
    }
}
// ANCHOR_END: network
