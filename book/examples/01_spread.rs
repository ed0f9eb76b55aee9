//! Chapter 1: what a gain owes to the rows that were drawn, and what
//! to the weights at the start.
//! Tolerance: 0.03, because another kernel's rounding moves a few of
//! 901 test rows a run.

use std::slice::from_ref;

use autograd::{Seed, parallel};
use nn::metrics::{accuracy, mean};
use nn::train::{Recipe, Run};
use nn::{NetworkSpec, data};
use transfer::baseline::Scratch;
use transfer::parameter::FineTune;
use transfer::{Error, Given, Strategy, Target, pretrain};

/// Draws of the target's rows, and starts: each draw meets each.
const SIDE: usize = 5;

// ANCHOR: variance
/// What is left of each gain when the mean of its draw and that of its
/// start are taken away, and the variances of draws, of starts and of
/// that rest.
fn variances(gains: &[[f64; SIDE]; SIDE]) -> [f64; 3] {
    let of_draw = gains.map(|row| mean(&row));
    let column = |i: usize| mean(&gains.map(|row| row[i]));
    let of_start: [f64; SIDE] = std::array::from_fn(column);
    let all = mean(&of_draw);
    let square = |from: f64, to: f64| (from - to).powi(2);
    let spread = |means: &[f64; SIDE]| {
        means.iter().map(|mean| square(*mean, all)).sum::<f64>() / 4.0
    };
    let rest = |(draw, start): (usize, usize)| {
        let expected = of_draw[draw] + of_start[start] - all;
        square(gains[draw][start], expected)
    };
    let pairs = (0..SIDE).flat_map(|a| (0..SIDE).map(move |b| (a, b)));
    let rest = pairs.map(rest).sum::<f64>() / 16.0;
    // A mean of five has a fifth of the rest's variance in it.
    let own = |means| (spread(means) - rest / 5.0).max(0.0);
    [own(&of_draw), own(&of_start), rest]
}
// ANCHOR_END: variance

fn report(gains: &[[f64; SIDE]; SIDE]) {
    println!("gain of fine-tuning: a line a draw, a column a start");
    for row in gains {
        println!(
            "{}",
            row.map(|gain| format!("{gain:+.3}")).join("  ")
        );
    }
    let [draws, starts, rest] = variances(gains);
    // With 4 and 16 degrees of freedom F is above 3.01 once in twenty.
    let f = 1.0 + SIDE as f64 * draws / rest;
    assert!(f > 3.01, "which rows one draws matters: F = {f}");
    println!();
    let line = |part, variance: f64| {
        println!("{part:46}  {:.3}", variance.sqrt());
    };
    line("standard deviation that comes from the rows", draws);
    line("that comes from the weights at the start", starts);
    line("that neither explains alone", rest);
    println!("F of the rows, 4 and 16 degrees of freedom      {f:.1}");
}

fn main() -> Result<(), Error> {
    let source = data::mnist8::<f32>().map(|count| count / 16.0);
    let digits = data::digits::<f32>().map(|count| count / 16.0);
    let order = Seed::new(0).child("split");
    let (test, rest) = digits.labels().stratified_split(0.5, order);
    let (test, rest) = (digits.rows(&test), digits.rows(&rest));
    let labels = test.labels().complete()?;
    let of_class = rest.labels().rows_by_class(order);

    // ANCHOR: gain
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let recipe = Recipe { batch: Some(64), ..Recipe::at_rate(0.1) };
    let seed = |start: usize| Seed::new(1).child(start);
    let learn = |&start: &usize| {
        let (rows, seed) = (source.clone(), seed(start));
        pretrain("mnist8", rows, &spec, &recipe, seed)
    };
    let gain = |given: &Given, start: usize| -> Result<f64, Error> {
        let run = Run::new(Recipe::default(), seed(start));
        let score = |strategy: &dyn Strategy| -> Result<f64, Error> {
            let fitted = strategy.fit(given, &run)?;
            Ok(accuracy(&fitted.predict(&test.features), &labels))
        };
        Ok(score(&FineTune::default())? - score(&Scratch)?)
    };
    // ANCHOR_END: gain
    let places: Vec<usize> = (0..SIDE).collect();
    let sources = parallel::map(&places, learn);
    let sources = sources.into_iter().collect::<Result<Vec<_>, _>>()?;
    let row = |&draw: &usize| -> Result<[f64; SIDE], Error> {
        let five = 5 * draw..5 * (draw + 1);
        let rows =
            of_class.iter().flat_map(|class| &class[five.clone()]);
        let rows: Vec<usize> = rows.copied().collect();
        let target = Target::new("digits", rest.rows(&rows));
        let mut gains = [0.0; SIDE];
        for (start, source) in sources.iter().enumerate() {
            let given = Given::new(from_ref(source), &target);
            gains[start] = gain(&given, start)?;
        }
        Ok(gains)
    };
    let rows = parallel::map(&places, row);
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    report(&std::array::from_fn(|draw| rows[draw]));
    println!("\nNext: cargo run --release --example 02_tape");
    Ok(())
}
