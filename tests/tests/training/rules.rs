//! Steps against steps computed by hand, and what optimisers leave alone.

use autograd::parallel::with_threads;
use autograd::{Gradients, Parameter, Seed, Tensor};
use nn::{
    Adam, AdamConfig, Groups, Module, NetworkSpec, Optimizer, Parameters, Schedule, Sgd, SgdConfig,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tests::compare::panic_of;

use super::{RULES, Rule, bits, every_layer, linear, rows};

fn parameter() -> Parameter<f64> {
    Parameter::new(Tensor::new([2], vec![1.0, -2.0]))
}

fn gradients(parameter: &Parameter<f64>, values: [f64; 2]) -> Gradients<f64> {
    let mut gradients = Gradients::empty();
    gradients.insert(parameter, Tensor::new([2], values.to_vec()));
    gradients
}

/// A few roundings of numbers near 1.
fn assert_close(ours: &Parameter<f64>, expected: [f64; 2]) {
    let value = ours.value();
    let near = value.as_slice().iter().zip(expected).all(|(a, b)| (a - b).abs() < 4e-16);
    assert!(near, "{value:?} is not {expected:?}");
}

#[test]
fn one_step_of_sgd_is_the_hand_computed_one() {
    let p = parameter();
    let config = SgdConfig { learning_rate: 0.5, weight_decay: 0.25, ..SgdConfig::default() };
    // p - eta (g + lambda p): 1 - .5 (2 + .25), -2 - .5 (-1 - .5).
    Sgd::with_config(&p, config).step(gradients(&p, [2.0, -1.0]));
    assert_eq!(p.value().as_slice(), [-0.125, -1.25]);
}

fn adam_config(weight_decay: f64) -> AdamConfig {
    let (learning_rate, betas, epsilon) = (0.25, (0.5, 0.75), 0.0);
    AdamConfig { learning_rate, betas, epsilon, weight_decay, decoupled: false }
}

#[test]
fn two_steps_of_adam_are_the_hand_computed_ones() {
    let p = parameter();
    let mut optimizer = Adam::with_config(&p, adam_config(0.0));
    // m = .5 g and v = .25 g^2 are corrected to g and g^2: every entry moves by the rate.
    optimizer.step(gradients(&p, [2.0, -8.0]));
    assert_close(&p, [0.75, -1.75]);
    // g = -2: m = .5 - 1 = -.5, v = .75 + 1 = 1.75; corrected by .75 and .4375: -2/3 and 4.
    // g = 0: m = -2, v = 12; corrected: -8/3 and 16 * 12 / 7.
    optimizer.step(gradients(&p, [-2.0, 0.0]));
    let second = 0.25 * (2.0 / 0.75) / (12.0_f64 / 0.4375).sqrt();
    assert_close(&p, [0.75 + 0.25 / 3.0, -1.75 + second]);
}

/// Two steps of Adam on an entry `p` whose gradients are `a` and then `b`, in closed form: since
/// `(1 - beta) / (1 - beta^2)` is `1 / (1 + beta)`, the corrected means of the second step are
/// `(beta a + b) / (1 + beta)`.
fn two_steps(p: f64, [a, b]: [f64; 2], config: AdamConfig) -> f64 {
    let AdamConfig { learning_rate, betas, epsilon, weight_decay, decoupled } = config;
    let (pull, shrink) =
        if decoupled { (0.0, 1.0 - learning_rate * weight_decay) } else { (weight_decay, 1.0) };
    let a = a + pull * p;
    let p = shrink * p - learning_rate * a / (a.abs() + epsilon);
    let b = b + pull * p;
    let mean = (betas.0 * a + b) / (1.0 + betas.0);
    let square = (betas.1 * a * a + b * b) / (1.0 + betas.1);
    shrink * p - learning_rate * mean / (square.sqrt() + epsilon)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn two_steps_of_adam_are_their_closed_form(
        p in -3.0_f64..3.0, a in -3.0..3.0, b in -3.0..3.0, learning_rate in 0.0..1.0,
        betas in (0.0..0.999, 0.0..0.999), epsilon in 1e-3..1.0, weight_decay in 0.0..1.0,
        decoupled: bool
    ) {
        let config = AdamConfig { learning_rate, betas, epsilon, weight_decay, decoupled };
        let parameter = Parameter::new(Tensor::new([2], vec![p, -p]));
        let mut optimizer = Adam::with_config(&parameter, config);
        optimizer.step(gradients(&parameter, [a, a]));
        optimizer.step(gradients(&parameter, [b, b]));
        let value = parameter.value();
        for (found, p) in value.as_slice().iter().zip([p, -p]) {
            let expected = two_steps(p, [a, b], config);
            // Roundings of 1e-16 grow by 1 / (1 - .999) in the corrections and by 1 / .001 in the
            // quotient.
            prop_assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }
}

#[test]
fn a_rate_of_0_moves_nothing_and_a_beta_of_0_keeps_nothing() {
    for rule in RULES {
        let p = parameter();
        let mut optimizer = rule.with(Groups::of(&p), 0.0, 0.01);
        (0..3).for_each(|_| optimizer.step(gradients(&p, [1.0, 3.0])));
        assert_eq!(p.value(), parameter().value(), "{rule:?}");
    }
    // A second step is then the first one of a new optimiser, but for the roundings of the
    // corrections, which are 1.
    let (p, twin) = (parameter(), parameter());
    let config = AdamConfig { betas: (0.0, 0.0), ..AdamConfig::default() };
    let mut optimizer = Adam::with_config(&p, config);
    optimizer.step(gradients(&p, [5.0, -7.0]));
    twin.set(p.value());
    optimizer.step(gradients(&p, [1.0, 3.0]));
    Adam::with_config(&twin, config).step(gradients(&twin, [1.0, 3.0]));
    assert_eq!(p.value(), twin.value());
}

#[test]
fn an_optimiser_of_another_model_is_refused_and_moves_nothing() {
    for rule in RULES {
        let (p, other) = (parameter(), parameter());
        let mut optimizer = rule.on(&other);
        let foreign = panic_of(|| optimizer.step(gradients(&p, [1.0, 3.0])));
        let told = "there are gradients of 1 parameters, none of them of this optimiser's model";
        assert_eq!(foreign.message, told, "{rule:?}");
        assert_eq!(other.value(), parameter().value());
        assert!(optimizer.state().steps.is_empty());
        // No gradients at all are a batch without labels; and what is frozen waits for none.
        optimizer.step(Gradients::empty());
        other.freeze();
        optimizer.step(gradients(&p, [1.0, 3.0]));
    }
}

#[test]
fn a_frozen_parameter_has_no_state_and_has_one_again_when_it_has_moved() {
    for rule in RULES {
        let (p, other) = (parameter(), parameter());
        let mut optimizer = rule.on(&vec![p.share(), other.share()]);
        let step = |optimizer: &mut dyn Optimizer<f64>| {
            let mut both = gradients(&p, [1.0, 3.0]);
            both.insert(&other, Tensor::new([2], vec![2.0, 1.0]));
            optimizer.step(both);
        };
        // What is kept of the first and of the second parameter.
        let kept = |optimizer: &dyn Optimizer<f64>| {
            let state = optimizer.state();
            ["0", "1"].map(|name| {
                let tensors = state.tensors.names().filter(|key| key.starts_with(name)).count();
                (tensors, state.steps.contains_key(name))
            })
        };
        step(&mut *optimizer);
        let [one, same] = kept(&*optimizer);
        assert_eq!((one, one.0 > 0), (same, rule != Rule::Plain), "{rule:?}");
        p.freeze();
        assert_eq!(kept(&*optimizer), [(0, false), one], "{rule:?}");
        step(&mut *optimizer);
        p.unfreeze();
        assert_eq!(kept(&*optimizer), [(0, false), one], "{rule:?}");
        step(&mut *optimizer);
        assert_eq!(kept(&*optimizer), [one, one], "{rule:?}");
    }
}

#[test]
fn adams_decay_is_divided_by_the_root_and_adamws_is_not() {
    // In the first step an entry moves by the rate, whatever its gradient; g + lambda p is 2.5 and
    // -1 + 2 * .5 * -2 = -2.
    let p = parameter();
    Adam::with_config(&p, adam_config(0.5)).step(gradients(&p, [2.0, -1.0]));
    assert_close(&p, [0.75, -1.75]);
    // p (1 - .25 * .5) - .25 sign(g).
    let p = parameter();
    let decoupled = AdamConfig { decoupled: true, ..adam_config(0.5) };
    Adam::with_config(&p, decoupled).step(gradients(&p, [2.0, -1.0]));
    assert_close(&p, [0.875 - 0.25, -1.75 + 0.25]);
}

#[test]
fn a_parameter_without_a_gradient_keeps_its_bits_and_its_state() {
    for rule in RULES {
        let (p, twin) = (parameter(), parameter());
        let (mut optimizer, mut twins) = (rule.on(&p), rule.on(&twin));
        optimizer.step(gradients(&p, [1.0, 3.0]));
        twins.step(gradients(&twin, [1.0, 3.0]));
        let (value, state) = (p.value(), optimizer.state());
        (0..10).for_each(|_| optimizer.step(Gradients::empty()));
        assert_eq!(p.value(), value, "{rule:?}");
        assert_eq!(optimizer.state(), state, "{rule:?}"); // Adam's step count included
        optimizer.step(gradients(&p, [0.5, 1.0]));
        twins.step(gradients(&twin, [0.5, 1.0]));
        assert_eq!(p.value(), twin.value(), "{rule:?}");
    }
}

#[test]
fn training_gives_the_same_bits_on_any_number_of_threads() {
    let mut spec = NetworkSpec::new().then(linear(64, 128)).then(linear(128, 5));
    spec.layers.extend(every_layer().layers);
    for rule in [Rule::Nesterov, Rule::AdamW] {
        let run = |threads| {
            with_threads(threads, || {
                let network = spec.build::<f32>(Seed::new(3));
                let mut optimizer = rule.on(&network);
                let (x, labels) = rows(200, 64);
                for step in 0..10 {
                    let tape = autograd::Tape::training(Seed::new(step as u64));
                    let loss = network.forward(tape.constant(&x)).cross_entropy(&labels);
                    let loss = nn::finite(&network, loss, step).unwrap();
                    optimizer.step(loss.backward().clip_norm(1.0));
                }
                bits(&network.state_dict())
            })
        };
        let one = run(1);
        assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one), "{rule:?}");
    }
}

#[test]
fn clipping_by_norm_keeps_the_direction_and_by_value_the_signs() {
    let p = parameter();
    let clipped = gradients(&p, [3.0, -4.0]).clip_norm(2.5);
    assert_eq!(clipped.of(&p).unwrap().as_slice(), [1.5, -2.0]);
    let short = gradients(&p, [3.0, -4.0]).clip_norm(5.0);
    assert_eq!(short.of(&p).unwrap().as_slice(), [3.0, -4.0]);
    let held = gradients(&p, [3.0, -0.5]).clip_value(1.0);
    assert_eq!(held.of(&p).unwrap().as_slice(), [1.0, -0.5]);
    assert_eq!(gradients(&p, [0.0, 0.0]).clip_norm(0.0).norm(), 0.0);
    // What is not finite stays visible.
    let broken = gradients(&p, [f64::NAN, 4.0]).clip_norm(1.0).clip_value(1.0);
    assert!(broken.of(&p).unwrap().as_slice()[0].is_nan());
}

#[test]
fn a_rate_is_a_function_of_the_step_alone() {
    let schedule = Schedule::slanted_triangular(0.1, 40).warmed_up(0.5, 10);
    let forwards: Vec<f64> = (0..50).map(|step| schedule.at(step)).collect();
    let mut resumed: Vec<f64> = (20..50).rev().map(|step| schedule.clone().at(step)).collect();
    resumed.reverse();
    assert_eq!(forwards[20..], resumed);
}

#[test]
#[should_panic(expected = "the learning rate of Adam cannot be NaN")]
fn a_rate_that_is_no_number_is_refused() {
    Adam::with_groups(Groups::of(&parameter()), AdamConfig::default()).set_learning_rate(f64::NAN);
}

#[test]
fn buffers_are_no_optimisers_business() {
    let network = every_layer().build::<f64>(Seed::new(1));
    let mut optimizer = Rule::Adam.on(&network);
    super::train(&network, &mut *optimizer, 0);
    let state = optimizer.state();
    let trained = network.named().into_iter().filter(|(_, p)| !p.is_buffer()).count();
    assert_eq!((state.tensors.len(), state.steps.len()), (2 * trained, trained));
}
