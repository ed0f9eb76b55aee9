//! How good predictions are, and how sure a comparison is.

use std::fmt;

use autograd::{Float, Tensor};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The fraction of rows whose largest logit is the label's; of equal logits the first counts.
///
/// A row with a logit that is not a number is counted as wrong.
///
/// ```
/// use autograd::Tensor;
/// let logits = Tensor::new([2, 3], vec![0.1_f32, 0.7, 0.2, 0.5, 0.3, 0.2]);
/// assert_eq!(nn::metrics::accuracy(&logits, &[1, 2]), 0.5);
/// ```
///
/// # Shapes
/// `logits`: `[rows, classes]`; `labels`: one class index a row.
///
/// # Panics
/// If there is no row, another number of labels than rows, or a label that is no class.
#[track_caller]
pub fn accuracy<F: Float>(logits: &Tensor<F>, labels: &[usize]) -> f64 {
    let predicted = predictions(logits);
    let (rows, classes) = (predicted.len(), logits.size(1));
    assert!(
        rows == labels.len() && rows > 0,
        "accuracy needs one label a row, not {} labels for logits of shape {}",
        labels.len(),
        logits.shape()
    );
    if let Some(row) = labels.iter().position(|&label| label >= classes) {
        panic!("label {} of row {row} is no class of {classes}", labels[row]);
    }
    let right =
        predicted.iter().zip(labels).filter(|(predicted, label)| **predicted == Some(**label));
    right.count() as f64 / rows as f64
}

/// The class of the largest logit of each row, the first of equal ones; `None` for a row that holds
/// a logit that is not a number.
///
/// # Panics
/// If `logits` is not of shape `[rows, classes]` with at least one class.
#[track_caller]
pub fn predictions<F: Float>(logits: &Tensor<F>) -> Vec<Option<usize>> {
    let shape = logits.shape();
    assert!(
        shape.rank() == 2 && shape.axis(1) > 0,
        "logits are of shape [rows, classes], not {shape}"
    );
    let largest = |row: &[F]| {
        if row.iter().any(|x| x.is_nan()) {
            return None;
        }
        Some(
            (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best }),
        )
    };
    logits.as_slice().chunks_exact(shape.axis(1)).map(largest).collect()
}

/// The mean.
///
/// # Panics
/// If there is no value.
#[track_caller]
pub fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "no values have no mean");
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard error of the mean, `s / sqrt(n)` with the sample deviation `s` (divisor `n - 1`).
///
/// Of one value nothing is known about its error: it is infinite.
///
/// # Panics
/// If there is no value.
#[track_caller]
pub fn standard_error(values: &[f64]) -> f64 {
    let (mean, n) = (mean(values), values.len() as f64);
    if values.len() == 1 {
        return f64::INFINITY;
    }
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// The mean of the differences `a - b` of pairs, with what is known of its error.
///
/// ```
/// use nn::metrics::PairedDifference;
/// let difference = PairedDifference::new(&[0.86, 0.88, 0.87], &[0.83, 0.84, 0.85]);
/// assert!((difference.mean - 0.03).abs() < 1e-12);
/// let (low, high) = difference.interval(0.95);
/// assert!(low > 0.0 && high < 0.06);                              // surely above 0
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The mean of the differences.
    pub mean: f64,
    /// Their standard error; infinite for one pair.
    pub standard_error: f64,
    /// The number of pairs.
    pub pairs: usize,
}

impl PairedDifference {
    /// The mean of `a - b` over pairs.
    ///
    /// # Panics
    /// If there is no pair, or `a` and `b` differ in number.
    #[track_caller]
    pub fn new(a: &[f64], b: &[f64]) -> Self {
        assert!(a.len() == b.len(), "{} and {} values are no pairs", a.len(), b.len());
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        PairedDifference {
            mean: mean(&differences),
            standard_error: standard_error(&differences),
            pairs: differences.len(),
        }
    }

    /// The interval that holds the true mean with this probability, such as 0.95, if the
    /// differences are independent draws of one normal distribution.
    ///
    /// It is everything for one pair.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    ///
    /// # Source
    /// Student 1908: `mean +- t standard errors`, `t` the quantile with `pairs - 1` degrees of
    /// freedom.
    #[track_caller]
    pub fn interval(&self, probability: f64) -> (f64, f64) {
        if self.pairs == 1 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let t = t_quantile(f64::midpoint(1.0, probability), self.pairs - 1);
        (self.mean - t * self.standard_error, self.mean + t * self.standard_error)
    }
}

/// `+0.048 +- 0.005`: the mean and its standard error.
impl fmt::Display for PairedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3} +- {:.3}", self.mean, self.standard_error)
    }
}

/// The value below which Student's t with `degrees` degrees of freedom falls with this probability.
///
/// # Panics
/// If the probability is not between 0 and 1, or there is no degree of freedom.
#[track_caller]
pub fn t_quantile(probability: f64, degrees: usize) -> f64 {
    assert!(
        probability > 0.0 && probability < 1.0,
        "{probability} is no probability inside (0, 1)"
    );
    assert!(degrees > 0, "Student's t needs a degree of freedom");
    let t = StudentsT::new(0.0, 1.0, degrees as f64).expect("the degrees are above 0");
    t.inverse_cdf(probability)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and infinity are exact")]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_ties_for_the_first_class_and_nan_as_wrong() {
        let nan = f64::NAN;
        let logits = Tensor::new([4, 2], vec![1.0, 1.0, 0.0, 2.0, nan, 1.0, 1.0, nan]);
        assert_eq!(predictions(&logits), [Some(0), Some(1), None, None]);
        assert_eq!(accuracy(&logits, &[0, 1, 1, 0]), 0.5);
        assert_eq!(accuracy(&logits, &[1, 0, 0, 1]), 0.0);
    }

    #[test]
    #[should_panic(expected = "label 2 of row 1 is no class of 2")]
    fn a_label_that_is_no_class_is_refused() {
        accuracy(&Tensor::<f32>::zeros([2, 2]), &[0, 2]);
    }

    #[test]
    fn an_interval_is_the_mean_and_t_standard_errors() {
        let difference = PairedDifference::new(&[3.0, 5.0, 7.0, 9.0], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((difference.mean, difference.pairs), (3.5, 4));
        // Differences 2, 3, 4, 5: variance 5 / 3, over 4 values.
        let error = (5.0_f64 / 12.0).sqrt();
        assert!((difference.standard_error - error).abs() < 1e-15);
        let (low, high) = difference.interval(0.95);
        let t = 3.182_446_305_284_263; // tables' t(0.975; 3)
        assert!((low - (3.5 - t * error)).abs() < 1e-9 && (high - (3.5 + t * error)).abs() < 1e-9);
    }

    #[test]
    fn one_pair_decides_nothing() {
        let one = PairedDifference::new(&[0.9], &[0.8]);
        assert_eq!(one.standard_error, f64::INFINITY);
        assert_eq!(one.interval(0.95), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn equal_pairs_differ_by_nothing_for_sure() {
        let none = PairedDifference::new(&[0.5, 0.75], &[0.5, 0.75]);
        assert_eq!(none.interval(0.95), (0.0, 0.0));
    }
}
