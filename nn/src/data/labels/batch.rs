//! The labels of a batch, which know their loss.

use autograd::{Float, Reduction, Tensor, Var};

use super::LabelColumn;

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

impl LabelColumn {
    /// The labels of these rows in this order, or of all; a row of weight 0 counts as one without.
    ///
    /// Numbers are brought to the column's scale, if it has one.
    ///
    /// # Panics
    /// If there is no such row, or no weight of it.
    ///
    /// ```
    /// use autograd::{Tape, Tensor};
    /// use nn::data::{LabelColumn, Labels};
    /// let kind = LabelColumn::from(Labels::of_text("kind", &["moon", "", "sun"]));
    /// let labels = kind.batch::<f32>(Some(&[1, 2]), None);
    /// assert_eq!(labels.num_known(), 1);
    /// let tape = Tape::new();
    /// let logits = tape.leaf(Tensor::new([2, 2], vec![9.0, 0.0, 0.0, 0.0]));
    /// assert_eq!(labels.loss(logits).value().item(), 2.0_f32.ln());
    /// ```
    #[track_caller]
    pub fn batch<F: Float>(
        &self,
        rows: Option<&[usize]>,
        weights: Option<&[f64]>,
    ) -> BatchLabels<F> {
        let row = |i: usize| rows.map_or(i, |rows| rows[i]);
        let num_rows = rows.map_or(self.num_rows(), <[usize]>::len);
        let weight = |i: usize| weights.map_or(1.0, |weights| weights[row(i)]);
        let counts = |&i: &usize| self.is_known(row(i)) && weight(i) > 0.0;
        let known: Vec<usize> = (0..num_rows).filter(counts).collect();
        let values = match self {
            LabelColumn::Classes(labels) => {
                Values::Classes(known.iter().filter_map(|&i| labels.of_row[row(i)]).collect())
            }
            LabelColumn::Numbers(numbers) => {
                let scaled = |x| F::of(numbers.scale.map_or(x, |scale| scale.to_scaled(x)));
                let values = known.iter().filter_map(|&i| numbers.of_row[row(i)].map(scaled));
                Values::Numbers(Tensor::new([known.len(), 1], values.collect()))
            }
        };
        let weights = weights.map(|_| {
            // Shares of the largest, so that no sum of weights is beyond the numbers.
            let largest = known.iter().map(|&i| weight(i)).fold(0.0, f64::max);
            let parts: Vec<f64> = known.iter().map(|&i| weight(i) / largest).collect();
            let total: f64 = parts.iter().sum();
            Tensor::new([known.len()], parts.iter().map(|part| F::of(part / total)).collect())
        });
        let known = (known.len() < num_rows).then_some(known);
        BatchLabels { known, values, weights }
    }
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
