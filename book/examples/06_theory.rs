//! Chapter 6: what fine-tuning gains between two linear tasks,
//! predicted and measured.
//! Tolerance: 0.0001, because the descent leaves a thousandth of the
//! way at most.

use std::fs;

use autograd::{Seed, Tensor};
use nn::data::generated::{LinearPair, linear};
use nn::data::{LabelColumn, Scale};
use nn::metrics::{mean, standard_error};
use nn::train::{Recipe, Rule, Run};
use nn::{Dataset, LinearConfig, NetworkSpec, Parameters as _};
use paired::runs;
use pictures::{Series, chart, short};
use transfer::parameter::FineTune;
use transfer::{Given, Source, Strategy, Target};

#[expect(dead_code, reason = "nothing is compared by seeds here")]
mod paired;

const INPUTS: usize = 40;
const ROWS: usize = 15;

/// What a teacher of these weights says of so many rows, to be learnt
/// as it is.
fn rows(teacher: &[f64], rows: usize, seed: Seed) -> Dataset<f64> {
    let mut data = linear(teacher, rows, 0.0, seed);
    for column in &mut data.label_columns {
        let LabelColumn::Numbers(numbers) = column else { continue };
        numbers.scale = Some(Scale::UNSCALED);
    }
    data
}

// ANCHOR: risk
/// What fine-tuning from these weights leaves of the way to the
/// target's, squared.
fn risk(
    source: &[f64],
    target: &[f64],
    seed: Seed,
) -> Result<f64, nn::Error> {
    let linear = LinearConfig::new(INPUTS, 1);
    let linear = LinearConfig { bias: false, ..linear };
    let spec = NetworkSpec::new().then(linear);
    let model = spec.build::<f64>(seed);
    let weights = Tensor::new([1, INPUTS], source.to_vec());
    model.visit(&mut |_, weight| weight.set(weights.clone()));
    let data = rows(source, 2, seed.child("source"));
    let task = "source".to_owned();
    let sources = [Source { task, data, spec, model }];
    let few = rows(target, ROWS, seed.child("target"));
    let few = Target::new("target", few);

    let rule = Rule::Sgd { momentum: 0.6, nesterov: false };
    let recipe = Recipe { steps: 50, rule, ..Recipe::at_rate(0.1) };
    let given = Given::new(&sources, &few);
    let fitted =
        FineTune::default().fit(&given, &Run::new(recipe, seed))?;
    let learnt = fitted.model()?.named()[0].1.value();
    let apart = learnt.as_slice().iter().zip(target);
    Ok(apart.map(|(a, b)| (a - b).powi(2)).sum())
}
// ANCHOR_END: risk

/// The gain over scratch, which begins at 0, of a source of this cosine
/// and length.
fn gains(cosine: f64, length: f64) -> Result<Vec<f64>, nn::Error> {
    let angle = cosine.acos().to_degrees();
    let gain = |seed: Seed| {
        let pair = LinearPair::new(INPUTS, angle, seed.child("pair"));
        let longer = pair.source.iter().map(|weight| length * weight);
        let source: Vec<f64> = longer.collect();
        let scratch = risk(&[0.0; INPUTS], &pair.target, seed)?;
        Ok(scratch - risk(&source, &pair.target, seed)?)
    };
    runs(400, 6, gain).into_iter().collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cosine  length  predicted gain  measured, 400 draws");
    let (mut line, mut points) = (vec![], vec![]);
    let unit = [-0.5, 0.0, 0.3, 0.5, 0.8, 1.0];
    let unit = unit.map(|cosine| (cosine, 1.0));
    for (cosine, length) in unit.into_iter().chain([(0.8, 2.0)]) {
        // ANCHOR: predicted
        let kept = 1.0 - ROWS as f64 / INPUTS as f64;
        let predicted =
            kept * (2.0 * length * cosine - length * length);
        // ANCHOR_END: predicted
        let gains = gains(cosine, length)?;
        let (measured, error) = (mean(&gains), standard_error(&gains));
        print!("{cosine:6.1}  {length:6.1}  {predicted:+14.3}  ");
        println!("{measured:+8.3} +- {error:.3}");
        let apart = (measured - predicted).abs();
        assert!(apart < 4.0 * error + 1e-4, "theory and run agree");
        line.push((cosine, predicted));
        points.push((cosine, measured, 3.0 * error));
    }
    if let Some(file) = std::env::args().nth(1) {
        let axes =
            ["cosine between the weights", "gain of fine-tuning"];
        // The last one is of another length.
        line.pop();
        points.pop();
        let series = [
            Series::Line("predicted", line),
            Series::Points("measured", points),
        ];
        fs::write(file, chart(axes, [short; 2], &series))?;
    }
    println!("\nNext: cargo run --release --example 06_parameter");
    Ok(())
}
