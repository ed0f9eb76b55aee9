//! The one trait of this crate, and what it gives back.

use std::path::Path;

use autograd::{Float, Seed, Tensor};
use nn::data::Scaler;
use nn::train::{self, Description, Learner, Outputs, Record, Run, Saved};
use nn::{Layers, NetworkSpec, Parameters, onnx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::network::{Adapted, unknown};
use crate::table::sizes;
use crate::{Architecture, Error, Network, Plan, SingleTask, Table, Task, Tasks};

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
    saved: Saved,
}

/// How a network was made, as it stands in a file.
#[derive(Clone, Serialize, Deserialize)]
struct Made {
    architecture: String,
    options: Value,
    tasks: Vec<Task>,
    /// The width of each table's rows, where an adapter brings them to the network's.
    adapted: Vec<Option<usize>>,
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
        let made = Made {
            architecture: architecture.describe().name.to_owned(),
            options: architecture.options(),
            tasks: tasks.all.clone(),
            adapted: tasks.adapted.clone(),
        };
        let saved = Saved {
            spec: given.spec.clone(),
            architecture: Some(json!(made)),
            columns: given.tables[0].data.columns.clone(),
            outputs: made.tasks.iter().map(|task| task.outputs.clone()).collect(),
            scaler: None,
        };
        let tasks = made.tasks.into_iter().map(|task| (task.name, task.outputs)).collect();
        let (trained, multiply_adds) = (network.num_trainable(), train::multiply_adds(&network));
        Self { network, tasks, log: run.log(), trained, multiply_adds, saved }
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

    /// The names of the columns that a row of the first table has.
    pub fn columns(&self) -> &[String] {
        &self.saved.columns
    }

    /// The scale to which rows are brought before [`predict`](Fitted::predict), if they are.
    pub fn scaler(&self) -> Option<&Scaler> {
        self.saved.scaler.as_ref()
    }

    /// Keeps the scale of the rows it was trained on, for whoever scaled them: it stands in the file
    /// and in the ONNX network.
    pub fn set_scaler(&mut self, scaler: Option<Scaler>) {
        self.saved.scaler = scaler;
    }

    /// One task's path through the network as an ONNX file that takes rows as they were measured, if
    /// there is a scaler, and gives what [`predict`](Fitted::predict) gives, for classes their
    /// probabilities too.
    ///
    /// # Errors
    /// If it has an operation without a counterpart.
    ///
    /// # Panics
    /// If there is no such task.
    #[track_caller]
    pub fn onnx(&self, task: usize) -> Result<Vec<u8>, Error> {
        let (network, outputs) = (&self.network, &self.tasks[task].1);
        let (columns, scaler) = (&self.saved.columns, self.scaler());
        let named = network.named();
        onnx::learnt(columns, scaler, |x| network.forward(x, &[task])[0], &named, outputs)
    }

    /// Writes the network, its architecture and what its outputs mean to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        train::save(path, &self.network, &self.saved)
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
        let (state, saved) = train::load(path, layers)?;
        let Saved { spec, architecture, .. } = &saved;
        let made = Made::deserialize(architecture.as_ref().unwrap_or_default()).map_err(unknown)?;
        let alone: &dyn Architecture<F> = &SingleTask;
        let mut all = architectures.iter().map(|architecture| &**architecture).chain([alone]);
        let known = all.find(|a| a.describe().name == made.architecture);
        let known = known.ok_or_else(|| unknown(&made.architecture))?;
        if let Some(task) = made.tasks.iter().find(|task| task.table >= made.adapted.len()) {
            return Err(unknown(format!("\"{}\" is of no table", task.name)));
        }
        let (seed, sizes) = (Seed::new(0), sizes(&made.tasks));
        let plan = Plan { spec, tasks: &sizes, seed };
        let network = known.with_options(&made.options)?.fresh(&plan)?;
        let network = Adapted::around(network, spec, &made.tasks, &made.adapted, seed);
        network.load_state_dict(&state)?;
        let (trained, multiply_adds) = (0, train::multiply_adds(&network));
        let tasks = made.tasks.into_iter().map(|task| (task.name, task.outputs)).collect();
        Ok(Self { network, tasks, log: vec![], trained, multiply_adds, saved })
    }
}
