//! Chapter 10: connected columns share as much as the tasks have in common.
//! Tolerance: 0.04, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Seed, Tape, Var, parallel};
use multitask::connection::CrossStitchUnit;
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod teacher;
// ANCHOR: model
struct Column {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(Column: fc1, fc2);

struct MultiTaskModel {
    columns: Vec<Column>,
    unit: CrossStitchUnit,
}
nn::parts!(MultiTaskModel: columns, unit);

impl MultiTaskModel {
    /// Columns that begin alike, each with `own` of itself and the rest of the others.
    fn new(tasks: usize, own: f64, seed: Seed) -> Self {
        let fc1 = || Linear::new(INPUTS, 50, seed.child("fc1"));
        let fc2 = |task| Linear::new(50, CLASSES, seed.child("fc2").child(task));
        let columns = (0..tasks).map(|task| Column { fc1: fc1(), fc2: fc2(task) }).collect();
        MultiTaskModel { columns, unit: CrossStitchUnit::new(tasks, own) }
    }

    /// The logits of one task for rows of that task, which pass through all columns.
    fn forward<'t>(&self, task: usize, x: Var<'t>) -> Var<'t> {
        let hidden: Vec<_> = self.columns.iter().map(|c| c.fc1.forward(x).relu()).collect();
        self.columns[task].fc2.forward(self.unit.receive(&hidden, task))
    }
}
// ANCHOR_END: model

// ANCHOR: train
/// `rate` is the learning rate of the mixture, as a part of the weights'.
fn train(model: &MultiTaskModel, tasks: &[Rows], rate: f32) {
    let mut optimizer = Sgd::new(model, 0.4);
    for epoch in 0..200 {
        let tape = Tape::training(Seed::new(epoch));
        let mut loss = tape.constant(0.0);
        for (task, (x, labels)) in tasks.iter().enumerate() {
            loss = loss + model.forward(task, tape.constant(x)).cross_entropy(labels);
        }
        let mut gradients = loss.backward();
        if let Some(gradient) = gradients.take(&model.unit.mixing) {
            gradients.insert(&model.unit.mixing, gradient.scale(rate));
        }
        optimizer.step(gradients);
    }
}
// ANCHOR_END: train

/// What a task takes of the other at first, and how fast that is learnt (0: it is fixed).
const UNITS: [(f64, f32); 4] = [(0.0, 0.0), (0.5, 0.0), (0.1, 0.01), (0.1, 1.0)];

/// The poor task's test accuracy and what it takes of the other in the end, for each of `UNITS`.
fn run(seed: Seed, cosine: f32) -> [[f64; 2]; 4] {
    let poor = Teacher::new(seed.child("poor"));
    let rich = poor.relative(cosine, 0.0, seed.child("rich"));
    let tasks = [poor.sample(50, seed.child("its rows")), rich.sample(250, seed.child("rows"))];
    let (x, labels) = poor.sample(2000, seed.child("test rows"));
    let test = |model: &MultiTaskModel| model.forward(0, Tape::predicting().constant(&x)).value();
    let alone = MultiTaskModel::new(1, 1.0, seed);
    train(&alone, &tasks[..1], 0.0);
    UNITS.map(|(other, rate)| {
        let model = MultiTaskModel::new(2, 1.0 - other, seed);
        train(&model, &tasks, rate);
        let logits = test(&model);
        assert!(other > 0.0 || logits == test(&alone), "A = I: separate networks, bit for bit");
        [accuracy(&logits, &labels), f64::from(model.unit.mixing.value().as_slice()[1])]
    })
}

fn main() {
    println!("other task         A at first  rate  A at end  accuracy  change, 20 paired seeds");
    let seeds: Vec<Seed> = (0..20_usize).map(|s| Seed::new(10).child(s)).collect();
    let sigmas = [(1.0, "the same features"), (0.0, "other features")].map(|(cosine, name)| {
        let runs = parallel::map(&seeds, |&seed| run(seed, cosine));
        let column = |i: usize, j: usize| runs.iter().map(|run| run[i][j]).collect::<Vec<_>>();
        [0, 1, 2, 3].map(|i| {
            let gain = PairedDifference::new(&column(i, 0), &column(0, 0));
            let ((first, rate), [accuracy, end]) = (UNITS[i], [0, 1].map(|j| mean(&column(i, j))));
            println!("{name:17}  {first:10.1}  {rate:4.2}  {end:8.2}  {accuracy:8.3}  {gain}");
            gain.mean / gain.standard_error
        })
    });
    assert!(sigmas[0][1] > 3.0, "the column of a related task helps");
    assert!(sigmas[1][3] < -3.0, "a mixture that learns too fast lets an unrelated one in");
    println!("\nNext: chapter 11, cargo run --release --example 11_layers -p book");
}
