//! Splits, batches and scales.

use autograd::Tensor;
use nn::data::{Batches, Labels, Scaler};
use nn::{Dataset, Seed};
use proptest::prelude::*;

use crate::config;

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::vec(prop::option::weighted(0.9, 0_usize..5), 0..80).prop_map(|of_row| {
        let classes = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        Labels { name: "kind".to_owned(), classes, of_row }
    })
}

/// Training and test rows of the same columns; the training part has no constant one.
fn parts() -> impl Strategy<Value = (Dataset<f64>, Dataset<f64>)> {
    (1..5_usize, 2..20_usize, 1..10_usize).prop_flat_map(|(columns, training, test)| {
        let part = move |rows: usize| {
            // Scales from thousandths to thousands, offsets up to a thousand times as large.
            let column = (-3..3_i32, -1e3..1e3_f64, prop::collection::vec(-1.0..1.0_f64, rows));
            prop::collection::vec(column, columns).prop_map(move |columns| {
                let entry = |i: usize| {
                    let (scale, offset, x) = &columns[i % columns.len()];
                    let row = i / columns.len();
                    10_f64.powi(*scale) * (offset + x[row] + if row == 0 { 3.0 } else { 0.0 })
                };
                let features = Tensor::from_fn([rows, columns.len()], entry);
                Dataset::new(features, Vec::<Labels>::new()).expect("there is no label to refuse")
            })
        };
        (part(training), part(test))
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_batches_of_an_epoch_are_a_permutation(
        num_rows in 1_usize..60, size in 1_usize..70, seed: u64, epoch in 0_usize..5
    ) {
        let batches = Batches::new(num_rows, size, Seed::new(seed));
        let (start, end) = (epoch * num_rows, (epoch + 1) * num_rows);
        let steps = start / size..end.div_ceil(size);
        let skipped = start - steps.start * size;
        let mut rows: Vec<usize> =
            steps.flat_map(|step| batches.at(step)).skip(skipped).take(num_rows).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..num_rows).collect::<Vec<_>>());
    }

    #[test]
    fn splits_are_disjoint_complete_and_stratified_within_one(
        labels in labels(), fraction in 0.0..=1.0, seed: u64
    ) {
        let (first, second) = labels.stratified_split(fraction, Seed::new(seed));
        let mut all = [&first[..], &second[..]].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.of_row.len()).collect::<Vec<_>>());
        let (counts, parts) = (labels.counts(), labels.rows(&first).counts());
        for (part, whole) in parts.into_iter().zip(counts) {
            prop_assert!((part as f64 - fraction * whole as f64).abs() < 1.0);
        }
    }

    #[test]
    fn labels_of_each_class_are_as_many_as_asked_for_or_refused(
        labels in labels(), count in 0_usize..12, seed: u64
    ) {
        let fewest = labels.counts().into_iter().min().unwrap();
        match labels.per_class(count, Seed::new(seed)) {
            Ok(rows) => prop_assert_eq!(labels.rows(&rows).counts(), vec![count; 5]),
            Err(error) => prop_assert!(fewest < count, "{error}"),
        }
    }

    /// The mean is exact up to the rounding of numbers a thousand times the deviation.
    #[test]
    fn a_standardised_training_part_has_mean_0_and_deviation_1((training, _) in parts()) {
        let scaled = Scaler::fit(&training).apply(&training).unwrap();
        let (rows, columns) = (scaled.num_rows() as f64, scaled.num_columns());
        for column in 0..columns {
            let x: Vec<f64> =
                scaled.features.as_slice().iter().skip(column).step_by(columns).copied().collect();
            let mean = x.iter().sum::<f64>() / rows;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows;
            prop_assert!(mean.abs() < 1e-11, "mean {mean}");
            prop_assert!((variance.sqrt() - 1.0).abs() < 1e-11, "variance {variance}");
        }
    }

    #[test]
    fn a_test_part_changes_nothing_of_the_training_part(
        (training, test) in parts(), seed: u64
    ) {
        let of_both = |test: &Dataset<f64>| {
            let scaler = Scaler::fit(&training);
            (scaler.apply(test).unwrap(), scaler.apply(&training).unwrap())
        };
        let other = test.clone().map(|x| 3.0 - x * (seed % 7) as f64);
        let ((scaled_test, scaled), (_, with_other)) = (of_both(&test), of_both(&other));
        prop_assert_eq!(scaled, with_other);
        // And a test row is scaled for itself, as if it stood alone.
        let alone = Scaler::fit(&training).apply(&test.rows(&[0])).unwrap();
        prop_assert_eq!(alone, scaled_test.rows(&[0]));
    }
}

#[test]
fn a_scaler_survives_its_json() {
    let features = Tensor::new([2, 2], vec![0.1_f64, 1e-300, 0.7, 3.0]);
    let data = Dataset::new(features, Vec::<Labels>::new()).unwrap();
    let scaler = Scaler::fit(&data);
    let text = serde_json::to_string(&scaler).unwrap();
    assert_eq!(serde_json::from_str::<Scaler>(&text).unwrap(), scaler);
}
