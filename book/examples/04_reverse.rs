//! Chapter 4: one sweep gives every derivative, exactly, and however deep the computation is.
//! Tolerance: 0.001, because the errors of differences at small steps are rounding alone.

use std::cell::Cell;

use autograd::{Tape, Tensor, Var};
use chart::Series;

#[expect(dead_code, reason = "the axes here are of powers")]
mod chart;

/// A function of many inputs with one value.
fn f(x: Var<'_, f64>) -> Var<'_, f64> {
    ((x * x).tanh() + x.sin()).sum()
}

#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs = 1000;
    let point = Tensor::from_fn([inputs], |i| (1.7 * i as f64).sin());

    // ANCHOR: sweep
    let tape = Tape::<f64>::default();
    let x = tape.leaf(&point);
    let gradients = f(x).backward();
    let sweep = gradients.wrt(x).expect("f depends on x").as_slice();
    // ANCHOR_END: sweep

    let evaluations = Cell::new(0);
    let value = |x: Tensor<f64>| {
        evaluations.set(evaluations.get() + 1);
        f(Tape::<f64>::predicting().constant(x)).value().item()
    };
    let differences = |step: f64| -> Vec<f64> {
        let moved = |i: usize, by: f64| {
            Tensor::from_fn([inputs], |j| point.as_slice()[j] + if i == j { by } else { 0.0 })
        };
        (0..inputs)
            .map(|i| (value(moved(i, step)) - value(moved(i, -step))) / (2.0 * step))
            .collect()
    };

    let by_hand = point.as_slice().iter().map(|&x| 2.0 * x / (x * x).cosh().powi(2) + x.cos());
    let error = |found: &[f64]| {
        by_hand.clone().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0_f64, f64::max)
    };
    println!("the largest error of {inputs} derivatives:");
    println!("  one reverse sweep                     {:8.0e}", error(sweep));
    let steps = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-9];
    let errors = steps.map(|step| error(&differences(step)));
    for (step, error) in steps.iter().zip(errors) {
        println!("  differences over a step of {step:6.0e}     {error:8.0e}");
    }
    println!("each line of differences took {} evaluations", evaluations.get() / steps.len());

    let best = errors.into_iter().fold(f64::INFINITY, f64::min);
    assert!(error(sweep) < 1e-14, "a sweep is exact to rounding");
    assert!(best > 1e3 * error(sweep), "no step makes differences as exact");
    assert!(errors[0] > best && errors[6] > best, "too long a step is wrong, and too short a one");

    if let Some(file) = std::env::args().nth(1) {
        let point = |(&step, error): (&f64, f64)| (step.log10(), error.log10(), 0.0);
        let measured = steps.iter().zip(errors).map(point).collect();
        let level = [0, 6].map(|i| (steps[i].log10(), error(sweep).log10())).to_vec();
        let series =
            [Series::Line("one reverse sweep", level), Series::Points("differences", measured)];
        let axes = ["step of the differences", "largest error"];
        chart::draw(&file, axes, |log| format!("1e{log:.0}"), chart::Room::UpperMiddle, &series)?;
    }

    // ANCHOR: deep
    // A thread with a small stack: what recursed once a node would overflow it.
    let deep = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(1.0);
        let y = (0..1_000_000).fold(x, |y, _| y + x);
        (tape.len(), y.backward().wrt(x).map(Tensor::item))
    });
    // ANCHOR_END: deep
    let (nodes, slope) = deep.expect("a thread starts").join().expect("the sweep is a loop");
    println!("a chain of {nodes} values: dy/dx = {}", slope.unwrap_or(f64::NAN));
    assert_eq!(slope, Some(1_000_001.0));

    // ANCHOR: diamonds
    let tape = Tape::<f64>::default();
    let x = tape.leaf(1.0);
    let y = (0..60).fold(x, |y, _| y + y);
    let slope = y.backward().wrt(x).map(Tensor::item);
    // ANCHOR_END: diamonds
    let power = slope.unwrap_or(f64::NAN).log2();
    println!("60 doublings, {} edges: dy/dx = 2^{power}", tape.num_edges());
    assert_eq!(slope, Some(2.0_f64.powi(60)), "2^60 paths, each edge walked once");

    println!("\nNext: chapter 5, cargo run --release --example 05_network -p book");
    Ok(())
}
