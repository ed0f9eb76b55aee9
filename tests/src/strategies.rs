//! Small tasks for the laws over strategies: sources and a target, tables, networks, a recipe.

use autograd::{Float, Gradients, Seed, Tape, Tensor};
use multitask::{Network, Plan, Table};
use nn::data::Numbers;
use nn::train::{Recipe, Run};
use nn::{BatchNormConfig, Dataset, DropoutConfig, Labels, LayerSpec, NetworkSpec};
use nn::{Parameters, Tanh};
use transfer::{Given, Source, Target, pretrain};

/// The classes of the source.
pub const CLASSES: [&str; 3] = ["x", "y", "z"];

/// The names of the tasks of [`tables`], and their numbers of classes.
pub const NAMES: [(&str, usize); 3] = [("a", 3), ("b", 3), ("c", 3)];

/// Rows of 6 columns with labels of these classes, both at random.
///
/// # Panics
/// If a class is named twice.
pub fn data<F: Float>(rows: usize, classes: &[&str], seed: Seed) -> Dataset<F> {
    let label = |row: usize| seed.child("label").child(row).value() as usize % classes.len();
    let labels: Vec<usize> = (0..rows).map(label).collect();
    let labels = Labels::of_classes("kind", &labels, classes).expect("classes of other names");
    let features = nn::init::normal([rows, 6], 1.0, seed.child("features"));
    Dataset::new(features, vec![labels]).expect("a label a row")
}

/// The same rows with numbers in place of labels: at random, times `factor` and `shift` more.
///
/// # Panics
/// If they are not finite.
pub fn as_numbers<F: Float>(data: &Dataset<F>, factor: f64, shift: f64) -> Dataset<F> {
    let drawn = nn::init::normal::<f64>([data.num_rows()], 3.0, Seed::new(4));
    let values: Vec<f64> = drawn.as_slice().iter().map(|x| factor * x + shift).collect();
    let numbers = Numbers::of_values("length", &values).expect("finite numbers");
    Dataset { label_columns: vec![numbers.into()], ..data.clone() }
}

/// Three hidden layers with smooth activations, so that no dead unit hides a difference.
pub fn smooth() -> NetworkSpec {
    let linear = LayerSpec::linear;
    let spec = NetworkSpec::new().then(linear(6, 5)).then(Tanh).then(linear(5, 4)).then(Tanh);
    spec.then(linear(4, 4)).then(Tanh).then(linear(4, 3))
}

/// The same with what is another in training than in prediction: batch statistics and dropout.
pub fn normalised() -> NetworkSpec {
    let mut spec = smooth();
    spec.layers.insert(1, (None, BatchNormConfig::new(5).into()));
    spec.layers.insert(3, (None, DropoutConfig { rate: 0.2 }.into()));
    spec
}

/// A few steps with batches, momentum and decay, which move what should stand still.
pub fn recipe(steps: usize) -> Recipe {
    Recipe { steps, batch: Some(5), weight_decay: 0.01, ..Recipe::at_rate(0.1) }
}

/// A run of [`recipe`].
pub fn run<F: Float>(steps: usize, seed: Seed) -> Run<'static, F> {
    Run::new(recipe(steps), seed)
}

/// A source task of classes `x`, `y`, `z`, learnt for a few steps.
///
/// # Panics
/// If it cannot be learnt.
pub fn source<F: Float>(seed: Seed) -> Source<F> {
    let data = data(20, &CLASSES, seed.child("source"));
    pretrain("source", data, &smooth(), &recipe(10), seed).expect("a source")
}

/// A target task of these classes.
pub fn target<F: Float>(classes: &[&str], seed: Seed) -> Target<F> {
    Target::new("target", data(12, classes, seed.child("target")))
}

/// The target that a strategy has learnt from one source.
///
/// # Errors
/// As the strategy's.
pub fn fitted<F: Float>(
    strategy: &dyn transfer::Strategy<F>,
    source: &Source<F>,
    target: &Target<F>,
    run: &Run<'_, F>,
) -> Result<transfer::Fitted<F>, transfer::Error> {
    strategy.fit(&Given::new(std::slice::from_ref(source), target), run)
}

/// The values of the network that a strategy has learnt from one source.
///
/// # Panics
/// If the strategy fails, or what it learns is no network.
#[track_caller]
pub fn weights<F: Float>(
    strategy: &dyn transfer::Strategy<F>,
    source: &Source<F>,
    target: &Target<F>,
    run: &Run<'_, F>,
) -> Vec<Tensor<F>> {
    let fitted = fitted(strategy, source, target, run).unwrap_or_else(|error| panic!("{error}"));
    values(fitted.model().unwrap_or_else(|error| panic!("{error}")))
}

/// Tables `a`, `b`, ... of one task each, with 6 columns, 3 classes, and other rows each.
pub fn tables<F: Float>(num_tasks: usize, seed: Seed) -> Vec<Table<F>> {
    let table = |task: usize| {
        let data = data(9 + 4 * task, &CLASSES, seed.child(task));
        Table::new(NAMES[task].0, data)
    };
    (0..num_tasks).map(table).collect()
}

/// A plan for the first of the tasks of [`tables`].
pub fn plan(spec: &NetworkSpec, num_tasks: usize, seed: Seed) -> Plan<'_> {
    Plan { spec, tasks: &NAMES[..num_tasks], seed }
}

/// The tasks that a strategy has learnt together.
///
/// # Errors
/// As the strategy's.
pub fn fitted_jointly<F: Float>(
    strategy: &dyn multitask::Strategy<F>,
    tables: &[Table<F>],
    spec: &NetworkSpec,
    run: &Run<'_, F>,
) -> Result<multitask::Fitted<F>, multitask::Error> {
    strategy.fit(&multitask::Given { tables, spec }, run)
}

/// The values of the network that a strategy has learnt of tasks together.
///
/// # Panics
/// If the strategy fails.
#[track_caller]
pub fn joint_weights<F: Float>(
    strategy: &dyn multitask::Strategy<F>,
    tables: &[Table<F>],
    spec: &NetworkSpec,
    run: &Run<'_, F>,
) -> Vec<Tensor<F>> {
    let fitted = fitted_jointly(strategy, tables, spec, run);
    values(&*fitted.unwrap_or_else(|error| panic!("{error}")).network)
}

/// The gradients of the mean cross-entropy of one task's rows.
///
/// # Panics
/// If a row has no class.
pub fn gradients<F: Float>(
    network: &impl Network<F>,
    tables: &[Table<F>],
    task: usize,
) -> Gradients<F> {
    let tape = Tape::<F>::default();
    let data = &tables[task].data;
    let labels = data.labels().complete().expect("a class a row");
    network.forward(tape.constant(&data.features), &[task])[0].cross_entropy(&labels).backward()
}

/// The values of all parameters, in order, whatever their names.
pub fn values<F: Float>(parts: &(impl Parameters<F> + ?Sized)) -> Vec<Tensor<F>> {
    parts.named().into_iter().map(|(_, parameter)| parameter.value()).collect()
}

/// Whether any parameter of a part has a gradient with an entry other than 0.
pub fn reached<F: Float>(gradients: &Gradients<F>, part: &impl Parameters<F>) -> bool {
    part.named().iter().any(|(_, parameter)| {
        gradients.of(parameter).is_some_and(|g| g.as_slice().iter().any(|&x| x != F::ZERO))
    })
}

/// Whether no parameter of a part has a gradient, be it 0.
pub fn absent<F: Float>(gradients: &Gradients<F>, part: &impl Parameters<F>) -> bool {
    part.named().iter().all(|(_, parameter)| gradients.of(parameter).is_none())
}
