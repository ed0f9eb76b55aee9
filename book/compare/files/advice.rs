//! What to do, in two or three sentences.

use nn::metrics::t_quantile;

use crate::settings::SOURCE_ONLY;
use crate::summary::{FEWEST, Part, Row, Summary, Verdict};

/// The most seeds that are spoken of.
const MANY: usize = 1000;
/// The level of the whole table.
const LEVEL: f64 = 0.05;

/// What the verdicts ask for; `seeds` were run, of which `disjoint` have no training row in common.
pub(crate) fn advice(summary: &Summary, seeds: usize, disjoint: usize) -> String {
    let baseline = baseline(summary);
    let mut sentences = Vec::new();
    let helped = summary.best();
    if let Some(best) = helped {
        let gain = best.difference.map_or(0.0, |difference| difference.mean);
        let name = best.strategy;
        sentences.push(match summary.level_with_best.as_slice() {
            [] => format!("Take {name}: it is ahead of {baseline} by {gain:.3}."),
            [other, ..] => format!(
                "Take {name}, ahead of {baseline} by {gain:.3}, or {other}, which is not told apart \
                 from it: the one that is simpler for you."
            ),
        });
    } else {
        let judged = summary.rows.iter().filter(|row| row.part == Part::Strategy);
        // The source's network as it is was not trained for the target.
        let judged = judged.filter(|row| row.strategy != SOURCE_ONLY);
        let hurts = judged.filter(|row| row.verdict == Some(Verdict::Hurts)).count();
        sentences.push(match hurts {
            0 => format!("Nothing is shown to help: {baseline} is as good a choice as any."),
            _ => format!("Stay with {baseline}: nothing is shown to help, and some of it hurts."),
        });
    }
    sentences.extend(ahead(summary));
    sentences.extend(undecided(summary, seeds, disjoint, baseline));
    sentences.join(" ")
}

/// The name of the row that all others are compared with.
pub(crate) fn baseline(summary: &Summary) -> &'static str {
    let row = summary.rows.iter().find(|row| row.part == Part::Baseline);
    row.map_or("the baseline", |row| row.strategy)
}

/// What is no network and yet better than all that are.
fn ahead(summary: &Summary) -> Option<String> {
    let highest = summary.best().map_or(f64::NEG_INFINITY, |best| best.accuracy);
    let references = summary.rows.iter().filter(|row| row.part == Part::Reference);
    let ahead =
        references.filter(|row| row.verdict == Some(Verdict::Helps) && row.accuracy > highest);
    let best = ahead.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))?;
    Some(format!(
        "But {}, without any network, comes to {:.3}, ahead of all: try that first.",
        best.strategy, best.accuracy
    ))
}

/// The undecided strategy with the highest mean, and how many seeds would decide it.
fn undecided(summary: &Summary, seeds: usize, disjoint: usize, baseline: &str) -> Option<String> {
    let judged = summary.rows.iter().filter(|row| row.part == Part::Strategy);
    let open = judged.filter(|row| row.verdict == Some(Verdict::Undecided));
    let row = open.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))?;
    let name = row.strategy;
    let told = format!("{name} cannot be told from {baseline} with {seeds} seeds");
    if seeds < FEWEST {
        return Some(format!("{told}: fewer than {FEWEST} decide nothing."));
    }
    let rows = match disjoint {
        enough if enough >= seeds => String::new(),
        0 | 1 => "; the rows allow no two that share none".to_owned(),
        few => format!("; the rows allow {few} that share none"),
    };
    Some(match needed(row, seeds) {
        None => format!("{told}, nor would more than {MANY} tell it{rows}."),
        Some(needed) => {
            let beyond = if needed > disjoint && rows.is_empty() {
                format!("; the rows allow {disjoint} that share none")
            } else {
                rows
            };
            format!(
                "{told}; about {needed} would be needed if the difference is as it looks{beyond}."
            )
        }
    })
}

/// How many seeds would give a verdict, if mean and spread stay as they are: the fewest whose
/// interval, at the level that the row has among all, leaves 0 out.
fn needed(row: &Row, seeds: usize) -> Option<usize> {
    let difference = row.difference?;
    let spread = difference.standard_error? * (seeds as f64).sqrt();
    let among = match (row.p_value, row.adjusted) {
        (Some(p), Some(adjusted)) if p > 0.0 && adjusted < 1.0 => adjusted / p,
        _ => 1.0,
    };
    let level = LEVEL / among / 2.0;
    let decides =
        |n: &usize| -t_quantile(level, n - 1) * spread / (*n as f64).sqrt() < difference.mean.abs();
    let needed = (FEWEST..=MANY).find(decides)?;
    // Two figures: more is not known.
    let unit = if needed >= 100 { 10 } else { 1 };
    Some(needed.div_ceil(unit) * unit).filter(|&needed| needed > seeds).or(Some(seeds + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Difference;

    fn row(strategy: &'static str, part: Part, mean: f64, verdict: Option<Verdict>) -> Row {
        let difference = Difference { mean, standard_error: Some(0.01), interval: None };
        Row {
            strategy,
            part,
            accuracy: 0.8 + mean,
            difference: (part != Part::Baseline).then_some(difference),
            p_value: Some(0.3),
            adjusted: Some(0.6),
            verdict,
            wins: None,
            way: None,
            test_rows: None,
            parameters: 1,
            updates: 1,
        }
    }

    fn said(rows: Vec<Row>, seeds: usize) -> String {
        let scratch = row("scratch", Part::Baseline, 0.0, None);
        let rows = [vec![scratch], rows].concat();
        advice(&Summary { rows, controls: vec![], level_with_best: vec![] }, seeds, 20)
    }

    #[test]
    fn what_helps_is_named_then_what_is_ahead_without_a_network() {
        let best = row("fine-tuned", Part::Strategy, 0.05, Some(Verdict::Helps));
        let plain = row("linear", Part::Reference, 0.07, Some(Verdict::Helps));
        assert_eq!(
            said(vec![best, plain], 10),
            "Take fine-tuned: it is ahead of scratch by 0.050. But linear, without any network, \
             comes to 0.870, ahead of all: try that first."
        );
    }

    #[test]
    fn of_what_is_undecided_the_number_of_seeds_is_told() {
        let open = row("features", Part::Strategy, 0.01, Some(Verdict::Undecided));
        // The spread of ten seeds is .0316, and two rows share the level: t(0.9875; 53) is 2.31.
        let text = said(vec![open.clone()], 10);
        let expected = "Nothing is shown to help: scratch is as good a choice as any. features cannot \
                        be told from scratch with 10 seeds; about 54 would be needed if the \
                        difference is as it looks; the rows allow 20 that share none.";
        assert_eq!(text, expected);
        assert!(said(vec![open], 3).ends_with("with 3 seeds: fewer than 5 decide nothing."));
        let nothing = row("features", Part::Strategy, 1e-5, Some(Verdict::Undecided));
        assert!(said(vec![nothing], 10).contains("nor would more than 1000 tell it"));
    }

    #[test]
    fn where_something_hurts_the_baseline_is_kept() {
        let hurts = row("pooled", Part::Strategy, -0.05, Some(Verdict::Hurts));
        assert!(said(vec![hurts], 10).starts_with("Stay with scratch: nothing is shown to help"));
    }
}
