//! Small tasks for the laws of this crate.

use autograd::{Float, Gradients, Seed, Tape, Tensor};
use nn::{Dataset, Labels, LayerSpec, NetworkSpec, Parameters, Tanh};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::{Network, Recipe, Task};

/// How many cases a law is tried on: each trains small networks or sweeps one.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let regressions = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(regressions)), ..Default::default() }
}

/// Tasks `a`, `b`, ... with 6 columns, 3 classes, and other rows each.
pub(crate) fn tasks<F: Float>(num_tasks: usize, seed: Seed) -> Vec<Task<F>> {
    let task = |task: usize| {
        let (rows, seed) = (9 + 4 * task, seed.child(task));
        let label = |row: usize| (seed.child("label").child(row).value() % 3) as usize;
        let labels: Vec<usize> = (0..rows).map(label).collect();
        let labels = Labels::of_classes("kind", &labels, &["x", "y", "z"]).unwrap();
        let features = nn::init::normal([rows, 6], 1.0, seed.child("features"));
        let name = char::from(b'a' + task as u8).to_string();
        Task::new(name, Dataset::new(features, vec![labels]).unwrap())
    };
    (0..num_tasks).map(task).collect()
}

/// The names of the tasks of [`tasks`], and their numbers of classes.
pub(crate) const NAMES: [(&str, usize); 3] = [("a", 3), ("b", 3), ("c", 3)];

/// Three hidden layers with smooth activations, so that no dead unit hides a gradient.
pub(crate) fn smooth() -> NetworkSpec {
    let linear = LayerSpec::linear;
    let spec = NetworkSpec::new().then(linear(6, 5)).then(Tanh).then(linear(5, 4)).then(Tanh);
    spec.then(linear(4, 4)).then(Tanh).then(linear(4, 3))
}

/// A few steps with momentum and decay, which move what should stand still.
pub(crate) fn recipe(steps: usize) -> Recipe {
    Recipe { steps, learning_rate: 0.1, momentum: 0.9, weight_decay: 0.01 }
}

/// The gradients of the mean cross-entropy of one task's rows.
pub(crate) fn gradients<F: Float>(
    network: &impl Network<F>,
    tasks: &[Task<F>],
    task: usize,
) -> Gradients<F> {
    let tape = Tape::<F>::default();
    let data = &tasks[task].data;
    let labels = data.labels().complete().unwrap();
    network.forward(tape.constant(&data.features), task).cross_entropy(&labels).backward()
}

/// The values of all parameters, in order, whatever their names.
pub(crate) fn values<F: Float>(parts: &(impl Parameters<F> + ?Sized)) -> Vec<Tensor<F>> {
    parts.named().into_iter().map(|(_, parameter)| parameter.value()).collect()
}

/// Whether any parameter of a part has a gradient with an entry other than 0.
pub(crate) fn reached<F: Float>(gradients: &Gradients<F>, part: &impl Parameters<F>) -> bool {
    part.named().iter().any(|(_, parameter)| {
        gradients.of(parameter).is_some_and(|g| g.as_slice().iter().any(|&x| x != F::ZERO))
    })
}

/// Whether no parameter of a part has a gradient, be it 0.
pub(crate) fn absent<F: Float>(gradients: &Gradients<F>, part: &impl Parameters<F>) -> bool {
    part.named().iter().all(|(_, parameter)| gradients.of(parameter).is_none())
}
