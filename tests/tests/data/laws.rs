//! Splits, batches and scales.

use autograd::{Float, Shape, Tensor};
use nn::data::{Batches, LabelColumn, Labels, Numbers, Scaler};
use nn::{Dataset, Seed};
use proptest::prelude::*;

use crate::config;

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::vec(prop::option::weighted(0.9, 0_usize..5), 0..80).prop_map(|of_row| {
        let classes = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        Labels { name: "kind".to_owned(), classes, of_row }
    })
}

fn unlabelled<F: Float>(shape: impl Into<Shape>, x: Vec<F>) -> Dataset<F> {
    let data = Dataset::new(Tensor::new(shape, x), Vec::<Labels>::new());
    data.expect("there is no label to refuse")
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
                unlabelled([rows, columns.len()], (0..rows * columns.len()).map(entry).collect())
            })
        };
        (part(training), part(test))
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn batches_laid_end_to_end_are_permutations_of_the_rows(
        num_rows in 1_usize..60, size in 1_usize..150, seed: u64
    ) {
        let batches = Batches::new(num_rows, size, Seed::new(seed));
        let steps = (3 * num_rows).div_ceil(size);
        let stream: Vec<usize> = (0..steps).flat_map(|step| batches.at(step)).collect();
        prop_assert_eq!(stream.len(), steps * size);
        for (epoch, rows) in stream.chunks_exact(num_rows).enumerate() {
            prop_assert_eq!(rows, batches.epoch(epoch));
            let mut sorted = rows.to_vec();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..num_rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn splits_are_disjoint_complete_and_stratified_within_one(
        labels in labels(), fraction in 0.0..=1.0, seed: u64
    ) {
        let (first, second) = labels.stratified_split(fraction, Seed::new(seed));
        let mut all = [&first[..], &second[..]].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.of_row.len()).collect::<Vec<_>>());
        for class in [None, Some(0), Some(1), Some(2), Some(3), Some(4)] {
            let count = |rows: &[usize]| {
                rows.iter().filter(|&&row| labels.of_row[row] == class).count() as f64
            };
            let expected = (fraction * (count(&first) + count(&second))).round();
            prop_assert!((count(&first) - expected).abs() < 0.5, "{class:?}");
        }
    }

    #[test]
    fn numbers_are_split_as_labels_of_one_class_are(
        of_row in prop::collection::vec(prop::option::weighted(0.8, -9.0..9.0_f64), 0..60),
        fraction in 0.0..=1.0, seed: u64
    ) {
        let numbers = LabelColumn::from(Numbers { name: "size".into(), of_row, scale: None });
        let (first, second) = numbers.stratified_split(fraction, Seed::new(seed));
        let mut all = [&first[..], &second[..]].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..numbers.num_rows()).collect::<Vec<_>>());
        prop_assert!(first.is_sorted() && second.is_sorted());
        let known = |rows: &[usize]| numbers.rows(rows).known_rows().len() as f64;
        let expected = (fraction * (known(&first) + known(&second))).round();
        prop_assert!((known(&first) - expected).abs() < 0.5);
    }

    #[test]
    fn every_labelled_row_is_in_the_list_of_its_class_once(labels in labels(), seed: u64) {
        let lists = labels.rows_by_class(Seed::new(seed));
        for (class, mut rows) in lists.into_iter().enumerate() {
            rows.sort_unstable();
            let own = (0..labels.of_row.len()).filter(|&row| labels.of_row[row] == Some(class));
            prop_assert_eq!(rows, own.collect::<Vec<_>>());
        }
    }

    /// Numbers are scaled in double precision and rounded once.
    #[test]
    fn a_scale_in_single_precision_is_that_in_double_precision_rounded((training, test) in parts()) {
        let single = |data: &Dataset<f64>| {
            let x = data.features.as_slice().iter().map(|x| *x as f32).collect();
            Dataset { columns: data.columns.clone(), ..unlabelled(data.features.shape(), x) }
        };
        let double = |data: &Dataset<f32>| {
            let x = data.features.as_slice().iter().map(|x| f64::from(*x)).collect();
            Dataset { columns: data.columns.clone(), ..unlabelled(data.features.shape(), x) }
        };
        let (training, test) = (single(&training), single(&test));
        let scaler = Scaler::fit(&training);
        prop_assert_eq!(&scaler, &Scaler::fit(&double(&training)));
        let rounded = single(&scaler.apply(&double(&test)).unwrap());
        prop_assert_eq!(scaler.apply(&test).unwrap(), rounded);
    }

    /// What is filled in is the mean: no other row knows of it, and the missing ones come to lie at 0.
    #[test]
    fn what_is_missing_changes_no_scale((training, _) in parts(), row: usize, column: usize) {
        let (rows, columns) = (training.num_rows(), training.num_columns());
        prop_assume!(rows > 2);
        let (row, column) = (row % rows, column % columns);
        let mut x = training.features.as_slice().to_vec();
        x[row * columns + column] = f64::NAN;
        let lacking = unlabelled(training.features.shape(), x);
        let others: Vec<usize> = (0..rows).filter(|other| *other != row).collect();
        let (with, without) =
            (Scaler::filling(&lacking), Scaler::filling(&lacking.rows(&others)));
        prop_assert_eq!(with.means[column].to_bits(), without.means[column].to_bits());
        prop_assert_eq!(with.divisors[column].to_bits(), without.divisors[column].to_bits());
        let scaled = with.apply(&lacking).unwrap();
        prop_assert_eq!(scaled.features.as_slice()[row * columns + column].to_bits(), 0);
        let again = Scaler::fit(&training);
        for other in (0..columns).filter(|other| *other != column) {
            prop_assert_eq!(with.means[other].to_bits(), again.means[other].to_bits());
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
    let data = unlabelled([2, 2], vec![0.1_f64, 1e-300, 0.7, 3.0]);
    for scaler in [Scaler::fit(&data), Scaler::filling(&data)] {
        let text = serde_json::to_string(&scaler).unwrap();
        assert_eq!(serde_json::from_str::<Scaler>(&text).unwrap(), scaler);
    }
}
