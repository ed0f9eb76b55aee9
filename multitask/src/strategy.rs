//! The one trait of this crate, and what it gives back.

use std::path::Path;

use autograd::{Float, Seed, Tensor};
use nn::train::{self, Description, Learner, Outputs, Record, Run, Saved};
use nn::{Layers, NetworkSpec, Parameters};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::network::Adapted;
use crate::{Architecture, Error, Network, Plan, SingleTask, Table, Tasks};

/// What is learnt from.
#[derive(Clone, Copy)]
pub struct Given<'g, F: Float = f32> {
    /// The tables whose columns of labels are the tasks.
    pub tables: &'g [Table<F>],
    /// The architecture a single task would get; its last layer becomes as wide as each task has
    /// outputs.
    pub spec: &'g NetworkSpec,
}

/// A way to learn several tasks at the same time.
///
/// Most are a [`Joint`](crate::Joint) of an architecture, a balancer and a sampler; what needs a
/// loop of its own implements this.
pub trait Strategy<F: Float = f32>: Send + Sync {
    /// What the strategy is called, what it needs and which laws it keeps.
    fn describe(&self) -> Description;

    /// Learns all tasks of all tables; the same arguments give the same bits. Where the order of the
    /// tasks means something, the strategy says so.
    ///
    /// # Errors
    /// If what is given or the recipe does not fit the strategy, or a loss is not finite.
    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error>;
}

/// Learnt tasks.
pub struct Fitted<F: Float = f32> {
    /// The network with all heads.
    pub network: Box<dyn Network<F>>,
    /// Each task's name and what its outputs mean, in the order of tables and columns.
    pub tasks: Vec<(String, Outputs)>,
    /// What the steps wrote down.
    pub log: Vec<Record>,
    /// How many numbers the training moved.
    pub trained: usize,
    /// Multiply-adds to predict one row for all tasks.
    pub multiply_adds: usize,
    made: Made,
    spec: NetworkSpec,
    columns: Vec<String>,
}

/// How a network was made, as it stands in a file.
#[derive(Clone, Serialize, Deserialize)]
struct Made {
    architecture: String,
    options: Value,
    tasks: Vec<String>,
    /// Each task's table and, where an adapter is needed, the width of its rows.
    widths: Vec<(usize, Option<usize>)>,
}

impl<F: Float> Fitted<F> {
    /// Tasks that a network of this architecture has learnt.
    pub fn of(
        network: Box<dyn Network<F>>,
        architecture: &dyn Architecture<F>,
        given: &Given<'_, F>,
        tasks: &Tasks<F>,
        run: &Run<'_, F>,
    ) -> Self {
        let names: Vec<String> = tasks.all.iter().map(|task| task.name.clone()).collect();
        let made = Made {
            architecture: architecture.describe().name.to_owned(),
            options: architecture.options(),
            tasks: names.clone(),
            widths: tasks.widths(),
        };
        let outputs = tasks.all.iter().map(|task| task.outputs.clone());
        Self {
            trained: network.num_trainable(),
            multiply_adds: train::multiply_adds(&network),
            network,
            tasks: names.into_iter().zip(outputs).collect(),
            log: run.log(),
            made,
            spec: given.spec.clone(),
            columns: given.tables[0].data.columns.clone(),
        }
    }

    /// The outputs of one task, `[rows, columns]` to a logit for each class, `[rows, classes]`, or a
    /// number in its own unit, `[rows, 1]`.
    ///
    /// # Panics
    /// If there is no such task, or the rows have another width.
    #[track_caller]
    pub fn predict(&self, task: usize, x: &Tensor<F>) -> Tensor<F> {
        self.tasks[task].1.in_own_unit(self.network.outputs(task, x))
    }

    /// Writes the network, its architecture and what its outputs mean to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let architecture = serde_json::to_value(&self.made);
        let saved = Saved {
            spec: self.spec.clone(),
            architecture: Some(architecture.map_err(|error| Error::File(error.to_string()))?),
            columns: self.columns.clone(),
            outputs: self.tasks.iter().map(|(_, outputs)| outputs.clone()).collect(),
        };
        Ok(train::save(path, &self.network, &saved)?)
    }

    /// What [`save`](Fitted::save) wrote; `architectures` and `layers` are those that may occur.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or holds something else.
    pub fn load(
        path: impl AsRef<Path>,
        architectures: &[Box<dyn Architecture<F>>],
        layers: &Layers,
    ) -> Result<Self, Error> {
        let (state, Saved { spec, architecture, columns, outputs }) = train::load(path, layers)?;
        let made: Made = serde_json::from_value(architecture.unwrap_or_default())
            .map_err(|error| Error::File(error.to_string()))?;
        let alone: &dyn Architecture<F> = &SingleTask;
        let mut all = architectures.iter().map(|architecture| &**architecture).chain([alone]);
        let known = all.find(|a| a.describe().name == made.architecture);
        let known = known.ok_or_else(|| Error::File(made.architecture.clone()))?;
        if made.tasks.len() != outputs.len() || made.widths.len() != outputs.len() {
            return Err(Error::File(format!("{} tasks of {}", made.tasks.len(), outputs.len())));
        }
        let sizes: Vec<(&str, usize)> =
            made.tasks.iter().zip(&outputs).map(|(name, o)| (name.as_str(), o.len())).collect();
        let seed = Seed::new(0);
        let plan = Plan { spec: &spec, tasks: &sizes, seed };
        let network = known.with_options(&made.options)?.fresh(&plan)?;
        let network = Adapted::around(network, &spec, &made.widths, seed);
        network.load_state_dict(&state)?;
        let (trained, multiply_adds) = (0, train::multiply_adds(&network));
        let (tasks, log) = (made.tasks.iter().cloned().zip(outputs).collect(), vec![]);
        Ok(Self { network, tasks, log, trained, multiply_adds, made, spec, columns })
    }
}
