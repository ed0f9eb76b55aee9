//! Chapter 1: one run says little; paired differences over disjoint
//! draws say how sure one can be.
//! Tolerance: 0.03, because another kernel's rounding moves a few of
//! 901 test rows a seed.

use autograd::{Seed, Tape, Tensor, parallel};
use nn::metrics::{PairedDifference, accuracy, mean, standard_error};
use nn::{Batches, Module as _, NetworkSpec, Optimizer as _};
use nn::{Sequential, Sgd, SgdConfig, data};
use pictures::{Series, chart, short};

// ANCHOR: train
/// Inputs, and the label of each.
type Rows = (Tensor, Vec<usize>);

/// Trains for 600 steps on batches of at most 64 rows.
fn train(model: &Sequential, rows: &Rows, rate: f64, seed: Seed) {
    let (x, labels) = rows;
    let config = SgdConfig {
        learning_rate: rate,
        momentum: 0.9,
        ..SgdConfig::default()
    };
    let mut optimizer = Sgd::with_config(model, config);
    let size = labels.len().min(64);
    let batches = Batches::new(labels.len(), size, seed);
    for step in 0..600 {
        let rows = batches.at(step);
        let labels: Vec<usize> =
            rows.iter().map(|&row| labels[row]).collect();
        let tape = Tape::training(seed.child(step));
        let outputs = model.forward(tape.constant(x.rows(&rows)));
        let loss = outputs.cross_entropy(&labels);
        optimizer.step(loss.backward());
    }
}
// ANCHOR_END: train

/// The differences, and their mean with its interval.
fn picture(runs: &[[f64; 2]], gain: &PairedDifference) -> String {
    let of = |(seed, [tuned, scratch]): (usize, &[f64; 2])| {
        (seed as f64, tuned - scratch, 0.0)
    };
    let seeds = runs.iter().enumerate().map(of).collect();
    let (low, high) = gain.interval(0.95);
    let mean = vec![(13.0, gain.mean, (high - low) / 2.0)];
    let zero = vec![(0.0, 0.0), (13.0, 0.0)];
    let series = [
        Series::Points("difference of a seed", seeds),
        Series::Points("their mean, 95 % interval", mean),
        Series::Line("no difference", zero),
    ];
    chart(["seed", "fine-tuned less scratch"], [short; 2], &series)
}

/// A line a seed, and what they say together.
fn report(runs: &[[f64; 2]]) {
    println!("seed  scratch  fine-tuned  difference");
    let line = |name: &str, scratch: f64, tuned: f64, gain: f64| {
        println!(
            "{name:>4}  {scratch:7.3}  {tuned:10.3}  {gain:+10.3}"
        );
    };
    for (seed, [tuned, scratch]) in runs.iter().enumerate() {
        line(&seed.to_string(), *scratch, *tuned, tuned - scratch);
    }
    let column = |i: usize| runs.iter().map(move |run| run[i]);
    let tuned: Vec<f64> = column(0).collect();
    let scratch: Vec<f64> = column(1).collect();
    let gain = PairedDifference::new(&tuned, &scratch);
    line("mean", mean(&scratch), mean(&tuned), gain.mean);
    let unpaired =
        standard_error(&tuned).hypot(standard_error(&scratch));
    println!("\nstandard error of the difference");
    println!(
        "paired:                               {:.4}",
        gain.standard_error
    );
    println!("as if the runs had nothing in common: {unpaired:.4}");
    let (low, high) = gain.interval(0.95);
    println!("95 % interval: {low:+.3} to {high:+.3}");

    assert!(
        gain.mean > 3.0 * gain.standard_error,
        "others' digits help"
    );
    pictures::draw(|| picture(runs, &gain)).expect("its file");
    println!("\nNext: cargo run --release --example 01_spread");
}

fn main() -> Result<(), nn::Error> {
    // ANCHOR: data
    let source = data::mnist8::<f32>().map(|count| count / 16.0);
    let target = data::digits::<f32>().map(|count| count / 16.0);
    let source_labels = source.labels().complete()?;
    let source = (source.features, source_labels);
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
        let five = 5 * s..5 * (s + 1);
        let rows: Vec<usize> = of_class
            .iter()
            .flat_map(|class| &class[five.clone()])
            .copied()
            .collect();
        let labels = rows.iter().map(|&row| rest_labels[row]).collect();
        let few = (rest.features.rows(&rows), labels);

        let seed = Seed::new(1).child(s);
        let scratch = NetworkSpec::mlp(&[64, 64, 32, 10])
            .build(seed.child("weights"));
        let tuned = scratch.clone();
        train(&tuned, &source, 0.1, seed.child("source order"));
        [&tuned, &scratch].map(|model| {
            train(model, &few, 0.05, seed.child("target order"));
            accuracy(&model.predict(&test.features), &test_labels)
        })
    };
    // ANCHOR_END: run
    let seeds: Vec<usize> = (0..12).collect();
    let runs = parallel::map(&seeds, run);

    report(&runs);
    Ok(())
}
