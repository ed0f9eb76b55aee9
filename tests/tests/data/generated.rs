//! Data made from a seed: what each maker promises.

use std::sync::LazyLock;

use autograd::{Float, Tensor};
use nn::data::generated::{Blobs, ImageChange, LinearPair, Sinusoid, linear, moons, rotated};
use nn::data::{digits, split_groups};
use nn::{Dataset, Seed};
use proptest::prelude::*;

use crate::config;

/// Reading all of them takes longer than a case of a law should.
static TWO_DIGITS: LazyLock<Dataset> = LazyLock::new(|| digits().rows(&[5, 6]));

/// The labels of a maker of numbers, as a row each.
fn numbers<F: Float>(data: &Dataset<F>) -> Tensor<F> {
    let values = data.numbers().complete().expect("all numbers are known");
    Tensor::from_fn([values.len(), 1], |row| F::of(values[row]))
}

/// Every maker's numbers, in one list.
fn everything<F: Float>(seed: Seed) -> Vec<(&'static str, Tensor<F>)> {
    let blobs: Dataset<F> = Blobs::new(3, 2, seed).sample(4, seed.child("sample"));
    let curve: Dataset<F> = Sinusoid::family(2, seed)[1].sample(4, seed.child("sample"));
    let pair = LinearPair::new(5, 30.0, seed);
    let line: Dataset<F> = linear(&pair.target, 4, 0.1, seed.child("sample"));
    let turned =
        ImageChange { degrees: -9.0..=9.0, brightness: 0.0..=0.2, ..ImageChange::new(16.0) };
    let images = turned.apply(&digits::<F>().rows(&[0, 1]), seed);
    vec![
        ("blobs", blobs.features),
        ("moons", moons::<F>(7, 0.1, seed).features),
        ("curve", curve.features.clone()),
        ("the curve's values", numbers(&curve)),
        ("line", line.features.clone()),
        ("the line's values", numbers(&line)),
        ("images", images.features),
    ]
}

#[test]
fn data_are_their_seeds() {
    let (first, again) = (everything::<f64>(Seed::new(1)), everything::<f64>(Seed::new(1)));
    assert_eq!(first, again);
    for ((name, x), (_, other)) in first.iter().zip(everything::<f64>(Seed::new(2))) {
        assert_ne!(*x, other, "{name}");
    }
}

#[test]
fn single_precision_is_double_precision_rounded() {
    let single = everything::<f32>(Seed::new(3));
    for ((name, single), (_, double)) in single.into_iter().zip(everything::<f64>(Seed::new(3))) {
        let rounded = double.as_slice().iter().map(|x| *x as f32).collect();
        assert_eq!(single, Tensor::new(double.shape(), rounded), "{name}");
    }
}

#[test]
fn clouds_lie_around_their_centres_and_move_with_them() {
    let blobs = Blobs { deviation: 0.5, ..Blobs::new(3, 2, Seed::new(4)) };
    let rows = 400;
    let data: Dataset<f64> = blobs.sample(rows, Seed::new(5));
    for (class, rows_of_class) in data.labels().rows_by_class(Seed::new(0)).iter().enumerate() {
        let points = data.features.rows(rows_of_class);
        for column in 0..2 {
            let x: Vec<f64> = points.as_slice().iter().skip(column).step_by(2).copied().collect();
            let mean = x.iter().sum::<f64>() / rows as f64;
            let deviation =
                (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
            let centre = blobs.centres.as_slice()[2 * class + column];
            // Five standard errors, of the mean and of the deviation.
            assert!((mean - centre).abs() < 5.0 * 0.5 / (rows as f64).sqrt());
            assert!((deviation - 0.5).abs() < 5.0 * 0.5 / (2.0 * rows as f64).sqrt());
        }
    }
    let moved: Dataset<f64> = blobs.shifted(&[1.0, -2.0]).sample(rows, Seed::new(5));
    for (x, moved) in data.features.as_slice().chunks(2).zip(moved.features.as_slice().chunks(2)) {
        let step = [moved[0] - x[0], moved[1] - x[1]];
        assert!((step[0] - 1.0).abs() < 1e-12 && (step[1] + 2.0).abs() < 1e-12); // rounding
    }
}

#[test]
fn moons_without_noise_are_half_circles() {
    for rows in [1, 2, 3, 10, 11] {
        let data = moons::<f64>(rows, 0.0, Seed::new(0));
        assert_eq!(data.labels().counts(), [rows / 2, rows - rows / 2]);
        for (point, label) in data.features.as_slice().chunks(2).zip(&data.labels().of_row) {
            let centre = [[0.0, 0.0], [1.0, 0.5]][label.unwrap()];
            let (x, y) = (point[0] - centre[0], point[1] - centre[1]);
            assert!((x.hypot(y) - 1.0).abs() < 1e-12);
            let outwards = if label == &Some(0) { y } else { -y };
            assert!(outwards >= 0.0);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn turning_keeps_distances_and_is_undone_by_turning_back(
        degrees in -720.0..720.0_f64, seed: u64
    ) {
        let data = moons::<f64>(9, 0.3, Seed::new(seed));
        let turned = rotated(&data, degrees);
        let length = |x: &[f64]| x[0].hypot(x[1]);
        let points = data.features.as_slice().chunks(2).zip(turned.features.as_slice().chunks(2));
        for (point, turned) in points {
            prop_assert!((length(point) - length(turned)).abs() < 1e-12);
            let angle = (point[0] * turned[1] - point[1] * turned[0])
                .atan2(point[0] * turned[0] + point[1] * turned[1]);
            let off = (angle.to_degrees() - degrees).rem_euclid(360.0);
            prop_assert!(off.min(360.0 - off) < 1e-9);
        }
        let back = rotated(&turned, -degrees);
        for (x, y) in back.features.as_slice().iter().zip(data.features.as_slice()) {
            prop_assert!((x - y).abs() < 1e-12);
        }
    }

    #[test]
    fn teachers_have_length_1_and_the_chosen_angle(
        inputs in 2_usize..50, degrees in 0.0..=180.0_f64, seed: u64
    ) {
        let pair = LinearPair::new(inputs, degrees, Seed::new(seed));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        prop_assert!((dot(&pair.source, &pair.source) - 1.0).abs() < 1e-12);
        prop_assert!((dot(&pair.target, &pair.target) - 1.0).abs() < 1e-12);
        prop_assert!((dot(&pair.source, &pair.target) - degrees.to_radians().cos()).abs() < 1e-12);
        let data: Dataset<f64> = linear(&pair.target, 3, 0.0, Seed::new(seed));
        for (x, y) in data.features.as_slice().chunks(inputs).zip(data.numbers().known()) {
            prop_assert_eq!(y.to_bits(), dot(&pair.target, x).to_bits());
        }
    }

    #[test]
    fn a_family_of_curves_has_the_ranges_it_says(count in 1_usize..30, seed: u64) {
        let family = Sinusoid::family(count, Seed::new(seed));
        prop_assert_eq!(&family, &Sinusoid::family(count + 1, Seed::new(seed))[..count]);
        for curve in family {
            prop_assert!((0.1..=5.0).contains(&curve.amplitude));
            prop_assert!((0.0..=std::f64::consts::PI).contains(&curve.phase));
            let points: Dataset<f64> = curve.sample(5, Seed::new(seed));
            for (x, y) in points.features.as_slice().iter().zip(points.numbers().known()) {
                prop_assert!((-5.0..=5.0).contains(x));
                prop_assert_eq!(y.to_bits(), (curve.amplitude * (x - curve.phase).sin()).to_bits());
            }
        }
    }

    #[test]
    fn changed_images_stay_within_their_range(seed: u64, from in -360.0..360.0_f64) {
        let change = ImageChange {
            degrees: -180.0..=180.0,
            brightness: -1.0..=1.0,
            contrast: -2.0..=2.0,
            light: 0.0..=1.0,
            light_from: from..=from,
            ..ImageChange::new(16.0)
        };
        let data = &*TWO_DIGITS;
        let changed = change.apply(data, Seed::new(seed));
        prop_assert!(changed.features.as_slice().iter().all(|x| (0.0..=16.0).contains(x)));
        prop_assert_eq!(changed.labels(), data.labels());
    }

    #[test]
    fn a_split_by_groups_is_complete_and_parts_no_group(
        groups in prop::collection::vec(0_usize..9, 0..40), fraction in 0.0..=1.0, seed: u64
    ) {
        let (first, second) = split_groups(&groups, fraction, Seed::new(seed));
        let mut all = [&first[..], &second[..]].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..groups.len()).collect::<Vec<_>>());
        let of = |rows: &[usize]| {
            let mut found: Vec<usize> = rows.iter().map(|&row| groups[row]).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let (first, second) = (of(&first), of(&second));
        prop_assert!(first.iter().all(|group| !second.contains(group)));
        let expected = fraction * (first.len() + second.len()) as f64;
        prop_assert!((first.len() as f64 - expected).abs() < 1.0);
    }
}
