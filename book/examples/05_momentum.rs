//! Chapter 5: what momentum makes of a gradient that swings, by the
//! formula and by the library's optimiser.
//! Tolerance: 0.0001, because elementary functions may differ in their
//! last bits.

use std::f64::consts::PI;

use autograd::{Gradients, Parameter, Tape, Tensor};
use nn::{Optimizer as _, Sgd, SgdConfig};
use pictures::{Series, chart, short};

const MOMENTUM: f64 = 0.9;

// ANCHOR: predicted
/// How far the velocity swings beside its gradient.
fn predicted(frequency: f64) -> f64 {
    let swing = 2.0 * MOMENTUM * frequency.cos();
    1.0 / (1.0 - swing + MOMENTUM * MOMENTUM).sqrt()
}
// ANCHOR_END: predicted

// ANCHOR: measured
/// The same, of steps that the library takes: the largest step of the
/// last thousand, over the rate.
fn measured(frequency: f64) -> f64 {
    let weight = Parameter::new(Tensor::<f64>::scalar(0.0));
    let model = [weight.share()];
    let config = SgdConfig {
        learning_rate: 1.0,
        momentum: MOMENTUM,
        ..SgdConfig::default()
    };
    let mut optimizer = Sgd::with_config(&model, config);
    let mut largest = 0.0_f64;
    for step in 0..1500 {
        let before = weight.value().item();
        let slope = (frequency * f64::from(step)).cos();
        optimizer.step(gradient(&weight, slope));
        let moved = (weight.value().item() - before).abs();
        if step >= 500 {
            largest = largest.max(moved);
        }
    }
    largest
}

/// The gradient of a loss with this slope.
fn gradient(weight: &Parameter<f64>, slope: f64) -> Gradients<f64> {
    let tape = Tape::<f64>::default();
    (tape.watch(weight) * slope).backward()
}
// ANCHOR_END: measured

fn main() {
    println!("frequency  predicted gain  measured");
    let (mut line, mut points) = (vec![], vec![]);
    // No swing returns to its places, so that one is near its top.
    for frequency in [0.0, 0.1, 0.2, 0.4, 0.8, 1.3, 2.0, 2.6, PI] {
        let [gain, found] = [predicted(frequency), measured(frequency)];
        println!("{frequency:9.2}  {gain:14.4}  {found:8.4}");
        // In a thousand steps a swing is seen near its top.
        assert!((found - gain).abs() < 0.001 * gain, "the formula");
        points.push((frequency, found, 0.0));
    }
    for step in 0..=100 {
        let frequency = PI * f64::from(step) / 100.0;
        line.push((frequency, predicted(frequency)));
    }
    let series = [
        Series::Line("predicted", line),
        Series::Points("measured", points),
    ];
    let axes = ["frequency, radians a step", "gain"];
    pictures::draw(|| chart(axes, [short; 2], &series))
        .expect("its file");
    println!("\nNext: cargo run --release --example 05_network");
}
