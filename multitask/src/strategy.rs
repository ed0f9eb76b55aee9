//! The one trait of this crate, what it is given and what it gives back.

use autograd::{Float, Seed, Tape, Tensor, Var};
use nn::{Dataset, LabelColumn, NetworkSpec, Parameters, SgdConfig};

use crate::connection::CrossStitch;
use crate::error::within;
use crate::hierarchy::Layered;
use crate::shared::Hard;
use crate::{Error, SingleTask};

/// A way to learn several tasks at the same time.
///
/// A new strategy is one file with this trait and one line in [`registry`].
pub trait Strategy<F: Float = f32>: Send + Sync {
    /// What the strategy is called, in the article and here.
    fn describe(&self) -> Description;

    /// Learns all tasks; the same arguments give the same bits.
    ///
    /// `spec` is the architecture a single task would get; its last layer becomes as wide as each
    /// task has classes. Where the order of the tasks means something, the strategy says so.
    ///
    /// # Errors
    /// If the tasks, the architecture or the recipe do not fit the strategy, or a loss is not
    /// finite.
    fn fit(
        &self,
        tasks: &[Task<F>],
        spec: &NetworkSpec,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error>;
}

/// One of the tasks: its own rows, its own labels, its own loss.
#[derive(Clone, Debug)]
pub struct Task<F: Float = f32> {
    /// Its name: it picks the fresh head and the order of the batches.
    pub name: String,
    /// Rows with one column of labels; rows without a label are left out.
    pub data: Dataset<F>,
    /// How many of its rows an update sees; `None` for all of them.
    pub batch: Option<usize>,
    /// Factor of its loss in the sum; with 0 the task is not trained and its head has no gradient.
    pub weight: f64,
}

impl<F: Float> Task<F> {
    /// A task whose rows are all seen at every update, with weight 1.
    pub fn new(name: impl Into<String>, data: Dataset<F>) -> Self {
        Self { name: name.into(), data, batch: None, weight: 1.0 }
    }

    /// How many classes it has; 0 without a column of labels.
    pub fn num_classes(&self) -> usize {
        self.data.label_columns.first().map_or(0, LabelColumn::num_outputs)
    }

    /// The same task in batches of this many rows.
    pub fn in_batches(self, rows: usize) -> Self {
        Self { batch: Some(rows), ..self }
    }

    /// The same task with this factor of its loss.
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }
}

/// A network with a head for every task: rows in, one task's logits out.
pub trait Network<F: Float = f32>: Parameters<F> {
    /// How many tasks it has heads for.
    fn num_tasks(&self) -> usize;

    /// The logits of one task, `[rows, columns]` to `[rows, classes of the task]`.
    ///
    /// # Panics
    /// If there is no such task, or the rows have another width.
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F>;
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

/// How long and how fast to train: stochastic gradient descent with momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Number of updates; each sees a batch of every task.
    pub steps: usize,
    /// Learning rate.
    pub learning_rate: f64,
    /// Share of the last update that is kept.
    pub momentum: f64,
    /// Factor of the weights that is added to their gradient.
    pub weight_decay: f64,
}

impl Default for Recipe {
    /// 600 steps at rate 0.05 with momentum 0.9, without decay.
    fn default() -> Self {
        Self { steps: 600, learning_rate: 0.05, momentum: 0.9, weight_decay: 0.0 }
    }
}

impl Recipe {
    /// The optimiser's part of the recipe, once every number has been found usable.
    pub(crate) fn sgd(&self) -> Result<SgdConfig, Error> {
        let Self { learning_rate, momentum, weight_decay, .. } = *self;
        within("learning_rate", learning_rate, 0.0..=1e6, "between 0 and 1000000")?;
        within("momentum", momentum, 0.0..=1.0, "between 0 and 1")?;
        within("weight_decay", weight_decay, 0.0..=1e6, "between 0 and 1000000")?;
        Ok(SgdConfig { learning_rate, momentum, weight_decay, ..SgdConfig::default() })
    }
}

/// Learnt tasks.
pub struct Fitted<F: Float = f32> {
    /// The network with all heads.
    pub network: Box<dyn Network<F>>,
    /// How many numbers the training moved.
    pub trained: usize,
}

impl<F: Float> Fitted<F> {
    pub(crate) fn of(network: impl Network<F> + 'static) -> Self {
        let trained = network.num_trainable();
        Self { network: Box::new(network), trained }
    }

    /// The logits of one task, `[rows, columns]` to `[rows, classes of the task]`.
    ///
    /// # Panics
    /// If there is no such task, or the rows have another width.
    #[track_caller]
    pub fn predict(&self, task: usize, x: &Tensor<F>) -> Tensor<F> {
        let tape = Tape::<F>::predicting();
        self.network.forward(tape.constant(x.clone()), task).value()
    }
}

/// Every strategy with its defaults, the baseline first.
pub fn registry<F: Float>() -> Vec<Box<dyn Strategy<F>>> {
    vec![
        Box::new(SingleTask),
        Box::new(Hard),
        Box::new(CrossStitch::default()),
        Box::new(Layered::default()),
    ]
}

/// The names of the tasks and their numbers of classes.
pub(crate) fn names_and_classes<F: Float>(tasks: &[Task<F>]) -> Vec<(&str, usize)> {
    tasks.iter().map(|task| (task.name.as_str(), task.num_classes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{recipe, smooth, tasks, values};
    use nn::Relu;

    /// The refusal of the first strategy; all of them must give the same.
    fn refusal(tasks: &[Task], spec: &NetworkSpec, recipe: Recipe) -> String {
        let fit = |strategy: &dyn Strategy| strategy.fit(tasks, spec, &recipe, Seed::new(1));
        let refusals =
            registry().into_iter().map(|strategy| fit(&*strategy).err().unwrap().to_string());
        let mut refusals: Vec<String> = refusals.collect();
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        refusals.remove(0)
    }

    #[test]
    fn every_strategy_refuses_what_cannot_be_learnt() {
        let good = tasks::<f32>(2, Seed::new(1));
        let refused = |change: &dyn Fn(&mut Vec<Task>)| {
            let mut tasks = good.clone();
            change(&mut tasks);
            refusal(&tasks, &smooth(), recipe(3))
        };
        assert_eq!(refused(&|tasks| tasks.clear()), "there is no task to learn");
        assert_eq!(refused(&|tasks| tasks[1].name = "a".to_owned()), "two tasks are called \"a\"");
        assert_eq!(
            refused(&|tasks| tasks[1].data.label_columns.clear()),
            "task \"b\" needs one column of labels, but its data have 0"
        );
        assert_eq!(
            refused(&|tasks| (0..9).for_each(|row| tasks[0].data.label_columns[0].forget(row))),
            "task \"a\" has no row with a label"
        );
        assert_eq!(
            refused(&|tasks| tasks[0].data.features = Tensor::zeros([9, 7])),
            "task \"a\" has rows of 7 columns, but the network takes 6"
        );
        assert_eq!(
            refused(&|tasks| tasks[0].weight = f64::NAN),
            "weight is NaN, but must be at least 0"
        );
        assert_eq!(
            refused(&|tasks| tasks[0].batch = Some(0)),
            "batch is 0, but must be at least 1"
        );

        let fast = Recipe { learning_rate: f64::INFINITY, ..recipe(3) };
        assert_eq!(
            refusal(&good, &smooth(), fast),
            "learning_rate is inf, but must be between 0 and 1000000"
        );
        assert_eq!(
            refusal(&good[..1], &NetworkSpec::new().then(Relu), recipe(3)),
            "the network Relu has no linear layer to be the tasks' head"
        );
    }

    #[test]
    fn a_loss_that_is_not_finite_stops_every_strategy_at_its_step() {
        let mut tasks = tasks::<f32>(2, Seed::new(1));
        tasks[0].data.features = Tensor::full([9, 6], f32::NAN);
        for strategy in registry::<f32>() {
            let stopped = strategy.fit(&tasks, &smooth(), &recipe(3), Seed::new(1)).err().unwrap();
            let name = strategy.describe().name;
            assert_eq!(
                stopped.to_string(),
                format!("{name}: the loss of step 0 is NaN, not a finite number")
            );
        }
    }

    #[test]
    fn every_strategy_is_a_function_of_its_arguments_and_of_each_of_them() {
        let tasks: Vec<Task> =
            tasks(2, Seed::new(2)).into_iter().map(|task| task.in_batches(4)).collect();
        for strategy in registry::<f32>() {
            let name = strategy.describe().name;
            let fit = |recipe, seed| {
                values(&*strategy.fit(&tasks, &smooth(), &recipe, seed).unwrap().network)
            };
            let once = fit(recipe(9), Seed::new(1));
            assert_eq!(once, fit(recipe(9), Seed::new(1)), "{name}");
            assert_ne!(once, fit(recipe(9), Seed::new(2)), "{name}");
            assert_ne!(once, fit(recipe(8), Seed::new(1)), "{name}");
        }
    }
}
