//! Predictions against labels: how many are right, and how much probability the right classes get.

use autograd::{Float, Tensor};

use super::sum;

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
#[doc(alias = "accuracy_score")]
#[track_caller]
pub fn accuracy<F: Float>(logits: &Tensor<F>, labels: &[usize]) -> f64 {
    check("accuracy", logits, labels);
    let predicted = predictions(logits);
    let right =
        predicted.iter().zip(labels).filter(|(predicted, label)| **predicted == Some(**label));
    right.count() as f64 / labels.len() as f64
}

/// [`accuracy`] on the rows whose label is known; `None` if there is none.
///
/// # Shapes
/// `logits`: `[rows, classes]`; `labels`: one class index a row, `None` where it is missing.
///
/// # Panics
/// If there is another number of labels than rows, or a label that is no class.
#[track_caller]
pub fn known_accuracy<F: Float>(logits: &Tensor<F>, labels: &[Option<usize>]) -> Option<f64> {
    assert!(
        logits.shape().rank() == 2 && logits.size(0) == labels.len(),
        "accuracy needs one label a row, not {} labels for logits of shape {}",
        labels.len(),
        logits.shape()
    );
    let known = labels.iter().enumerate().filter_map(|(row, label)| Some((row, (*label)?)));
    let (rows, labels): (Vec<usize>, Vec<usize>) = known.unzip();
    if rows.is_empty() { None } else { Some(accuracy(&logits.rows(&rows), &labels)) }
}

/// The class of the largest logit of each row, the first of equal ones; `None` for a row that holds
/// a logit that is not a number.
///
/// # Panics
/// If `logits` is not of shape `[rows, classes]` with at least one class.
#[doc(alias = "argmax")]
#[track_caller]
pub fn predictions<F: Float>(logits: &Tensor<F>) -> Vec<Option<usize>> {
    let shape = logits.shape();
    assert!(
        shape.rank() == 2 && shape.axis(1) > 0,
        "logits are of shape [rows, classes], not {shape}"
    );
    let rows = logits.as_slice().chunks_exact(shape.axis(1)).zip(logits.argmax_rows());
    rows.map(|(row, class)| row.iter().all(|x| !x.is_nan()).then_some(class)).collect()
}

/// The mean over rows of `-ln p(label)`, where `p` is the softmax of the row's logits; in nats.
///
/// Logarithms of probabilities are logits too: their softmax gives the probabilities again. A row
/// with a logit that is not a number makes it NaN, and a label of probability 0 makes it infinite.
///
/// # Shapes
/// `logits`: `[rows, classes]`; `labels`: one class index a row.
///
/// # Panics
/// If there is no row, another number of labels than rows, or a label that is no class.
#[doc(alias = "log_loss")]
#[track_caller]
pub fn negative_log_likelihood<F: Float>(logits: &Tensor<F>, labels: &[usize]) -> f64 {
    check("the negative log-likelihood", logits, labels);
    let rows = logits.as_slice().chunks_exact(logits.size(1)).zip(labels);
    let losses = rows.map(|(row, &label)| {
        let largest = row.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.to_f64()));
        let sum: f64 = row.iter().map(|x| (x.to_f64() - largest).exp()).sum();
        sum.ln() + (largest - row[label].to_f64())
    });
    sum(losses.collect()) / labels.len() as f64
}

/// How far confidence is from accuracy: the rows are put into `bins` equal intervals by the softmax
/// of their largest logit, and the differences of mean confidence and accuracy in the bins are
/// averaged with the bins' numbers of rows.
///
/// It is 0 for a predictor that is right in 70 % of the rows to which it gives 0.7. A bin holds its
/// upper end.
///
/// # Shapes
/// `logits`: `[rows, classes]`; `labels`: one class index a row.
///
/// # Panics
/// If there is no row or no bin, another number of labels than rows, a label that is no class, or a
/// logit that is not a number.
///
/// # Source
/// Guo et al. 2017, equation 3.
#[doc(alias("ECE", "expected_calibration_error"))]
#[track_caller]
pub fn calibration_error<F: Float>(logits: &Tensor<F>, labels: &[usize], bins: usize) -> f64 {
    check("the calibration error", logits, labels);
    assert!(bins > 0, "the calibration error needs a bin");
    let mut surplus = vec![0.0; bins]; // of confidence over accuracy, summed over a bin's rows
    let rows = logits.as_slice().chunks_exact(logits.size(1));
    for (row, ((logits, predicted), &label)) in
        rows.zip(predictions(logits)).zip(labels).enumerate()
    {
        let Some(class) = predicted else {
            panic!("row {row} has a logit that is not a number: it has no confidence");
        };
        let largest = logits[class].to_f64();
        let confidence = logits.iter().map(|x| (x.to_f64() - largest).exp()).sum::<f64>().recip();
        let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        surplus[bin] += confidence - f64::from(u8::from(class == label));
    }
    surplus.iter().map(|surplus| surplus.abs()).sum::<f64>() / labels.len() as f64
}

/// One label a row, and each a class.
#[track_caller]
fn check<F: Float>(what: &str, logits: &Tensor<F>, labels: &[usize]) {
    let shape = logits.shape();
    assert!(
        shape.rank() == 2 && shape.axis(1) > 0,
        "logits are of shape [rows, classes], not {shape}"
    );
    assert!(
        shape.axis(0) == labels.len() && !labels.is_empty(),
        "{what} needs one label a row, not {} labels for logits of shape {shape}",
        labels.len(),
    );
    let classes = shape.axis(1);
    if let Some(row) = labels.iter().position(|&label| label >= classes) {
        panic!("label {} of row {row} is no class of {classes}", labels[row]);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves, zero and infinity are exact")]
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
    fn a_missing_label_does_not_count() {
        let logits = Tensor::new([3, 2], vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(known_accuracy(&logits, &[Some(0), None, Some(0)]), Some(0.5));
        assert_eq!(known_accuracy(&logits, &[None; 3]), None);
    }

    #[test]
    #[should_panic(expected = "label 2 of row 1 is no class of 2")]
    fn a_label_that_is_no_class_is_refused() {
        accuracy(&Tensor::<f32>::zeros([2, 2]), &[0, 2]);
    }

    #[test]
    fn a_label_of_probability_0_is_infinitely_unlikely_and_a_sure_one_costs_nothing() {
        let sure = Tensor::new([1, 2], vec![0.0_f64, f64::NEG_INFINITY]);
        assert_eq!(negative_log_likelihood(&sure, &[0]), 0.0);
        assert_eq!(negative_log_likelihood(&sure, &[1]), f64::INFINITY);
        let nan = Tensor::new([1, 2], vec![0.0_f64, f64::NAN]);
        assert!(negative_log_likelihood(&nan, &[0]).is_nan());
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let logits = Tensor::new([1, 2], vec![1e4_f64, -1e4]);
        assert_eq!(negative_log_likelihood(&logits, &[1]), 2e4);
        assert_eq!(calibration_error(&logits, &[1], 10), 1.0);
    }

    #[test]
    fn confidence_that_is_kept_has_no_calibration_error() {
        // Four rows with confidence 3/4, three of them right.
        let row = [0.75_f64.ln(), 0.25_f64.ln()];
        let logits = Tensor::new([4, 2], row.repeat(4));
        assert!(calibration_error(&logits, &[0, 0, 1, 0], 10) < 1e-15);
        assert!((calibration_error(&logits, &[0, 0, 0, 0], 10) - 0.25).abs() < 1e-15);
    }
}
