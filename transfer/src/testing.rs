//! Small source and target tasks for the laws of this crate.

use autograd::{Float, Seed, Tensor};
use nn::{Dataset, Labels, LayerSpec, NetworkSpec, Parameters, Tanh};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::{Recipe, Source, Training, pretrain};

/// How many cases a law is tried on: each trains small networks.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let regressions = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(regressions)), ..Default::default() }
}

/// Rows of 6 columns with labels of these classes, both at random.
pub(crate) fn data<F: Float>(rows: usize, classes: &[&str], seed: Seed) -> Dataset<F> {
    let label = |row: usize| seed.child("label").child(row).value() as usize % classes.len();
    let labels: Vec<usize> = (0..rows).map(label).collect();
    let labels = Labels::of_classes("kind", &labels, classes).unwrap();
    let features = nn::init::normal([rows, 6], 1.0, seed.child("features"));
    Dataset::new(features, vec![labels]).unwrap()
}

/// Two hidden layers with smooth activations, so that no dead unit hides a difference.
pub(crate) fn smooth() -> NetworkSpec {
    let linear = LayerSpec::linear;
    NetworkSpec::new()
        .then(linear(6, 5))
        .then(Tanh)
        .then(linear(5, 4))
        .then(Tanh)
        .then(linear(4, 3))
}

/// A few steps with momentum and decay, which move what should stand still.
pub(crate) fn recipe(steps: usize) -> Recipe {
    Recipe { steps, batch: Some(5), learning_rate: 0.1, momentum: 0.9, weight_decay: 0.01 }
}

/// A source task of classes `x`, `y`, `z`, learnt for a few steps.
pub(crate) fn source<F: Float>(seed: Seed) -> Source<F> {
    let data = data(20, &["x", "y", "z"], seed.child("source"));
    pretrain("source", data, &smooth(), &recipe(10), seed).unwrap()
}

/// A target task of these classes.
pub(crate) fn target<F: Float>(classes: &[&str], seed: Seed) -> Training<F> {
    Training::new("target", data(12, classes, seed.child("target")))
}

/// The values of all parameters, in order.
pub(crate) fn values<F: Float>(parts: &(impl Parameters<F> + ?Sized)) -> Vec<Tensor<F>> {
    parts.named().into_iter().map(|(_, parameter)| parameter.value()).collect()
}
