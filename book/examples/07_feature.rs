//! Chapter 7: the source's frozen features help where labels are few,
//! and hold back where not.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Tensor, Var};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module, Optimizer as _, Parameters as _};
use nn::{Sgd, SgdConfig};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Teacher};

mod paired;
mod teacher;

/// The cosine between the features of both teachers, and the number of
/// the target's rows.
const TARGETS: [(&str, f32, usize); 3] = [
    ("same features", 1.0, 50),
    ("same features", 1.0, 1500),
    ("other features", 0.0, 50),
];

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
    // Momentum and decay would move what a gradient of zero leaves.
    let config = SgdConfig {
        learning_rate: 0.1,
        momentum: 0.6,
        weight_decay: 1e-4,
        ..SgdConfig::default()
    };
    let mut optimizer = Sgd::with_config(model, config);
    for epoch in 0..200 {
        let tape = Tape::training(Seed::new(epoch));
        let logits = model.forward(tape.constant(x));
        optimizer.step(logits.cross_entropy(labels).backward());
    }
}

/// Test accuracies with the source's features and from scratch, for
/// each target of the table.
fn run(seed: Seed) -> [[f64; 2]; TARGETS.len()] {
    let taught = Teacher::new(seed.child("source"));
    let fresh = SourceModel {
        fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
        fc2: Linear::new(50, CLASSES, seed.child("fc2")),
    };
    let source = fresh.clone();
    let (x, labels) = taught.sample(800, seed.child("source rows"));
    train(&source, &x, &labels);

    TARGETS.map(|(_, cosine, rows)| {
        let teacher =
            taught.relative(cosine, 0.0, seed.child("target"));
        let (x, labels) =
            teacher.sample(rows, seed.child("target rows"));
        // ANCHOR: transfer
        let (fc1, fc2) = (source.fc1.clone(), fresh.fc2.clone());
        let target = SourceModel { fc1, fc2 };
        target.fc1.freeze();
        train(&target, &x, &labels);
        // ANCHOR_END: transfer
        let trunks = [&target, &source].map(|m| m.fc1.state_dict());
        assert_eq!(trunks[0], trunks[1], "frozen: the same bits");

        // ANCHOR: cached
        let tape = Tape::predicting();
        let features = source.features(tape.constant(&x)).value();
        let head = fresh.fc2.clone();
        train(&head, &features, &labels);
        // ANCHOR_END: cached
        let heads = [&head, &target.fc2].map(|head| head.state_dict());
        assert_eq!(heads[0], heads[1], "the same head, bit for bit");

        let scratch = fresh.clone();
        train(&scratch, &x, &labels);
        let (x, labels) = teacher.sample(2000, seed.child("test rows"));
        [target, scratch].map(|m| accuracy(&m.predict(&x), &labels))
    })
}

fn main() {
    println!("12 paired seeds: accuracies, and their difference");
    println!(
        "target's teacher     rows  scratch  features  difference"
    );
    let runs = runs(12, 7, run);
    let gains: [PairedDifference; 3] = std::array::from_fn(|i| {
        let [ours, scratch] =
            [0, 1].map(|j| column(&runs, |r| r[i][j]));
        let gain = PairedDifference::new(&ours, &scratch);
        let (name, _, rows) = TARGETS[i];
        let (scratch, ours) = (mean(&scratch), mean(&ours));
        println!(
            "{name:19}  {rows:4}  {scratch:7.3}  {ours:8.3}  {gain}"
        );
        gain
    });
    assert!(sigmas(&gains[0]) > 3.0, "few labels: the features help");
    assert!(sigmas(&gains[1]) < -3.0, "many: one's own are better");
    assert!(sigmas(&gains[2]) < -3.0, "those of another task hurt");
    pictures::draw(pictures::wiring::feature).expect("its file");
    println!("\nNext: cargo run --release --example 07_rows");
}
