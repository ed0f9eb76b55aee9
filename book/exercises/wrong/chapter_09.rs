//! Chapter 9: shared parameters.

use nn::Module as _;

use nn::train::Property;

use super::{Wrong, wrong};
use crate::answers::chapter_09 as answers;
use crate::checks::chapter_09 as checks;

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(crate) const WRONG: &[Wrong] = &[
    wrong("joint_loss", "the weights are left out", || {
        checks::joint_loss(|tape, trunk, heads, tasks, weights| {
            let ones = vec![1.0; weights.len()];
            answers::joint_loss(tape, trunk, heads, tasks, &ones)
        })
    }),
    wrong("joint_loss", "the trunk learns from the first task", || {
        checks::joint_loss(|tape, trunk, heads, tasks, weights| {
            let mut sum = tape.constant(0.0);
            for (task, (x, labels)) in tasks.iter().enumerate() {
                let features = trunk.forward(tape.constant(x)).relu();
                let kept = if task == 0 {
                    features
                } else {
                    features.detach()
                };
                let loss =
                    heads[task].forward(kept).cross_entropy(labels);
                sum = sum + loss * weights[task];
            }
            sum
        })
    }),
    wrong("remaining", "only for tasks of length 1", || {
        checks::remaining(|one, other| 1.0 - inner(one, other).abs())
    }),
    wrong("remaining", "the larger eigenvalue", || {
        checks::remaining(|one, other| {
            let both = inner(one, one) + inner(other, other);
            both - answers::remaining(one, other)
        })
    }),
    wrong("width", "the number of tasks", || checks::width(<[_]>::len)),
    wrong("width", "tasks that differ from the one before", || {
        checks::width(|tasks| {
            let pairs = tasks.windows(2);
            1 + pairs.filter(|pair| pair[0] != pair[1]).count()
        })
    }),
    wrong("without_conflict", "agreement is taken out too", || {
        checks::without_conflict(|own, other| {
            let square = inner(other, other);
            let share = if square > 0.0 {
                inner(own, other) / square
            } else {
                0.0
            };
            own.iter().zip(other).map(|(a, b)| a - share * b).collect()
        })
    }),
    wrong(
        "without_conflict",
        "divided by the length, not its square",
        || {
            checks::without_conflict(|own, other| {
                let along = inner(own, other).min(0.0);
                let length = inner(other, other).sqrt().max(1e-300);
                let share = along / length;
                own.iter()
                    .zip(other)
                    .map(|(a, b)| a - share * b)
                    .collect()
            })
        },
    ),
    wrong("as_if_pooled", "each task counts as much", || {
        checks::as_if_pooled(|rows| vec![1.0; rows.len()])
    }),
    wrong("as_if_pooled", "by the rows, and not shared out", || {
        checks::as_if_pooled(|rows| {
            rows.iter().map(|&own| own as f64).collect()
        })
    }),
    wrong("shifted", "the shift of the place, not of the task", || {
        checks::shifted(|network, x, tasks| {
            let features = network.trunk.forward(x);
            let each = tasks.iter().enumerate();
            let output = |(place, &task): (usize, &usize)| {
                let shift = x.tape().watch(&network.shifts[place]);
                network.heads[task].forward(features + shift)
            };
            each.map(output).collect()
        })
    }),
    wrong("shifted", "the shift is data and learns nothing", || {
        checks::shifted(|network, x, tasks| {
            let features = network.trunk.forward(x);
            let output = |&task: &usize| {
                let shift = x.tape().watch(&network.shifts[task]);
                network.heads[task].forward(features + shift.detach())
            };
            tasks.iter().map(output).collect()
        })
    }),
    wrong("shifted", "all tasks, whichever are asked for", || {
        checks::shifted(|network, x, _| {
            let all: Vec<_> = (0..network.heads.len()).collect();
            answers::shifted(network, x, &all)
        })
    }),
    wrong("keeps", "a single task would be learnt as alone", || {
        checks::keeps(|| {
            let mut all = answers::keeps();
            all.push(Property::OneTaskIsBaseline);
            all
        })
    }),
    wrong("keeps", "it begins as something else", || {
        checks::keeps(|| vec![Property::IgnoresOrder])
    }),
];
