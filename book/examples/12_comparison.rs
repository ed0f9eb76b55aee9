//! Chapter 12: all strategies of both crates on real digits, by the protocol of `compare`.
//! Tolerance: 0.03, because another kernel's rounding moves a few of 901 test rows a seed.

use autograd::{Seed, parallel};
use multitask::Table;
use nn::NetworkSpec;
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::train::{Description, Recipe, Role, Run};
use transfer::{Given, Target, pretrain};

mod digits;

type Failure = Box<dyn std::error::Error>;

const SEEDS: usize = 10;

/// The test accuracy of every strategy, by name, for one seed.
fn run(seed: usize) -> Result<Vec<(&'static str, f64)>, Failure> {
    let [mnist8, few, test] = digits::rows(seed);
    let labels = test.labels().complete()?;

    // ANCHOR: fit
    let seed = Seed::new(seed as u64);
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let pretraining = Recipe { batch: Some(64), ..Recipe::at_rate(0.1) };
    let sources = [pretrain("mnist8", mnist8.clone(), &spec, &pretraining, seed)?];
    let target = Target::new("digits", few.clone());
    let tables = [Table::new("mnist8", mnist8).in_batches(64), Table::new("digits", few)];

    let run = Run::new(Recipe::default(), seed);
    let mut accuracies = Vec::new();
    let roles = [Role::Baseline, Role::Strategy];
    let wanted = |known: Description| known.usual && roles.contains(&known.role);
    for strategy in transfer::registry() {
        if !wanted(strategy.describe()) {
            continue;
        }
        let fitted = strategy.fit(&Given::new(&sources, &target), &run)?;
        let logits = fitted.predict(&test.features);
        accuracies.push((strategy.describe().name, accuracy(&logits, &labels)));
    }
    for strategy in multitask::registry() {
        if !wanted(strategy.describe()) {
            continue;
        }
        let fitted = strategy.fit(&multitask::Given { tables: &tables, spec: &spec }, &run)?;
        let logits = fitted.predict(1, &test.features);
        accuracies.push((strategy.describe().name, accuracy(&logits, &labels)));
    }
    // ANCHOR_END: fit
    Ok(accuracies)
}

fn main() -> Result<(), Failure> {
    let seeds: Vec<usize> = (0..SEEDS).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed).map_err(|error| error.to_string()));
    let runs = runs.into_iter().collect::<Result<Vec<_>, String>>()?;

    println!("{SEEDS} seeds, 5 labels a class      accuracy  difference to scratch");
    let column = |i: usize| runs.iter().map(|run| run[i].1).collect::<Vec<_>>();
    let mut gains = Vec::new();
    for (i, (name, _)) in runs[0].iter().enumerate() {
        let gain = PairedDifference::new(&column(i), &column(0));
        println!("{name:27}  {:8.3}  {gain}", mean(&column(i)));
        gains.push((*name, gain));
    }

    let fine_tuned = gains.iter().find(|(name, _)| *name == "fine-tuned").expect("it is there").1;
    assert!(fine_tuned.mean > 3.0 * fine_tuned.standard_error, "other people's digits help");
    println!("\nNext: the whole table with its intervals, cargo run --release");
    Ok(())
}
