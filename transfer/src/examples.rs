//! The labelled rows of a task, in the order in which they are trained on.

use autograd::{Float, Seed, Tensor};
use nn::{Batches, Dataset, LabelColumn, Labels, NetworkSpec};

use crate::{Error, Source, Training};

/// A task's rows with their labels, dealt out in batches.
pub(crate) struct Examples<'d, F: Float> {
    task: &'d str,
    x: Tensor<F>,
    labels: Vec<usize>,
    classes: &'d [String],
    /// `None`: every batch is all rows, in their order.
    batches: Option<Batches>,
}

impl<'d, F: Float> Examples<'d, F> {
    /// The rows that have a label; their order is a function of the seed and the task's name.
    pub(crate) fn of(
        task: &'d str,
        data: &'d Dataset<F>,
        batch: Option<usize>,
        seed: Seed,
    ) -> Result<Self, Error> {
        let [LabelColumn::Classes(Labels { classes, of_row, .. })] = data.label_columns.as_slice()
        else {
            let found = data.label_columns.len();
            return Err(Error::LabelColumns { task: task.to_owned(), found });
        };
        let rows: Vec<usize> = (0..of_row.len()).filter(|&row| of_row[row].is_some()).collect();
        if rows.is_empty() {
            return Err(Error::NoLabels { task: task.to_owned() });
        }
        let order = seed.child("order").child(task);
        Ok(Self {
            task,
            x: data.features.rows(&rows),
            labels: of_row.iter().copied().flatten().collect(),
            classes,
            batches: batch.map(|size| Batches::new(rows.len(), size, order)),
        })
    }

    /// The target's examples, once its columns have been found to be the source's, by name.
    pub(crate) fn of_target(
        source: &Source<F>,
        target: &'d Training<F>,
        batch: Option<usize>,
        seed: Seed,
    ) -> Result<Self, Error> {
        let (task, columns) = (&target.task, &target.labelled.columns);
        let pairs = columns.iter().zip(&source.data.columns).enumerate();
        if let Some((position, (here, there))) = pairs.into_iter().find(|(_, (a, b))| a != b) {
            return Err(Error::OtherColumn {
                task: task.clone(),
                position,
                target: here.clone(),
                source_column: there.clone(),
            });
        }
        Self::of(task, &target.labelled, batch, seed)
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

    /// The same rows, labels and order, but `f` of the rows.
    pub(crate) fn mapped(self, f: impl FnOnce(&Tensor<F>) -> Tensor<F>) -> Self {
        Self { x: f(&self.x), ..self }
    }

    /// The architecture with a logit for each of the task's classes.
    pub(crate) fn fitting(&self, spec: &NetworkSpec) -> Result<NetworkSpec, Error> {
        spec.check()?;
        let columns = self.x.size(1);
        match (spec.head(), spec.inputs()) {
            (Some(_), Some(inputs)) if inputs == columns => {
                Ok(spec.clone().with_outputs(self.classes.len()))
            }
            (Some(_), Some(inputs)) => {
                Err(Error::Columns { task: self.task.to_owned(), columns, inputs })
            }
            _ => Err(Error::Architecture(format!("the network {spec} has no linear layer"))),
        }
    }

    /// Where each of the task's classes stands among the source's, by name.
    pub(crate) fn places_in(&self, source: &Source<F>) -> Result<Vec<usize>, Error> {
        let known = source.data.label_columns.first().and_then(LabelColumn::as_classes);
        let known = known.map_or(&[][..], |labels| &labels.classes);
        let place = |class: &String| {
            let found = known.iter().position(|known| known == class);
            found.ok_or_else(|| Error::UnknownClass { class: class.clone() })
        };
        self.classes.iter().map(place).collect()
    }
}
