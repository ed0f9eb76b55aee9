//! Metrics and tests of paired differences against the values of scipy and scikit-learn.
//!
//! Reads `transfer.json` in the folder that `REFERENCE_DIR` names (a relative one from the
//! workspace's root), else, or if that folder holds none, in `fixtures`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use autograd::Tensor;
use nn::metrics::{
    Confusion, PairedDifference, accuracy, calibration_error, holm, negative_log_likelihood,
    sign_test, t_quantile, wilcoxon,
};
use serde::Deserialize;

/// Both sides compute in f64; what differs is the order of sums and the last digits of functions.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    statistics: Statistics,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)] // a value that is not compared is an error
struct Statistics {
    differences: Vec<f64>,
    mean: f64,
    standard_error: f64,
    interval95: [f64; 2],
    t_p: f64,
    wilcoxon_exact_p: f64,
    sign_test_p: f64,
    holm: Holm,
    t_quantile_975: BTreeMap<usize, f64>,
    classification: Classification,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holm {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classification {
    truth: Vec<usize>,
    predicted: Vec<usize>,
    accuracy: f64,
    macro_f1: f64,
    confusion: Vec<Vec<usize>>,
    probabilities: Entries,
    negative_log_likelihood: f64,
    calibration_error_10_bins: f64,
}

#[derive(Deserialize)]
struct Entries {
    shape: [usize; 2],
    data: Vec<f64>,
}

fn reference() -> Statistics {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("REFERENCE_DIR").and_then(|folder| {
        let root = member.parent().expect("the member is inside the workspace");
        Some(root.join(folder).join("transfer.json")).filter(|file| file.exists())
    });
    let file: PathBuf = named.unwrap_or_else(|| member.join("fixtures/transfer.json"));
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let file: File =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file.statistics
}

#[track_caller]
fn assert_close(ours: f64, theirs: f64) {
    let error = (ours - theirs).abs();
    assert!(error <= TOLERANCE * theirs.abs().max(1.0), "{ours} is not {theirs}: off by {error:e}");
}

#[test]
fn a_paired_difference_is_scipys() {
    let reference = reference();
    let difference = PairedDifference::of(&reference.differences);
    assert_close(difference.mean, reference.mean);
    assert_close(difference.standard_error, reference.standard_error);
    let (low, high) = difference.interval(0.95);
    assert_close(low, reference.interval95[0]);
    assert_close(high, reference.interval95[1]);
    assert_close(difference.p_value(), reference.t_p);
}

#[test]
fn students_quantiles_are_scipys() {
    let reference = reference();
    assert!(!reference.t_quantile_975.is_empty());
    for (degrees, quantile) in reference.t_quantile_975 {
        assert_close(t_quantile(0.975, degrees), quantile);
        assert_close(t_quantile(0.025, degrees), -quantile);
    }
}

#[test]
fn exact_tests_and_holms_correction_are_scipys() {
    let reference = reference();
    assert_close(wilcoxon(&reference.differences), reference.wilcoxon_exact_p);
    assert_close(sign_test(&reference.differences), reference.sign_test_p);
    let adjusted = holm(&reference.holm.p);
    assert_eq!(adjusted.len(), reference.holm.adjusted.len());
    for (ours, theirs) in adjusted.into_iter().zip(reference.holm.adjusted) {
        assert_close(ours, theirs);
    }
}

#[test]
fn counts_of_predictions_are_scikit_learns() {
    let reference = reference().classification;
    let predicted: Vec<Option<usize>> = reference.predicted.into_iter().map(Some).collect();
    let num_classes = reference.confusion.len();
    let confusion = Confusion::new(&reference.truth, &predicted, num_classes);
    assert_eq!(confusion.to_rows(), reference.confusion);
    assert_close(confusion.accuracy(), reference.accuracy);
    assert_close(confusion.macro_f1(), reference.macro_f1);
    // The same through logits that are largest at the predicted class.
    let logit = |i: usize| f64::from(predicted[i / num_classes] == Some(i % num_classes));
    let logits = Tensor::from_fn([predicted.len(), num_classes], logit);
    assert_close(accuracy(&logits, &reference.truth), reference.accuracy);
    for (class, accuracy) in confusion.class_accuracy().into_iter().enumerate() {
        let row = &reference.confusion[class];
        let expected = row[class] as f64 / row.iter().sum::<usize>() as f64;
        assert_close(accuracy.expect("every class occurs"), expected);
    }
}

#[test]
fn scores_of_probabilities_are_scikit_learns() {
    let reference = reference().classification;
    let logits =
        Tensor::new(reference.probabilities.shape, reference.probabilities.data).map(f64::ln);
    assert_close(
        negative_log_likelihood(&logits, &reference.truth),
        reference.negative_log_likelihood,
    );
    assert_close(
        calibration_error(&logits, &reference.truth, 10),
        reference.calibration_error_10_bins,
    );
}
