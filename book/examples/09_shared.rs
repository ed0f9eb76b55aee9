//! Chapter 9: a shared trunk helps tasks that use the same features, and costs others something.
//! Tolerance: 0.04, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Seed, Tape, Var, parallel};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Linear, Module as _, Optimizer as _, Sgd};
use teacher::{CLASSES, INPUTS, Rows, Teacher};

mod teacher;

// ANCHOR: model
struct MultiTaskModel {
    fc1: Linear,
    heads: Vec<Linear>,
}
nn::parts!(MultiTaskModel: fc1, heads);

impl MultiTaskModel {
    fn new(tasks: usize, units: usize, seed: Seed) -> Self {
        let head = |task| Linear::new(units, CLASSES, seed.child("heads").child(task));
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
            loss = loss + model.forward(task, tape.constant(x)).cross_entropy(labels);
        }
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// Test accuracies of the poor task, with the rich one and alone, for each row of the table.
fn run(seed: Seed) -> [[f64; 2]; 4] {
    let poor = Teacher::new(seed.child("poor"));
    TABLE.map(|(_, cosine, units)| {
        let rich = poor.relative(cosine, 0.0, seed.child("rich"));
        let tasks =
            [poor.sample(50, seed.child("poor rows")), rich.sample(300, seed.child("rich rows"))];
        let (x, labels) = poor.sample(2000, seed.child("test rows"));
        [2, 1].map(|count| {
            let model = MultiTaskModel::new(count, units, seed);
            train(&model, &tasks[..count]);
            let logits = model.forward(0, Tape::predicting().constant(&x)).value();
            accuracy(&logits, &labels)
        })
    })
}

/// The cosine between the features of both teachers, and the units of the trunk.
const TABLE: [(&str, f32, usize); 4] = [
    ("the same features", 1.0, 50),
    ("the same features", 1.0, 8),
    ("other features", 0.0, 50),
    ("other features", 0.0, 8),
];

fn main() {
    println!("the other task has  units  alone  together  difference, 20 paired seeds");
    let seeds: Vec<Seed> = (0..20_usize).map(|s| Seed::new(9).child(s)).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let gains: [PairedDifference; 4] = std::array::from_fn(|i| {
        let [ours, alone] = [0, 1].map(|j| runs.iter().map(|run| run[i][j]).collect::<Vec<_>>());
        let gain = PairedDifference::new(&ours, &alone);
        let (name, _, units) = TABLE[i];
        println!("{name:18}  {units:5}  {:5.3}  {:8.3}  {gain}", mean(&alone), mean(&ours));
        gain
    });
    let sure = gains.map(|gain| gain.mean.abs() > 3.0 * gain.standard_error);
    assert!(gains[0].mean > 0.0 && sure[0], "shared features are learnt from both tasks' rows");
    assert!(gains[3].mean < 0.0 && sure[3], "a narrow trunk cannot serve tasks that differ");
    println!("\nNext: chapter 10, cargo run --release --example 10_connections -p book");
}
