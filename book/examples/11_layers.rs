//! Chapter 11: what a lower task predicts is worth most to a higher
//! task that builds on it.
//! Tolerance: 0.05, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Parameter, Seed, Tape, Tensor, Var, concatenate};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd, init::normal};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod paired;
mod teacher;

// ANCHOR: model
struct MultiTaskModel {
    fc1: Linear,
    lower: Linear,
    embedding: Parameter,
    fc2: Linear,
    higher: Linear,
}
nn::parts!(MultiTaskModel: fc1, lower, embedding, fc2, higher);

impl MultiTaskModel {
    /// The higher task is given the lower one's prediction, or zeros in
    /// its place.
    fn new(given: bool, seed: Seed) -> Self {
        let vectors =
            normal([CLASSES, 10], 1.0, seed.child("embedding"));
        let zeros = Parameter::buffer(Tensor::zeros([CLASSES, 10]));
        let embedding =
            if given { Parameter::new(vectors) } else { zeros };
        MultiTaskModel {
            fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
            lower: Linear::new(50, CLASSES, seed.child("lower")),
            embedding,
            fc2: Linear::new(60, 50, seed.child("fc2")),
            higher: Linear::new(50, CLASSES, seed.child("higher")),
        }
    }
}
// ANCHOR_END: model

// ANCHOR: forward
impl MultiTaskModel {
    /// The logits of the lower task, at the first hidden layer, and of
    /// the higher task.
    fn forward<'t>(&self, x: Var<'t>) -> [Var<'t>; 2] {
        let hidden = self.fc1.forward(x).relu();
        let lower = self.lower.forward(hidden);
        let embedding = x.tape().watch(&self.embedding);
        let label = lower.softmax(1).matmul(embedding);
        let both = concatenate(&[hidden, label], 1);
        let above = self.fc2.forward(both).relu();
        [lower, self.higher.forward(above)]
    }
}
// ANCHOR_END: forward

// ANCHOR: train
/// Trains the higher task on its rows and the lower one, if there is
/// one, on others.
fn train(model: &MultiTaskModel, higher: &Rows, lower: Option<&Rows>) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..300 {
        let tape = Tape::training(Seed::new(epoch));
        let [_, logits] = model.forward(tape.constant(&higher.0));
        let mut loss = logits.cross_entropy(&higher.1);
        if let Some((x, labels)) = lower {
            let [logits, _] = model.forward(tape.constant(x));
            loss = loss + logits.cross_entropy(labels);
        }
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// The lower task, and whether the higher one is given its prediction.
const TABLE: [(&str, Option<usize>, bool); 4] = [
    ("none", None, true),
    ("its own, not given", Some(0), false),
    ("its own", Some(0), true),
    ("unrelated", Some(1), true),
];

fn run(seed: Seed) -> [f64; 4] {
    let below = Teacher::new(seed.child("below"));
    let other = below.relative(0.0, 0.0, seed.child("other"));
    // The higher task's label is the lower task's, five further where
    // the first input is positive.
    let sample = |rows: usize, name: &str| -> Rows {
        let (x, lower) = below.sample(rows, seed.child(name));
        let first = x.as_slice().iter().step_by(INPUTS);
        let shift = first.map(|&x| if x > 0.0 { 5 } else { 0 });
        let label = |(lower, shift): (&usize, _)| (lower + shift) % 10;
        let labels = lower.iter().zip(shift).map(label).collect();
        (x, labels)
    };
    let rows = sample(100, "rows");
    let (x, labels) = sample(2000, "test rows");
    let lower = [&below, &other]
        .map(|teacher| teacher.sample(300, seed.child("lower rows")));
    TABLE.map(|(_, task, given)| {
        let model = MultiTaskModel::new(given, seed);
        train(&model, &rows, task.map(|task| &lower[task]));
        let tape = Tape::predicting();
        let [_, logits] = model.forward(tape.constant(&x));
        accuracy(&logits.value(), &labels)
    })
}

fn main() {
    println!("12 paired seeds: the higher task's accuracy");
    println!("lower task          accuracy  difference to none");
    let runs = runs(12, 11, run);
    let of = |i: usize| column(&runs, |run| run[i]);
    let compare = |i, j| PairedDifference::new(&of(i), &of(j));
    for (i, (name, ..)) in TABLE.into_iter().enumerate() {
        println!("{name:18}  {:8.3}  {}", mean(&of(i)), compare(i, 0));
    }
    let given = compare(2, 1);
    println!("what being given the prediction adds: {given}");
    assert!(sigmas(&given) > 3.0, "the prediction is worth something");
    pictures::draw(pictures::wiring::layers).expect("its file");
    println!("\nNext: cargo run --release --example 12_comparison");
}
