//! Chapter 6: fine-tuning the source's weights helps if the tasks agree, and hurts if they do not.
//! Tolerance: 0.04, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Seed, Tape, Var, parallel};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module, Optimizer as _, Parameters as _, Sgd};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

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

/// The target's network: the source's layers, and the source's weights to start from.
#[derive(Clone)]
struct TargetModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(TargetModel: fc1, fc2);

impl TargetModel {
    fn new(source: &SourceModel, seed: Seed) -> Result<Self, nn::Error> {
        let fc1 = Linear::new(INPUTS, 50, seed.child("fc1"));
        let fc2 = Linear::new(50, CLASSES, seed.child("fc2"));
        let target = TargetModel { fc1, fc2 };
        target.load_state_dict(&source.state_dict())?;
        Ok(target)
    }
}

impl Module for TargetModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}
// ANCHOR_END: models

// ANCHOR: train
fn train(model: &impl Module, (x, labels): &Rows) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..300 {
        let tape = Tape::training(Seed::new(epoch));
        let loss = model.forward(tape.constant(x)).cross_entropy(labels);
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// Test accuracies of the target, with the source and without, for each of the target teachers.
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
        let target_teacher = teacher.relative(cosine, cosine, seed.child("target"));
        let rows = target_teacher.sample(50, seed.child("target rows"));
        let (target, scratch) = (TargetModel::new(&source, seed).expect("a fit"), fresh.clone());
        train(&target, &rows);
        train(&scratch, &rows);
        let (x, labels) = target_teacher.sample(2000, seed.child("test rows"));
        [accuracy(&target.predict(&x), &labels), accuracy(&scratch.predict(&x), &labels)]
    })
    // ANCHOR_END: transfer
}

fn main() {
    println!("cosine  scratch  fine-tuned  difference, 12 paired seeds");
    let seeds: Vec<Seed> = (0..12_usize).map(|s| Seed::new(6).child(s)).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let gains: [PairedDifference; 5] = std::array::from_fn(|i| {
        let [tuned, scratch] = [0, 1].map(|j| runs.iter().map(|run| run[i][j]).collect::<Vec<_>>());
        let gain = PairedDifference::new(&tuned, &scratch);
        println!("{:6.1}  {:7.3}  {:10.3}  {gain}", COSINES[i], mean(&scratch), mean(&tuned));
        gain
    });
    assert!(gains[1].mean > 3.0 * gains[1].standard_error, "a similar source helps");
    assert!(gains[4].mean < -3.0 * gains[4].standard_error, "an unrelated source hurts");
    println!("\nNext: chapter 7, cargo run --release --example 07_feature -p book");
}
