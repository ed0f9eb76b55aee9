//! Steps against steps computed by hand, and what optimisers leave alone.

use autograd::parallel::with_threads;
use autograd::{Gradients, Parameter, Seed, Tensor};
use nn::{
    Adam, AdamConfig, AdamW, Groups, Module, NetworkSpec, Optimizer, Parameters, Schedule, Sgd,
    SgdConfig,
};

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
    AdamConfig { learning_rate: 0.25, betas: (0.5, 0.75), epsilon: 0.0, weight_decay }
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

#[test]
fn adams_decay_is_divided_by_the_root_and_adamws_is_not() {
    // In the first step an entry moves by the rate, whatever its gradient; g + lambda p is 2.5 and
    // -1 + 2 * .5 * -2 = -2.
    let p = parameter();
    Adam::with_config(&p, adam_config(0.5)).step(gradients(&p, [2.0, -1.0]));
    assert_close(&p, [0.75, -1.75]);
    // p (1 - .25 * .5) - .25 sign(g).
    let p = parameter();
    AdamW::with_config(&p, adam_config(0.5)).step(gradients(&p, [2.0, -1.0]));
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
                    optimizer.step(nn::finite(loss, step).unwrap().backward().clip_norm(1.0));
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
