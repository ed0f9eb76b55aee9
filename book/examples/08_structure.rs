//! Chapter 8: a wider network made from the source's knows what the
//! source knew; a fresh one, the control, shows what the width alone is
//! worth.
//! Tolerance: 0.04, because another kernel's rounding moves a few of
//! 2000 test rows a seed.

use autograd::{Seed, Tape, Tensor};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Module as _, NetworkSpec, Optimizer as _};
use nn::{Parameters as _, Sequential, Sgd};
use paired::{column, runs, sigmas};
use teacher::{CLASSES, INPUTS, Rows, Teacher};
use transfer::structure::{widen, widened};

mod paired;
mod teacher;

fn train(model: &Sequential, (x, labels): &Rows) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..250 {
        let tape = Tape::training(Seed::new(epoch));
        let logits = model.forward(tape.constant(x));
        optimizer.step(logits.cross_entropy(labels).backward());
    }
}

/// How many hidden units are no copies of an earlier one.
fn different_units(model: &Sequential) -> usize {
    let state = model.state_dict();
    let weight = state.get("0.weight").expect("the first layer");
    let rows: Vec<&[f32]> =
        weight.as_slice().chunks_exact(INPUTS).collect();
    let near = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3)
    };
    let new = |&unit: &usize| {
        !rows[..unit].iter().any(|other| near(other, rows[unit]))
    };
    (0..rows.len()).filter(new).count()
}

/// What one seed measured.
struct Measured {
    /// Test accuracies: the source's architecture and the wider one,
    /// each fresh and from the source.
    accuracies: [f64; 4],
    /// The largest difference between the outputs of the source and of
    /// what it was widened to, beside the largest output.
    apart: [f32; 2],
    /// Different units after training: widened, and fresh.
    units: [usize; 2],
}

fn run(seed: Seed) -> Measured {
    let teacher = Teacher::new(seed.child("source"));
    // ANCHOR: widen
    let spec = NetworkSpec::mlp(&[INPUTS, 50, CLASSES]);
    let source = spec.build(seed);
    train(&source, &teacher.sample(800, seed.child("source rows")));

    let wider_spec = widened(&spec, 0, 80).expect("a hidden layer");
    let wider = widen(&source, 0, 80, seed).expect("the same");
    let control = wider_spec.build(seed);
    // ANCHOR_END: widen
    let teacher = teacher.relative(0.9, 0.9, seed.child("target"));
    let (x, labels) = teacher.sample(2000, seed.child("test rows"));
    let before: Tensor = source.predict(&x);
    let between = before.clone() - wider.predict(&x);
    let apart = [between, before].map(|outputs| {
        outputs.as_slice().iter().fold(0.0, |max, x| x.abs().max(max))
    });

    let target = teacher.sample(50, seed.child("target rows"));
    let models = [&spec.build(seed), &source, &control, &wider];
    let accuracies = models.map(|model| {
        train(model, &target);
        accuracy(&model.predict(&x), &labels)
    });
    let units = [&wider, &control].map(different_units);
    Measured { accuracies, apart, units }
}

fn main() {
    let runs = runs(12, 8, run);
    let Measured { apart, units, .. } = &runs[0];
    println!("the largest of 20000 outputs:      {:9.1}", apart[1]);
    println!("the largest change by widening:    {:9.0e}", apart[0]);
    assert!(apart[0] < 1e-5 * apart[1], "none but rounding");
    let [copied, fresh] = units;
    print!("after training, {copied} of 80 units are different ones; ");
    println!("fresh: {fresh}\n");
    assert!(*copied == 50 && *fresh == 80, "copies stay copies");

    let of = |i: usize| column(&runs, |run| run.accuracies[i]);
    let names = ["50, fresh", "50, source", "80, fresh", "80, source"];
    for (i, name) in names.iter().enumerate() {
        println!("{name:10}  {:.3}", mean(&of(i)));
    }
    let compare = |i, j| PairedDifference::new(&of(i), &of(j));
    println!("12 paired seeds:");
    println!("what the source's weights bring  {}", compare(3, 2));
    println!("what the width brings, fresh     {}", compare(2, 0));
    println!("what it brings, from the source  {}", compare(3, 1));
    assert!(sigmas(&compare(3, 2)) > 3.0, "the weights are worth it");
    let picture = || pictures::wiring::widened(3, &[0, 1, 2, 0, 1, 0]);
    pictures::draw(picture).expect("its file");
    println!("\nNext: cargo run --release --example 09_shared");
}
