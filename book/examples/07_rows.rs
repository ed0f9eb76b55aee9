//! Chapter 7: where the gain of frozen features ends, as the target's
//! rows become more.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Tensor};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Module as _, NetworkSpec, Optimizer as _};
use nn::{Sequential, Sgd, SgdConfig};
use paired::{column, runs, sigmas};
use pictures::{Series, chart, short};
use teacher::{CLASSES, INPUTS, Teacher};

mod paired;
mod teacher;

/// Each number of rows is twice the one before.
const FEWEST: usize = 25;
const NUMBERS: usize = 7;

fn train(model: &Sequential, x: &Tensor, labels: &[usize]) {
    let config = SgdConfig { momentum: 0.6, ..SgdConfig::default() };
    let config = SgdConfig { learning_rate: 0.1, ..config };
    let mut optimizer = Sgd::with_config(model, config);
    for epoch in 0..200 {
        let tape = Tape::training(Seed::new(epoch));
        let logits = model.forward(tape.constant(x));
        optimizer.step(logits.cross_entropy(labels).backward());
    }
}

/// Test accuracies with the source's features and from scratch, for
/// each number of rows.
fn run(seed: Seed) -> [[f64; 2]; NUMBERS] {
    let taught = Teacher::new(seed.child("source"));
    let spec = NetworkSpec::mlp(&[INPUTS, 50, CLASSES]);
    let source: Sequential = spec.build(seed.child("fresh"));
    let (x, labels) = taught.sample(800, seed.child("source rows"));
    train(&source, &x, &labels);
    let (trunk, _) = source.split_head();

    // The target reads other classes off the same features.
    let teacher = taught.relative(1.0, 0.0, seed.child("target"));
    let (test, truth) = teacher.sample(2000, seed.child("test rows"));
    std::array::from_fn(|k| {
        let rows = seed.child("target rows");
        let (x, labels) = teacher.sample(FEWEST << k, rows);
        // ANCHOR: both
        let scratch: Sequential = spec.build(seed.child("fresh"));
        let (_, head) = scratch.clone().split_head();
        train(&head, &trunk.predict(&x), &labels);
        train(&scratch, &x, &labels);
        let frozen = head.predict(&trunk.predict(&test));
        let fresh = scratch.predict(&test);
        // ANCHOR_END: both
        [frozen, fresh].map(|logits| accuracy(&logits, &truth))
    })
}

fn main() {
    let runs = runs(8, 7, run);
    println!("8 paired seeds: accuracies, and their difference");
    println!("rows  scratch  features  difference");
    let gains: [PairedDifference; NUMBERS] = std::array::from_fn(|k| {
        let [ours, scratch] =
            [0, 1].map(|j| column(&runs, |run| run[k][j]));
        let gain = PairedDifference::new(&ours, &scratch);
        let (scratch, ours) = (mean(&scratch), mean(&ours));
        let rows = FEWEST << k;
        println!("{rows:4}  {scratch:7.3}  {ours:8.3}  {gain}");
        gain
    });
    let last = NUMBERS - 1;
    assert!(sigmas(&gains[0]) > 3.0, "few rows: the features help");
    assert!(sigmas(&gains[last]) < -3.0, "many: they hold back");

    let point = |(k, gain): (usize, &PairedDifference)| {
        (k as f64, gain.mean, 3.0 * gain.standard_error)
    };
    let points = gains.iter().enumerate().map(point).collect();
    let series = [
        Series::Points("gain, three standard errors", points),
        Series::Line("none", vec![(0.0, 0.0), (last as f64, 0.0)]),
    ];
    let axes = ["rows of the target", "gain of the frozen features"];
    let of_rows = |k: f64| (25.0 * k.exp2()).to_string();
    let labels = [of_rows, short];
    pictures::draw(|| chart(axes, labels, &series)).expect("a file");
    println!("\nNext: cargo run --release --example 08_structure");
}
