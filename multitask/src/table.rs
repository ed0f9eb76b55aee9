//! What is learnt from: tables of rows, whose columns of labels are the tasks.

use autograd::{Float, Tape, Var};
use nn::Dataset;
use nn::train::{BatchLabels, Description, Examples, Outputs, Run, within};
use serde::{Deserialize, Serialize};

use crate::network::Adapted;
use crate::{Architecture, Error, Given, Network, Plan};

/// Rows that one or several tasks label: one batch size and one order for all of them.
///
/// A table with one column of labels is a task of the table's name; of several columns each is a
/// task of the column's name. A row goes through the network once for all tasks; where it has no
/// label of a task, it counts for the others alone.
#[derive(Clone, Debug)]
pub struct Table<F: Float = f32> {
    /// Its name: it picks the order of the batches.
    pub name: String,
    /// Rows with columns of labels; rows without any label are left out.
    pub data: Dataset<F>,
    /// How many of its rows an update sees; `None` for what the recipe says.
    pub batch: Option<usize>,
    /// Factor of its tasks' losses in the sum; with 0 they are not trained and their heads have no
    /// gradient.
    pub weight: f64,
    /// Whether its rows may be of another width than the network's inputs: then a linear adapter
    /// of the table's own brings them there.
    pub adapted: bool,
}

impl<F: Float> Table<F> {
    /// A table with weight 1 whose rows are as wide as the network's inputs.
    pub fn new(name: impl Into<String>, data: Dataset<F>) -> Self {
        Self { name: name.into(), data, batch: None, weight: 1.0, adapted: false }
    }

    /// The same table in batches of this many rows.
    pub fn in_batches(self, rows: usize) -> Self {
        Self { batch: Some(rows), ..self }
    }
}

/// One of the tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name: it picks the fresh head.
    pub name: String,
    /// The table whose rows it labels.
    pub table: usize,
    /// Its column of labels in that table.
    pub column: usize,
    /// What its outputs mean.
    pub outputs: Outputs,
    /// Factor of its loss.
    pub weight: f64,
}

/// The tasks' names and numbers of outputs.
pub(crate) fn sizes(tasks: &[Task]) -> Vec<(&str, usize)> {
    tasks.iter().map(|task| (task.name.as_str(), task.outputs.num_outputs())).collect()
}

/// All tasks and their rows, once they have been found to fit an architecture.
pub struct Tasks<F: Float = f32> {
    /// Every task, in the order of tables and columns.
    pub all: Vec<Task>,
    /// The labelled rows of every table.
    pub examples: Vec<Examples<F>>,
    /// The width of every table's rows, if an adapter brings them to the network's.
    pub adapted: Vec<Option<usize>>,
}

impl<F: Float> Tasks<F> {
    /// The tasks of these tables; the order of a table's rows is a function of seed and name.
    ///
    /// # Errors
    /// If there is no task, two have one name, or rows, labels or batches cannot be learnt with
    /// this architecture.
    pub fn of(given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Self, Error> {
        let Given { tables, spec } = *given;
        run.recipe.check()?;
        let mut tasks = Self { all: vec![], examples: vec![], adapted: vec![] };
        for (table, Table { name, data, batch, weight, adapted }) in tables.iter().enumerate() {
            within("weight", *weight, 0.0..=f64::MAX, "at least 0")?;
            let examples =
                Examples::of_all(name, data, batch.or(run.recipe.batch), run.order(name))?;
            let adapts = *adapted && spec.inputs() != Some(data.num_columns());
            examples.check_spec(spec, adapts)?;
            tasks.adapted.push(adapts.then_some(data.num_columns()));
            for column in 0..data.label_columns.len() {
                let only = data.label_columns.len() == 1;
                let name = if only { name } else { data.label_columns[column].name() }.to_owned();
                if tasks.all.iter().any(|other| other.name == name) {
                    return Err(Error::Data(format!("two tasks are called \"{name}\"")));
                }
                let outputs = Outputs::of(&examples, column);
                tasks.all.push(Task { name, table, column, outputs, weight: *weight });
            }
            tasks.examples.push(examples);
        }
        if tasks.all.is_empty() {
            return Err(Error::Data("there is no task to learn".to_owned()));
        }
        if tasks.all.iter().all(|task| task.weight == 0.0) {
            let why = "every task has the weight 0, so nothing would be learnt";
            return Err(Error::Data(why.to_owned()));
        }
        Ok(tasks)
    }

    /// Refuses what does not meet a strategy's needs, of which "sources" are other tasks.
    ///
    /// # Errors
    /// The first need that is not met.
    pub fn check(&self, known: &Description) -> Result<(), Error> {
        let unmet = |task: &Task| {
            let classes = match &task.outputs {
                Outputs::Classes { classes, .. } => Some(classes.len()),
                Outputs::Numbers { .. } => None,
            };
            known.needs.unmet(self.all.len() - 1, true, true, classes)
        };
        match self.all.iter().find_map(unmet) {
            Some(why) => Err(Error::Needs { strategy: known.name, why }),
            None => Ok(()),
        }
    }

    /// The losses of a step for the tasks of these numbers that have a label in the step's rows,
    /// each times its weight: every table's rows go through the network once.
    #[track_caller]
    pub fn losses<'t>(
        &self,
        network: &dyn Network<F>,
        tape: &'t Tape<F>,
        step: usize,
        visited: &[usize],
    ) -> Vec<(usize, Var<'t, F>)> {
        let mut losses = Vec::with_capacity(self.all.len());
        for (table, examples) in self.examples.iter().enumerate() {
            let of_table = |&task: &usize| {
                let Task { table: own, weight, .. } = self.all[task];
                own == table && weight != 0.0 && visited.contains(&task)
            };
            if !(0..self.all.len()).any(|task| of_table(&task)) {
                continue;
            }
            let (x, labels) = examples.batch_of_all(step);
            let labels_of = |&task: &usize| -> &BatchLabels<F> { &labels[self.all[task].column] };
            let has_label = |task: &usize| of_table(task) && labels_of(task).num_known() > 0;
            let asked: Vec<usize> = (0..self.all.len()).filter(has_label).collect();
            let outputs = network.forward(tape.constant(x), &asked);
            for (&task, outputs) in asked.iter().zip(outputs) {
                let loss = labels_of(&task).loss(outputs);
                losses.push((task, loss * F::of(self.all[task].weight)));
            }
        }
        losses
    }
}

impl<F: Float> Tasks<F> {
    /// The network that training begins with, behind adapters where rows need them.
    ///
    /// # Errors
    /// If the architecture does not suit network or tasks.
    pub fn network(
        &self,
        architecture: &dyn Architecture<F>,
        given: &Given<'_, F>,
        run: &Run<'_, F>,
    ) -> Result<Box<dyn Network<F>>, Error> {
        let (spec, seed, sizes) = (given.spec, run.weights(), sizes(&self.all));
        architecture.check(self)?;
        let network = architecture.fresh(&Plan { spec, tasks: &sizes, seed })?;
        Ok(Adapted::around(network, spec, &self.all, &self.adapted, seed))
    }

    /// How many labelled rows each task is trained on: none if its weight is 0.
    pub(crate) fn num_rows(&self) -> Vec<usize> {
        let known = |task: &Task| {
            let labels = &self.examples[task.table].labels()[task.column];
            if task.weight == 0.0 { 0 } else { labels.known_rows().len() }
        };
        self.all.iter().map(known).collect()
    }
}
