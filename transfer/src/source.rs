//! A source task: its rows, its architecture and the network that learnt it.

use autograd::{Float, Seed};
use nn::data::Scale;
use nn::train::{Examples, Recipe, Run};
use nn::{Dataset, NetworkSpec, Sequential};

use crate::Error;
use crate::parameter::tune;

/// What the strategies may know of a source; made once a seed and shared by all of them.
#[derive(Clone, Debug)]
pub struct Source<F: Float = f32> {
    /// The source task's name.
    pub task: String,
    /// The source's rows and labels.
    pub data: Dataset<F>,
    /// The architecture of `model`, its last layer as wide as the source needs.
    pub spec: NetworkSpec,
    /// The network trained on `data`.
    pub model: Sequential<F>,
}

impl<F: Float> Source<F> {
    /// The scale of the source's labels, if they are numbers.
    pub fn scale(&self) -> Option<Scale> {
        let numbers = self.data.label_columns.first()?.as_numbers()?;
        Some(numbers.scale_or_own())
    }

    /// The source's labelled rows.
    ///
    /// # Errors
    /// If they cannot be learnt.
    pub fn examples(&self, batch: Option<usize>, run: &Run<'_, F>) -> Result<Examples<F>, Error> {
        Examples::of(&self.task, &self.data, batch, run.order(&self.task))
    }

    /// Copies of the network's trunk and head, with parameters of their own.
    ///
    /// # Errors
    /// If the network is not of the architecture, or has no head.
    pub fn parts(&self) -> Result<(Sequential<F>, Sequential<F>), Error> {
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

/// Trains a network of the given architecture on a source task.
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
    let run = Run::new(recipe.clone(), seed).of("pre-training");
    let examples = Examples::of(task, &data, recipe.batch, run.order(task))?;
    let spec = examples.fitting(spec)?;
    let model = spec.build_task::<F>(run.weights(), task);
    tune(&model, 0, &examples, &run, None)?;
    Ok(Source { task: task.to_owned(), data, spec, model })
}
