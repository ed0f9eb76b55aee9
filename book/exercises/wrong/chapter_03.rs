//! Chapter 3: pullbacks.

use autograd::{Tensor, Var};

use super::{Wrong, wrong};
use crate::answers::chapter_03 as answers;
use crate::checks::chapter_03 as checks;

/// An operation with this pullback, from the input, the value and the
/// cotangent of an entry.
fn with_slope<'t>(
    x: Var<'t, f64>,
    y: Tensor<f64>,
    pull: fn(f64, f64) -> f64,
) -> Var<'t, f64> {
    let value = x.value();
    x.tape()
        .record("wrong", y)
        .pullback(x, move |y_bar| y_bar.zip(&value, pull))
}

pub(crate) const WRONG: &[Wrong] = &[
    wrong("exp_times", "a term of the product rule is missing", || {
        checks::exp_times(|x| {
            let y = x.value().map(|x| x * x.exp());
            with_slope(x, y, |y_bar, x| y_bar * x * x.exp())
        })
    }),
    wrong("exp_times", "two operations", || {
        checks::exp_times(|x| x.exp() * x)
    }),
    wrong("scatter", "a place named twice keeps the last only", || {
        checks::scatter(|y_bar, places, entries| {
            let mut x_bar = vec![0.0; entries];
            for (&y_bar, &place) in y_bar.iter().zip(places) {
                x_bar[place] = y_bar;
            }
            x_bar
        })
    }),
    wrong("scatter", "picked again, not scattered", || {
        checks::scatter(|y_bar, places, entries| {
            let picked =
                |at| places.get(at).and_then(|&p| y_bar.get(p));
            (0..entries).map(|at| *picked(at).unwrap_or(&0.0)).collect()
        })
    }),
    wrong("softmax_pullback", "the sum is missing", || {
        checks::softmax_pullback(|y, y_bar| {
            y.iter().zip(y_bar).map(|(y, y_bar)| y * y_bar).collect()
        })
    }),
    wrong(
        "softmax_pullback",
        "an entry by entry slope, y (1 - y)",
        || {
            checks::softmax_pullback(|y, y_bar| {
                let pairs = y.iter().zip(y_bar);
                pairs.map(|(y, y_bar)| y * (1.0 - y) * y_bar).collect()
            })
        },
    ),
    wrong(
        "root_or_zero",
        "the mask is multiplied, not chosen by",
        || {
            checks::root_or_zero(|x| {
                let mask =
                    x.value().map(|x| if x > 0.0 { 1.0 } else { 0.0 });
                x.sqrt() * x.tape().constant(mask)
            })
        },
    ),
    wrong("root_or_zero", "the root is moved a little", || {
        checks::root_or_zero(|x| (x.relu() + 1e-12).sqrt())
    }),
    wrong("normalise", "the component along y is left in", || {
        checks::normalise(|x, epsilon| {
            let y = answers::normalise(x.detach(), epsilon).value();
            let variance = x.value().var_axes(&[0], 0).item();
            let scale = 1.0 / (variance + epsilon).sqrt();
            x.tape().record("wrong", y).pullback(x, move |y_bar| {
                let mean = y_bar.sum().item() / y_bar.len() as f64;
                y_bar.map(|y_bar| scale * (y_bar - mean))
            })
        })
    }),
    wrong("normalise", "epsilon stands outside of the root", || {
        checks::normalise(|x, epsilon| {
            let y = answers::normalise(x, 0.0);
            let deviation = x.value().var_axes(&[0], 0).item().sqrt();
            y * (deviation / (deviation + epsilon))
        })
    }),
];
