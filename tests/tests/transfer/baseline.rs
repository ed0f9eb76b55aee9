//! What transfer is compared with, apart from a fresh network: the source as it is, the nearest row,
//! a linear classifier.

use autograd::{Seed, Tensor};
use nn::train::{Recipe, Run};
use nn::{Dataset, Linear as Layer, Module as _};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{CLASSES, as_numbers, data, fitted, run, smooth, source, target};
use transfer::baseline::{Linear, NearestNeighbour, SourceOnly};
use transfer::{Given, Source, Strategy, Target};

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn source_only_is_the_sources_network_its_classes_found_by_name(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let x = data::<f64>(7, &CLASSES, seed).features;
        let expected = source.model.clone().predict(&x);
        let target = target(&["z", "x"], seed);
        let fitted = fitted(&SourceOnly, &source, &target, &run(20, seed)).unwrap();
        prop_assert_eq!(fitted.trained, 0);
        prop_assert!(fitted.log.is_empty());
        let found = fitted.predict(&x);
        prop_assert_eq!(found, expected.index_select(1, &[2, 0]));
    }

    #[test]
    fn without_labels_and_for_numbers_source_only_means_what_the_source_means(seed: u64) {
        let seed = Seed::new(seed);
        let rows = data::<f64>(9, &CLASSES, seed);
        let known = source(seed);
        let blind = Target::without_labels("target", &rows);
        let found = fitted(&SourceOnly, &known, &blind, &run(3, seed)).unwrap();
        let outputs = found.predict(&rows.features);
        prop_assert_eq!(outputs, known.model.predict(&rows.features));

        let lengths = as_numbers(&data(20, &CLASSES, seed), 100.0, 7.0);
        let known = transfer::pretrain("source", lengths, &smooth(), &run::<f64>(5, seed).recipe, seed);
        let (known, few) = (known.unwrap(), as_numbers(&rows, 1.0, 0.0));
        let target = Target::new("target", few);
        let found = fitted(&SourceOnly, &known, &target, &run(3, seed)).unwrap();
        let scale = known.scale().unwrap();
        let raw = known.model.predict(&rows.features);
        let expected = raw.map(|y| scale.from_scaled(y));
        prop_assert_eq!(found.predict(&rows.features), expected);
    }

    #[test]
    fn the_nearest_row_gives_its_class(seed: u64, rows in 1_usize..20, pooled: bool) {
        let seed = Seed::new(seed);
        let (known, target) = (source::<f64>(seed), target::<f64>(&CLASSES, seed));
        let strategy = NearestNeighbour { pooled };
        let found = fitted(&strategy, &known, &target, &run(0, seed)).unwrap();
        let x = nn::init::normal::<f64>([rows, 6], 1.0, seed.child("probes"));
        let labelled = target.labelled.as_ref().unwrap();
        let all: Vec<&Dataset<f64>> =
            if pooled { vec![&known.data, labelled] } else { vec![labelled] };
        let outputs = found.predict(&x);
        for row in 0..rows {
            let x = x.slice(0, row..row + 1);
            let mut nearest = (f64::INFINITY, usize::MAX);
            for data in &all {
                for other in 0..data.num_rows() {
                    let y = data.features.slice(0, other..other + 1);
                    let apart = x.clone().zip(&y, |a, b| (a - b).powi(2)).as_slice().iter().sum::<f64>();
                    if apart < nearest.0 {
                        nearest = (apart, data.labels().of_row[other].unwrap());
                    }
                }
            }
            let outputs = outputs.slice(0, row..row + 1);
            prop_assert_eq!(nn::metrics::predictions(&outputs), [Some(nearest.1)]);
            // Six squares added in the same order.
            prop_assert_eq!(outputs.as_slice()[nearest.1].to_bits(), (-nearest.0).to_bits());
        }
    }

    #[test]
    fn the_nearest_row_gives_its_number_in_the_targets_unit(seed: u64, rows in 0_usize..40, pooled: bool) {
        let seed = Seed::new(seed);
        let (known, few) = of_numbers(seed);
        let target = Target::new("target", few.clone());
        let found = fitted(&NearestNeighbour { pooled }, &known, &target, &run(0, seed)).unwrap();
        let x = nn::init::normal::<f64>([rows, 6], 1.0, seed.child("probes"));
        let outputs = found.predict(&x);
        prop_assert_eq!(outputs.shape().to_string(), format!("[{rows}, 1]"));
        let all = if pooled { known.data.followed_by(&few).unwrap() } else { few };
        let numbers = all.label_columns[0].as_numbers().unwrap().complete().unwrap();
        for row in 0..rows {
            let x = x.slice(0, row..row + 1);
            let apart = |other: usize| {
                let y = all.features.slice(0, other..other + 1);
                x.clone().zip(&y, |a, b| (a - b).powi(2)).as_slice().iter().sum::<f64>()
            };
            let nearest =
                (0..all.num_rows()).min_by(|&a, &b| apart(a).total_cmp(&apart(b))).unwrap();
            // To the scale and back, which rounds a few times.
            let error = outputs.as_slice()[row] - numbers[nearest];
            prop_assert!(error.abs() < 1e-11, "{error} of row {row}");
        }
    }

    /// At the minimum of `mean (y - X w - b)^2 + strength / 2 |w|^2`, all on the scale:
    /// `2 X^T (X w + b - y) / n = -strength w`, and the residuals sum to 0.
    #[test]
    fn linear_of_numbers_ends_in_ridge_regressions_only_minimum(seed: u64, pooled: bool) {
        let (seed, strength) = (Seed::new(seed), 0.5);
        let (known, few) = of_numbers(seed);
        let recipe = Recipe { steps: 2000, ..Recipe::at_rate(0.05) };
        let run = Run::new(recipe, seed.child("run"));
        let target = Target::new("target", few.clone());
        let found = fitted(&Linear { strength, pooled }, &known, &target, &run).unwrap();
        let model = found.model().unwrap();
        let layer = model.layer(0).downcast_ref::<Layer<f64>>().unwrap();
        let weight = layer.weight.value();

        let nn::data::Outputs::Numbers { scale, .. } = found.outputs.clone() else {
            panic!("{}", found.outputs)
        };
        let rows = if pooled { known.data.followed_by(&few).unwrap() } else { few };
        let numbers = rows.label_columns[0].as_numbers().unwrap().complete().unwrap();
        let (predicted, n) = (found.predict(&rows.features), numbers.len());
        let residual = |row: usize| {
            scale.to_scaled(predicted.as_slice()[row]) - scale.to_scaled(numbers[row])
        };
        let residuals = Tensor::from_fn([n, 1], residual);
        let gradient = residuals.matmul_tn(&rows.features);
        for (gradient, weight) in gradient.as_slice().iter().zip(weight.as_slice()) {
            let gradient = 2.0 * gradient / n as f64;
            // 2000 steps that shrink what is left by a factor of at most .975 each end at rounding.
            prop_assert!((gradient + strength * weight).abs() < 1e-9, "{gradient} and {weight}");
        }
        let sum: f64 = residuals.as_slice().iter().sum();
        prop_assert!(sum.abs() < 1e-9, "{sum}");
    }

    /// At the minimum of `mean CE + strength / 2 |W|^2` the two gradients cancel:
    /// `X^T (softmax(X W^T + b) - Y) / n = -strength W`, and the biases' is 0.
    #[test]
    fn the_linear_classifier_ends_in_the_only_minimum(seed: u64, pooled: bool) {
        let (seed, strength) = (Seed::new(seed), 0.1);
        let (known, target) = (source::<f64>(seed), target::<f64>(&CLASSES, seed));
        let recipe = Recipe { steps: 600, ..Recipe::at_rate(0.1) };
        let strategy = Linear { strength, pooled };
        let weights = |of: u64| {
            let run = Run::new(recipe.clone(), Seed::new(of));
            let found = fitted(&strategy, &known, &target, &run).unwrap();
            let model = found.model().unwrap();
            let layer = model.layer(0).downcast_ref::<Layer<f64>>().unwrap();
            (layer.weight.value(), layer.bias.as_ref().unwrap().value())
        };
        let (weight, bias) = weights(1);
        let mut rows = target.labelled.clone().unwrap();
        if pooled {
            rows = known.data.followed_by(&rows).unwrap();
        }
        let (x, of_row) = (&rows.features, rows.labels().complete().unwrap());
        let logits = x.matmul_nt(&weight);
        let n = of_row.len();
        let mut apart = vec![0.0; n * 3];
        for row in 0..n {
            let logit = |class: usize| logits.as_slice()[row * 3 + class] + bias.as_slice()[class];
            let total: f64 = (0..3).map(|class| logit(class).exp()).sum();
            for class in 0..3 {
                let known = f64::from(u8::from(of_row[row] == class));
                apart[row * 3 + class] = (logit(class).exp() / total - known) / n as f64;
            }
        }
        let gradient = Tensor::new([n, 3], apart.clone()).matmul_tn(x);
        for (gradient, weight) in gradient.as_slice().iter().zip(weight.as_slice()) {
            // 600 steps that shrink what is left by a factor of .95 each end at rounding.
            prop_assert!((gradient + strength * weight).abs() < 1e-9, "{gradient} and {weight}");
        }
        for class in 0..3 {
            let of_bias: f64 = apart.iter().skip(class).step_by(3).sum();
            prop_assert!(of_bias.abs() < 1e-9, "{of_bias}");
        }
        for (a, b) in weight.as_slice().iter().zip(weights(2).0.as_slice()) {
            prop_assert!((a - b).abs() < 1e-8, "from another beginning {a} and {b}");
        }
    }
}

/// A source that has learnt numbers, and few rows of a target whose numbers have another scale.
fn of_numbers(seed: Seed) -> (Source<f64>, Dataset<f64>) {
    let many = as_numbers(&data(20, &CLASSES, seed.child("source")), 100.0, 7.0);
    let known = transfer::pretrain("source", many, &smooth(), &run::<f64>(5, seed).recipe, seed);
    let mut few = as_numbers(&data(12, &CLASSES, seed.child("target")), 30.0, -400.0);
    few.label_columns = few.label_columns.into_iter().map(nn::data::LabelColumn::scaled).collect();
    (known.unwrap(), few)
}

#[test]
fn pooled_numbers_are_learnt_on_the_targets_scale() {
    let (known, few) = of_numbers(Seed::new(1));
    let scale = few.label_columns[0].as_numbers().unwrap().scale.unwrap();
    let target = Target::new("target", few);
    let pooled = Given::new(&[known], &target).pooled(&run(0, Seed::new(1))).unwrap();
    assert_eq!(pooled.rows.label_columns[0].as_numbers().unwrap().scale, Some(scale));
    assert!(matches!(pooled.outputs, nn::data::Outputs::Numbers { scale: of, .. } if of == scale));
}

#[test]
fn a_class_without_a_row_is_never_the_nearest() {
    let seed = Seed::new(1);
    let mut rows = data::<f64>(8, &["x", "y"], seed);
    let classes = ["x", "y", "z"].map(str::to_owned).to_vec();
    if let nn::data::LabelColumn::Classes(labels) = &mut rows.label_columns[0] {
        labels.classes = classes;
    }
    let known = source(seed);
    let target = Target::new("target", rows.clone());
    let found = fitted(&NearestNeighbour::default(), &known, &target, &run(0, seed)).unwrap();
    let outputs = found.predict(&rows.features);
    assert!(outputs.as_slice().iter().all(|output| output.is_finite()));
    assert!(nn::metrics::predictions(&outputs).iter().all(|&class| class != Some(2)));
}

#[test]
fn pooling_needs_one_meaning_of_the_labels() {
    let (seed, known) = (Seed::new(1), source::<f64>(Seed::new(1)));
    let target = target::<f64>(&["x", "z"], seed);
    for strategy in [&NearestNeighbour { pooled: true } as &dyn Strategy<f64>, &Linear::pooled()] {
        let refused = fitted(strategy, &known, &target, &run(1, seed)).err().unwrap().to_string();
        assert!(refused.contains("the classes x, y, z") && refused.contains("the classes x, z"));
        let given = Given { sources: &[], target: &target, spec: &smooth() };
        let refused = strategy.fit(&given, &run(1, seed)).err().unwrap().to_string();
        assert!(refused.ends_with("needs at least 1 sources, not 0"), "{refused}");
    }
}

#[test]
fn a_strength_out_of_its_range_is_refused() {
    let (seed, known) = (Seed::new(1), source::<f64>(Seed::new(1)));
    let target = target::<f64>(&CLASSES, seed);
    for (strength, shown) in [(-0.1, "-0.1"), (1e7, "10000000"), (f64::NAN, "NaN")] {
        let strategy = Linear { strength, pooled: false };
        let refused = fitted(&strategy, &known, &target, &run(1, seed)).err().unwrap().to_string();
        assert_eq!(refused, format!("strength is {shown}, but must be between 0 and 1000000"));
    }
    for strength in [0.0, 1e-3] {
        assert!(
            fitted(&Linear { strength, pooled: false }, &known, &target, &run(1, seed)).is_ok()
        );
    }
}
