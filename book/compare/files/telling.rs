//! The table of a comparison on files, and what to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::advice::{advice, baseline};
use super::arguments::By;
use super::results::{Comparison, Named, Results, Settings};
use super::tuning::{ENOUGH, FOLDS, TRIED};
use crate::layout::wrapped;
use crate::settings::was_chosen;
use crate::summary::{FEWEST, Part, Row, Summary, Verdict};
use crate::table::{self, Column, VERDICT, WIDEST, interval, plural, signed, sure};

/// One line a row, what the columns mean, the verdict, and what to do; one table a task, if there
/// are several, and the mean's first.
pub(crate) fn tables(
    results: &Results,
    summaries: &[(String, Summary)],
    seconds: &BTreeMap<String, f64>,
    width: usize,
) -> String {
    let width = width.min(WIDEST);
    let mut text = String::new();
    for (task, summary) in summaries {
        if summaries.len() > 1 {
            text.push_str(task);
            text.push('\n');
        }
        text.push_str(&table::body(summary, columns(results, seconds), width));
        text.push('\n');
    }
    let (_, first) = &summaries[0];
    for note in notes(results, first) {
        text.push_str(&wrapped(&note, width));
    }
    text.push('\n');
    text.push_str(&wrapped(&table::verdict(first), width));
    let advice = advice(first, results.seeds, results.protocol.disjoint);
    text + &wrapped(&advice, width)
}

/// What a score is called.
pub(crate) fn score(results: &Results) -> &'static str {
    let classes = results.tasks.iter().filter(|task| task.classes.is_some()).count();
    match classes {
        0 => "R2",
        all if all == results.tasks.len() => "accuracy",
        _ => "score",
    }
}

fn columns<'c>(results: &Results, seconds: &'c BTreeMap<String, f64>) -> Vec<Column<'c>> {
    let wins = |row: &Row| row.wins.map(|[won, _, lost]| format!("{won}-{lost}"));
    let percent = |way: f64| format!("{:.0} %", 100.0 * way);
    let known = |text: Option<String>| text.unwrap_or_default();
    let took = move |row: &Row| seconds.get(row.strategy).map(|s| format!("{s:.3}"));
    let mut columns: Vec<Column<'c>> = vec![
        (score(results), Box::new(|_, row| format!("{:.3}", row.accuracy))),
        ("gain", Box::new(move |_, row| known(row.difference.map(|d| signed(d.mean))))),
        ("95 % interval", Box::new(move |_, row| known(row.difference.as_ref().map(interval)))),
        ("verdict", Box::new(|_, row| row.verdict.map_or("", Verdict::word).to_owned())),
        ("won-lost", Box::new(move |_, row| known(wins(row)))),
        ("p (Holm)", Box::new(move |_, row| known(row.adjusted.map(|p| format!("{p:.3}"))))),
        ("way", Box::new(move |_, row| known(row.way.map(percent)))),
        ("trained", Box::new(|_, row| row.parameters.to_string())),
    ];
    if !seconds.is_empty() {
        columns.push(("seconds", Box::new(move |_, row| known(took(row)))));
    }
    columns
}

/// What the columns mean and what the interval is worth.
pub(crate) fn notes(results: &Results, summary: &Summary) -> Vec<String> {
    let number = results.seeds;
    let baseline = baseline(summary);
    let mut notes = vec![tested(results), gain(results, baseline)];
    notes.push(match number {
        few if few < FEWEST => format!("verdict: none on fewer than {FEWEST} seeds."),
        _ => VERDICT.to_owned(),
    });
    notes.push(format!(
        "won-lost: seeds ahead of {baseline} and behind it. p: of the paired t test, by Holm's method \
         for all rows that have a verdict. {}",
        table::way(summary, baseline)
    ));
    notes.push(settings(results, summary));
    if !results.left_out.is_empty() {
        let names = results.left_out.join(" / ");
        notes.push(format!("left out, since these data do not meet what it needs: {names}."));
    }
    notes.extend(summary.controls.iter().map(|control| {
        let (strategy, against) = (control.strategy, control.against);
        format!("{strategy} against its control ({against}): {}.", sure(&control.difference))
    }));
    notes
}

fn tested(results: &Results) -> String {
    let (number, score) = (results.seeds, score(results));
    let what = match score {
        "accuracy" => "share of test rows that are classified right".to_owned(),
        "R2" => "share of the variance that is explained, 1 at best".to_owned(),
        _ => "accuracy of classes, R2 of numbers".to_owned(),
    };
    let rows = |task: &super::results::TestPart| match task.truth() {
        crate::answers::Truth::Classes(all) => all.len(),
        crate::answers::Truth::Numbers(all) => all.len(),
    };
    let rows = results.tasks.iter().map(rows).max().unwrap_or(0);
    let seeds = plural(number, "seed");
    format!("{score}: {what}; mean over {number} {seeds}, on the same {rows} test rows for all.")
}

/// What a gain is and how far its interval can be trusted.
fn gain(results: &Results, baseline: &str) -> String {
    let number = results.seeds;
    if number < 2 {
        return format!(
            "gain: difference to {baseline}. 95 % interval: none, a single pair of runs does not show \
             how much they vary."
        );
    }
    let given = match results.comparison {
        Comparison::Transfer => "this test part and this source",
        Comparison::Multitask => "this test part",
    };
    let (degrees, in_common) = (number - 1, results.in_common());
    let plural = if number == 2 { "degree" } else { "degrees" };
    let start = format!(
        "gain: paired difference to {baseline}. 95 % interval: by Student's t with {degrees} {plural} \
         of freedom, given {given}."
    );
    if in_common == 0.0 {
        return format!(
            "{start} No two seeds share a training row, so their differences are independent. Each \
             interval speaks for its own row."
        );
    }
    let disjoint = results.protocol.disjoint;
    format!(
        "{start} The interval is too narrow: the rows allow {disjoint} training {} without a common \
         row, and {number} seeds share {:.0} % of their rows on average, so that their differences \
         are not independent. It is widened by the corrected variance of Nadeau and Bengio (2003), \
         which mends that in part.",
        table::plural(disjoint, "set"),
        100.0 * in_common / (1.0 + in_common)
    )
}

/// Where the settings are from, what had a say, and the budget.
fn settings(results: &Results, summary: &Summary) -> String {
    let Settings { steps, by, training_rows, .. } = results.protocol;
    let of_numbers = results.comparison == Comparison::Multitask || score(results) == "R2";
    if by == By::Grid {
        let given =
            if of_numbers { "that is the same for all" } else { "chosen on handwritten digits" };
        return format!(
            "settings: of each row {TRIED} were tried on {FOLDS} folds of the {training_rows} training \
             rows of seed 0: the one {given}, and {} with another rate, decay, number of steps or knob. \
             One of those is taken where it is ahead on the rows held out by more than one standard \
             error. No row of the test part had a say. {} budget: at most {steps} updates in a training.",
            TRIED - 1,
            taken(results)
        );
    }
    if of_numbers {
        return format!("settings: the same for all rows. budget: at most {steps} updates.");
    }
    let why = match results.protocol.labels_per_class {
        ENOUGH.. => "as was asked for".to_owned(),
        _ => format!("for that it takes {ENOUGH} training rows of each class"),
    };
    let mut text = format!(
        "settings: rate, steps and decay of each row were chosen on handwritten digits (`compare \
         settings`), not on these files: {why}. \
         budget: at most {steps} updates that see rows of the source and as many that see rows of the \
         target."
    );
    let trained = summary.rows.iter().filter(|row| row.updates > 0 && row.part != Part::Ceiling);
    let names: Vec<&str> =
        trained.map(|row| row.strategy).filter(|name| !was_chosen(name)).collect();
    if !names.is_empty() {
        let _ = write!(text, " Nothing was chosen for {}.", names.join(" / "));
    }
    text
}

/// The rows that are not trained with the setting they were given.
fn taken(results: &Results) -> String {
    let tuned = || results.strategies.iter().filter(|row| !row.tried.is_empty());
    let other = |row: &&Named| row.setting != row.tried.first().map(|(given, _)| *given);
    let taken: Vec<String> = tuned()
        .filter(other)
        .filter_map(|row| Some(format!("{} ({})", row.name, row.setting?.told())))
        .collect();
    match taken.as_slice() {
        [] => "None was.".to_owned(),
        taken => format!(
            "So it was for {} of {} rows: {}.",
            taken.len(),
            tuned().count(),
            taken.join("; ")
        ),
    }
}
