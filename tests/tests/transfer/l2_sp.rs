//! L2-SP: the closed form of its linear case, its limits, and to what it pulls.

use autograd::{Seed, Tape, Tensor};
use nn::train::{Recipe, Rule, Run};
use nn::{Parameters, Sequential};
use proptest::prelude::*;
use tests::draw::cases;
use tests::laws;
use tests::linear_models::{descent, learnt, rows, solve, source as linear_source};
use tests::strategies::{CLASSES, fitted, recipe, run, source, target, weights};
use transfer::parameter::{FineTune, Head, L2Sp, Penalty, Tuned};
use transfer::{Given, Strategy};

fn kept(strength: f64) -> L2Sp {
    L2Sp { strength, ..L2Sp::default() }
}

/// `(X'X + a I)^-1 (X'y + a w0)`.
///
/// The loss is `1 / n |X w - y|^2 + strength / 2 |w - w0|^2`; its gradient is 0 where
/// `(X'X + n strength / 2 I) w = X'y + n strength / 2 w0`, so that `a` is `n strength / 2`.
fn ridge(data: &nn::Dataset<f64>, start: &[f64], strength: f64) -> Vec<f64> {
    let (x, y) = (&data.features, data.numbers().complete().unwrap());
    let (a, columns) = (y.len() as f64 * strength / 2.0, start.len());
    let pulled = Tensor::identity(columns).scale(a) + x.matmul_tn(x);
    let to = Tensor::new([columns, 1], start.to_vec()).scale(a);
    solve(&pulled, &(x.matmul_tn(&Tensor::new([y.len(), 1], y)) + to)).as_slice().to_vec()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn without_strength_it_is_fine_tuning(
        seed: u64, batch in prop::option::of(1_usize..13), new_head: bool
    ) {
        let (seed, source) = (Seed::new(seed), source::<f32>(Seed::new(seed)));
        let (target, head) = (target(&CLASSES, seed), [Head::Kept, Head::New][usize::from(new_head)]);
        let run = Run::new(Recipe { batch, ..recipe(9) }, seed);
        let fit = |strategy: &dyn Strategy| weights(strategy, &source, &target, &run);
        let tuned = fit(&FineTune { head });
        let (none, some) = (L2Sp { head, strength: 0.0, strength_of_new: 0.0 }, L2Sp { head, ..kept(0.1) });
        prop_assert_eq!(fit(&none), &*tuned);
        prop_assert_ne!(fit(&some), &*tuned);
        // Weights of a new head are all that the second strength pulls.
        let of_new = fit(&L2Sp { head, strength: 0.0, strength_of_new: 0.1 });
        prop_assert_eq!(of_new == tuned, head == Head::Kept);
    }

    #[test]
    fn its_linear_case_is_ridge_regression_around_the_source(
        seed: u64, strength in 0.01_f64..10.0, columns in 1_usize..8, num_rows in 2_usize..12,
    ) {
        let seed = Seed::new(seed);
        let start: Vec<f64> = (0..columns).map(|i| (i as f64).sin() - 0.5).collect();
        let data = rows(&vec![1.0; columns], num_rows, 0.5, seed);
        let recipe = Recipe {
            rule: Rule::Sgd { momentum: 0.9, nesterov: false },
            // The curvature is above the strength and below some tens.
            ..Recipe { steps: 6000, ..Recipe::at_rate(0.02) }
        };
        let learnt = learnt(&kept(strength), &linear_source(&start), &data, &recipe);
        for (a, b) in learnt.as_slice().iter().zip(ridge(&data, &start, strength)) {
            // The slowest mode shrinks by 0.998 a step, with momentum: 1e-12 is left of a way of
            // some units.
            prop_assert!((a - b).abs() < 1e-10, "{a} and {b}");
        }
    }
}

#[test]
fn the_stronger_the_pull_the_nearer_the_source_and_the_weaker_the_nearer_the_nearest_solution() {
    let start: Vec<f64> = (0..12).map(|i| f64::from(i).sin()).collect();
    let data = rows(&[1.0; 12], 5, 0.0, Seed::new(1));
    let fit = |strategy: &dyn Strategy<f64>, recipe: &Recipe| {
        learnt(strategy, &linear_source(&start), &data, recipe).as_slice().to_vec()
    };
    let far =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    // A pull of 1e6 leaves steps of 1e-7 stable; descent is at the spring's rest after some.
    let stiff = fit(&kept(1e6), &Recipe { steps: 200, ..Recipe::at_rate(1e-7) });
    // The loss pulls with some tens: 1e-4 of a unit.
    assert!(far(&stiff, &start) < 1e-4 && far(&stiff, &start) > 0.0);
    assert!(far(&stiff, &ridge(&data, &start, 1e6)) < 1e-9);

    let (weak, nearest) =
        (fit(&kept(1e-8), &descent(400)), fit(&FineTune::default(), &descent(400)));
    // Of the way from the source, the share that the pull holds back is its part in the curvature.
    assert!(far(&weak, &nearest) < 1e-6 && far(&weak, &nearest) > 0.0);
}

#[test]
fn around_weights_of_0_it_is_weight_decay() {
    let (seed, mut source) = (Seed::new(2), source::<f64>(Seed::new(2)));
    let (target, origin) = (target(&CLASSES, seed), source.model.clone());
    origin.visit(&mut |_, parameter| parameter.set(Tensor::zeros(parameter.shape())));
    source.model = origin;
    let fit = |strategy: &dyn Strategy<f64>, weight_decay| {
        let run = Run::new(Recipe { weight_decay, ..recipe(20) }, seed);
        weights(strategy, &source, &target, &run)
    };
    let (pulled, decayed) = (fit(&kept(0.3), 0.0), fit(&FineTune::default(), 0.3));
    for (a, b) in pulled.iter().zip(&decayed) {
        // The same sums in another order, twenty times.
        assert_eq!(tests::compare::close(a, b, 1e-13), Ok(()));
    }
    assert_ne!(pulled, fit(&FineTune::default(), 0.0));
}

/// What the penalty adds at the weights that `model` has now, having begun at those of `start`.
fn penalty(options: L2Sp, start: &Sequential<f64>, model: &Sequential<f64>) -> Option<f64> {
    let (source, target) = (source::<f64>(Seed::new(3)), target(&CLASSES, Seed::new(3)));
    let (sources, run) = ([source], run(1, Seed::new(3)));
    let given = Given::new(&sources, &target);
    let begun = options.begin(&given, start, &run).unwrap();
    // The model is moved after the penalty has begun, as in training.
    model.visit(&mut |_, parameter| parameter.set(parameter.value().map(|w| w + 0.5)));
    let (tape, examples) = (Tape::default(), given.examples(&run).unwrap());
    let (x, labels) = examples.batch(0);
    let x = tape.constant(x);
    let step = Tuned { x, features: x, outputs: x, labels: &labels, model, done: 0.0 };
    begun.on(&step).map(|penalty| penalty.value().item())
}

#[test]
fn it_remembers_values_and_not_the_weights_that_move() {
    let start = source::<f64>(Seed::new(3)).model;
    let entries = start.num_parameters() as f64;
    // The very same network, not a copy: an alias would be at no distance from itself.
    let added = penalty(kept(0.4), &start, &start).unwrap();
    // A sum of some tens of numbers of size 1.
    assert!((added - 0.4 / 2.0 * 0.25 * entries).abs() < 1e-12, "{added}");
    assert_eq!(penalty(kept(0.0), &start, &start), None, "not a zero");
}

#[test]
fn a_new_head_is_pulled_to_0() {
    let start = source::<f64>(Seed::new(4)).model;
    let (trunk, head) = start.clone().split_head();
    let options = L2Sp { head: Head::New, strength: 0.4, strength_of_new: 0.6 };
    let added = penalty(options, &start, &start.clone()).unwrap();
    let head = head.named().into_iter().map(|(_, parameter)| parameter.value());
    let head: f64 = head.map(|w| w.map(|w| (w + 0.5).powi(2)).sum().item()).sum();
    let expected = 0.2 * 0.25 * trunk.num_parameters() as f64 + 0.3 * head;
    // A sum of some tens of numbers of size 1.
    assert!((added - expected).abs() < 1e-12, "{added} and {expected}");
}

#[test]
fn it_keeps_the_laws_with_a_new_head_too() {
    let broken = laws::transfer(&L2Sp { head: Head::New, ..L2Sp::default() });
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}

#[test]
fn strengths_out_of_their_range_are_refused() {
    let (seed, source) = (Seed::new(5), source::<f32>(Seed::new(5)));
    for (options, field) in [
        (kept(-1.0), "strength is -1"),
        (kept(f64::INFINITY), "strength is inf"),
        (L2Sp { strength_of_new: f64::NAN, ..kept(1.0) }, "strength_of_new is NaN"),
    ] {
        let refused = fitted(&options, &source, &target(&CLASSES, seed), &run(1, seed));
        assert_eq!(
            refused.err().unwrap().to_string(),
            format!("{field}, but must be between 0 and 1000000000000")
        );
    }
}
