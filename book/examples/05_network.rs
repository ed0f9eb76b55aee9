//! Chapter 5: a network of two layers learns what a hidden one does,
//! and starts from chance.
//! Tolerance: 0.03, because another kernel's rounding moves a few of
//! 2000 test rows.
//!
//! With a file's name as argument it draws the learning curve there.

use std::fs;

use autograd::{Seed, Tape, Tensor, Var};
use nn::metrics::accuracy;
use nn::{Linear, Module, Optimizer as _, Parameters as _};
use nn::{Sgd, SgdConfig};
use pictures::{Series, chart, short};
use teacher::{CLASSES, INPUTS, Teacher};

#[expect(dead_code, reason = "one teacher is enough here")]
mod teacher;

// ANCHOR: model
#[derive(Clone)]
struct SourceModel {
    fc1: Linear,
    fc2: Linear,
}
nn::parts!(SourceModel: fc1, fc2);

impl SourceModel {
    fn new(seed: Seed) -> Self {
        SourceModel {
            fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
            fc2: Linear::new(50, CLASSES, seed.child("fc2")),
        }
    }
}

impl Module for SourceModel {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}
// ANCHOR_END: model

#[expect(clippy::too_many_lines, reason = "read from top to bottom")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = Seed::new(5);
    let teacher = Teacher::new(seed.child("teacher"));
    let (x, labels) = teacher.sample(2000, seed.child("training rows"));
    let (test_x, test_labels) =
        teacher.sample(2000, seed.child("test rows"));

    let model = SourceModel::new(seed.child("weights"));
    for (name, parameter) in model.named() {
        println!("{name:10}  {}", parameter.shape());
    }
    println!("{} parameters\n", model.num_parameters());

    println!("epoch   loss  accuracy  on other rows");
    let (mut losses, mut curves) = (vec![], [vec![], vec![]]);
    let mut record = |epoch: usize, logits: &Tensor, loss: f32| {
        let seen = accuracy(logits, &labels);
        let other = accuracy(&model.predict(&test_x), &test_labels);
        losses.push(loss);
        curves[0].push((epoch as f64, seen));
        curves[1].push((epoch as f64, other));
        if epoch.is_multiple_of(50) {
            print!("{epoch:5}  {loss:5.3}  {seen:8.3}  ");
            println!("{other:13.3}");
        }
    };
    // ANCHOR: train
    let config = SgdConfig {
        learning_rate: 0.1,
        momentum: 0.9,
        ..SgdConfig::default()
    };
    let mut optimizer = Sgd::with_config(&model, config);
    for epoch in 0..=300 {
        let tape = Tape::training(seed.child(epoch));
        let logits = model.forward(tape.constant(&x));
        let loss = logits.cross_entropy(&labels);
        record(epoch, &logits.value(), loss.value().item());
        optimizer.step(loss.backward());
    }
    // ANCHOR_END: train

    // Each of the 2000 test rows is right or wrong, so an accuracy p
    // has this standard error.
    let rows = test_labels.len() as f64;
    let other = accuracy(&model.predict(&test_x), &test_labels);
    let error = (other * (1.0 - other) / rows).sqrt();
    let of_class = |class| {
        let own = test_labels.iter().filter(|&&label| label == class);
        own.count() as f64 / rows
    };
    let largest = (0..CLASSES).map(of_class).fold(0.0, f64::max);
    println!("\nalways the most frequent class: {largest:.3}");
    println!(
        "the trained network:            {other:.3} +- {error:.3}"
    );
    assert!(losses[0] > 2.0, "it begins near ln 10");
    assert!(losses[300] < losses[0] / 2.0, "training lowers the loss");
    assert!(other > largest + 3.0 * error, "it holds on other rows");

    if let Some(file) = std::env::args().nth(1) {
        let [seen, other] = curves;
        let series = [
            Series::Line("training rows", seen),
            Series::Line("other rows", other),
        ];
        let axes = ["epoch", "accuracy"];
        fs::write(file, chart(axes, [short; 2], &series))?;
    }
    println!("\nNext: cargo run --release --example 06_parameter");
    Ok(())
}
