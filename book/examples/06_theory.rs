//! Chapter 6: what fine-tuning gains between two linear tasks, predicted and measured.
//! Tolerance: 0.0001, because the descent leaves a thousandth of the way at most.

use autograd::{Seed, Tensor, parallel};
use chart::Series;
use nn::data::generated::{LinearPair, linear};
use nn::data::{LabelColumn, Scale};
use nn::metrics::{mean, standard_error};
use nn::train::{Recipe, Rule, Run};
use nn::{Dataset, LinearConfig, NetworkSpec, Parameters as _};
use transfer::{Given, Source, Strategy, Target, parameter::FineTune};

mod chart;

const INPUTS: usize = 40;
const ROWS: usize = 15;

/// What a teacher of these weights says of so many rows, to be learnt as it is.
fn rows(teacher: &[f64], rows: usize, seed: Seed) -> Dataset<f64> {
    let mut data = linear(teacher, rows, 0.0, seed);
    for column in &mut data.label_columns {
        let LabelColumn::Numbers(numbers) = column else { continue };
        numbers.scale = Some(Scale::UNSCALED);
    }
    data
}

// ANCHOR: risk
/// What fine-tuning from these weights leaves of the way to the target's, squared.
fn risk(source: &[f64], target: &[f64], seed: Seed) -> Result<f64, nn::Error> {
    let linear = LinearConfig { bias: false, ..LinearConfig::new(INPUTS, 1) };
    let spec = NetworkSpec::new().then(linear);
    let model = spec.build::<f64>(seed);
    model.visit(&mut |_, weight| weight.set(Tensor::new([1, INPUTS], source.to_vec())));
    let data = rows(source, 2, seed.child("source"));
    let sources = [Source { task: "source".to_owned(), data, spec, model }];
    let few = Target::new("target", rows(target, ROWS, seed.child("target")));

    let rule = Rule::Sgd { momentum: 0.6, nesterov: false };
    let run = Run::new(Recipe { steps: 50, rule, ..Recipe::at_rate(0.1) }, seed);
    let fitted = FineTune::default().fit(&Given::new(&sources, &few), &run)?;
    let learnt = fitted.model()?.named()[0].1.value();
    Ok(learnt.as_slice().iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum())
}
// ANCHOR_END: risk

/// The gain over scratch, which begins at 0, of a source of this cosine and length.
fn gains(cosine: f64, length: f64) -> Result<Vec<f64>, nn::Error> {
    let draws: Vec<usize> = (0..400).collect();
    let gain = |&draw: &usize| {
        let seed = Seed::new(6).child(draw);
        let pair = LinearPair::new(INPUTS, cosine.acos().to_degrees(), seed.child("pair"));
        let source: Vec<f64> = pair.source.iter().map(|weight| length * weight).collect();
        let scratch = risk(&[0.0; INPUTS], &pair.target, seed)?;
        Ok(scratch - risk(&source, &pair.target, seed)?)
    };
    parallel::map(&draws, gain).into_iter().collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cosine  length  predicted gain  measured, 400 draws");
    let (mut predictions, mut measurements) = (Vec::new(), Vec::new());
    let unit = [-0.5, 0.0, 0.3, 0.5, 0.8, 1.0].map(|cosine| (cosine, 1.0));
    for (cosine, length) in unit.into_iter().chain([(0.8, 2.0)]) {
        // ANCHOR: predicted
        let kept = 1.0 - ROWS as f64 / INPUTS as f64;
        let predicted = kept * (2.0 * length * cosine - length * length);
        // ANCHOR_END: predicted
        let gains = gains(cosine, length)?;
        let (measured, error) = (mean(&gains), standard_error(&gains));
        println!("{cosine:6.1}  {length:6.1}  {predicted:+14.3}  {measured:+8.3} +- {error:.3}");
        assert!((measured - predicted).abs() < 4.0 * error + 1e-4, "theory and run agree");
        predictions.push((cosine, predicted));
        measurements.push((cosine, measured, 3.0 * error));
    }
    if let Some(file) = std::env::args().nth(1) {
        let axes = ["cosine between the weights", "gain of fine-tuning, in squared distance"];
        // The last one is of another length.
        predictions.pop();
        measurements.pop();
        let series =
            [Series::Line("predicted", predictions), Series::Points("measured", measurements)];
        chart::draw(&file, axes, chart::short, chart::Room::UpperLeft, &series)?;
    }
    println!("\nNext: the same with networks, cargo run --release --example 06_parameter -p book");
    Ok(())
}
