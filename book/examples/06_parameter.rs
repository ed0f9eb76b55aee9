//! Chapter 6: fine-tuning the source's weights helps if the tasks
//! agree, and hurts if they do not.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Var};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Error, Linear, Module, Optimizer as _};
use nn::{Parameters as _, Sgd};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod paired;
mod teacher;

/// How similar the target's teacher is to the source's.
const COSINES: [f32; 5] = [1.0, 0.9, 0.7, 0.5, 0.0];

// ANCHOR: models
#[derive(Clone)]
struct SourceModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(SourceModel: fc1, fc2);

impl Module for SourceModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}

// ANCHOR_END: models

// ANCHOR: target
/// The target's network: the source's layers, and the source's weights
/// to start from.
#[derive(Clone)]
struct TargetModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(TargetModel: fc1, fc2);

impl TargetModel {
    fn new(source: &SourceModel, seed: Seed) -> Result<Self, Error> {
        let target = TargetModel {
            fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
            fc2: Linear::new(50, CLASSES, seed.child("fc2")),
        };
        target.load_state_dict(&source.state_dict())?;
        Ok(target)
    }
}

impl Module for TargetModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}
// ANCHOR_END: target

// ANCHOR: train
fn train(model: &impl Module, (x, labels): &Rows) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..300 {
        let tape = Tape::training(Seed::new(epoch));
        let logits = model.forward(tape.constant(x));
        let loss = logits.cross_entropy(labels);
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// Test accuracies of the target, with the source and without, for each
/// of the target teachers.
fn run(seed: Seed) -> [[f64; 2]; 5] {
    let teacher = Teacher::new(seed.child("source"));
    // ANCHOR: transfer
    let fresh = SourceModel {
        fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
        fc2: Linear::new(50, CLASSES, seed.child("fc2")),
    };
    let source = fresh.clone();
    train(&source, &teacher.sample(1000, seed.child("source rows")));

    COSINES.map(|cosine| {
        let related =
            teacher.relative(cosine, cosine, seed.child("target"));
        let rows = related.sample(50, seed.child("target rows"));
        let target = TargetModel::new(&source, seed).expect("a fit");
        let scratch = fresh.clone();
        train(&target, &rows);
        train(&scratch, &rows);
        let (x, labels) = related.sample(2000, seed.child("test rows"));
        let (tuned, scratch) =
            (target.predict(&x), scratch.predict(&x));
        [accuracy(&tuned, &labels), accuracy(&scratch, &labels)]
    })
    // ANCHOR_END: transfer
}

fn main() {
    println!("12 paired seeds: accuracies, and their difference");
    println!("cosine  scratch  fine-tuned  difference");
    let runs = runs(12, 6, run);
    let gains: [PairedDifference; 5] = std::array::from_fn(|i| {
        let [tuned, scratch] =
            [0, 1].map(|j| column(&runs, |r| r[i][j]));
        let gain = PairedDifference::new(&tuned, &scratch);
        let (cosine, scratch) = (COSINES[i], mean(&scratch));
        let tuned = mean(&tuned);
        println!("{cosine:6.1}  {scratch:7.3}  {tuned:10.3}  {gain}");
        gain
    });
    assert!(sigmas(&gains[1]) > 3.0, "a similar source helps");
    assert!(sigmas(&gains[4]) < -3.0, "an unrelated source hurts");
    pictures::draw(pictures::wiring::parameter).expect("its file");
    println!("\nNext: cargo run --release --example 07_feature");
}
