//! Chapter 9: a shared trunk helps tasks that use the same features,
//! and costs others something.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Var};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod paired;
mod teacher;

// ANCHOR: model
struct MultiTaskModel {
    fc1: Linear,
    heads: Vec<Linear>,
}
nn::parts!(MultiTaskModel: fc1, heads);

impl MultiTaskModel {
    fn new(tasks: usize, units: usize, seed: Seed) -> Self {
        let of_head = |task| seed.child("heads").child(task);
        let head = |task| Linear::new(units, CLASSES, of_head(task));
        MultiTaskModel {
            fc1: Linear::new(INPUTS, units, seed.child("fc1")),
            heads: (0..tasks).map(head).collect(),
        }
    }

    /// The logits of one task for rows of that task.
    fn forward<'t>(&self, task: usize, x: Var<'t>) -> Var<'t> {
        self.heads[task].forward(self.fc1.forward(x).relu())
    }
}
// ANCHOR_END: model

// ANCHOR: train
fn train(model: &MultiTaskModel, tasks: &[Rows]) {
    let mut optimizer = Sgd::new(model, 0.4);
    for epoch in 0..300 {
        let tape = Tape::training(Seed::new(epoch));
        let mut loss = tape.constant(0.0);
        for (task, (x, labels)) in tasks.iter().enumerate() {
            let logits = model.forward(task, tape.constant(x));
            loss = loss + logits.cross_entropy(labels);
        }
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// The cosine between the features of both teachers, and the units of
/// the trunk.
const TABLE: [(&str, f32, usize); 4] = [
    ("the same features", 1.0, 50),
    ("the same features", 1.0, 8),
    ("other features", 0.0, 50),
    ("other features", 0.0, 8),
];

/// Test accuracies of the poor task, with the rich one and alone, for
/// each row of the table.
fn run(seed: Seed) -> [[f64; 2]; 4] {
    let poor = Teacher::new(seed.child("poor"));
    TABLE.map(|(_, cosine, units)| {
        let rich = poor.relative(cosine, 0.0, seed.child("rich"));
        let tasks = [
            poor.sample(50, seed.child("poor rows")),
            rich.sample(300, seed.child("rich rows")),
        ];
        let (x, labels) = poor.sample(2000, seed.child("test rows"));
        [2, 1].map(|count| {
            let model = MultiTaskModel::new(count, units, seed);
            train(&model, &tasks[..count]);
            let tape = Tape::predicting();
            let logits = model.forward(0, tape.constant(&x)).value();
            accuracy(&logits, &labels)
        })
    })
}

fn main() {
    println!("20 paired seeds: the poor task's accuracies");
    println!("the other task has  units  alone  together  difference");
    let runs = runs(20, 9, run);
    let gains: [PairedDifference; 4] = std::array::from_fn(|i| {
        let [ours, alone] = [0, 1].map(|j| column(&runs, |r| r[i][j]));
        let gain = PairedDifference::new(&ours, &alone);
        let (name, _, units) = TABLE[i];
        let (alone, ours) = (mean(&alone), mean(&ours));
        println!(
            "{name:18}  {units:5}  {alone:5.3}  {ours:8.3}  {gain}"
        );
        gain
    });
    assert!(sigmas(&gains[0]) > 3.0, "both tasks' rows teach features");
    assert!(
        sigmas(&gains[3]) < -3.0,
        "a narrow trunk cannot serve both"
    );
    pictures::draw(pictures::wiring::shared).expect("its file");
    println!("\nNext: cargo run --release --example 10_connections");
}
