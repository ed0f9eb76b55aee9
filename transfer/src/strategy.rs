//! The one trait of this crate, what it is given and what it gives back.

use autograd::{Float, Seed, Tensor};
use nn::{Dataset, Module, SgdConfig};

use crate::error::within;
use crate::feature::FeatureExtractor;
use crate::parameter::FineTune;
use crate::structure::{FreshStructure, Net2Wider};
use crate::{Error, Scratch, Source};

/// A way to learn a target task with a source task's knowledge at hand.
///
/// A new strategy is one file with this trait and one line in [`registry`].
pub trait Strategy<F: Float = f32>: Send + Sync {
    /// What the strategy is called, in the article and here.
    fn describe(&self) -> Description;

    /// Learns the target task; the same arguments give the same bits.
    ///
    /// # Errors
    /// If the source, the target or the recipe does not fit the strategy, or a loss is not finite.
    fn fit(
        &self,
        source: &Source<F>,
        target: &Training<F>,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error>;
}

/// What a strategy is called and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name in tables and in errors.
    pub name: &'static str,
    /// The article's term; a baseline has none.
    pub article_term: Option<&'static str>,
    /// The paper it follows; a baseline has none.
    pub paper: Option<&'static str>,
    /// The chapter of the book that explains it.
    pub chapter: &'static str,
}

/// What may be learnt from of the target: no label of its test part is in here.
#[derive(Clone, Debug)]
pub struct Training<F: Float = f32> {
    /// The task's name: it picks the fresh head and the order of the batches.
    pub task: String,
    /// Rows with one column of labels; rows without a label are left out.
    pub labelled: Dataset<F>,
    /// Rows of the target domain without labels, `[rows, columns]`, for strategies that align domains.
    pub unlabelled: Option<Tensor<F>>,
}

impl<F: Float> Training<F> {
    /// A task to be learnt from these rows alone.
    pub fn new(task: impl Into<String>, labelled: Dataset<F>) -> Self {
        Self { task: task.into(), labelled, unlabelled: None }
    }
}

/// How long and how fast to train: stochastic gradient descent with momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Number of updates.
    pub steps: usize,
    /// Rows an update sees; `None` for all of them.
    pub batch: Option<usize>,
    /// Learning rate.
    pub learning_rate: f64,
    /// Share of the last update that is kept.
    pub momentum: f64,
    /// Factor of the weights that is added to their gradient.
    pub weight_decay: f64,
}

impl Default for Recipe {
    /// 600 steps over all rows at rate 0.05 with momentum 0.9, without decay.
    fn default() -> Self {
        Self { steps: 600, batch: None, learning_rate: 0.05, momentum: 0.9, weight_decay: 0.0 }
    }
}

impl Recipe {
    /// The optimiser's part of the recipe, once every number has been found usable.
    pub(crate) fn sgd(&self) -> Result<SgdConfig, Error> {
        let Self { learning_rate, momentum, weight_decay, .. } = *self;
        within("batch", self.batch.unwrap_or(1) as f64, 1.0..=f64::MAX, "at least 1")?;
        within("learning_rate", learning_rate, 0.0..=1e6, "between 0 and 1000000")?;
        within("momentum", momentum, 0.0..=1.0, "between 0 and 1")?;
        within("weight_decay", weight_decay, 0.0..=1e6, "between 0 and 1000000")?;
        Ok(SgdConfig { learning_rate, momentum, weight_decay, ..SgdConfig::default() })
    }
}

/// A learnt target task.
#[derive(Clone)]
pub struct Fitted<F: Float = f32> {
    /// The whole network: rows of the target domain in, logits of the target's classes out.
    pub model: Box<dyn Module<F>>,
    /// How many numbers the training on the target moved.
    pub trained: usize,
}

impl<F: Float> Fitted<F> {
    pub(crate) fn of(model: impl Module<F> + 'static) -> Self {
        let trained = model.num_trainable();
        Self { model: Box::new(model), trained }
    }

    /// The logits of rows, `[rows, columns]` to `[rows, classes]`.
    #[track_caller]
    pub fn predict(&self, x: &Tensor<F>) -> Tensor<F> {
        self.model.predict(x)
    }
}

/// Every strategy with its defaults, the baseline first and each control behind what it controls.
pub fn registry<F: Float>() -> Vec<Box<dyn Strategy<F>>> {
    vec![
        Box::new(Scratch),
        Box::new(FineTune::default()),
        Box::new(FeatureExtractor),
        Box::new(Net2Wider::default()),
        Box::new(FreshStructure::default()),
    ]
}
