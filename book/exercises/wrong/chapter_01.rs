//! Chapter 1: why compare.

use nn::metrics::standard_error;

use super::{Wrong, wrong};
use crate::answers::chapter_01 as answers;
use crate::checks::chapter_01 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("paired_error", "as if the runs were not paired", || {
        checks::paired_error(|a, b| {
            standard_error(a).hypot(standard_error(b))
        })
    }),
    wrong(
        "paired_error",
        "the deviation, not that of the mean",
        || {
            checks::paired_error(|a, b| {
                answers::paired_error(a, b) * (a.len() as f64).sqrt()
            })
        },
    ),
    wrong("worth_of_pairing", "of the variances", || {
        checks::worth_of_pairing(|correlation| 1.0 - correlation)
    }),
    wrong("worth_of_pairing", "what is left of a regression", || {
        checks::worth_of_pairing(|r| (1.0 - r * r).sqrt())
    }),
    wrong("seeds_needed", "the root is forgotten", || {
        checks::seeds_needed(|gain, deviation| {
            (3.0 * deviation / gain).ceil() as usize
        })
    }),
    wrong("seeds_needed", "two standard errors", || {
        checks::seeds_needed(|gain, deviation| {
            (2.0 * deviation / gain).powi(2).ceil() as usize
        })
    }),
    wrong("draw", "every seed has the first rows", || {
        checks::draw(|of_class, count, _| {
            answers::draw(of_class, count, 0)
        })
    }),
    wrong("draw", "a slice out of range", || {
        checks::draw(|of_class, count, seed| {
            let own = count * seed..count * (seed + 1);
            let rows = of_class.iter().map(|rows| &rows[own.clone()]);
            Some(rows.collect::<Vec<_>>().concat())
        })
    }),
    wrong("draw", "the last rows may be fewer", || {
        checks::draw(|of_class, count, seed| {
            let own = |rows: &Vec<usize>| {
                rows.iter()
                    .skip(count * seed)
                    .take(count)
                    .copied()
                    .collect()
            };
            let rows: Vec<Vec<usize>> =
                of_class.iter().map(own).collect();
            Some(rows.concat())
        })
    }),
    wrong("holm", "Bonferroni's, all by their number", || {
        checks::holm(|p_values| {
            let all = p_values.len() as f64;
            p_values.iter().map(|p| (all * p).min(1.0)).collect()
        })
    }),
    wrong("holm", "one may fall below the one before", || {
        checks::holm(|p_values| {
            let rank =
                |p: f64| p_values.iter().filter(|&&q| q < p).count();
            let factor = |p| (p_values.len() - rank(p)) as f64;
            p_values.iter().map(|&p| (factor(p) * p).min(1.0)).collect()
        })
    }),
    wrong("holm", "in the order of their size", || {
        checks::holm(|p_values| {
            let mut sorted = answers::holm(p_values);
            sorted.sort_by(f64::total_cmp);
            sorted
        })
    }),
];
