//! Chapter 10: how fast the mixing may learn, and what training the columns alone first is worth.
//! Tolerance: 0.03, because another kernel's rounding moves a few of 901 test rows a seed.

use autograd::{Seed, parallel};
use multitask::connection::CrossStitch;
use multitask::{Given, Joint, SingleTask, Strategy, Table};
use nn::metrics::{PairedDifference, accuracy};
use nn::train::{Recipe, Run};
use nn::{NetworkSpec, Parameters as _};

mod digits;

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ANCHOR: mixing
/// How long the columns are alone, what a task takes of itself at first, how fast that is learnt.
const UNITS: [CrossStitch; 5] = [
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 0.0 },
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 0.1 },
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 1.0 },
    CrossStitch { alone: 0.0, own: 0.5, mixing_rate: 0.0 },
    CrossStitch { alone: 0.5, own: 0.9, mixing_rate: 1.0 },
];
// ANCHOR_END: mixing

/// The test accuracy of one seed alone, then with each of `UNITS`, and the first unit's first row.
fn run(seed: usize) -> Result<Vec<(f64, [f32; 2])>, Failure> {
    let [mnist8, few, test] = digits::rows(seed);
    let tables = [Table::new("mnist8", mnist8).in_batches(64), Table::new("digits", few)];
    let labels = test.labels().complete()?;
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let learn = |strategy: &dyn Strategy, tables: &[Table]| -> Result<_, Failure> {
        let run = Run::new(Recipe::default(), Seed::new(seed as u64));
        let fitted = strategy.fit(&Given { tables, spec: &spec }, &run)?;
        let right = accuracy(&fitted.predict(tables.len() - 1, &test.features), &labels);
        let state = fitted.network.state_dict();
        let unit = state
            .get("units.0.mixing")
            .map_or([1.0, 0.0], |unit| [unit.as_slice()[2], unit.as_slice()[3]]);
        Ok((right, unit))
    };
    let mut all = vec![learn(&SingleTask, &tables[1..])?];
    for unit in UNITS {
        all.push(learn(&Joint::of(unit), &tables)?);
    }
    Ok(all)
}

fn main() -> Result<(), Failure> {
    let seeds: Vec<usize> = (0..10).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let column = |i: usize| runs.iter().map(|run| run[i].0).collect::<Vec<_>>();
    println!("alone first  own at first  rate  at end: of the other, own  gain, 10 paired seeds");
    let mut sigmas = Vec::new();
    for (i, CrossStitch { alone, own, mixing_rate }) in UNITS.into_iter().enumerate() {
        let gain = PairedDifference::new(&column(i + 1), &column(0));
        let end = |j: usize| runs.iter().map(|run| f64::from(run[i + 1].1[j])).sum::<f64>() / 10.0;
        let (other, itself) = (end(0), end(1));
        println!("{alone:11.1}  {own:12.1}  {mixing_rate:4.2}  {other:20.2}, {itself:4.2}  {gain}");
        sigmas.push(gain.mean / gain.standard_error);
    }
    assert!(sigmas[2] < -3.0, "fresh columns do not bear units that learn at the weights' rate");
    assert!(sigmas[4].abs() < 3.0, "columns that know their task do");
    assert!(sigmas[3] > 3.0, "half of each, and fixed, helps");
    println!("\nNext: chapter 11, cargo run --release --example 11_layers -p book");
    Ok(())
}
