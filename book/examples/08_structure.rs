//! Chapter 8: a wider network made from the source's knows what the source knew; a fresh one, the
//! control, shows what the width alone is worth.
//! Tolerance: 0.04, because another kernel's rounding moves a few of 2000 test rows a seed.

use autograd::{Seed, Tape, Tensor, parallel};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::{Module as _, NetworkSpec, Optimizer as _, Parameters as _, Sequential, Sgd};
use teacher::{CLASSES, INPUTS, Rows, Teacher};
use transfer::structure::{widen, widened};

mod teacher;

fn train(model: &Sequential, (x, labels): &Rows) {
    let mut optimizer = Sgd::new(model, 0.2);
    for epoch in 0..250 {
        let tape = Tape::training(Seed::new(epoch));
        let loss = model.forward(tape.constant(x)).cross_entropy(labels);
        optimizer.step(loss.backward());
    }
}

/// How many hidden units are no copies of an earlier one, and how many there are.
fn units(model: &Sequential) -> [usize; 2] {
    let weight = model.state_dict().get("0.weight").expect("the first layer").clone();
    let row = |unit: usize| &weight.as_slice()[unit * INPUTS..(unit + 1) * INPUTS];
    let near = |a: usize, b: usize| row(a).iter().zip(row(b)).all(|(a, b)| (a - b).abs() < 1e-3);
    let own = (0..weight.size(0)).filter(|&unit| (0..unit).all(|other| !near(other, unit)));
    [own.count(), weight.size(0)]
}

/// Test accuracies: the source's architecture and the wider one, each fresh and from the source.
fn run(seed: Seed, report: bool) -> [f64; 4] {
    let teacher = Teacher::new(seed.child("source"));
    // ANCHOR: widen
    let spec = NetworkSpec::mlp(&[INPUTS, 50, CLASSES]);
    let source = spec.build(seed);
    train(&source, &teacher.sample(800, seed.child("source rows")));

    let wider_spec = widened(&spec, 0, 80).expect("there is a hidden layer");
    let wider = widen(&source, 0, 80, seed).expect("the same");
    let control = wider_spec.build(seed);
    // ANCHOR_END: widen
    let teacher = teacher.relative(0.9, 0.9, seed.child("target"));
    let (x, labels) = teacher.sample(2000, seed.child("test rows"));
    let (before, after): (Tensor, Tensor) = (source.predict(&x), wider.predict(&x));
    let apart = before.zip(&after, |a, b| (a - b).abs());
    let apart = apart.as_slice().iter().fold(0.0, |max: f32, &x| max.max(x));
    assert!(apart < 1e-3, "widening keeps the function, to rounding: {apart}");
    if report {
        println!("source: {spec}\ntarget: {wider_spec}");
        println!("the largest of 20000 differences between their outputs: {apart:.3}");
    }

    let target = teacher.sample(50, seed.child("target rows"));
    let accuracies = [&spec.build(seed), &source, &control, &wider].map(|model| {
        train(model, &target);
        accuracy(&model.predict(&x), &labels)
    });
    if report {
        let ([copied, all], [fresh, _]) = (units(&wider), units(&control));
        println!("after training, {copied} of {all} units are different ones; fresh: {fresh}\n");
        assert!(copied == 50 && fresh == 80, "copies get equal gradients, so they stay copies");
    }
    accuracies
}

fn main() {
    let seeds: Vec<Seed> = (0..12_usize).map(|s| Seed::new(8).child(s)).collect();
    let mut runs = vec![run(seeds[0], true)];
    runs.extend(parallel::map(&seeds[1..], |&seed| run(seed, false)));
    let column = |i: usize| runs.iter().map(|run| run[i]).collect::<Vec<_>>();
    for (i, name) in ["50, fresh", "50, source", "80, fresh", "80, source"].iter().enumerate() {
        println!("{name:10}  {:.3}", mean(&column(i)));
    }
    let compare = |i, j| PairedDifference::new(&column(i), &column(j));
    println!("12 paired seeds:");
    println!("what the source's weights bring  {}", compare(3, 2));
    println!("what the width brings, fresh     {}", compare(2, 0));
    println!("what it brings, from the source  {}", compare(3, 1));
    let weights = compare(3, 2);
    assert!(weights.mean > 3.0 * weights.standard_error, "the weights are worth something");
    println!("\nNext: chapter 9, cargo run --release --example 09_shared -p book");
}
