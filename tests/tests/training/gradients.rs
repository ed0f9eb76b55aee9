//! Gradients through every layer against central differences.

use autograd::{Seed, Tape, Tensor};
use nn::{Module, Parameters, Sequential};

use super::{INPUTS, every_layer, rows};

/// The loss, on a tape that trains with one and the same dropout or on one that evaluates.
fn loss(network: &Sequential<f64>, training: bool) -> (f64, autograd::Gradients<f64>) {
    let (x, labels) = rows(7, INPUTS);
    let tape =
        if training { Tape::<f64>::in_training(Seed::new(2)) } else { Tape::<f64>::default() };
    let loss = network.forward(tape.constant(x)).cross_entropy(&labels);
    (loss.value().item(), loss.backward())
}

#[test]
fn the_gradient_of_every_tensor_of_every_layer_agrees_with_differences() {
    const STEP: f64 = 1e-6;
    // The difference's own error: rounding of 1e-16 over the step, and its square.
    const TOLERANCE: f64 = 1e-8;
    let network = every_layer().build::<f64>(Seed::new(11));
    for training in [true, false] {
        let (_, gradients) = loss(&network, training);
        for (name, parameter) in network.named() {
            if parameter.is_buffer() {
                continue;
            }
            let value = parameter.value();
            let moved = |entry: usize, by: f64| {
                let add = |i: usize| value.as_slice()[i] + if i == entry { by } else { 0.0 };
                parameter.set(Tensor::from_fn(value.shape(), add));
                loss(&network, training).0
            };
            let found = gradients.of(&parameter).expect("every tensor has a part in the loss");
            for (entry, gradient) in found.as_slice().iter().enumerate() {
                let difference = (moved(entry, STEP) - moved(entry, -STEP)) / (2.0 * STEP);
                let close = (gradient - difference).abs() < TOLERANCE;
                assert!(
                    close,
                    "{name}[{entry}]: {gradient} by the sweep, {difference} by differences"
                );
            }
            parameter.set(value);
        }
    }
}
