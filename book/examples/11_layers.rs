//! Chapter 11: what a lower task predicts is worth most to a higher task that builds on it.
//! Tolerance: 0.05, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Parameter, Seed, Tape, Tensor, Var, concatenate, parallel};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd, init::normal};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

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
    /// The higher task is given the lower one's prediction, or zeros in its place.
    fn new(given: bool, seed: Seed) -> Self {
        let embedding = Parameter::new(normal([CLASSES, 10], 1.0, seed.child("embedding")));
        let zeros = Parameter::buffer(Tensor::zeros([CLASSES, 10]));
        MultiTaskModel {
            fc1: Linear::new(INPUTS, 50, seed.child("fc1")),
            lower: Linear::new(50, CLASSES, seed.child("lower")),
            embedding: if given { embedding } else { zeros },
            fc2: Linear::new(60, 50, seed.child("fc2")),
            higher: Linear::new(50, CLASSES, seed.child("higher")),
        }
    }

    /// The logits of the lower task, at the first hidden layer, and of the higher task.
    fn forward<'t>(&self, x: Var<'t>) -> [Var<'t>; 2] {
        let hidden = self.fc1.forward(x).relu();
        let lower = self.lower.forward(hidden);
        let label = lower.softmax(1).matmul(x.tape().watch(&self.embedding));
        let above = self.fc2.forward(concatenate(&[hidden, label], 1)).relu();
        [lower, self.higher.forward(above)]
    }
}
// ANCHOR_END: model

/// Trains the higher task on its rows and the lower one, if there is one, on others.
fn train(model: &MultiTaskModel, higher: &Rows, lower: Option<&Rows>) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..300 {
        let tape = Tape::training(Seed::new(epoch));
        let mut loss = model.forward(tape.constant(&higher.0))[1].cross_entropy(&higher.1);
        if let Some((x, labels)) = lower {
            loss = loss + model.forward(tape.constant(x))[0].cross_entropy(labels);
        }
        optimizer.step(loss.backward());
    }
}

/// The lower task, and whether the higher one is given its prediction; the rows of the table.
const TABLE: [(&str, Option<usize>, bool); 4] = [
    ("none", None, true),
    ("its own, not given", Some(0), false),
    ("its own", Some(0), true),
    ("unrelated", Some(1), true),
];

fn run(seed: Seed) -> [f64; 4] {
    let below = Teacher::new(seed.child("below"));
    let other = below.relative(0.0, 0.0, seed.child("other"));
    // The higher task's label is the lower task's, five further where the first input is positive.
    let sample = |rows: usize, name: &str| -> Rows {
        let (x, lower) = below.sample(rows, seed.child(name));
        let shift = |row: usize| if x.as_slice()[row * INPUTS] > 0.0 { 5 } else { 0 };
        let labels = (0..rows).map(|row| (lower[row] + shift(row)) % CLASSES).collect();
        (x, labels)
    };
    let [higher, (x, labels)] = [sample(100, "rows"), sample(2000, "test rows")];
    let lower = [&below, &other].map(|teacher| teacher.sample(300, seed.child("lower rows")));
    TABLE.map(|(_, task, given)| {
        let model = MultiTaskModel::new(given, seed);
        train(&model, &higher, task.map(|task| &lower[task]));
        accuracy(&model.forward(Tape::predicting().constant(&x))[1].value(), &labels)
    })
}

fn main() {
    println!("lower task          accuracy  difference to none, 12 paired seeds");
    let seeds: Vec<Seed> = (0..12_usize).map(|s| Seed::new(11).child(s)).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let column = |i: usize| runs.iter().map(|run| run[i]).collect::<Vec<_>>();
    let compare = |i, j| PairedDifference::new(&column(i), &column(j));
    for (i, (name, ..)) in TABLE.into_iter().enumerate() {
        println!("{name:18}  {:8.3}  {}", mean(&column(i)), compare(i, 0));
    }
    let given = compare(2, 1);
    println!("what being given the prediction adds: {given}");
    assert!(given.mean > 3.0 * given.standard_error, "the prediction is worth something");
    println!("\nNext: chapter 12, cargo run --release --example 12_comparison -p book");
}
