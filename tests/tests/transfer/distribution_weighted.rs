//! The distribution-weighted rule: the two-point example, and when it is a single source.

use autograd::{Seed, Tensor};
use nn::data::{Numbers, Scale};
use nn::{Dataset, LinearConfig, Module, NetworkSpec, Parameters};
use proptest::prelude::*;
use tests::compare::close;
use tests::draw::cases;
use tests::laws;
use tests::strategies::{CLASSES, as_numbers, data, recipe, run, smooth};
use transfer::sources::{Density, DistributionWeighted};
use transfer::{Fitted, Given, Learnt, Source, Strategy as _, Target, pretrain};

const COUNTS: DistributionWeighted =
    DistributionWeighted { density: Density::Counts, mixture: None };

/// Nothing is known of the target.
fn fit(
    rule: &DistributionWeighted,
    sources: &[Source<f64>],
) -> Result<Fitted<f64>, transfer::Error> {
    let target = Target { task: "target".to_owned(), labelled: None, unlabelled: None };
    rule.fit(&Given { sources, target: &target, spec: &smooth() }, &run(3, Seed::new(1)))
}

/// A source whose only row is `x`, and whose network says `number` everywhere.
fn constant(x: f64, number: f64, scale: Scale) -> Source<f64> {
    let numbers = Numbers::of_values("y", &[number]).unwrap().on_scale(scale);
    let data = Dataset::new(Tensor::new([1, 1], vec![x]), vec![numbers]).unwrap();
    let spec = NetworkSpec::new().then(LinearConfig::new(1, 1));
    let model = spec.build::<f64>(Seed::new(0));
    let values = [
        ("0.weight", Tensor::zeros([1, 1])),
        ("0.bias", Tensor::full([1], scale.to_scaled(number))),
    ];
    let state = values.map(|(name, value)| (name.to_owned(), value));
    model.load_state_dict(&state.into_iter().collect()).unwrap();
    Source { task: x.to_string(), data, spec, model }
}

fn learnt_source(task: &str, seed: Seed) -> Source<f64> {
    pretrain(task, data(15, &CLASSES, seed.child(task)), &smooth(), &recipe(5), seed).unwrap()
}

/// Two points `a` and `b`, a source on each, `h_0 = 0` and `h_1 = 1` without error at home, and a
/// target that is 0 at `a` and 1 at `b`.
///
/// # Source
/// Mansour, Mohri and Rostamizadeh 2008, section 3.
#[test]
fn on_two_points_the_rule_has_no_loss_and_every_convex_combination_one_of_a_half() {
    let sources = [constant(0.0, 0.0, Scale::UNSCALED), constant(1.0, 1.0, Scale::UNSCALED)];
    let points = Tensor::new([2, 1], vec![0.0, 1.0]);
    let loss = |said: &[f64]| 0.5 * said[0].abs() + 0.5 * (said[1] - 1.0).abs();
    for mixture in [None, Some(vec![0.5, 0.5]), Some(vec![0.9, 0.1]), Some(vec![3.0, 8.0])] {
        let rule = fit(&DistributionWeighted { mixture, ..COUNTS }, &sources).unwrap();
        assert_eq!(loss(rule.predict(&points).as_slice()).to_bits(), 0.0_f64.to_bits());
    }
    let said = sources.each_ref().map(|source| source.model.predict(&points));
    for share in [0.0, 0.25, 0.5, 1.0] {
        let combined =
            |i: usize| share * said[0].as_slice()[i] + (1.0 - share) * said[1].as_slice()[i];
        let loss = loss(&[combined(0), combined(1)]);
        // A sum of two shares.
        assert!((loss - 0.5).abs() < 1e-15, "{share}: {loss}");
    }
    // The same with kernels that do not reach the other point.
    let kernels = Density::Gaussian { width: 0.01 };
    let rule = fit(&DistributionWeighted { density: kernels, mixture: None }, &sources).unwrap();
    assert_eq!(rule.predict(&points).as_slice(), [0.0, 1.0]);
}

#[test]
fn between_the_sources_it_mixes_by_mixture_and_density() {
    let sources = [constant(0.0, 10.0, Scale::UNSCALED), constant(1.0, 20.0, Scale::UNSCALED)];
    let rule = |mixture: [f64; 2], width: f64| {
        let density = Density::Gaussian { width };
        let rule = DistributionWeighted { density, mixture: Some(mixture.to_vec()) };
        fit(&rule, &sources).unwrap().predict(&Tensor::new([2, 1], vec![0.5, 0.25]))
    };
    let said = rule([1.0, 3.0], 0.5);
    // Half-way the densities are alike; at 1/4 they are as exp(-1/8) to exp(-9/8).
    let (near, far) = ((-0.125_f64).exp(), 3.0 * (-1.125_f64).exp());
    let expected = Tensor::new([2, 1], vec![17.5, (10.0 * near + 20.0 * far) / (near + far)]);
    assert_eq!(close(&said, &expected, 1e-14), Ok(()));
    assert_eq!(rule([1.0, 0.0], 0.5).as_slice(), [10.0, 10.0], "a share of 0 is no source");
}

#[test]
fn numbers_leave_their_own_scales_before_they_are_mixed() {
    let scale = |mean, divisor| Scale { mean, divisor };
    let scaled = [constant(0.0, 10.0, scale(8.0, 2.0)), constant(1.0, 20.0, scale(-4.0, 3.0))];
    let plain = [constant(0.0, 10.0, Scale::UNSCALED), constant(1.0, 20.0, Scale::UNSCALED)];
    let x = Tensor::new([3, 1], vec![-1.0, 0.4, 2.0]);
    let said = [scaled, plain]
        .map(|sources| fit(&DistributionWeighted::default(), &sources).unwrap().predict(&x));
    assert_eq!(close(&said[0], &said[1], 1e-14), Ok(()));
}

#[test]
fn where_no_source_has_been_they_count_alike() {
    let sources = [constant(0.0, 10.0, Scale::UNSCALED), constant(1.0, 20.0, Scale::UNSCALED)];
    let rule = DistributionWeighted { mixture: Some(vec![1.0, 9.0]), ..COUNTS };
    let said = fit(&rule, &sources).unwrap().predict(&Tensor::new([1, 1], vec![7.0]));
    // A mean of two numbers of size 10.
    assert!((said.item() - 15.0).abs() < 1e-13);
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn one_source_and_equal_sources_say_what_the_source_says(
        seed: u64, sources in 1_usize..4, counts: bool
    ) {
        let source = learnt_source("source", Seed::new(seed));
        let x = data::<f64>(6, &CLASSES, Seed::new(seed).child("x")).features;
        let density = if counts { Density::Counts } else { Density::Gaussian { width: 1.0 } };
        let rule = DistributionWeighted { density, mixture: None };
        let rule = fit(&rule, &vec![source.clone(); sources]).unwrap();
        let expected = source.model.predict(&x).log_softmax(1);
        // Logarithms of sums of numbers of size 1.
        prop_assert_eq!(close(&rule.predict(&x), &expected, 1e-13), Ok(()));
    }

    #[test]
    fn the_order_of_the_sources_says_nothing(seed: u64) {
        let seed = Seed::new(seed);
        let sources = ["a", "b", "c"].map(|task| learnt_source(task, seed.child(task)));
        let mixture = [0.2, 0.5, 0.3];
        let x = data::<f64>(6, &CLASSES, seed.child("x")).features;
        let in_order = |order: [usize; 3]| {
            let rule = DistributionWeighted {
                density: Density::Gaussian { width: 0.7 },
                mixture: Some(order.map(|i| mixture[i]).to_vec()),
            };
            fit(&rule, &order.map(|i| sources[i].clone())).unwrap().predict(&x)
        };
        let said = in_order([0, 1, 2]);
        for order in [[0, 2, 1], [2, 0, 1], [2, 1, 0]] {
            // The same sums in another order.
            prop_assert_eq!(close(&in_order(order), &said, 1e-12), Ok(()));
        }
        let probabilities = said.map(f64::exp);
        for row in probabilities.as_slice().chunks(3) {
            prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_kernels_density_is_the_mean_of_the_kernels(seed: u64, width in 0.3_f64..3.0) {
        let seed = Seed::new(seed);
        let [rows, x] = [("rows", 7), ("x", 4)].map(|(name, rows)| {
            nn::init::normal::<f64>([rows, 3], 1.0, seed.child(name))
        });
        let logarithms = Density::Gaussian { width }.log_at(&rows, &x);
        for (point, logarithm) in x.as_slice().chunks(3).zip(logarithms) {
            let kernel = |row: &[f64]| {
                let squares = row.iter().zip(point).map(|(a, b)| (a - b).powi(2));
                (-squares.sum::<f64>() / (2.0 * width * width)).exp()
            };
            let mean = rows.as_slice().chunks(3).map(kernel).sum::<f64>() / 7.0;
            // The narrowest kernels are some hundreds of widths away: their logarithms are large.
            prop_assert!((logarithm - mean.ln()).abs() < 1e-12 * logarithm.abs().max(1.0));
        }
    }
}

#[test]
fn nothing_is_trained_and_the_sources_cannot_be_saved_as_one_network() {
    let sources = ["a", "b"].map(|task| learnt_source(task, Seed::new(2)));
    let rule = fit(&DistributionWeighted::default(), &sources).unwrap();
    assert_eq!((rule.trained, rule.log.len()), (0, 0));
    let weights = 6 * 5 + 5 * 4 + 4 * 4 + 4 * 3;
    assert_eq!(rule.multiply_adds, 2 * (weights + 15 * 6), "a kernel a row is counted");
    assert_eq!(rule.columns, sources[0].data.columns);
    assert!(matches!(rule.learnt, Learnt::Ensemble(_)));
    assert_eq!(
        rule.model().err().unwrap().to_string(),
        "a distribution-weighted rule of 2 networks is no single network: it predicts, but cannot \
         be saved as one"
    );
}

#[test]
fn it_keeps_the_laws_with_counts_too() {
    let broken = laws::transfer(&COUNTS);
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}

#[test]
fn what_does_not_fit_is_refused() {
    let sources = ["a", "b"].map(|task| learnt_source(task, Seed::new(3)));
    let refused = |density, mixture: Option<&[f64]>, sources: &[Source<f64>]| {
        let rule = DistributionWeighted { density, mixture: mixture.map(<[f64]>::to_vec) };
        fit(&rule, sources).err().unwrap().to_string()
    };
    let gaussian = |width| Density::Gaussian { width };
    assert_eq!(
        refused(Density::Counts, None, &[]),
        "distribution-weighted needs at least 1 sources, not 0"
    );
    assert_eq!(
        refused(Density::Counts, Some(&[1.0]), &sources),
        "the mixture has 1 shares for 2 sources"
    );
    assert_eq!(
        refused(Density::Counts, Some(&[1.0, -1.0]), &sources),
        "mixture is -1, but must be at least 0"
    );
    assert_eq!(
        refused(Density::Counts, Some(&[0.0, 0.0]), &sources),
        "mixture's largest share is 0, but must be above 0"
    );
    assert_eq!(
        refused(gaussian(0.0), None, &sources),
        "width is 0, but must be between 1e-100 and 1e100"
    );
    let [first, mut other] = sources;
    other.data = as_numbers(&other.data, 1.0, 0.0);
    assert_eq!(
        refused(Density::Counts, None, &[first, other]),
        "the labels of all domains must mean the same, but one has the classes x, y, z of \"kind\", \
         another the numbers of \"length\""
    );
}
