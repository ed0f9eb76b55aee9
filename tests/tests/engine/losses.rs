//! Losses at any logits: never below 0, with their digits where they are small, and 0 without a
//! gradient where no label weighs anything.

use autograd::{CrossEntropyConfig, Float, Reduction, Tape, Tensor, Var};
use proptest::prelude::*;
use tests::draw::cases;

/// A loss by its name, in either precision; targets are a distribution in each row.
fn loss<'t, F: Float>(name: &str, z: Var<'t, F>, targets: &Tensor<F>) -> Var<'t, F> {
    let labels: Vec<usize> = targets.argmax_rows();
    let mean = Reduction::Mean;
    match name {
        "cross_entropy" => z.cross_entropy(&labels),
        "cross_entropy_with" => {
            let labels: Vec<_> = labels.into_iter().map(Some).collect();
            z.cross_entropy_with(&labels, &CrossEntropyConfig::default())
        }
        "cross_entropy_soft" => z.cross_entropy_soft(targets, mean),
        "kl_divergence" => z.kl_divergence(targets),
        "distillation" => z.distillation(&targets.clone().map(|t| t * F::of(8.0)), F::of(2.0)),
        _ => z.bce_with_logits(targets, mean),
    }
}

/// Value and gradient.
fn at<F: Float>(name: &str, z: &Tensor<F>, targets: &Tensor<F>) -> (f64, Vec<f64>) {
    let tape = Tape::<F>::default();
    let z = tape.leaf(z);
    let loss = loss(name, z, targets);
    let found = loss.backward();
    let slope = found.wrt(z).unwrap().as_slice().iter().map(|x| x.to_f64()).collect();
    (loss.value().item().to_f64(), slope)
}

/// The same numbers in double precision.
fn wide(x: &Tensor) -> Tensor<f64> {
    Tensor::new(x.shape(), x.as_slice().iter().map(|&x| f64::from(x)).collect())
}

const NAMES: [&str; 6] = [
    "cross_entropy",
    "cross_entropy_with",
    "cross_entropy_soft",
    "kl_divergence",
    "distillation",
    "bce_with_logits",
];

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn losses_are_never_below_zero_and_have_the_digits_of_double_precision(
        rows in 1..4_usize, classes in 1..6_usize, spread in 0.0..40.0_f32,
        entries in prop::collection::vec(-1.0..1.0_f32, 30),
    ) {
        let shape = [rows, classes];
        let z = Tensor::from_fn(shape, |i| spread * entries[i]);
        let targets = Tensor::from_fn(shape, |i| 3.0 * spread.min(4.0) * entries[29 - i]).softmax(1);
        for name in NAMES {
            let ((single, slopes), (double, exact)) =
                (at(name, &z, &targets), at(name, &wide(&z), &wide(&targets)));
            prop_assert!(single >= 0.0 && double >= 0.0, "{name}: {single}, {double}");
            // Some roundings of single precision; in a divergence, of the logarithms, up to 100. And a
            // difference of logits d is rounded by up to 2^-24 d, which is what e^-d is then off by:
            // where it is all of the loss, d is up to 80.
            let relative = 2e-6 + f64::from(2.0 * spread) * 2_f64.powi(-24);
            let absolute = if name == "kl_divergence" || name == "distillation" { 4e-5 } else { 0.0 };
            let error = (single - double).abs();
            prop_assert!(error <= relative * double + absolute, "{name}: {single} for {double}");
            for (slope, exact) in slopes.iter().zip(exact) {
                prop_assert!((slope - exact).abs() <= 1e-5, "{name}: slope {slope} for {exact}");
            }
        }
    }

    #[test]
    fn the_divergence_of_equal_distributions_is_zero(
        classes in 1..2000_usize, spread in 0.0..20.0_f32, seed: u64,
    ) {
        let seed = autograd::Seed::new(seed);
        let entry = |i: usize| spread * (seed.child(i).value() as f32 / u64::MAX as f32 - 0.5);
        let z = Tensor::from_fn([2, classes], entry);
        // Equal but for the rounding of the targets, whose square is what is left.
        let (kl, _) = at("kl_divergence", &z, &z.clone().softmax(1));
        prop_assert!((0.0..=1e-10).contains(&kl), "{kl}");
        let tape = Tape::new();
        prop_assert_eq!(tape.leaf(&z).distillation(&z, 3.0).value().item().to_bits(), 0);
    }
}

#[test]
fn small_losses_have_their_digits() {
    // ln(1 + e^-15), and its derivative sigmoid(-15).
    let (small, slope) = (3.059_022_8e-7, 3.059_022_3e-7);
    let near = |x: f64, exact: f64| (x / exact - 1.0).abs() <= 1e-6;
    let check = |name: &str, z: &[f32], t: &[f32], side: f64| {
        let shape = [1, z.len()];
        let (z, t) = (Tensor::new(shape, z.to_vec()), Tensor::new(shape, t.to_vec()));
        let (loss, slopes) = at(name, &z, &t);
        assert!(near(loss, small), "{name} is {loss}");
        assert!(near(slopes[0], side * slope), "{name} has derivative {}", slopes[0]);
    };
    check("bce_with_logits", &[15.0], &[1.0], -1.0);
    check("bce_with_logits", &[-15.0], &[0.0], 1.0);
    check("cross_entropy", &[15.0, 0.0], &[1.0, 0.0], -1.0);
    for name in ["cross_entropy_with", "cross_entropy_soft", "kl_divergence"] {
        let z = Tensor::new([1, 2], vec![15.0_f32, 0.0]);
        let (loss, _) = at(name, &z, &Tensor::new([1, 2], vec![1.0, 0.0]));
        assert!(near(loss, small), "{name} is {loss}");
    }
    let tape = Tape::<f32>::new();
    let x = tape.leaf(Tensor::new([2], vec![0.0, -15.0]));
    assert!(near(f64::from(x.logsumexp_axes(&[0]).value().item()), small));
}

#[test]
fn a_logit_of_infinity_on_the_target_s_side_loses_nothing() {
    let tape = Tape::<f32>::new();
    for (z, target) in [(f32::INFINITY, 1.0), (f32::NEG_INFINITY, 0.0)] {
        let z = tape.leaf(z);
        let loss = z.bce_with_logits(&target.into(), Reduction::Mean);
        assert_eq!((loss.value().item(), loss.backward().wrt(z).unwrap().item()), (0.0, 0.0));
    }
}

#[test]
fn labels_that_weigh_nothing_give_a_loss_of_zero_without_a_gradient() {
    let labels = [Some(0), None, Some(0)];
    let with = |reduction, label_smoothing, weights: [f64; 2]| {
        let class_weights = Some(weights.to_vec());
        let config = CrossEntropyConfig { reduction, label_smoothing, class_weights };
        let tape = Tape::<f32>::new();
        let z = tape.leaf(Tensor::new([3, 2], vec![1.0, 2.0, 3.0, 4.0, 6.0, 5.0]));
        let loss = z.cross_entropy_with(&labels, &config);
        let reached = loss.sum().backward().wrt(z).is_some();
        (loss.value().as_slice().to_vec(), reached)
    };
    for smoothing in [0.0, 0.1, 1.0] {
        assert_eq!(with(Reduction::Mean, smoothing, [0.0, 1.0]), (vec![0.0], false));
        assert_eq!(with(Reduction::Sum, smoothing, [0.0, 0.0]), (vec![0.0], false));
    }
    assert_eq!(with(Reduction::Sum, 0.0, [0.0, 1.0]), (vec![0.0], false));
    assert_eq!(with(Reduction::None, 0.0, [0.0, 1.0]), (vec![0.0; 3], false));
    // Smoothing spreads to a class that weighs something, which only a mean has no measure for.
    let (sum, reached) = with(Reduction::Sum, 0.5, [0.0, 1.0]);
    assert!(sum[0] > 0.0 && reached);
    // A label that weighs something is enough.
    let (mean, reached) = with(Reduction::Mean, 0.0, [1e-300, 0.0]);
    assert!(mean[0].is_finite() && reached);
}
