//! Every option is taken up to the ends of its range, and refused beyond them.

use autograd::{Parameter, Seed, Tensor};
use nn::{
    Adam, AdamConfig, BatchNorm, Combine, Dropout, Embedding, Groups, LayerNorm, LeakyRelu, Linear,
    Optimizer, Parallel, Parameters, Sgd, SgdConfig,
};
use tests::compare::panic_of;

/// The largest number below 0 and what is no number at all: what no option from 0 on can be.
const NO_SIZE: [f64; 3] = [-f64::MIN_POSITIVE, f64::INFINITY, f64::NAN];
/// The ends of what is finite and not negative.
const SIZES: [f64; 2] = [0.0, f64::MAX];

fn parameter() -> Parameter<f64> {
    Parameter::new(Tensor::new([2], vec![1.0, -2.0]))
}

/// The panic's sentence, which must blame this file.
fn refusal(f: impl FnOnce()) -> String {
    let blame = panic_of(f);
    assert!(blame.file.ends_with("training/ranges.rs"), "{blame:?}");
    blame.message
}

fn sgd(change: impl FnOnce(&mut SgdConfig)) -> Sgd<f64> {
    let mut config = SgdConfig::default();
    change(&mut config);
    Sgd::with_config(&parameter(), config)
}

fn adam(change: impl FnOnce(&mut AdamConfig)) -> Adam<f64> {
    let mut config = AdamConfig::default();
    change(&mut config);
    Adam::with_config(&parameter(), config)
}

#[test]
fn options_of_sgd() {
    for size in SIZES {
        sgd(|config| config.learning_rate = size).set_learning_rate(size);
        sgd(|config| config.weight_decay = size);
        sgd(|config| config.momentum = size);
    }
    for size in NO_SIZE {
        let told = |option: &str| format!("the {option} of SGD cannot be {size}");
        let rate = || drop(sgd(|config| config.learning_rate = size));
        assert_eq!(refusal(rate), told("learning rate"));
        assert_eq!(refusal(|| drop(Sgd::new(&parameter(), size))), told("learning rate"));
        let decay = || drop(sgd(|config| config.weight_decay = size));
        assert_eq!(refusal(decay), told("weight decay"));
        let momentum = || drop(sgd(|config| config.momentum = size));
        assert_eq!(refusal(momentum), told("momentum"));
        let mut optimizer = sgd(|_| {});
        assert_eq!(refusal(|| optimizer.set_learning_rate(size)), told("learning rate"));
        assert_eq!(optimizer.learning_rate(), 0.01);
    }
    for dampening in [f64::MIN, f64::MAX] {
        sgd(|config| config.dampening = dampening);
    }
    for dampening in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = refusal(|| drop(sgd(|config| config.dampening = dampening)));
        assert_eq!(refused, format!("the dampening of SGD cannot be {dampening}"));
    }
    let nesterov = |momentum, dampening| {
        sgd(|config| {
            *config = SgdConfig { momentum, dampening, nesterov: true, ..*config };
        })
    };
    nesterov(f64::MIN_POSITIVE, 0.0);
    for (momentum, dampening) in [(0.0, 0.0), (0.9, f64::MIN_POSITIVE)] {
        let refused = refusal(|| drop(nesterov(momentum, dampening)));
        assert!(refused.starts_with("Nesterov's look-ahead needs momentum and no dampening"));
    }
}

#[test]
fn options_of_adam() {
    for size in SIZES {
        adam(|config| config.learning_rate = size).set_learning_rate(size);
        adam(|config| config.epsilon = size);
        adam(|config| config.weight_decay = size);
    }
    for size in NO_SIZE {
        let told = |option: &str| format!("the {option} of Adam cannot be {size}");
        let rate = || drop(adam(|config| config.learning_rate = size));
        assert_eq!(refusal(rate), told("learning rate"));
        let epsilon = || drop(adam(|config| config.epsilon = size));
        assert_eq!(refusal(epsilon), told("epsilon"));
        let decay = || drop(adam(|config| config.weight_decay = size));
        assert_eq!(refusal(decay), told("weight decay"));
        let mut optimizer = adam(|_| {});
        assert_eq!(refusal(|| optimizer.set_learning_rate(size)), told("learning rate"));
        assert_eq!(optimizer.learning_rate(), 1e-3);
    }
    for beta in [0.0, 1.0_f64.next_down()] {
        adam(|config| config.betas = (beta, 0.5));
        adam(|config| config.betas = (0.5, beta));
    }
    for beta in [1.0, -f64::MIN_POSITIVE, f64::NAN] {
        let told = format!("a beta of Adam cannot be {beta}");
        assert_eq!(refusal(|| drop(adam(|config| config.betas = (beta, 0.5)))), told);
        assert_eq!(refusal(|| drop(adam(|config| config.betas = (0.5, beta)))), told);
    }
}

#[test]
fn rates_and_decays_of_groups() {
    let model = parameter();
    let groups = || Groups::of(&model);
    for size in SIZES {
        let groups = groups().rate(&model, size).weight_decay(&model, size);
        assert_eq!(groups.get(""), Some((size, Some(size))));
        assert_eq!(groups.rate_by_depth(|_| size).get(""), Some((size, Some(size))));
    }
    for size in NO_SIZE {
        let told = |option: &str| format!("the {option} of a group cannot be {size}");
        assert_eq!(refusal(|| drop(groups().rate(&model, size))), told("rate"));
        assert_eq!(refusal(|| drop(groups().weight_decay(&model, size))), told("weight decay"));
        assert_eq!(refusal(|| drop(groups().rate_by_depth(|_| size))), told("rate"));
    }
}

#[test]
fn sizes_and_options_of_layers() {
    let seed = Seed::new(1);
    assert_eq!(Linear::<f64>::new(1, 1, seed).num_parameters(), 2);
    for (inputs, outputs) in [(0, 1), (1, 0)] {
        let refused = refusal(|| drop(Linear::<f64>::he(inputs, outputs, seed)));
        let told = format!("a linear layer needs inputs and outputs, not {inputs} and {outputs}");
        assert_eq!(refused, told);
        let refused = refusal(|| drop(Embedding::<f64>::new(inputs, outputs, seed)));
        let told = format!("an embedding needs entries and units, not {inputs} and {outputs}");
        assert_eq!(refused, told);
    }
    assert_eq!(Embedding::<f64>::new(1, 1, seed).num_parameters(), 1);
    assert_eq!(BatchNorm::<f64>::new(1).num_parameters(), 2);
    let refused = refusal(|| drop(BatchNorm::<f64>::new(0)));
    assert_eq!(refused, "batch normalisation needs columns");
    assert_eq!(LayerNorm::<f64>::new(1).num_parameters(), 2);
    let refused = refusal(|| drop(LayerNorm::<f64>::new(0)));
    assert_eq!(refused, "layer normalisation needs entries");
    let refused = refusal(|| drop(Parallel::<f64>::new([], Combine::Sum)));
    assert_eq!(refused, "a parallel layer needs a branch");

    for rate in [0.0, 1.0_f64.next_down()] {
        assert_eq!(Dropout::new(rate).rate(), rate);
    }
    for rate in [1.0, -f64::MIN_POSITIVE, f64::NAN] {
        let refused = refusal(|| _ = Dropout::new(rate));
        assert_eq!(refused, format!("dropout cannot have the rate {rate}"));
    }
    for slope in [f64::MIN, f64::MAX] {
        let _ = LeakyRelu::new(slope);
    }
    for slope in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = refusal(|| _ = LeakyRelu::new(slope));
        assert_eq!(refused, format!("a leaky ReLU cannot have the slope {slope}"));
    }
}
