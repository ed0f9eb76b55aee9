//! Chapter 4: one sweep gives every derivative, and exactly.
//! Tolerance: 0.001, because the errors of differences at small steps
//! are rounding alone.
//!
//! With a file's name as argument it draws the errors there.

use std::fs;

use autograd::{Tape, Tensor, Var};
use pictures::{Series, chart};

const INPUTS: usize = 1000;
const STEPS: [f64; 8] =
    [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9];

/// A function of many inputs with one value.
fn f(x: Var<'_, f64>) -> Var<'_, f64> {
    ((x * x).tanh() + x.sin()).sum()
}

// ANCHOR: differences
/// Central differences of all inputs; two evaluations for each.
fn differences(point: &[f64], step: f64) -> Vec<f64> {
    let value = |i: usize, moved: f64| {
        let entry = |j| point[j] + if i == j { moved } else { 0.0 };
        let x = Tensor::from_fn([INPUTS], entry);
        f(Tape::<f64>::predicting().constant(x)).value().item()
    };
    let slope = |i| (value(i, step) - value(i, -step)) / (2.0 * step);
    (0..INPUTS).map(slope).collect()
}
// ANCHOR_END: differences

/// The function's value, and the largest error of its derivatives: of
/// the sweep, and of differences over each of the steps.
fn errors() -> (f64, f64, [f64; STEPS.len()]) {
    let point = Tensor::from_fn([INPUTS], |i| (1.7 * i as f64).sin());
    // ANCHOR: sweep
    let tape = Tape::<f64>::default();
    let x = tape.leaf(&point);
    let y = f(x);
    let gradients = y.backward();
    let sweep = gradients.wrt(x).expect("f depends on x").as_slice();
    // ANCHOR_END: sweep
    let point = point.as_slice();
    let slope = |x: f64| 2.0 * x / (x * x).cosh().powi(2) + x.cos();
    let error = |found: &[f64]| {
        let pairs = point.iter().zip(found);
        pairs.map(|(&x, y)| (slope(x) - y).abs()).fold(0.0, f64::max)
    };
    let measured = STEPS.map(|step| error(&differences(point, step)));
    (y.value().item(), error(sweep), measured)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (value, sweep, errors) = errors();
    println!("the largest error of {INPUTS} derivatives:");
    println!("  one reverse sweep                     {sweep:8.0e}");
    for (step, error) in STEPS.iter().zip(errors) {
        print!("  differences over a step of {step:6.0e}     ");
        println!("{error:8.0e}");
    }
    println!(
        "each line of differences took {} evaluations",
        2 * INPUTS
    );
    // ANCHOR: best
    // The second line's error is step^2 / 6 times a third derivative.
    let third = 6.0 * errors[1] / STEPS[1].powi(2);
    let rounding = f64::EPSILON / 2.0 * value.abs();
    let best_step = (3.0 * rounding / third).cbrt();
    // ANCHOR_END: best
    println!("the best step by the formula          {best_step:8.0e}");
    let pairs = STEPS.into_iter().zip(errors);
    let least = pairs.min_by(|(_, a), (_, b)| a.total_cmp(b));
    let (found, best) = least.expect("there are steps");
    let factor = (found / best_step).max(best_step / found);
    assert!(factor < 10.0, "the best of the table is near it");
    assert!(sweep < 1e-14, "a sweep is exact to rounding");
    assert!(best > 1e3 * sweep, "no step makes differences as exact");
    assert!(errors[0] > best, "too long a step is wrong");
    assert!(errors[7] > best, "and so is too short a one");

    if let Some(file) = std::env::args().nth(1) {
        let x = STEPS.map(f64::log10);
        let point = |(x, error): (f64, f64)| (x, error.log10(), 0.0);
        let measured = x.into_iter().zip(errors).map(point).collect();
        let level = [x[0], x[7]].map(|x| (x, sweep.log10())).to_vec();
        let series = [
            Series::Line("one reverse sweep", level),
            Series::Points("differences", measured),
        ];
        let axes = ["step of the differences", "largest error"];
        let power = |log| format!("1e{log:.0}");
        fs::write(file, chart(axes, [power; 2], &series))?;
    }
    println!("\nNext: cargo run --release --example 04_depth");
    Ok(())
}
