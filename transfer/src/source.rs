//! The source task: its rows, its architecture and the network that learnt it.

use autograd::{Float, Seed, Tape};
use nn::{Dataset, Module, NetworkSpec, Optimizer, Sequential, Sgd};

use crate::examples::Examples;
use crate::{Error, Recipe};

/// What the strategies may know of the source; made once a seed and shared by all of them.
#[derive(Clone, Debug)]
pub struct Source<F: Float = f32> {
    /// The source's rows and labels.
    pub data: Dataset<F>,
    /// The architecture of `model`, its last layer as wide as the source has classes.
    pub spec: NetworkSpec,
    /// The network trained on `data`.
    pub model: Sequential<F>,
}

impl<F: Float> Source<F> {
    /// Copies of the network's trunk and head, with parameters of their own.
    pub(crate) fn parts(&self) -> Result<(Sequential<F>, Sequential<F>), Error> {
        let (model, layers) = (&self.model, self.spec.layers.len());
        match self.spec.head() {
            Some(head) if model.len() == layers => Ok(model.clone().split(head)),
            _ => Err(Error::Architecture(format!(
                "the source's network has {} layers, but its architecture is {}",
                model.len(),
                self.spec
            ))),
        }
    }
}

/// Trains a network of the given architecture on the source task.
///
/// `task` is the source task's name. Fresh weights come from `seed.child("weights")` and the
/// order of the batches from `seed.child("order")`, as in every other strategy of that seed.
///
/// # Errors
/// If the data or the recipe cannot be trained with, or a loss is not finite.
pub fn pretrain<F: Float>(
    task: &str,
    data: Dataset<F>,
    spec: &NetworkSpec,
    recipe: &Recipe,
    seed: Seed,
) -> Result<Source<F>, Error> {
    let config = recipe.sgd()?;
    let examples = Examples::of(task, &data, recipe.batch, seed)?;
    let spec = examples.fitting(spec)?;
    let model = spec.build_task::<F>(seed.child("weights"), task);

    let mut optimizer = Sgd::with_config(&model, config);
    for step in 0..recipe.steps {
        let (x, labels) = examples.batch(step);
        let tape = Tape::in_training(seed.child("tape").child(step));
        let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
        Error::check(loss, "pre-training", step)?;
        optimizer.step(loss.backward());
    }
    drop(examples);
    Ok(Source { data, spec, model })
}
