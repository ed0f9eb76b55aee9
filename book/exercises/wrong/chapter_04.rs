//! Chapter 4: reverse mode.

use autograd::Tensor;

use super::{Wrong, wrong};
use crate::answers::chapter_04 as answers;
use crate::checks::chapter_04 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("best_step", "where the two errors are equal", || {
        checks::best_step(|epsilon, f, third| {
            (6.0 * epsilon * (f / third).abs()).cbrt()
        })
    }),
    wrong("best_step", "that of a one-sided difference", || {
        checks::best_step(|epsilon, f, third| {
            (4.0 * epsilon * (f / third).abs()).sqrt()
        })
    }),
    wrong("fourth_order", "an ordinary central difference", || {
        checks::fourth_order(|f, x, step| {
            (f(x + step) - f(x - step)) / (2.0 * step)
        })
    }),
    wrong("fourth_order", "the mean of both differences", || {
        checks::fourth_order(|f, x, step| {
            let near = (f(x + step) - f(x - step)) / (2.0 * step);
            let far = f(x + 2.0 * step) - f(x - 2.0 * step);
            near.midpoint(far / (4.0 * step))
        })
    }),
    wrong("slopes", "the edges are walked from the end", || {
        checks::slopes(|nodes, input| {
            let mut bars = vec![0.0; nodes.len()];
            bars[input] = 1.0;
            for index in (0..nodes.len()).rev() {
                for &(at, slope) in &nodes[index] {
                    bars[at] += bars[index] * slope;
                }
            }
            bars
        })
    }),
    wrong("slopes", "the first edge alone", || {
        checks::slopes(|nodes, input| {
            let first = |edges: &Vec<(usize, f64)>| {
                edges.iter().take(1).copied().collect()
            };
            let nodes: Vec<_> = nodes.iter().map(first).collect();
            answers::slopes(&nodes, input)
        })
    }),
    wrong("jacobian", "transposed", || {
        checks::jacobian(|f, x| answers::jacobian(f, x).transpose())
    }),
    wrong("jacobian", "one sweep, from ones, for all outputs", || {
        checks::jacobian(|f, x| {
            let rows = answers::jacobian(f, x);
            let sum = rows.clone().sum_axes_keep(&[0]);
            sum.broadcast_to(rows.shape())
        })
    }),
    wrong("hessian_times", "the diagonal alone", || {
        checks::hessian_times(|f, x, v| {
            let one = |i: usize| {
                let e = |j| if i == j { v.as_slice()[i] } else { 0.0 };
                let e = Tensor::from_fn([3], e);
                answers::hessian_times(f, x, &e).as_slice()[i]
            };
            Tensor::from_fn([3], one)
        })
    }),
    wrong("hessian_times", "divided by one step, not by two", || {
        checks::hessian_times(|f, x, v| {
            answers::hessian_times(f, x, v).scale(2.0)
        })
    }),
];
