//! Rows with their labels, in the order in which they are trained on.

use autograd::{Float, Reduction, Tensor, Var};

use super::Run;
use crate::data::{Batches, Dataset, LabelColumn, Numbers, Scale};
use crate::error::shown;
use crate::{Error, NetworkSpec};

/// The labelled rows of a table, dealt out in batches.
///
/// Rows without any label are left out. The order is a function of the run's seed and the table's
/// name alone, so every strategy of a run sees the same batches.
pub struct Examples<F: Float = f32> {
    table: String,
    x: Tensor<F>,
    labels: Vec<LabelColumn>,
    scales: Vec<Scale>,
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
        run: &Run<'_, F>,
    ) -> Result<Self, Error> {
        match data.label_columns.len() {
            1 => Self::of_all(table, data, batch, run),
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
        run: &Run<'_, F>,
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
        super::within("batch", batch.unwrap_or(1) as f64, 1.0..=f64::MAX, "at least 1")?;
        let labelled = |&row: &usize| columns.iter().any(|column| column.is_known(row));
        let rows: Vec<usize> = (0..data.num_rows()).filter(labelled).collect();
        let labels: Vec<_> = columns.iter().map(|column| column.rows(&rows)).collect();
        Ok(Self {
            table: task(),
            x: data.features.rows(&rows),
            scales: labels.iter().map(scale_of).collect(),
            labels,
            weights: None,
            batches: batch.map(|size| Batches::new(rows.len(), size, run.order(table))),
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
        weights
            .iter()
            .try_for_each(|&w| super::within("weight", w, 0.0..=f64::MAX, "at least 0"))?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The same rows, labels and order, but `f` of the rows.
    pub fn mapped(self, f: impl FnOnce(&Tensor<F>) -> Tensor<F>) -> Self {
        Self { x: f(&self.x), ..self }
    }

    /// The rows, its labels of numbers on this scale.
    pub fn on_scale(mut self, scale: Scale) -> Self {
        self.scales.fill(scale);
        self
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

    /// The scale of each column's numbers; that of classes changes nothing.
    pub fn scales(&self) -> &[Scale] {
        &self.scales
    }

    /// The rows of batch `step` and their labels in the only column.
    pub fn batch(&self, step: usize) -> (Tensor<F>, BatchLabels<F>) {
        let (x, mut labels) = self.batch_of_all(step);
        (x, labels.remove(0))
    }

    /// The rows of batch `step` and their labels in every column.
    pub fn batch_of_all(&self, step: usize) -> (Tensor<F>, Vec<BatchLabels<F>>) {
        let rows = self.batches.as_ref().map(|batches| batches.at(step));
        let labels = (0..self.labels.len()).map(|column| self.labels_of(column, rows.as_deref()));
        let x = rows.as_ref().map_or_else(|| self.x.clone(), |rows| self.x.rows(rows));
        (x, labels.collect())
    }

    /// The labels that a column has for these rows.
    fn labels_of(&self, column: usize, rows: Option<&[usize]>) -> BatchLabels<F> {
        let row = |i: usize| rows.map_or(i, |rows| rows[i]);
        let num_rows = rows.map_or(self.num_rows(), <[usize]>::len);
        let weight = |row: usize| self.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let counts = |&i: &usize| self.labels[column].is_known(row(i)) && weight(row(i)) > 0.0;
        let known: Vec<usize> = (0..num_rows).filter(counts).collect();
        let values = match &self.labels[column] {
            LabelColumn::Classes(labels) => {
                Values::Classes(known.iter().filter_map(|&i| labels.of_row[row(i)]).collect())
            }
            LabelColumn::Numbers(numbers) => {
                let scaled = |x| F::of(self.scales[column].to_scaled(x));
                let values = known.iter().filter_map(|&i| numbers.of_row[row(i)].map(scaled));
                Values::Numbers(Tensor::new([known.len(), 1], values.collect()))
            }
        };
        let weights = self.weights.is_some().then(|| {
            // Shares of the largest, so that no sum of weights is beyond the numbers.
            let largest = known.iter().map(|&i| weight(row(i))).fold(0.0, f64::max);
            let parts: Vec<f64> = known.iter().map(|&i| weight(row(i)) / largest).collect();
            let total: f64 = parts.iter().sum();
            Tensor::new([known.len()], parts.iter().map(|part| F::of(part / total)).collect())
        });
        let known = (known.len() < num_rows).then_some(known);
        BatchLabels { known, values, weights }
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

/// The scale on which a column's numbers are learnt: its own, else that of these rows.
fn scale_of(column: &LabelColumn) -> Scale {
    column.as_numbers().map_or(Scale::UNSCALED, Numbers::scale_or_own)
}

/// The labels of a batch: they know their loss.
pub struct BatchLabels<F: Float = f32> {
    /// The places of the batch's rows that have a label and count, if not all of them.
    known: Option<Vec<usize>>,
    values: Values<F>,
    /// Each known row's share of all weight, `[rows]`.
    weights: Option<Tensor<F>>,
}

enum Values<F: Float> {
    Classes(Vec<usize>),
    /// On their scale, `[rows, 1]`.
    Numbers(Tensor<F>),
}

impl<F: Float> BatchLabels<F> {
    /// The loss of a network's outputs for the batch: cross-entropy for classes, the mean squared
    /// error for numbers on their scale; a mean over the rows that have a label, each with its
    /// weight. Without any such row it is a constant 0, which moves nothing.
    ///
    /// # Shapes
    /// `outputs`: `[rows, classes]`, or `[rows, 1]` for numbers; result: `[]`.
    ///
    /// # Panics
    /// If the outputs are of another shape.
    #[track_caller]
    pub fn loss<'t>(&self, outputs: Var<'t, F>) -> Var<'t, F> {
        if self.num_known() == 0 {
            return outputs.tape().constant(F::ZERO);
        }
        let outputs = match &self.known {
            Some(rows) => outputs.index_select(0, rows),
            None => outputs,
        };
        match (&self.values, &self.weights) {
            (Values::Classes(classes), None) => outputs.cross_entropy(classes),
            (Values::Numbers(numbers), None) => outputs.mse(numbers, Reduction::Mean),
            (Values::Classes(classes), Some(weights)) => {
                let log_probabilities = outputs.log_softmax(1);
                let columns = log_probabilities.shape().axis(1);
                let mask = Tensor::from_fn([classes.len(), columns], |i| {
                    let (row, class) = (i / columns, i % columns);
                    if classes[row] == class { -weights.as_slice()[row] } else { F::ZERO }
                });
                (log_probabilities * outputs.tape().constant(mask)).sum()
            }
            (Values::Numbers(numbers), Some(weights)) => {
                let errors = outputs.mse(numbers, Reduction::None);
                let weights = weights.clone().reshape([numbers.len(), 1]);
                (errors * outputs.tape().constant(weights)).sum()
            }
        }
    }

    /// The number of the batch's rows that have a label and count.
    pub fn num_known(&self) -> usize {
        match &self.values {
            Values::Classes(classes) => classes.len(),
            Values::Numbers(numbers) => numbers.size(0),
        }
    }
}
