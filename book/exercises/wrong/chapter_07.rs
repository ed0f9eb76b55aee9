//! Chapter 7: feature transfer.

use autograd::{Seed, Tape, Tensor};
use nn::{Groups, Module as _, Optimizer as _, Parameters as _, Sgd};

use super::{Wrong, wrong};
use crate::answers::chapter_07 as answers;
use crate::checks::chapter_07 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("silent", "units whose sum is 0", || {
        checks::silent(|features| {
            let sums = features.clone().sum_axes_keep(&[0]);
            let sums = sums.as_slice().iter().enumerate();
            let zero = sums.filter(|(_, sum)| **sum == 0.0);
            zero.map(|(unit, _)| unit).collect()
        })
    }),
    wrong("silent", "units that are 0 on some row", || {
        checks::silent(|features| {
            let zero = |&unit: &usize| {
                let rows = features.as_slice().chunks_exact(4);
                rows.map(|row| row[unit]).any(|x| x == 0.0)
            };
            (0..4).filter(zero).collect()
        })
    }),
    wrong("drift", "the last real step counts too", || {
        checks::drift(|velocity, rate, momentum| {
            -rate * velocity / (1.0 - momentum)
        })
    }),
    wrong("drift", "a zero gradient stops a weight", || {
        checks::drift(|_, _, _| 0.0)
    }),
    wrong("train_head", "the decay still pulls at the trunk", || {
        checks::train_head(|model, x, labels, config| {
            answers::train_head(model, x, labels, config);
            let shrunk = model.fc1.weight.value().scale(0.98);
            model.fc1.weight.set(shrunk);
        })
    }),
    wrong("train_head", "the rate is 0 for all", || {
        checks::train_head(|model, x, labels, config| {
            let config = nn::SgdConfig { learning_rate: 0.0, ..config };
            answers::train_head(model, x, labels, config);
        })
    }),
    wrong("train_head", "frozen after the first step", || {
        checks::train_head(|model, x, labels, config| {
            let mut optimizer =
                Sgd::with_groups(Groups::of(model), config);
            for step in 0..20 {
                let tape = Tape::training(Seed::new(step));
                let logits = model.forward(tape.constant(x));
                optimizer.step(logits.cross_entropy(labels).backward());
                model.fc1.freeze();
            }
        })
    }),
    wrong(
        "head_on_features",
        "features computed in every step",
        || {
            checks::head_on_features(
                |trunk, head, (x, labels), config| {
                    let mut optimizer = Sgd::with_config(head, config);
                    for _ in 0..20 {
                        let tape = Tape::new();
                        let logits =
                            head.forward(tape.constant(trunk(x)));
                        optimizer.step(
                            logits.cross_entropy(labels).backward(),
                        );
                    }
                },
            )
        },
    ),
    wrong("head_on_features", "other features", || {
        checks::head_on_features(|trunk, head, (x, labels), config| {
            let shifted = |x: &Tensor| trunk(x).map(|x| x + 1e-3);
            let rows = (x, labels);
            answers::head_on_features(&shifted, head, rows, config);
        })
    }),
    wrong("turning_rows", "all numbers against none", || {
        checks::turning_rows(|bias, variance, _, all| {
            variance * all as f64 / bias
        })
    }),
    wrong("turning_rows", "upside down", || {
        checks::turning_rows(|bias, variance, few, all| {
            bias * (all - few) as f64 / variance
        })
    }),
];
