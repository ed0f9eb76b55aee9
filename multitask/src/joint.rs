//! Joint training: any architecture with any way to weigh the tasks and any order to visit them.

use std::cell::OnceCell;

use autograd::{Float, Gradients, Parameter, Seed, Tape, Var, task_gradients};
use nn::train::{Description, Run};

use crate::network::Alone;
use crate::{Architecture, Error, Fitted, Given, Network, Strategy, Tasks};

/// How much each task counts, as a value: what it begins for one fit is a [`Weighing`].
///
/// A new balancer is one file with this trait and one line in [`balancers`](crate::balancers).
pub trait Balancer: Send + Sync {
    /// What it is called.
    fn describe(&self) -> Description;

    /// Whether it looks at the tasks' gradients over shared parameters.
    fn reads_gradients(&self) -> bool;

    /// The weighing of one fit of so many tasks.
    ///
    /// # Errors
    /// If an option is out of its range.
    fn begin(&self, tasks: usize, seed: Seed) -> Result<Box<dyn Weighing>, Error>;
}

/// The weights of one fit, step by step.
pub trait Weighing {
    /// One weight for each task of `at`.
    ///
    /// # Errors
    /// If there are no such weights.
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error>;

    /// Called after the update; `losses` gives the losses of the same rows now, at the price of a
    /// forward pass.
    fn after(&mut self, _losses: &mut dyn FnMut() -> Vec<f64>) {}
}

/// What the weights are factors of.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Of the tasks' losses: trunk and heads learn from the weighted sum.
    OfLosses(Vec<f64>),
    /// Of the tasks' gradients over the shared parameters; every head learns from its own loss.
    OfGradients(Vec<f64>),
}

/// The tasks that have a loss in this step.
pub struct Losses<'a> {
    /// The step's number, counted from 0.
    pub step: usize,
    /// Their numbers, ascending.
    pub tasks: &'a [usize],
    /// Their losses.
    pub values: &'a [f64],
    /// Computes [`gramian`](Losses::gramian) when first asked.
    pub of_gradients: &'a dyn Fn() -> Vec<f64>,
}

impl Losses<'_> {
    /// The inner products of the tasks' gradients over the shared parameters, `[tasks, tasks]`, row
    /// by row; costs a sweep a task.
    pub fn gramian(&self) -> Vec<f64> {
        (self.of_gradients)()
    }
}

/// Which tasks a step visits, as a value: what it begins for one fit is a [`Sampling`].
///
/// A new sampler is one file with this trait and one line in [`samplers`](crate::samplers).
pub trait Sampler: Send + Sync {
    /// What it is called.
    fn describe(&self) -> Description;

    /// The sampling of one fit: of tasks with so many labelled rows, over so many steps. A task that
    /// is not trained, of weight 0, counts as one without rows.
    ///
    /// # Errors
    /// If an option is out of its range.
    fn begin(&self, rows: &[usize], steps: usize, seed: Seed) -> Result<Box<dyn Sampling>, Error>;
}

/// The visits of one fit, step by step.
pub trait Sampling {
    /// The tasks of this step, given each one's loss when it was last visited (`None`: never).
    fn tasks(&mut self, step: usize, last: &[Option<f64>]) -> Vec<usize>;
}

/// An architecture, a balancer and a sampler in one training loop.
pub struct Joint<F: Float = f32> {
    /// How the tasks' networks hang together.
    pub architecture: Box<dyn Architecture<F>>,
    /// How much each task counts; each its table's weight, if there is none.
    pub balancer: Option<Box<dyn Balancer>>,
    /// Which tasks a step visits; all of them, if there is none.
    pub sampler: Option<Box<dyn Sampler>>,
}

impl<F: Float> Joint<F> {
    /// All tasks in every step, each with its table's weight.
    pub fn of(architecture: impl Architecture<F> + 'static) -> Self {
        Self { architecture: Box::new(architecture), balancer: None, sampler: None }
    }

    /// The same with this balancer.
    pub fn balanced_by(self, balancer: impl Balancer + 'static) -> Self {
        Self { balancer: Some(Box::new(balancer)), ..self }
    }

    /// The same with this sampler.
    pub fn visiting(self, sampler: impl Sampler + 'static) -> Self {
        Self { sampler: Some(Box::new(sampler)), ..self }
    }
}

impl<F: Float> Strategy<F> for Joint<F> {
    /// The sampler's description, else the balancer's, else the architecture's, with the needs of
    /// all three.
    fn describe(&self) -> Description {
        let balancer = self.balancer.as_ref().map(|balancer| balancer.describe());
        let sampler = self.sampler.as_ref().map(|sampler| sampler.describe());
        let parts = [balancer, sampler].into_iter().flatten();
        parts.fold(self.architecture.describe(), |known, part| {
            let needs = known.needs.and(&part.needs);
            Description { needs, ..part }
        })
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let known = self.describe();
        let run = run.of(known.name);
        let tasks = Tasks::of(given, &run)?;
        tasks.check(&known)?;
        let network = tasks.network(&*self.architecture, given, &run)?;
        if network.shared().is_empty()
            && self.balancer.as_ref().is_some_and(|b| b.reads_gradients())
        {
            let why = "needs parameters that the tasks share".to_owned();
            return Err(Error::Needs { strategy: known.name, why });
        }
        let begin = |b: &dyn Balancer| b.begin(tasks.all.len(), run.seed.child("balancer"));
        let mut weighing = self.balancer.as_deref().map(begin).transpose()?;
        let (rows, steps) = (tasks.num_rows(), run.recipe.steps);
        let mut sampling: Box<dyn Sampling> = match &self.sampler {
            Some(sampler) => sampler.begin(&rows, steps, run.seed.child("sampler"))?,
            None => Box::new(Always((0..tasks.all.len()).collect())),
        };
        train(&network, &tasks, &run, &mut *sampling, weighing.as_deref_mut())?;
        Ok(Fitted::of(network, &*self.architecture, given, &tasks, &run))
    }
}

/// The same tasks in every step.
pub(crate) struct Always(pub(crate) Vec<usize>);
impl Sampling for Always {
    fn tasks(&mut self, _: usize, _: &[Option<f64>]) -> Vec<usize> {
        self.0.clone()
    }
}

/// Trains a network on the tasks that a sampling visits, weighed.
#[expect(clippy::borrowed_box, reason = "the box is what a watch may ask for predictions")]
pub(crate) fn train<F: Float>(
    network: &Box<dyn Network<F>>,
    tasks: &Tasks<F>,
    run: &Run<'_, F>,
    sampling: &mut dyn Sampling,
    mut weighing: Option<&mut (dyn Weighing + '_)>,
) -> Result<(), Error> {
    let shared = network.shared();
    let mut last = vec![None; tasks.all.len()];
    let mut optimizer = run.optimizer(network.groups())?;
    for step in run.steps(network) {
        let visited = sampling.tasks(step.number(), &last);
        let tape = step.tape();
        let alone = step.done() < network.alone();
        let forward: &dyn Network<F> = if alone { &Alone(&**network) } else { &**network };
        let losses = tasks.losses(forward, &tape, step.number(), &visited);
        let mut now = vec![None; tasks.all.len()];
        for &(task, loss) in &losses {
            now[task] = Some(loss.value().item().to_f64());
            last[task] = now[task];
        }
        step.finite(&now)?;
        let at = (run.strategy(), step.number());
        let mut gradients = gradients(at, weighing.as_deref_mut(), &losses, &shared, &tape)?;
        if let Some(penalty) = network.penalty(&tape) {
            gradients = gradients + penalty.backward();
        }
        step.apply(&mut *optimizer, &now, gradients)?;
        if let Some(weighing) = &mut weighing {
            weighing.after(&mut || {
                let tape = step.tape();
                let again = tasks.losses(forward, &tape, step.number(), &visited);
                again.into_iter().map(|(_, loss)| loss.value().item().to_f64()).collect()
            });
        }
    }
    Ok(())
}

/// The gradients of a step's losses, weighed.
fn gradients<F: Float>(
    (strategy, step): (&'static str, usize),
    weighing: Option<&mut (dyn Weighing + '_)>,
    losses: &[(usize, Var<'_, F>)],
    shared: &[Parameter<F>],
    tape: &Tape<F>,
) -> Result<Gradients<F>, Error> {
    let weighted_sum = |weights: Option<&[f64]>| {
        let terms = losses.iter().enumerate().map(|(i, &(_, loss))| match weights {
            Some(weights) => loss * F::of(weights[i]),
            None => loss,
        });
        terms.fold(tape.constant(F::ZERO), |sum, loss| sum + loss).backward()
    };
    let Some(weighing) = weighing else { return Ok(weighted_sum(None)) };
    if losses.is_empty() {
        return Ok(Gradients::empty());
    }
    let tasks: Vec<usize> = losses.iter().map(|&(task, _)| task).collect();
    let values: Vec<f64> = losses.iter().map(|(_, loss)| loss.value().item().to_f64()).collect();
    let vars: Vec<Var<'_, F>> = losses.iter().map(|&(_, loss)| loss).collect();
    let apart = OnceCell::new();
    let sweep = || task_gradients(&vars, shared);
    let of_gradients = || apart.get_or_init(sweep).gramian().as_slice().to_vec();
    let at = Losses { step, tasks: &tasks, values: &values, of_gradients: &of_gradients };
    let weights = weighing.weights(&at)?;
    let (Weights::OfLosses(found) | Weights::OfGradients(found)) = &weights;
    if found.len() != tasks.len() || found.iter().any(|&w| !F::of(w).is_finite()) {
        return Err(Error::Weights { strategy, step, weights: found.clone(), tasks: tasks.len() });
    }
    let floats = |weights: &[f64]| weights.iter().map(|&w| F::of(w)).collect::<Vec<F>>();
    Ok(match (weights, apart.into_inner()) {
        (Weights::OfLosses(weights), None) => weighted_sum(Some(&weights)),
        (Weights::OfLosses(weights), Some(apart)) => {
            apart.combined(&floats(&weights), &floats(&weights))
        }
        (Weights::OfGradients(weights), apart) => {
            let own = vec![F::ONE; weights.len()];
            apart.unwrap_or_else(sweep).combined(&floats(&weights), &own)
        }
    })
}
