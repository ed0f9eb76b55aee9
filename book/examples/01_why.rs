//! Chapter 1: one run says little; paired differences over disjoint draws say how sure one can be.
//! Tolerance: 0.03, because another kernel's rounding moves a few of 901 test rows a seed.

use autograd::{Seed, Tape, Tensor, parallel};
use nn::metrics::{PairedDifference, accuracy, mean, standard_error};
use nn::{Batches, Module as _, NetworkSpec, Optimizer as _, Sequential, Sgd, SgdConfig};

// ANCHOR: train
/// Trains for 600 steps on batches of this size, or on all rows where there are no more.
fn train(model: &Sequential, x: &Tensor, labels: &[usize], size: usize, rate: f64, seed: Seed) {
    let config = SgdConfig { learning_rate: rate, momentum: 0.9, ..SgdConfig::default() };
    let mut optimizer = Sgd::with_config(model, config);
    let batches = Batches::new(labels.len(), size.min(labels.len()), seed);
    for step in 0..600 {
        let rows = batches.at(step);
        let labels: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
        let tape = Tape::training(seed.child(step));
        let loss = model.forward(tape.constant(x.rows(&rows))).cross_entropy(&labels);
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

fn main() -> Result<(), nn::Error> {
    // ANCHOR: data
    let source = nn::data::mnist8::<f32>().map(|count| count / 16.0);
    let target = nn::data::digits::<f32>().map(|count| count / 16.0);
    let source_labels = source.labels().complete()?;
    let order = Seed::new(0).child("split");
    let (test, rest) = target.labels().stratified_split(0.5, order);
    let (test, rest) = (target.rows(&test), target.rows(&rest));
    let test_labels = test.labels().complete()?;
    let rest_labels = rest.labels().complete()?;
    let of_class = rest.labels().rows_by_class(order);
    // ANCHOR_END: data

    // ANCHOR: run
    let run = |&s: &usize| {
        // Five rows of each class that no other seed has.
        let rows: Vec<usize> =
            of_class.iter().flat_map(|class| &class[5 * s..5 * (s + 1)]).copied().collect();
        let (x, labels) = (rest.features.rows(&rows), rows.iter().map(|&row| rest_labels[row]));
        let labels: Vec<usize> = labels.collect();

        let seed = Seed::new(1).child(s);
        let scratch = NetworkSpec::mlp(&[64, 64, 32, 10]).build(seed.child("weights"));
        let tuned = scratch.clone();
        train(&tuned, &source.features, &source_labels, 64, 0.1, seed.child("source order"));
        [&tuned, &scratch].map(|model| {
            train(model, &x, &labels, 64, 0.05, seed.child("target order"));
            accuracy(&model.predict(&test.features), &test_labels)
        })
    };
    // ANCHOR_END: run
    let seeds: Vec<usize> = (0..12).collect();
    let runs = parallel::map(&seeds, run);

    println!("seed  scratch  fine-tuned  difference");
    for (seed, [tuned, scratch]) in runs.iter().enumerate() {
        println!("{seed:4}  {scratch:7.3}  {tuned:10.3}  {:+10.3}", tuned - scratch);
    }
    let [tuned, scratch] = [0, 1].map(|i| runs.iter().map(|run| run[i]).collect::<Vec<_>>());
    let difference = PairedDifference::new(&tuned, &scratch);
    let (low, high) = difference.interval(0.95);
    let unpaired = standard_error(&tuned).hypot(standard_error(&scratch));
    println!("mean  {:7.3}  {:10.3}  {:+10.3}", mean(&scratch), mean(&tuned), difference.mean);
    println!("\nstandard error of the difference, paired:      {:.4}", difference.standard_error);
    println!("as if the runs had nothing in common:          {unpaired:.4}");
    println!("95 % interval of the difference:               {low:+.3} to {high:+.3}");

    assert!(difference.mean > 3.0 * difference.standard_error, "digits of others help");
    println!("\nNext: chapter 2, cargo run --release --example 02_tape -p book");
    Ok(())
}
