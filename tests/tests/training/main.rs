//! Laws of layers and of training: optimisers, groups, schedules, freezing, resuming.

#![expect(clippy::float_cmp, reason = "what should hold bit for bit is compared so")]

mod frozen;
mod gradients;
mod groups;
mod layers;
mod loss;
mod ranges;
mod resuming;
mod rules;

use autograd::{Float, Seed, Tape, Tensor};
use nn::{
    Adam, AdamConfig, BatchNormConfig, Combine, DropoutConfig, Gelu, Groups, LayerNormConfig,
    LeakyReluConfig, LinearConfig, Module, NetworkSpec, Optimizer, ParallelConfig, Parameters,
    ResidualConfig, Sequential, Sgd, SgdConfig, Silu, StateDict, Tanh,
};

const INPUTS: usize = 5;
const CLASSES: usize = 3;

fn linear(inputs: usize, outputs: usize) -> LinearConfig {
    LinearConfig::he(inputs, outputs)
}

/// A network with every kind of layer.
fn every_layer() -> NetworkSpec {
    let spec = NetworkSpec::new;
    let branches = vec![spec().then(linear(6, 2)).then(Silu), spec().then(linear(6, 4))];
    spec()
        .then(linear(INPUTS, 6))
        .then(BatchNormConfig::new(6))
        .then(Gelu)
        .then(ResidualConfig { layers: spec().then(linear(6, 6)).then(Tanh) })
        .then(LayerNormConfig::new(6))
        .then(DropoutConfig { rate: 0.2 })
        .then(ParallelConfig { branches, combine: Combine::Concatenate })
        .then(LeakyReluConfig { slope: 0.1 })
        .then(BatchNormConfig::new(6))
        .then(linear(6, CLASSES))
}

/// Every optimiser with all that it can carry from step to step: momentum, decay, moments.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Rule {
    Plain,
    Momentum,
    Nesterov,
    Dampened,
    Adam,
    AdamW,
}
const RULES: [Rule; 6] =
    [Rule::Plain, Rule::Momentum, Rule::Nesterov, Rule::Dampened, Rule::Adam, Rule::AdamW];

impl Rule {
    fn on<F: Float>(self, model: &(impl Parameters<F> + ?Sized)) -> Box<dyn Optimizer<F>> {
        self.with(Groups::of(model), 0.02, 0.01)
    }

    fn with<F: Float>(
        self,
        groups: Groups<F>,
        learning_rate: f64,
        weight_decay: f64,
    ) -> Box<dyn Optimizer<F>> {
        let plain = SgdConfig { learning_rate, weight_decay, ..SgdConfig::default() };
        let adam = AdamConfig { learning_rate, weight_decay, ..AdamConfig::default() };
        let sgd = |config| Box::new(Sgd::with_groups(groups.clone(), config));
        match self {
            Rule::Plain => sgd(plain),
            Rule::Momentum => sgd(SgdConfig { momentum: 0.9, ..plain }),
            Rule::Nesterov => sgd(SgdConfig { momentum: 0.9, nesterov: true, ..plain }),
            Rule::Dampened => sgd(SgdConfig { momentum: 0.9, dampening: 0.5, ..plain }),
            Rule::Adam => Box::new(Adam::with_groups(groups, adam)),
            Rule::AdamW => {
                Box::new(Adam::with_groups(groups, AdamConfig { decoupled: true, ..adam }))
            }
        }
    }
}

/// Fixed, unequal rows and their labels.
fn rows<F: Float>(rows: usize, inputs: usize) -> (Tensor<F>, Vec<usize>) {
    let x = Tensor::from_fn([rows, inputs], |i| F::of((1.7 * i as f64).sin()));
    (x, (0..rows).map(|row| (row * row + row / 3) % CLASSES).collect())
}

/// One step in training mode; dropout is a function of the step.
fn train<F: Float>(network: &Sequential<F>, optimizer: &mut dyn Optimizer<F>, step: usize) {
    let (x, labels) = rows(12, INPUTS);
    let tape = Tape::<F>::in_training(Seed::new(9).child(step));
    let loss = network.forward(tape.constant(x)).cross_entropy(&labels);
    optimizer.step(nn::finite(network, loss, step).unwrap().backward());
}

/// Every number of a state, bit for bit.
fn bits<F: Float>(state: &StateDict<F>) -> Vec<(String, Vec<u64>)> {
    let bits = |x: &Tensor<F>| x.as_slice().iter().map(|x| x.to_f64().to_bits()).collect();
    state.iter().map(|(name, value)| (name.to_owned(), bits(value))).collect()
}
