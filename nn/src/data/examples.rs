//! Rows with their labels, in the order in which they are trained on.

use autograd::{Float, Tensor};

use super::{BatchLabels, Batches, Dataset, LabelColumn, Scale};
use crate::error::{shown, within};
use crate::{Error, NetworkSpec, Seed};

/// The labelled rows of a table, dealt out in batches.
///
/// Rows without any label are left out. The order is a function of its seed alone, so everyone who is
/// given one [`Run::order`](crate::train::Run::order) sees the same batches.
pub struct Examples<F: Float = f32> {
    table: String,
    x: Tensor<F>,
    labels: Vec<LabelColumn>,
    /// How much each row counts; all alike if there are none.
    weights: Option<Vec<f64>>,
    /// `None`: every batch is all rows, in their order.
    batches: Option<Batches>,
    batch: usize,
}

impl<F: Float> Examples<F> {
    /// The labelled rows of a table with one column of labels.
    ///
    /// # Errors
    /// If there is no or more than one column of labels, or no row with a label, or a batch of 0
    /// rows was asked for.
    pub fn of(
        table: &str,
        data: &Dataset<F>,
        batch: Option<usize>,
        order: Seed,
    ) -> Result<Self, Error> {
        match data.label_columns.len() {
            1 => Self::of_all(table, data, batch, order),
            found => Err(Error::LabelColumns { task: table.to_owned(), found }),
        }
    }

    /// As [`of`](Examples::of), with any number of columns of labels above 0.
    ///
    /// # Errors
    /// If there is no column of labels, or one without any label, or a batch of 0 rows was asked
    /// for.
    pub fn of_all(
        table: &str,
        data: &Dataset<F>,
        batch: Option<usize>,
        order: Seed,
    ) -> Result<Self, Error> {
        let task = || table.to_owned();
        let columns = &data.label_columns;
        if columns.is_empty() {
            return Err(Error::LabelColumns { task: task(), found: 0 });
        }
        for column in columns {
            if !(0..data.num_rows()).any(|row| column.is_known(row)) {
                let of = if columns.len() == 1 { table } else { column.name() };
                return Err(Error::NoLabels { task: shown(of) });
            }
        }
        within("batch", batch.unwrap_or(1) as f64, 1.0..=f64::MAX, "at least 1")?;
        let labelled = |&row: &usize| columns.iter().any(|column| column.is_known(row));
        let rows: Vec<usize> = (0..data.num_rows()).filter(labelled).collect();
        Ok(Self {
            table: task(),
            x: data.features.rows(&rows),
            labels: columns.iter().map(|column| column.rows(&rows).scaled()).collect(),
            weights: None,
            batches: batch.map(|size| Batches::new(rows.len(), size, order)),
            batch: batch.unwrap_or(rows.len()),
        })
    }

    /// The same rows, each counting as much as its weight says; a row of weight 0 is as no row.
    ///
    /// # Errors
    /// If there is not a weight for each labelled row, or one is negative or not finite.
    pub fn weighted(self, weights: Vec<f64>) -> Result<Self, Error> {
        if weights.len() != self.num_rows() {
            let (weights, rows) = (weights.len(), self.num_rows());
            return Err(Error::Data(format!("there are {weights} weights for {rows} rows")));
        }
        weights.iter().try_for_each(|&w| within("weight", w, 0.0..=f64::MAX, "at least 0"))?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The same rows, labels and order, but `f` of the rows.
    pub fn mapped(self, f: impl FnOnce(&Tensor<F>) -> Tensor<F>) -> Self {
        Self { x: f(&self.x), ..self }
    }

    /// The rows, its labels of numbers on this scale.
    pub fn on_scale(self, scale: Scale) -> Self {
        let labels = self.labels.into_iter().map(|column| column.on_scale(scale));
        Self { labels: labels.collect(), ..self }
    }

    /// The number of rows that have a label.
    pub fn num_rows(&self) -> usize {
        self.x.size(0)
    }

    /// All rows that have a label, `[rows, columns]`.
    pub fn features(&self) -> &Tensor<F> {
        &self.x
    }

    /// The columns of labels of these rows.
    pub fn labels(&self) -> &[LabelColumn] {
        &self.labels
    }

    /// The rows of batch `step` and their labels in the only column.
    pub fn batch(&self, step: usize) -> (Tensor<F>, BatchLabels<F>) {
        let (x, mut labels) = self.batch_of_all(step);
        (x, labels.remove(0))
    }

    /// The rows of batch `step` and their labels in every column.
    pub fn batch_of_all(&self, step: usize) -> (Tensor<F>, Vec<BatchLabels<F>>) {
        let rows = self.batches.as_ref().map(|batches| batches.at(step));
        let weights = self.weights.as_deref();
        let labels = self.labels.iter().map(|column| column.batch(rows.as_deref(), weights));
        let x = rows.as_ref().map_or_else(|| self.x.clone(), |rows| self.x.rows(rows));
        (x, labels.collect())
    }

    /// The architecture with as many outputs as the only column of labels needs.
    ///
    /// # Errors
    /// If it cannot be built, has no head, takes rows of another width, or has batch statistics that
    /// batches of one row do not have.
    pub fn fitting(&self, spec: &NetworkSpec) -> Result<NetworkSpec, Error> {
        self.check_spec(spec, false)?;
        Ok(spec.clone().with_outputs(self.labels[0].num_outputs()))
    }

    /// Whether an architecture can be trained on these rows, as they are or behind an adapter of
    /// another width.
    ///
    /// # Errors
    /// As [`fitting`](Examples::fitting).
    pub fn check_spec(&self, spec: &NetworkSpec, adapted: bool) -> Result<(), Error> {
        spec.check()?;
        let (task, columns) = (self.table.clone(), self.x.size(1));
        match (spec.head(), spec.inputs()) {
            (None, _) | (_, None) => Err(Error::NoHead { spec: spec.to_string() }),
            (_, Some(inputs)) if inputs != columns && !adapted => {
                Err(Error::Columns { task, columns, inputs })
            }
            _ if self.batch < 2 && spec.needs_two_rows() => Err(Error::OneRow { task }),
            _ => Ok(()),
        }
    }
}
