//! Chapter 10: how fast the mixing may learn, and what training the
//! columns alone first is worth.
//! Tolerance: 0.03, because another kernel's rounding moves a few of
//! 901 test rows a seed.

use std::iter;

use autograd::{Seed, parallel};
use multitask::connection::CrossStitch;
use multitask::{Given, Joint, SingleTask, Strategy, Table};
use nn::metrics::{PairedDifference, accuracy, mean};
use nn::train::{Recipe, Run};
use nn::{NetworkSpec, Parameters as _};

mod digits;

type Failure = Box<dyn std::error::Error + Send + Sync>;

// ANCHOR: mixing
/// How long the columns are alone, what a task takes of itself at
/// first, how fast that is learnt.
const UNITS: [CrossStitch; 5] = [
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 0.0 },
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 0.1 },
    CrossStitch { alone: 0.0, own: 0.9, mixing_rate: 1.0 },
    CrossStitch { alone: 0.0, own: 0.5, mixing_rate: 0.0 },
    CrossStitch { alone: 0.5, own: 0.9, mixing_rate: 1.0 },
];
// ANCHOR_END: mixing

/// The test accuracy of one seed alone, then with each of `UNITS`; and
/// what the target takes of the other task and of itself, in the end.
fn run(seed: usize) -> Result<Vec<[f64; 3]>, Failure> {
    let [mnist8, few, test] = digits::rows(seed);
    let mnist8 = Table::new("mnist8", mnist8).in_batches(64);
    let tables = [mnist8, Table::new("digits", few)];
    let labels = test.labels().complete()?;
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let learn = |strategy: &dyn Strategy, tables: &[Table]| {
        let run = Run::new(Recipe::default(), Seed::new(seed as u64));
        let given = Given { tables, spec: &spec };
        let fitted = strategy.fit(&given, &run)?;
        let outputs = fitted.predict(tables.len() - 1, &test.features);
        let state = fitted.network.state_dict();
        let unit = state.get("units.0.mixing");
        let of = |i: usize| unit.map_or(f32::NAN, |a| a.as_slice()[i]);
        let (of_other, of_itself) = (of(2).into(), of(3).into());
        Ok([accuracy(&outputs, &labels), of_other, of_itself])
    };
    let alone = learn(&SingleTask, &tables[1..]);
    let units = UNITS.map(|unit| learn(&Joint::of(unit), &tables));
    iter::once(alone).chain(units).collect()
}

fn main() -> Result<(), Failure> {
    let seeds: Vec<usize> = (0..10).collect();
    let runs = parallel::map(&seeds, |&seed| run(seed));
    let runs = runs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let column = |i: usize, j: usize| {
        runs.iter().map(|run| run[i][j]).collect::<Vec<f64>>()
    };
    println!("10 paired seeds                 at the end");
    println!("alone first  own at first  rate  other   own  gain");
    let (mut sigmas, mut mixtures) = (vec![], vec![]);
    for (i, unit) in UNITS.into_iter().enumerate() {
        let CrossStitch { alone, own, mixing_rate } = unit;
        let right = column(i + 1, 0);
        let gain = PairedDifference::new(&right, &column(0, 0));
        let [other, itself] = [1, 2].map(|j| mean(&column(i + 1, j)));
        print!("{alone:11.1}  {own:12.1}  {mixing_rate:4.2}  ");
        println!("{other:5.2}  {itself:4.2}  {gain}");
        let name =
            format!("alone {alone}, own {own}, rate {mixing_rate}");
        mixtures.push((name, [other, itself]));
        sigmas.push(gain.mean / gain.standard_error);
    }
    assert!(sigmas[2] < -3.0, "fresh columns do not bear a fast unit");
    assert!(sigmas[4].abs() < 3.0, "columns that know their task do");
    assert!(sigmas[3] > 3.0, "half of each, and fixed, helps");
    pictures::draw(|| pictures::diagrams::mixtures(&mixtures))
        .expect("its file");
    println!("\nNext: cargo run --release --example 11_layers");
    Ok(())
}
