//! Chapter 12: all strategies of both crates on real digits, by the
//! protocol of `compare`.
//! Tolerance: 0.03, because another kernel's rounding moves a few of
//! 901 test rows a seed.

use autograd::{Seed, parallel};
use multitask::Table;
use nn::NetworkSpec;
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::train::{Description, Recipe, Role, Run};
use transfer::{Given, Target, pretrain};

mod digits;

type Failure = Box<dyn std::error::Error>;

/// The test accuracy of every strategy, by name, for one seed.
fn run(seed: usize) -> Result<Vec<(&'static str, f64)>, Failure> {
    let [mnist8, few, test] = digits::rows(seed);
    let labels = test.labels().complete()?;

    // ANCHOR: given
    let seed = Seed::new(seed as u64);
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let recipe = Recipe { batch: Some(64), ..Recipe::at_rate(0.1) };
    let source =
        pretrain("mnist8", mnist8.clone(), &spec, &recipe, seed)?;
    let (sources, target) =
        ([source], Target::new("digits", few.clone()));
    let transfer = Given::new(&sources, &target);
    let mnist8 = Table::new("mnist8", mnist8).in_batches(64);
    let tables = [mnist8, Table::new("digits", few)];
    let multitask = multitask::Given { tables: &tables, spec: &spec };

    // ANCHOR_END: given

    // ANCHOR: fit
    let run = Run::new(Recipe::default(), seed);
    let roles = [Role::Baseline, Role::Strategy];
    let wanted = |known: &Description| {
        known.usual && roles.contains(&known.role)
    };
    let mut accuracies = Vec::new();
    for strategy in transfer::registry() {
        let known = strategy.describe();
        if wanted(&known) {
            let fitted = strategy.fit(&transfer, &run)?;
            let logits = fitted.predict(&test.features);
            accuracies.push((known.name, accuracy(&logits, &labels)));
        }
    }
    for strategy in multitask::registry() {
        let known = strategy.describe();
        if wanted(&known) {
            let fitted = strategy.fit(&multitask, &run)?;
            let logits = fitted.predict(1, &test.features);
            accuracies.push((known.name, accuracy(&logits, &labels)));
        }
    }
    // ANCHOR_END: fit
    Ok(accuracies)
}

fn main() -> Result<(), Failure> {
    let seeds: Vec<usize> = (0..10).collect();
    let run = |&seed: &usize| run(seed).map_err(|e| e.to_string());
    let runs = parallel::map(&seeds, run);
    let runs = runs.into_iter().collect::<Result<Vec<_>, String>>()?;

    println!(
        "10 seeds, 5 labels a class  accuracy  difference to scratch"
    );
    let column =
        |i: usize| runs.iter().map(|run| run[i].1).collect::<Vec<_>>();
    for (i, (name, _)) in runs[0].iter().enumerate() {
        let gain = PairedDifference::new(&column(i), &column(0));
        println!("{name:26}  {:8.3}  {gain}", mean(&column(i)));
        let fails = gain.mean < 3.0 * gain.standard_error;
        assert!(*name != "fine-tuned" || !fails, "others' digits help");
    }
    let has = runs[0].iter().any(|(name, _)| *name == "fine-tuned");
    assert!(has, "fine-tuning is among them");
    println!("\nNext: the whole table, cargo run --release");
    Ok(())
}
