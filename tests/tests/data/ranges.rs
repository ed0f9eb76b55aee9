//! Every range that a doc names, at both its ends and just beyond them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autograd::Tensor;
use nn::data::generated::{Blobs, ImageChange, LinearPair, Sinusoid, linear, moons, rotated};
use nn::data::{
    Batches, CsvConfig, LabelColumn, Labels, Numbers, Scale, Scaler, digits, split_groups, tags_pt,
};
use nn::metrics::{accuracy, calibration_error, holm, known_accuracy, mean, r_squared, rmse};
use nn::{Dataset, Seed};

const SEED: fn() -> Seed = || Seed::new(0);

#[track_caller]
fn panics<R>(with: &str, work: impl FnOnce() -> R) {
    let panic = catch_unwind(AssertUnwindSafe(work)).err().expect("it is out of the range");
    let sentence = panic.downcast_ref::<String>().cloned();
    let sentence = sentence.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned());
    assert!(sentence.contains(with), "{sentence}");
}

fn labels() -> Labels {
    Labels::of_text("kind", &["a", "b", "", "a", "a"])
}

fn nothing(shape: [usize; 2]) -> Dataset {
    Dataset::new(Tensor::zeros(shape), Vec::<Labels>::new()).expect("there is no label to refuse")
}

#[test]
fn fractions_go_from_nothing_to_all() {
    let numbers = Numbers::of_values("size", &[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    for column in [LabelColumn::from(labels()), LabelColumn::from(numbers)] {
        let split = |fraction| column.stratified_split(fraction, SEED());
        assert_eq!(split(0.0), (vec![], vec![0, 1, 2, 3, 4]));
        assert_eq!(split(1.0), (vec![0, 1, 2, 3, 4], vec![]));
        for beyond in [-1e-12, 1.0 + 1e-12, f64::NAN] {
            panics("no fraction of the rows", || split(beyond));
        }
    }
    let split = |fraction| split_groups(&[1, 1, 2], fraction, SEED());
    assert_eq!(split(0.0), (vec![], vec![0, 1, 2]));
    assert_eq!(split(1.0), (vec![0, 1, 2], vec![]));
    for beyond in [-1e-12, 1.0 + 1e-12, f64::NAN] {
        panics("no fraction of the groups", || split(beyond));
    }
}

#[test]
fn rows_are_those_that_are_there() {
    assert_eq!(labels().per_class(1, SEED()).unwrap().len(), 2);
    assert!(labels().per_class(2, SEED()).is_err());
    assert_eq!(labels().per_class(0, SEED()).unwrap(), [0; 0]);
    assert!(labels().rows(&[]).of_row.is_empty());
    assert_eq!(labels().rows(&[4]).of_row, [Some(0)]);
    panics("", || labels().rows(&[5]));
    let mut column = LabelColumn::from(labels());
    column.forget(4);
    assert!(!column.is_known(4) && column.is_known(3));
    panics("", || column.is_known(5));
    panics("", || column.forget(5));
    for (rows, size) in [(1, 1), (1, 3)] {
        assert_eq!(Batches::new(rows, size, SEED()).at(7), vec![0; size]);
    }
    panics("no batches of 0 out of 1 rows", || Batches::new(1, 0, SEED()));
    panics("no batches of 1 out of 0 rows", || Batches::new(0, 1, SEED()));
}

#[test]
fn a_label_is_one_of_its_classes() {
    assert!(Labels::of_classes("kind", &[0, 1], &["a", "b"]).is_ok());
    assert!(Labels::of_classes("kind", &[0, 2], &["a", "b"]).is_err());
    for number in [f64::MAX, f64::MIN, 0.0, 5e-324] {
        assert!(Numbers::of_values("size", &[number]).is_ok());
    }
    for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        assert!(Numbers::of_values("size", &[number]).is_err());
    }
    let with = |mean, divisor| {
        let numbers = Numbers::of_values("size", &[1.0]).unwrap().on_scale(Scale { mean, divisor });
        Dataset::new(Tensor::<f32>::zeros([1, 1]), vec![numbers])
    };
    assert!(with(f64::MAX, f64::MAX).is_ok() && with(0.0, 5e-324).is_ok());
    for (mean, divisor) in [(f64::INFINITY, 1.0), (0.0, 0.0), (0.0, f64::INFINITY)] {
        assert!(with(mean, divisor).is_err());
    }
}

#[test]
fn a_scale_needs_a_number_and_a_scaler_a_row() {
    assert_eq!(Scale::of([7.0].into_iter()), Scale { mean: 7.0, divisor: 1.0 });
    panics("no numbers", || Scale::of(std::iter::empty()));
    assert_eq!(Scaler::fit(&nothing([1, 2])).divisors, [1.0, 1.0]);
    panics("no rows", || Scaler::fit(&nothing([0, 2])));
    panics("no rows", || Scaler::filling(&nothing([0, 2])));
    assert_eq!(Scaler::fit(&nothing([1, 0])).means, [0.0; 0]);
}

#[test]
fn a_table_is_read_up_to_its_limit_and_separated_by_what_is_ascii() {
    let table = b"x~kind\n1~a\n2~b\n";
    let read = |separator, max_bytes| {
        let config = CsvConfig { separator, max_bytes, ..CsvConfig::from("kind") };
        let table: Vec<u8> =
            table.iter().map(|&c| if c == b'~' { separator as u8 } else { c }).collect();
        Dataset::<f32>::from_csv_bytes("t.csv", &table, config)
    };
    assert!(read(',', table.len()).is_ok());
    assert!(read(',', table.len() - 1).is_err());
    assert!(read('\u{1}', 99).is_ok() && read('\u{7f}', 99).is_ok());
    assert!(read('\0', 99).is_err() && read('\u{80}', 99).is_err());
}

#[test]
fn makers_of_data_take_what_they_say() {
    let blobs = Blobs::new(2, 2, SEED());
    assert_eq!(blobs.sample::<f32>(0, SEED()).num_rows(), 0);
    panics("a step of 1 numbers for 2 columns", || blobs.shifted(&[1.0]));
    assert_eq!(moons::<f32>(0, 0.0, SEED()).num_rows(), 0);
    panics("have 2 columns, not 3", || rotated(&nothing([1, 3]), 1.0));
    assert_eq!(LinearPair::new(2, 0.0, SEED()).source.len(), 2);
    panics("need 2 inputs, not 1", || LinearPair::new(1, 0.0, SEED()));
    assert_eq!(linear::<f32>(&[1.0], 0, 0.0, SEED()).num_rows(), 0);
    panics("not a finite number", || linear::<f32>(&[f64::INFINITY], 1, 0.0, SEED()));
    panics("not a finite number", || linear::<f32>(&[1.0], 1, f64::NAN, SEED()));
    let curve = Sinusoid { amplitude: f64::MAX, phase: 0.0 };
    assert_eq!(curve.sample::<f32>(1, SEED()).num_rows(), 1);
    let curve = Sinusoid { amplitude: f64::INFINITY, phase: 0.0 };
    panics("not a finite number", || curve.sample::<f32>(1, SEED()));
    assert!(Sinusoid::family(0, SEED()).is_empty());
    let change = ImageChange::new(16.0);
    assert_eq!(change.apply(&nothing([1, 1]), SEED()).num_columns(), 1);
    panics("3 columns are no square image", || change.apply(&nothing([1, 3]), SEED()));
    panics("0 columns are no square image", || change.apply(&nothing([1, 0]), SEED()));
}

#[test]
fn words_have_sentences_and_inputs() {
    let text = tags_pt();
    assert_eq!(text.sentences(0..800), text);
    assert_eq!(text.sentences(0..0).words.len(), 0);
    assert_eq!(text.sentences(800..900).words.len(), 0);
    let few = text.sentences(799..800);
    assert!(few.features::<f32>(1).features.as_slice().iter().all(|x| *x > 0.0));
    panics("no input", || few.features::<f32>(0));
    let counts = digits::<f32>();
    let most = counts.features.as_slice().iter().fold(0.0_f32, |most, x| most.max(*x));
    assert!(most.to_bits() == 16.0_f32.to_bits());
}

#[test]
fn metrics_take_a_row_and_probabilities_take_their_ends() {
    let one = Tensor::new([1, 1], vec![3.0_f64]);
    assert!(accuracy(&one, &[0]) > 0.5);
    panics("label 1 of row 0 is no class of 1", || accuracy(&one, &[1]));
    panics("one label a row", || accuracy(&Tensor::<f64>::zeros([0, 1]), &[]));
    assert_eq!(known_accuracy(&Tensor::<f64>::zeros([0, 1]), &[]), None);
    assert!(calibration_error(&one, &[0], 1) < 1e-15);
    panics("needs a bin", || calibration_error(&one, &[0], 0));
    assert!(rmse(&one, &[3.0]).abs() < 1e-15 && r_squared(&one, &[3.0]) > 0.5);
    panics("not 2 numbers", || rmse(&one, &[3.0, 4.0]));
    assert_eq!(holm(&[0.0, 1.0]), [0.0, 1.0]);
    for beyond in [-1e-12, 1.0 + 1e-12, f64::NAN] {
        panics("which is no probability", || holm(&[0.5, beyond]));
    }
    panics("no values have no mean", || mean(&[]));
}
