//! Chapter 9: shared parameters.

use autograd::{Seed, Tape, Tensor, Var};
use nn::{Linear, Module as _, Parameters as _};

use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The loss is the weighted sum, and so is the trunk's gradient; a head
/// learns from its own task alone.
pub(crate) fn joint_loss(
    f: impl for<'t> Fn(
        &'t Tape<f64>,
        &Linear<f64>,
        &[Linear<f64>],
        &[(Tensor<f64>, Vec<usize>)],
        &[f64],
    ) -> Var<'t, f64>,
) -> Verdict {
    let seed = Seed::new(4);
    let trunk = Linear::<f64>::new(3, 5, seed.child("trunk"));
    let heads = [2, 4]
        .map(|classes| Linear::new(5, classes, seed.child(classes)));
    let rows = |rows: usize, shift| {
        Tensor::new([rows, 3], numbers(3 * rows, shift))
    };
    let tasks = [
        (rows(4, 1.0), vec![0, 1, 1, 0]),
        (rows(6, 2.0), vec![3, 0, 1, 2, 2, 3]),
    ];
    let weights = [0.3, 2.0];
    let tape = Tape::<f64>::default();
    let loss = f(&tape, &trunk, &heads, &tasks, &weights);
    let found = loss.backward();
    let weight = &trunk.named()[0].1;
    let (mut value, mut sum) = (0.0, Tensor::zeros(weight.shape()));
    for ((head, (x, labels)), own) in
        heads.iter().zip(&tasks).zip(weights)
    {
        let tape = Tape::<f64>::default();
        let features = trunk.forward(tape.constant(x)).relu();
        let loss = head.forward(features).cross_entropy(labels);
        let gradients = loss.backward();
        value += own * loss.item();
        let part = gradients.of(weight).expect("the trunk is used");
        sum = sum + part.clone().scale(own);
        let bias = &head.named()[0].1;
        let right =
            gradients.of(bias).expect("it is used").clone().scale(own);
        let own = found.of(bias).map_or(&[][..], Tensor::as_slice);
        let right = right.as_slice();
        holds(all_near(own, right, 1e-12), || {
            format!("a head has the gradient {own:?}, not {right:?}")
        })?;
    }
    holds(near(loss.item(), value, 1e-12), || {
        format!("the loss is {}, not {value}", loss.item())
    })?;
    let own = found.of(weight).map_or(&[][..], Tensor::as_slice);
    holds(all_near(own, sum.as_slice(), 1e-12), || {
        "the trunk's gradient is not the weighted sum of the tasks'"
            .to_owned()
    })
}

/// It is what the best direction leaves, found by trying all of them.
pub(crate) fn remaining(f: impl Fn(&[f64], &[f64]) -> f64) -> Verdict {
    let cases: [[[f64; 2]; 2]; 5] = [
        [[1.0, 0.0], [0.0, 1.0]],
        [[1.0, 0.0], [1.0, 0.0]],
        [[1.0, 0.0], [-0.6, 0.8]],
        [[2.0, 0.0], [0.3, 0.4]],
        [[1.0, 2.0], [3.0, -1.0]],
    ];
    for [one, other] in cases {
        // What is left of both when one direction is kept.
        let left = |step: usize| {
            let angle = step as f64 * std::f64::consts::PI / 20_000.0;
            let unit = [angle.cos(), angle.sin()];
            let rest = |task: &[f64; 2]| {
                inner(task, task) - inner(task, &unit).powi(2)
            };
            rest(&one) + rest(&other)
        };
        let right = (0..20_000).map(left).fold(f64::INFINITY, f64::min);
        let found = f(&one, &other);
        holds((found - right).abs() < 1e-6, || {
            format!(
                "of {one:?} and {other:?} it is {found}, not {right}"
            )
        })?;
    }
    Ok(())
}

/// It is the rank.
pub(crate) fn width(f: impl Fn(&[Vec<f64>]) -> usize) -> Verdict {
    let (a, b) = (numbers(4, 1.0), numbers(4, 2.0));
    // Sines of one frequency are combinations of two; a square is not.
    let c: Vec<f64> = a.iter().map(|a| a * a).collect();
    let mix: Vec<f64> =
        a.iter().zip(&b).map(|(a, b)| 2.0 * a - b).collect();
    let small: Vec<f64> = c.iter().map(|c| 1e-3 * c).collect();
    let cases = [
        (vec![a.clone()], 1),
        (vec![a.clone(), a.clone()], 1),
        (vec![a.clone(), b.clone(), mix.clone()], 2),
        (vec![mix, a.clone(), b, small], 3),
        (vec![vec![0.0; 4], a], 1),
    ];
    for (tasks, right) in cases {
        let found = f(&tasks);
        holds(found == right, || {
            format!(
                "of {} tasks it is {found}, not {right}",
                tasks.len()
            )
        })?;
    }
    Ok(())
}

/// Nothing against the other is left, and nothing else is taken.
pub(crate) fn without_conflict(
    f: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) -> Verdict {
    let cases = [
        ([1.0, 0.0], [-1.0, 1.0], [0.5, 0.5]),
        ([1.0, 2.0], [3.0, 1.0], [1.0, 2.0]),
        ([1.0, 0.0], [-2.0, 0.0], [0.0, 0.0]),
        ([1.0, 1.0], [0.0, 0.0], [1.0, 1.0]),
    ];
    for (own, other, right) in cases {
        let found = f(&own, &other);
        holds(all_near(&found, &right, 1e-12), || {
            format!(
                "of {own:?} beside {other:?} it leaves {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}
