//! The labelled rows of the tasks, in the order in which they are trained on.

use autograd::{Float, Seed, Tape, Tensor, Var};
use nn::{Batches, LabelColumn, Labels, NetworkSpec};

use crate::error::within;
use crate::{Error, Network, Task};

/// One task's rows with their labels, dealt out in batches.
pub(crate) struct Examples<F: Float> {
    x: Tensor<F>,
    labels: Vec<usize>,
    /// `None`: every batch is all rows, in their order.
    batches: Option<Batches>,
    weight: f64,
}

impl<F: Float> Examples<F> {
    /// The examples of every task, once they have been found to fit the architecture; the order of
    /// a task's rows is a function of seed and name.
    pub(crate) fn of_all(
        tasks: &[Task<F>],
        spec: &NetworkSpec,
        seed: Seed,
    ) -> Result<Vec<Self>, Error> {
        if tasks.is_empty() {
            return Err(Error::NoTasks);
        }
        for (i, task) in tasks.iter().enumerate() {
            let columns = task.data.num_columns();
            if let Some(inputs) = spec.inputs().filter(|&inputs| inputs != columns) {
                return Err(Error::Columns { task: task.name.clone(), columns, inputs });
            }
            if tasks[..i].iter().any(|other| other.name == task.name) {
                return Err(Error::SameName { task: task.name.clone() });
            }
        }
        tasks.iter().map(|task| Self::of(task, seed)).collect()
    }

    fn of(task: &Task<F>, seed: Seed) -> Result<Self, Error> {
        let name = &task.name;
        let [LabelColumn::Classes(Labels { of_row, .. })] = task.data.label_columns.as_slice()
        else {
            let found = task.data.label_columns.len();
            return Err(Error::LabelColumns { task: name.clone(), found });
        };
        let rows: Vec<usize> = (0..of_row.len()).filter(|&row| of_row[row].is_some()).collect();
        if rows.is_empty() {
            return Err(Error::NoLabels { task: name.clone() });
        }
        within("batch", task.batch.unwrap_or(1) as f64, 1.0..=f64::MAX, "at least 1")?;
        within("weight", task.weight, 0.0..=f64::MAX, "at least 0")?;
        let order = seed.child("order").child(name);
        Ok(Self {
            x: task.data.features.rows(&rows),
            labels: of_row.iter().copied().flatten().collect(),
            batches: task.batch.map(|size| Batches::new(rows.len(), size, order)),
            weight: task.weight,
        })
    }

    /// The rows of batch `step` and their labels.
    pub(crate) fn batch(&self, step: usize) -> (Tensor<F>, Vec<usize>) {
        match &self.batches {
            None => (self.x.clone(), self.labels.clone()),
            Some(batches) => {
                let rows = batches.at(step);
                let labels = rows.iter().map(|&row| self.labels[row]).collect();
                (self.x.rows(&rows), labels)
            }
        }
    }
}

/// The loss of a step: the sum over the tasks of weight times mean cross-entropy of their batch.
///
/// A task of weight 0 is left out, not multiplied by 0: its head has no gradient then.
#[track_caller]
pub(crate) fn joint_loss<'t, F: Float>(
    network: &impl Network<F>,
    examples: &[Examples<F>],
    tape: &'t Tape<F>,
    step: usize,
) -> Var<'t, F> {
    let mut loss = tape.constant(F::ZERO);
    for (task, examples) in examples.iter().enumerate().filter(|(_, e)| e.weight != 0.0) {
        let (x, labels) = examples.batch(step);
        let own = network.forward(tape.constant(x), task).cross_entropy(&labels);
        loss = loss + own * F::of(examples.weight);
    }
    loss
}
