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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, recipe, smooth, source, target, values};
    use nn::Parameters;

    const CLASSES: [&str; 3] = ["x", "y", "z"];

    /// The refusal of the first strategy; all of them must give the same.
    fn refusal(target: &Training, recipe: Recipe) -> String {
        let source = source(Seed::new(1));
        let fit = |strategy: &dyn Strategy| strategy.fit(&source, target, &recipe, Seed::new(1));
        let refusals =
            registry().into_iter().map(|strategy| fit(&*strategy).err().unwrap().to_string());
        let mut refusals: Vec<String> = refusals.collect();
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        refusals.remove(0)
    }

    #[test]
    fn every_strategy_refuses_what_cannot_be_learnt() {
        let good = target::<f32>(&CLASSES, Seed::new(1));
        let refused = |change: &dyn Fn(&mut Dataset)| {
            let mut target = good.clone();
            change(&mut target.labelled);
            refusal(&target, recipe(3))
        };
        assert_eq!(
            refused(&|data| data.label_columns.push(data.label_columns[0].clone())),
            "task \"target\" needs one column of labels, but its data have 2"
        );
        assert_eq!(
            refused(&|data| (0..12).for_each(|row| data.label_columns[0].forget(row))),
            "task \"target\" has no row with a label"
        );
        assert_eq!(
            refused(&|data| data.features = Tensor::zeros([12, 7])),
            "task \"target\" has rows of 7 columns, but the network takes 6"
        );
        assert_eq!(
            refused(&|data| data.columns.swap(4, 5)),
            "column 4 of task \"target\" is \"5\", but \"4\" in the source"
        );
        assert_eq!(
            refusal(&good, Recipe { momentum: -0.5, ..recipe(3) }),
            "momentum is -0.5, but must be between 0 and 1"
        );
        assert_eq!(
            refusal(&good, Recipe { batch: Some(0), ..recipe(3) }),
            "batch is 0, but must be at least 1"
        );
    }

    #[test]
    fn a_loss_that_is_not_finite_stops_every_strategy_at_its_step() {
        let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
        let mut target = target(&CLASSES, seed);
        target.labelled.features = Tensor::full([12, 6], f32::NAN);
        for strategy in registry::<f32>() {
            let stopped = strategy.fit(&source, &target, &recipe(3), seed).err().unwrap();
            let name = strategy.describe().name;
            assert_eq!(
                stopped.to_string(),
                format!("{name}: the loss of step 0 is NaN, not a finite number")
            );
        }
        let mut rows = data::<f32>(12, &CLASSES, seed);
        rows.features = Tensor::full([12, 6], f32::INFINITY);
        let stopped = crate::pretrain("source", rows, &smooth(), &recipe(3), seed).err().unwrap();
        assert_eq!(
            stopped.to_string(),
            "pre-training: the loss of step 0 is NaN, not a finite number"
        );
    }

    #[test]
    fn every_strategy_is_a_function_of_its_arguments_and_of_each_of_them() {
        let (source, other) = (source::<f32>(Seed::new(1)), source::<f32>(Seed::new(2)));
        let target = target(&CLASSES, Seed::new(1));
        for strategy in registry::<f32>() {
            let name = strategy.describe().name;
            let fit = |source, steps, seed| {
                let fitted = strategy.fit(source, &target, &recipe(steps), Seed::new(seed));
                values(&*fitted.unwrap().model)
            };
            let once = fit(&source, 9, 1);
            assert_eq!(once, fit(&source, 9, 1), "{name}");
            assert_ne!(once, fit(&source, 9, 2), "{name}");
            assert_ne!(once, fit(&source, 8, 1), "{name}");
            let baseline = strategy.describe().article_term.is_none();
            assert_eq!(once == fit(&other, 9, 1), baseline, "{name}: learnt from the source");
        }
    }

    #[test]
    fn a_row_without_a_label_is_as_no_row() {
        let (seed, source) = (Seed::new(3), source::<f64>(Seed::new(3)));
        let (mut with, mut without) = (target(&CLASSES, seed), target(&CLASSES, seed));
        with.labelled.label_columns[0].forget(7);
        let others: Vec<usize> = (0..12).filter(|&row| row != 7).collect();
        without.labelled = without.labelled.rows(&others);
        for strategy in registry::<f64>() {
            let fit = |target| strategy.fit(&source, target, &recipe(9), seed).unwrap();
            let (with, without) = (fit(&with), fit(&without));
            assert_eq!(values(&*with.model), values(&*without.model));
            assert!(with.trained <= with.model.num_parameters());
        }
    }
}
