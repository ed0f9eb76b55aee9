//! Chapter 10: task-to-task connections.

use autograd::{Tensor, Var};

use super::{Wrong, wrong};
use crate::answers::chapter_10 as answers;
use crate::checks::chapter_10 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("mixed", "the weights are data", || {
        checks::mixed(|weights, x| answers::mixed(weights.detach(), x))
    }),
    wrong("mixed", "the mean instead of the sum", || {
        checks::mixed(|weights, x| {
            answers::mixed(weights, x) * (1.0 / x.len() as f64)
        })
    }),
    wrong(
        "mixed",
        "a product and a sum, as operations of their own",
        || {
            checks::mixed(|weights, x| {
                let part = |j: usize| x[j] * weights.slice(0, j..j + 1);
                (1..x.len()).fold(part(0), |sum, j| sum + part(j))
            })
        },
    ),
    wrong("mixed", "every input gets the whole cotangent", || {
        checks::mixed(|weights, x| {
            let sum = answers::mixed(weights, x).value();
            let y = weights.tape().record("wrong", sum);
            let own: Vec<f64> = vec![0.0; x.len()];
            let y = y.pullback(weights, move |_| own.clone().into());
            x.iter().fold(y, |y, &x| y.pullback(x, |y_bar| y_bar))
        })
    }),
    wrong("mixing_bar", "rows and columns are exchanged", || {
        checks::mixing_bar(|y_bar, x| answers::mixing_bar(x, y_bar))
    }),
    wrong("mixing_bar", "a mean over rows", || {
        checks::mixing_bar(|y_bar, x| {
            let rows = answers::mixing_bar(y_bar, x).into_iter();
            let mean = |x: f64| x / 4.0;
            rows.map(|row| row.into_iter().map(mean).collect())
                .collect()
        })
    }),
    wrong("first_mixture", "the others take 1 - own each", || {
        checks::first_mixture(|tasks, own| {
            let entry = |i, j| if i == j { own } else { 1.0 - own };
            let row = |i| (0..tasks).map(|j| entry(i, j)).collect();
            (0..tasks).map(row).collect()
        })
    }),
    wrong("first_mixture", "one task takes a part of itself", || {
        checks::first_mixture(|tasks, own| match tasks {
            1 => vec![vec![own]],
            tasks => answers::first_mixture(tasks, own),
        })
    }),
    wrong("mixed_by_unit", "one weight for all units", || {
        checks::mixed_by_unit(|weights, x| {
            let one = weights.slice(1, 0..1);
            answers::mixed_by_unit(one, x)
        })
    }),
    wrong("mixed_by_unit", "the gradient of an input is lost", || {
        fn cut<'t>(x: &[Var<'t, f64>]) -> Vec<Var<'t, f64>> {
            let (first, rest) = x.split_first().expect("a task");
            [first.detach()].into_iter().chain(rest.to_vec()).collect()
        }
        checks::mixed_by_unit(|weights, x| {
            answers::mixed_by_unit(weights, &cut(x))
        })
    }),
    wrong("mixed_by_unit", "zeros", || {
        checks::mixed_by_unit(|weights, x| {
            let zeros = Tensor::zeros(x[0].shape());
            weights.tape().constant(zeros)
        })
    }),
    wrong(
        "chosen",
        "judged by the rows that it was trained on",
        || {
            checks::chosen(|candidates, rows, accuracy| {
                let all: Vec<usize> = (0..rows).collect();
                answers::chosen(candidates, rows, &|each, _, _| {
                    accuracy(each, &all, &all)
                })
            })
        },
    ),
    wrong("chosen", "a few of the judged rows are trained on", || {
        checks::chosen(|candidates, rows, accuracy| {
            let all: Vec<usize> = (0..rows).collect();
            answers::chosen(candidates, rows, &|each, _, judged| {
                accuracy(each, &all, judged)
            })
        })
    }),
    wrong("chosen", "the first that is tried", || {
        checks::chosen(|candidates, rows, accuracy| {
            answers::chosen(candidates, rows, accuracy);
            candidates[0]
        })
    }),
];
