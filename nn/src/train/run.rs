//! One training: its recipe, its seed, its steps, who watches it, and what it wrote down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use autograd::{Float, Gradients, Parameter, Seed, Tape, Tensor, Var};

use super::Recipe;
use crate::optim::{Decays, Groups, Optimizer, buffers, refuse_non_finite};
use crate::{Error, Module, Parameters, Sequential};

/// What a strategy is run with: how to train, where randomness comes from, and who watches.
///
/// The loop stays in sight; what every loop needs is here once: seeds that pair the strategies of a
/// run, the optimiser of the recipe, steps with their tapes, the refusal of what is not finite, and
/// a log.
///
/// ```
/// use nn::{Groups, Module, NetworkSpec, Seed, train::{Examples, Recipe, Run}};
/// let digits = nn::data::digits::<f32>().map(|count| count / 16.0);
/// let recipe = Recipe { steps: 20, batch: Some(64), ..Recipe::default() };
/// let run = Run::new(recipe, Seed::new(0)).of("a linear model");
///
/// let examples = Examples::of("digits", &digits, run.recipe.batch, run.order("digits"))?;
/// let model = examples.fitting(&NetworkSpec::mlp(&[64, 10]))?.build(run.weights());
/// let mut optimizer = run.optimizer(Groups::of(&model))?;
/// for step in run.steps(&model) {
///     let (x, labels) = examples.batch(step.number());
///     let tape = step.tape();
///     let loss = labels.loss(model.forward(tape.constant(x)));
///     step.descend(&mut *optimizer, loss)?;
/// }
/// assert_eq!(run.log().len(), 20);
/// # Ok::<(), nn::Error>(())
/// ```
pub struct Run<'r, F: Float = f32> {
    /// How to train.
    pub recipe: Recipe,
    /// Where all randomness comes from.
    pub seed: Seed,
    strategy: &'static str,
    phase: String,
    watch: Option<&'r (dyn Watch<F> + 'r)>,
    log: Arc<Mutex<Vec<Record>>>,
    finished: AtomicBool,
}

/// What a step wrote down.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// The part of the training; empty if it has only one.
    pub phase: String,
    /// The step within the phase, counted from 0.
    pub step: usize,
    /// The loss of each task on the step's rows, before its update; `None` for a task not visited.
    pub losses: Vec<Option<f64>>,
}

/// Something that is told of every step and may end the training.
pub trait Watch<F: Float = f32>: Sync {
    /// What to do after this step.
    fn after(&self, at: &At<'_, F>) -> Go;
}

/// Where a training stands: what a [`Watch`] is told.
pub struct At<'a, F: Float = f32> {
    /// The strategy's name.
    pub strategy: &'a str,
    /// What the step wrote down.
    pub record: &'a Record,
    /// How many steps the phase has.
    pub steps: usize,
    /// What is trained, with the values after the step.
    pub learner: &'a dyn Learner<F>,
}

/// What a [`Watch`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Go {
    /// Training goes on.
    On,
    /// This phase ends here, and the model is what it is now: early stopping.
    Finish,
    /// All ends here with [`Error::Stopped`].
    Stop,
}

/// What a training moves, and what it predicts by now.
///
/// A [`Sequential`] is one; a module of one's own becomes one by a line, or as the only layer of a
/// [`Sequential`].
pub trait Learner<F: Float = f32>: Parameters<F> {
    /// The outputs of a task for rows of features, in evaluation mode.
    fn outputs(&self, task: usize, x: &Tensor<F>) -> Tensor<F>;
}
impl<F: Float> Learner<F> for Sequential<F> {
    fn outputs(&self, _: usize, x: &Tensor<F>) -> Tensor<F> {
        self.predict(x)
    }
}

impl<'r, F: Float> Run<'r, F> {
    /// A run that nobody watches.
    pub fn new(recipe: Recipe, seed: Seed) -> Self {
        let (phase, log, finished) = (String::new(), Arc::default(), AtomicBool::new(false));
        Self { recipe, seed, strategy: "", phase, watch: None, log, finished }
    }

    /// The same run with somebody who watches it.
    pub fn watched_by(self, watch: &'r (dyn Watch<F> + 'r)) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The run of this strategy, its log empty; within another strategy's run, that one's.
    pub fn of(&self, strategy: &'static str) -> Self {
        let outermost = self.strategy.is_empty();
        Self {
            strategy: if outermost { strategy } else { self.strategy },
            log: if outermost { Arc::default() } else { self.log.clone() },
            ..self.phase(&self.phase, self.recipe.clone())
        }
    }

    /// A part of this run, with a recipe and tapes of its own and the same fresh weights and order
    /// of rows.
    pub fn phase(&self, name: &str, recipe: Recipe) -> Self {
        let finished = AtomicBool::new(false);
        let (watch, log) = (self.watch, self.log.clone());
        Self { recipe, phase: name.to_owned(), watch, log, finished, ..*self }
    }

    /// The same run from another seed: for parts that must not begin alike.
    pub fn with_seed(&self, seed: Seed) -> Self {
        Self { seed, ..self.phase(&self.phase, self.recipe.clone()) }
    }

    /// The name of the strategy whose run it is; empty before it is any.
    pub fn strategy(&self) -> &'static str {
        self.strategy
    }

    /// The seed of fresh weights.
    pub fn weights(&self) -> Seed {
        self.seed.child("weights")
    }

    /// The seed of the order in which a table's rows are shown.
    pub fn order(&self, table: &str) -> Seed {
        self.seed.child("order").child(table)
    }

    /// The optimiser of the recipe.
    ///
    /// # Errors
    /// If a number of the recipe is out of its range.
    pub fn optimizer(&self, groups: Groups<F>) -> Result<Box<dyn Optimizer<F>>, Error> {
        let Recipe { schedule, rule, weight_decay, decays, .. } = &self.recipe;
        self.recipe.check()?;
        let groups = match decays {
            Decays::All => groups,
            Decays::Weights => groups.decay_weights_only(),
        };
        Ok(rule.optimizer(groups, schedule.at(0), *weight_decay))
    }

    /// The steps of the recipe, in which `learner` is trained.
    pub fn steps<'s>(
        &'s self,
        learner: &'s dyn Learner<F>,
    ) -> impl Iterator<Item = Step<'s, 'r, F>> {
        let buffers = Arc::new(buffers(learner));
        let step = move |number| Step { run: self, learner, buffers: Arc::clone(&buffers), number };
        (0..self.recipe.steps).map(step).take_while(|_| !self.finished.load(Ordering::Relaxed))
    }

    /// What the steps so far wrote down.
    pub fn log(&self) -> Vec<Record> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One step of a [`Run`].
pub struct Step<'s, 'r, F: Float = f32> {
    run: &'s Run<'r, F>,
    learner: &'s dyn Learner<F>,
    buffers: Arc<Vec<(String, Parameter<F>)>>,
    number: usize,
}

impl<F: Float> Step<'_, '_, F> {
    /// Its number, counted from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Which share of the phase is done: 0 in the first step.
    pub fn done(&self) -> f64 {
        self.number as f64 / self.run.recipe.steps as f64
    }

    /// A tape in training, with the step's seed.
    pub fn tape(&self) -> Tape<F> {
        let seed = self.run.seed.child("tape");
        let phase = self.run.phase.as_str();
        let seed = if phase.is_empty() { seed } else { seed.child(phase) };
        Tape::in_training(seed.child(self.number))
    }

    /// The update along one loss's gradients.
    ///
    /// # Errors
    /// As [`apply`](Step::apply).
    ///
    /// # Panics
    /// If the loss is not a single number.
    #[track_caller]
    pub fn descend(&self, optimizer: &mut dyn Optimizer<F>, loss: Var<'_, F>) -> Result<(), Error> {
        let losses = [Some(loss.value().item().to_f64())];
        self.finite(&losses)?;
        self.apply(optimizer, &losses, loss.backward())
    }

    /// The update along gradients that the loop made, clipped and at the rate the recipe says.
    ///
    /// # Errors
    /// If a loss or a running statistic is infinite or not a number; the parameters are then those
    /// of the step before. Or if who watches stopped the training.
    pub fn apply(
        &self,
        optimizer: &mut dyn Optimizer<F>,
        losses: &[Option<f64>],
        gradients: Gradients<F>,
    ) -> Result<(), Error> {
        self.finite(losses)?;
        let Recipe { schedule, clip_norm, steps, .. } = &self.run.recipe;
        optimizer.set_learning_rate(schedule.at(self.number));
        optimizer.step(match clip_norm {
            Some(most) => gradients.clip_norm(F::of(*most)),
            None => gradients,
        });
        let record =
            Record { phase: self.run.phase.clone(), step: self.number, losses: losses.to_vec() };
        let strategy = self.run.strategy;
        let at = At { strategy, record: &record, steps: *steps, learner: self.learner };
        let go = self.run.watch.map_or(Go::On, |watch| watch.after(&at));
        self.run.log.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        match go {
            Go::On => Ok(()),
            Go::Finish => {
                self.run.finished.store(true, Ordering::Relaxed);
                Ok(())
            }
            Go::Stop => Err(Error::Stopped { strategy, step: self.number }),
        }
    }

    /// Refuses losses and running statistics that are not finite, as [`nn::finite`](crate::finite)
    /// does: called before a sweep, so that no gradient is made of them.
    ///
    /// # Errors
    /// The first that is not finite, with strategy and step.
    pub fn finite(&self, losses: &[Option<f64>]) -> Result<(), Error> {
        refuse_non_finite(Some(self.run.strategy), self.number, losses, &self.buffers)
    }
}
