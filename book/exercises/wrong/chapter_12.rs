//! Chapter 12: the comparison.

use nn::Parameters as _;
use nn::metrics::{mean, standard_error};
use transfer::Strategy as _;
use transfer::feature::FeatureExtractor;
use transfer::parameter::FineTune;

use super::{Wrong, wrong};
use crate::answers::chapter_12 as answers;
use crate::checks::chapter_12 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("way", "a share of the ceiling", || {
        checks::way(|scratch, strategy, ceiling| {
            Some((strategy - scratch) / ceiling)
        })
    }),
    wrong("way", "a share where there is no way", || {
        checks::way(|scratch, strategy, ceiling| {
            Some((strategy - scratch) / (ceiling - scratch))
        })
    }),
    wrong("neighbour", "distances with their signs", || {
        checks::neighbour(|rows, labels, x| {
            let far = |row: &Vec<f64>| -> f64 {
                row.iter().zip(x).map(|(a, b)| a - b).sum()
            };
            let best = (0..rows.len()).min_by(|&a, &b| {
                far(&rows[a]).total_cmp(&far(&rows[b]))
            });
            labels[best.unwrap_or(0)]
        })
    }),
    wrong("neighbour", "the last of equals", || {
        checks::neighbour(|rows, labels, x| {
            let rows: Vec<_> = rows.iter().rev().cloned().collect();
            let labels: Vec<_> = labels.iter().rev().copied().collect();
            answers::neighbour(&rows, &labels, x)
        })
    }),
    wrong("told_apart", "as if the runs were not paired", || {
        checks::told_apart(|one, other| {
            let error =
                standard_error(one).hypot(standard_error(other));
            (mean(one) - mean(other)).abs() > 2.0 * error
        })
    }),
    wrong("told_apart", "any difference at all", || {
        checks::told_apart(|one, other| mean(one) > mean(other))
    }),
    wrong("shrunk", "the given source is changed", || {
        checks::shrunk(|share, given, run| {
            for (_, parameter) in given.sources[0].model.named() {
                parameter.set(parameter.value().scale(share));
            }
            FineTune::default().fit(given, run)
        })
    }),
    wrong("shrunk", "the learnt weights are shrunk", || {
        checks::shrunk(|share, given, run| {
            let fitted = FineTune::default().fit(given, run)?;
            for (_, parameter) in fitted.model()?.named() {
                let value = parameter.value();
                parameter.set(value.scale(0.5 * (1.0 + share)));
            }
            Ok(fitted)
        })
    }),
    wrong("head_first", "the trunk is never let go", || {
        checks::head_first(|known, given, run| {
            let run = given.begin(known, run)?;
            FeatureExtractor::default().fit(given, &run)
        })
    }),
    wrong("head_first", "all steps for each half", || {
        checks::head_first(|known, given, run| {
            let recipe = nn::train::Recipe {
                steps: 2 * run.recipe.steps,
                ..run.recipe.clone()
            };
            answers::head_first(known, given, &run.phase("", recipe))
        })
    }),
    wrong("head_first", "a source too many is not refused", || {
        checks::head_first(|known, given, run| {
            let sources = &given.sources[..1.min(given.sources.len())];
            let given = transfer::Given { sources, ..*given };
            answers::head_first(known, &given, run)
        })
    }),
];
