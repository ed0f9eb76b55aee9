//! What was said of the rows of a test part, and how good that is.

use autograd::Tensor;
use nn::data::LabelColumn;
use nn::metrics::{mean, predictions};

/// The labels of test rows, all of them known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Truth {
    Classes(Vec<usize>),
    Numbers(Vec<f64>),
}

impl Truth {
    /// Of rows that have a label.
    pub(crate) fn of(labels: &LabelColumn) -> Self {
        match labels {
            LabelColumn::Classes(labels) => {
                Self::Classes(labels.of_row.iter().flatten().copied().collect())
            }
            LabelColumn::Numbers(numbers) => Self::Numbers(numbers.known().collect()),
        }
    }

    /// The least by which a score differs from another: a row's share where rows are right or wrong.
    pub(crate) fn grain(&self) -> f64 {
        match self {
            Self::Classes(classes) => 1.0 / classes.len() as f64,
            Self::Numbers(_) => 0.0,
        }
    }
}

/// What a learnt task says of test rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answers {
    /// `None`: no class has the highest output.
    Classes(Vec<Option<usize>>),
    Numbers(Vec<f32>),
}

impl Answers {
    /// By a network's outputs in their own unit.
    pub(crate) fn of(outputs: &Tensor, truth: &Truth) -> Self {
        match truth {
            Truth::Classes(_) => Self::Classes(predictions(outputs)),
            Truth::Numbers(_) => Self::Numbers(outputs.as_slice().to_vec()),
        }
    }

    /// These, then others of the same kind.
    ///
    /// # Panics
    /// If they are of another kind.
    pub(crate) fn followed_by(self, others: Self) -> Self {
        match (self, others) {
            (Self::Classes(own), Self::Classes(others)) => Self::Classes([own, others].concat()),
            (Self::Numbers(own), Self::Numbers(others)) => Self::Numbers([own, others].concat()),
            _ => unreachable!("answers are of the kind that was asked for"),
        }
    }

    /// How good each is, so that the mean is the score: 1 or 0 for a class, whose mean is the
    /// accuracy; 1 minus the squared error in units of the variance for a number, whose mean is R².
    pub(crate) fn values(&self, truth: &Truth) -> Vec<f64> {
        match (self, truth) {
            (Self::Classes(found), Truth::Classes(classes)) => {
                let right = |(found, &class): (&Option<usize>, &usize)| *found == Some(class);
                found.iter().zip(classes).map(|pair| f64::from(u8::from(right(pair)))).collect()
            }
            (Self::Numbers(found), Truth::Numbers(numbers)) => {
                let middle = mean(numbers);
                let squares: Vec<f64> = numbers.iter().map(|x| (x - middle).powi(2)).collect();
                let variance = mean(&squares);
                let value =
                    |(&found, x): (&f32, &f64)| 1.0 - (f64::from(found) - x).powi(2) / variance;
                found.iter().zip(numbers).map(value).collect()
            }
            _ => unreachable!("answers are of the kind that was asked for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_values_is_accuracy_or_r_squared() {
        let truth = Truth::Classes(vec![1, 0, 1]);
        let outputs = Tensor::new([3, 2], vec![0.0, 1.0, 0.0, 1.0, f32::NAN, 1.0]);
        let answers = Answers::of(&outputs, &truth);
        assert_eq!(answers, Answers::Classes(vec![Some(1), Some(1), None]));
        assert_eq!(answers.values(&truth), [1.0, 0.0, 0.0]);

        let numbers = [1.0, 1.0, 3.0, 3.0];
        let outputs = Tensor::new([4, 1], vec![1.0, 2.0, 3.0, 2.0]);
        let truth = Truth::Numbers(numbers.to_vec());
        let values = Answers::of(&outputs, &truth).values(&truth);
        // The same sum in another order: a few roundings of numbers of size 1.
        let r_squared = nn::metrics::r_squared(&outputs, &numbers);
        assert!((mean(&values) - r_squared).abs() < 1e-15, "{values:?}");
    }
}
