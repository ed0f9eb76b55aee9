//! Chapter 7: the source's frozen features help where labels are few, and hold back where not.
//! Tolerance: 0.04, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Seed, Tape, Tensor, Var, parallel};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module, Optimizer as _, Parameters as _, Sgd, SgdConfig};
use teacher::{CLASSES, INPUTS, Teacher};

mod teacher;

/// The cosine between the features of both teachers, and the number of the target's rows.
const TARGETS: [(&str, f32, usize); 3] =
    [("same features", 1.0, 50), ("same features", 1.0, 1500), ("other features", 0.0, 50)];

// ANCHOR: model
#[derive(Clone)]
struct SourceModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(SourceModel: fc1, fc2);

impl SourceModel {
    fn features<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc1.forward(x).relu()
    }
}

impl Module for SourceModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.features(x))
    }
}
// ANCHOR_END: model

fn train(model: &impl Module, x: &Tensor, labels: &[usize]) {
    // Momentum and decay are on: they would move what a gradient of zero leaves.
    let (learning_rate, momentum, weight_decay) = (0.1, 0.6, 1e-4);
    let config = SgdConfig { learning_rate, momentum, weight_decay, ..SgdConfig::default() };
    let mut optimizer = Sgd::with_config(model, config);
    for epoch in 0..200 {
        let tape = Tape::training(Seed::new(epoch));
        let loss = model.forward(tape.constant(x)).cross_entropy(labels);
        optimizer.step(loss.backward());
    }
}

/// Test accuracies with the source's features and from scratch, for each target of the table.
fn run(seed: Seed) -> [[f64; 2]; 3] {
    let source_teacher = Teacher::new(seed.child("source"));
    let fresh = SourceModel {
        fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
        fc2: Linear::new(50, CLASSES, seed.child("fc2")),
    };
    let source = fresh.clone();
    let (x, labels) = source_teacher.sample(800, seed.child("source rows"));
    train(&source, &x, &labels);

    TARGETS.map(|(_, cosine, rows)| {
        let teacher = source_teacher.relative(cosine, 0.0, seed.child("target"));
        let (x, labels) = teacher.sample(rows, seed.child("target rows"));
        // ANCHOR: transfer
        let target = SourceModel { fc1: source.fc1.clone(), fc2: fresh.fc2.clone() };
        target.fc1.freeze();
        train(&target, &x, &labels);
        // ANCHOR_END: transfer
        assert_eq!(target.fc1.state_dict(), source.fc1.state_dict(), "frozen: the same bits");

        // ANCHOR: cached
        let features = source.features(Tape::predicting().constant(&x)).value();
        let head = fresh.fc2.clone();
        train(&head, &features, &labels);
        // ANCHOR_END: cached
        assert_eq!(head.state_dict(), target.fc2.state_dict(), "the same head, bit for bit");

        let scratch = fresh.clone();
        train(&scratch, &x, &labels);
        let (x, labels) = teacher.sample(2000, seed.child("test rows"));
        [accuracy(&target.predict(&x), &labels), accuracy(&scratch.predict(&x), &labels)]
    })
}

fn main() {
    println!("target's teacher     rows  scratch  features  difference, 12 paired seeds");
    let seeds: Vec<Seed> = (0..12_usize).map(|s| Seed::new(7).child(s)).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let gains: [PairedDifference; 3] = std::array::from_fn(|i| {
        let [ours, scratch] = [0, 1].map(|j| runs.iter().map(|run| run[i][j]).collect::<Vec<_>>());
        let gain = PairedDifference::new(&ours, &scratch);
        let (name, _, rows) = TARGETS[i];
        println!("{name:19}  {rows:4}  {:7.3}  {:8.3}  {gain}", mean(&scratch), mean(&ours));
        gain
    });
    let sure = gains.map(|gain| gain.mean.abs() > 3.0 * gain.standard_error);
    assert!(gains[0].mean > 0.0 && sure[0], "few labels: the source's features help");
    assert!(gains[1].mean < 0.0 && sure[1], "many labels: one's own features are better");
    assert!(gains[2].mean < 0.0 && sure[2], "features of an unrelated task hurt");
    println!("\nNext: chapter 8, cargo run --release --example 08_structure -p book");
}
