//! Chapter 10: a related column helps and an unrelated one hurts, but
//! training finds the same mixture with both.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Var};
use multitask::connection::CrossStitchUnit;
use nn::metrics::negative_log_likelihood;
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod paired;
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
    /// Columns that begin alike, each with `own` of itself and the rest
    /// of the others.
    fn new(tasks: usize, own: f64, seed: Seed) -> Self {
        let of_fc2 = |task| seed.child("fc2").child(task);
        let column = |task| Column {
            fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
            fc2: Linear::new(50, CLASSES, of_fc2(task)),
        };
        let columns = (0..tasks).map(column).collect();
        let unit = CrossStitchUnit::new(tasks, own);
        MultiTaskModel { columns, unit }
    }
}
// ANCHOR_END: model

// ANCHOR: forward
impl MultiTaskModel {
    /// The logits of one task for rows of that task, which pass through
    /// all columns.
    fn forward<'t>(&self, task: usize, x: Var<'t>) -> Var<'t> {
        let hidden = |column: &Column| column.fc1.forward(x).relu();
        let hidden: Vec<_> = self.columns.iter().map(hidden).collect();
        let mixed = self.unit.receive(&hidden, task);
        self.columns[task].fc2.forward(mixed)
    }
}
// ANCHOR_END: forward

// ANCHOR: train
/// `rate` is the mixture's learning rate, as a part of the weights'.
fn train(model: &MultiTaskModel, tasks: &[Rows], rate: f32) {
    let mut optimizer = Sgd::new(model, 0.4);
    let mixing = &model.unit.mixing;
    for epoch in 0..200 {
        let tape = Tape::training(Seed::new(epoch));
        let mut loss = tape.constant(0.0);
        for (task, (x, labels)) in tasks.iter().enumerate() {
            let logits = model.forward(task, tape.constant(x));
            loss = loss + logits.cross_entropy(labels);
        }
        let mut gradients = loss.backward();
        if let Some(gradient) = gradients.take(mixing) {
            gradients.insert(mixing, gradient.scale(rate));
        }
        optimizer.step(gradients);
    }
}
// ANCHOR_END: train

/// What a task takes of the other at first, and how fast it is learnt.
const UNITS: [(f64, f32); 4] =
    [(0.0, 0.0), (0.5, 0.0), (0.1, 0.01), (0.1, 1.0)];

/// The poor task's test accuracy, its loss on its own rows, and what it
/// takes of the other in the end, for each of `UNITS`.
fn run(seed: Seed, cosine: f32) -> [[f64; 3]; 4] {
    let poor = Teacher::new(seed.child("poor"));
    let rich = poor.relative(cosine, 0.0, seed.child("rich"));
    let few = poor.sample(50, seed.child("its rows"));
    let tasks = [few, rich.sample(250, seed.child("rows"))];
    let (x, labels) = poor.sample(2000, seed.child("test rows"));
    let logits = |model: &MultiTaskModel, x| {
        model.forward(0, Tape::predicting().constant(x)).value()
    };
    let alone = MultiTaskModel::new(1, 1.0, seed);
    train(&alone, &tasks[..1], 0.0);
    UNITS.map(|(other, rate)| {
        let model = MultiTaskModel::new(2, 1.0 - other, seed);
        train(&model, &tasks, rate);
        let found = logits(&model, &x);
        let same = || found == logits(&alone, &x);
        assert!(other > 0.0 || same(), "M = I: separate networks");
        let seen = logits(&model, &tasks[0].0);
        let loss = negative_log_likelihood(&seen, &tasks[0].1);
        let mixing = model.unit.mixing.value().as_slice()[1];
        [accuracy(&found, &labels), loss, mixing.into()]
    })
}

/// The lines of the table beside this task; how sure each is.
fn block(name: &str, cosine: f32) -> [f64; 4] {
    let runs = runs(20, 10, |seed| run(seed, cosine));
    let of = |i: usize, j: usize| column(&runs, |run| run[i][j]);
    [0, 1, 2, 3].map(|i| {
        let gain = PairedDifference::new(&of(i, 0), &of(0, 0));
        let [right, loss, end] = [0, 1, 2].map(|j| mean(&of(i, j)));
        let (first, rate) = UNITS[i];
        print!("{name:17}  {first:7.1}  {rate:4.2}  {end:5.2}  ");
        println!("{loss:5.3}  {right:5.3}  {gain}");
        sigmas(&gain)
    })
}

fn main() {
    println!("20 paired seeds, the poor task; M is what it takes");
    println!(
        "other task         M first  rate  M end   loss  right  gain"
    );
    let same = block("the same features", 1.0);
    let other = block("other features", 0.0);
    assert!(same[1] > 3.0, "the column of a related task helps");
    assert!(other[3] < -3.0, "a fast mixture lets an unrelated one in");
    pictures::draw(pictures::wiring::connections).expect("its file");
    println!("\nNext: cargo run --release --example 10_mixing");
}
