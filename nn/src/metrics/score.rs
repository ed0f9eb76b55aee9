//! The metric that belongs to a column of labels.

use std::fmt;

use autograd::{Float, Tensor};

use super::{known_accuracy, r_squared, rmse};
use crate::data::LabelColumn;

/// How good outputs are, in the terms of the labels they are for.
///
/// ```
/// use autograd::Tensor;
/// use nn::data::{LabelColumn, Numbers};
/// let price = LabelColumn::from(Numbers::of_values("price", &[100.0, 300.0])?);
/// let score = price.score(&Tensor::new([2, 1], vec![100.0_f32, 200.0])).expect("both are known");
/// assert_eq!(score.to_string(), "RMSE 70.711, R2 0.500");
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Score {
    /// Of classes.
    Classes {
        /// The fraction of rows that are right.
        accuracy: f64,
    },
    /// Of numbers.
    Numbers {
        /// The root of the mean squared error, in the numbers' own unit.
        rmse: f64,
        /// The share of the variance that is explained.
        r_squared: f64,
    },
}

impl Score {
    /// One number, 1 at best: accuracy, or R².
    pub fn value(&self) -> f64 {
        match *self {
            Score::Classes { accuracy } => accuracy,
            Score::Numbers { r_squared, .. } => r_squared,
        }
    }

    /// The score of outputs on the rows that have a label.
    #[track_caller]
    pub(crate) fn of<F: Float>(outputs: &Tensor<F>, labels: &LabelColumn) -> Option<Self> {
        let numbers = match labels {
            LabelColumn::Classes(labels) => {
                let accuracy = known_accuracy(outputs, &labels.of_row)?;
                return Some(Score::Classes { accuracy });
            }
            LabelColumn::Numbers(numbers) => numbers,
        };
        assert!(
            outputs.shape().rank() == 2 && outputs.size(0) == labels.num_rows(),
            "a score needs one output a row, not outputs of shape {} for {} rows",
            outputs.shape(),
            labels.num_rows()
        );
        let rows = labels.known_rows();
        if rows.is_empty() {
            return None;
        }
        let (outputs, known) = (outputs.rows(&rows), numbers.known().collect::<Vec<_>>());
        let (rmse, r_squared) = (rmse(&outputs, &known), r_squared(&outputs, &known));
        Some(Score::Numbers { rmse, r_squared })
    }
}

/// `accuracy 0.875`, or `RMSE 1.250, R2 0.875`.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Score::Classes { accuracy } => write!(f, "accuracy {accuracy:.3}"),
            Score::Numbers { rmse, r_squared } => write!(f, "RMSE {rmse:.3}, R2 {r_squared:.3}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Labels, Numbers};

    #[test]
    fn a_missing_label_does_not_count() {
        let numbers =
            |of_row| LabelColumn::from(Numbers { name: "size".to_owned(), of_row, scale: None });
        let outputs = Tensor::new([5, 1], vec![1.0, 77.0, 1.0, 3.0, 2.0]);
        let score = Score::Numbers { rmse: 0.5, r_squared: 0.75 };
        let of_row = vec![Some(1.0), None, Some(1.0), Some(3.0), Some(3.0)];
        assert_eq!(numbers(of_row).score(&outputs), Some(score));
        assert_eq!(numbers(vec![None; 5]).score(&outputs), None);
        let kind = LabelColumn::from(Labels::of_text("kind", &["a", "", "b"]));
        let logits = Tensor::new([3, 2], vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(kind.score(&logits), Some(Score::Classes { accuracy: 0.5 }));
    }
}
