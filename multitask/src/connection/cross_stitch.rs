//! Task-to-task connections: columns that mix their activations.

use autograd::{Float, Parameter, Seed, Tape, Tensor, Var, weighted_sum};
use nn::{Module, NetworkSpec, Optimizer, Sequential, Sgd};

use crate::error::within;
use crate::examples::{Examples, joint_loss};
use crate::strategy::names_and_classes;
use crate::{Description, Error, Fitted, Network, Recipe, Strategy, Task, fresh};

/// Mixes the tasks' activations: task `i` receives the sum of `mixing[i, j] * x[j]`.
///
/// # Source
/// Misra et al. 2016, section 3. Here: one mixing matrix a layer.
#[derive(Clone, Debug)]
pub struct CrossStitchUnit<F: Float = f32> {
    /// `[tasks, tasks]`: row `i` holds what task `i` takes from every task.
    pub mixing: Parameter<F>,
}
nn::parts!(<F> CrossStitchUnit<F>: mixing);

impl<F: Float> CrossStitchUnit<F> {
    /// A unit that gives a task `own` of itself and the rest in equal parts of the others.
    ///
    /// Rows sum to 1, so equal activations stay what they are. One task has only itself.
    pub fn new(num_tasks: usize, own: f64) -> Self {
        let other = (1.0 - own) / (num_tasks.max(2) - 1) as f64;
        let own = if num_tasks == 1 { 1.0 } else { own };
        Self {
            mixing: Parameter::new(Tensor::from_fn([num_tasks, num_tasks], |entry| {
                F::of(if entry / num_tasks == entry % num_tasks { own } else { other })
            })),
        }
    }

    /// What every task receives.
    ///
    /// # Shapes
    /// `x`: `[rows, units]` for each task; result: as `x`.
    ///
    /// # Panics
    /// If the number of tasks is another one, or the tasks differ in shape.
    #[track_caller]
    pub fn forward<'t>(&self, x: &[Var<'t, F>]) -> Vec<Var<'t, F>> {
        (0..x.len()).map(|task| self.receive(x, task)).collect()
    }

    /// What one task receives.
    ///
    /// # Panics
    /// As [`CrossStitchUnit::forward`].
    #[track_caller]
    pub fn receive<'t>(&self, x: &[Var<'t, F>], task: usize) -> Var<'t, F> {
        let row = x[task].tape().watch(&self.mixing).slice(0, task..task + 1);
        weighted_sum(row.reshape([x.len()]), x)
    }
}

/// A column of layers for every task, with a cross-stitch unit behind each hidden layer.
///
/// A unit mixes activations of the same row, so the rows of a task go through all columns, and
/// the head of that task alone is read.
#[derive(Clone)]
pub struct CrossStitchNetwork<F: Float = f32> {
    /// `columns[task][layer]`: the hidden layers.
    pub columns: Vec<Vec<Sequential<F>>>,
    /// One unit behind each hidden layer.
    pub units: Vec<CrossStitchUnit<F>>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
}
nn::parts!(<F> CrossStitchNetwork<F>: columns, units, heads);

impl<F: Float> CrossStitchNetwork<F> {
    /// A fresh network for tasks of these names and numbers of classes, every unit as
    /// [`CrossStitchUnit::new`] makes it of `own`. The columns begin with equal weights.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(
        spec: &NetworkSpec,
        tasks: &[(&str, usize)],
        own: f64,
        seed: Seed,
    ) -> Result<Self, Error> {
        let head = |&(name, classes): &(&str, usize)| {
            Ok(fresh::head(spec, None, classes)?.build_task(seed, name))
        };
        let heads = tasks.iter().map(head).collect::<Result<_, Error>>()?;
        let layers = fresh::hidden_layers(spec);
        let column = || layers.iter().map(|layer| layer.build(seed)).collect();
        Ok(Self {
            columns: tasks.iter().map(|_| column()).collect(),
            units: layers.iter().map(|_| CrossStitchUnit::new(tasks.len(), own)).collect(),
            heads,
        })
    }
}

impl<F: Float> Network<F> for CrossStitchNetwork<F> {
    fn num_tasks(&self) -> usize {
        self.heads.len()
    }

    fn forward<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        let mut streams = vec![x; self.num_tasks()];
        for (layer, unit) in self.units.iter().enumerate() {
            for (stream, column) in streams.iter_mut().zip(&self.columns) {
                *stream = column[layer].forward(*stream);
            }
            streams = unit.forward(&streams);
        }
        self.heads[task].forward(streams[task])
    }
}

/// Every task has its own column and learns what to take from the others' activations.
///
/// # Source
/// Misra et al. 2016, section 3: `x~_i = sum_j A_ij x_j`, beginning at 0.9 and 0.1. Here: one
/// mixing matrix a layer instead of one a channel; the columns begin from the same fresh weights
/// instead of from networks trained on one task each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossStitch {
    /// What a task takes of itself at the beginning; the others share the rest.
    pub own: f64,
    /// Factor of the learning rate for the mixing matrices.
    pub mixing_rate: f64,
}

impl Default for CrossStitch {
    fn default() -> Self {
        Self { own: 0.9, mixing_rate: 1.0 }
    }
}

impl<F: Float> Strategy<F> for CrossStitch {
    fn describe(&self) -> Description {
        Description {
            name: "task-to-task",
            article_term: Some("任务间连接"),
            paper: Some("Misra et al. 2016, Cross-stitch Networks"),
            chapter: "Task-to-task connections",
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
        within("own", self.own, 0.0..=1.0, "between 0 and 1")?;
        within("mixing_rate", self.mixing_rate, 0.0..=1e6, "between 0 and 1000000")?;
        let examples = Examples::of_all(tasks, seed)?;
        let tasks = names_and_classes(tasks);
        let network = CrossStitchNetwork::new(spec, &tasks, self.own, seed.child("weights"))?;

        let mut optimizer = Sgd::with_config(&network, config);
        for step in 0..recipe.steps {
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = joint_loss(&network, &examples, &tape, step);
            Error::check(loss, "task-to-task", step)?;
            let mut gradients = loss.backward();
            for unit in &network.units {
                // Descent is linear in the gradient, momentum included: this is a rate of its own.
                if let Some(gradient) = gradients.take(&unit.mixing) {
                    gradients.insert(&unit.mixing, gradient.scale(F::of(self.mixing_rate)));
                }
            }
            optimizer.step(gradients);
        }
        Ok(Fitted::of(network))
    }
}
