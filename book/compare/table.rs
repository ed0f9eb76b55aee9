//! The table on standard output, and the verdict in a sentence.

use std::fmt::Write as _;

use nn::train::Role;

use crate::protocol::{LABELS, Protocol, SOURCE, SeedRuns, TARGET};
use crate::summary::{Difference, Row, Summary, Verdict};

/// What will run, before it does.
pub(crate) fn announcement(protocol: &Protocol) -> String {
    format!(
        "{} strategies, the baseline and a control x {} {}:\n\
         {TARGET} with {LABELS} labels a class, helped by {} labels of {SOURCE}\n",
        protocol.strategies.iter().filter(|strategy| strategy.known.role == Role::Strategy).count(),
        protocol.seeds,
        plural(protocol.seeds, "seed"),
        protocol.source.num_rows(),
    )
}

/// About how long that takes; the only lines with times are this one and the table's last column.
pub(crate) fn estimate(seconds: f64, threads: usize) -> String {
    let seconds = if seconds < 1.0 { "a second".to_owned() } else { format!("{seconds:.0} s") };
    format!("about {seconds} on {threads} {}\n\n", plural(threads, "thread"))
}

/// One line a strategy, then what the columns mean, then the verdict.
pub(crate) fn table(protocol: &Protocol, summary: &Summary, first: &SeedRuns) -> String {
    let name = summary.rows.iter().map(|row| row.strategy.chars().count()).max().unwrap_or(0);
    let mut text = format!(
        "{:name$}  accuracy  to scratch  95 % interval     verdict    trained  seconds\n",
        "strategy"
    );
    for (row, run) in summary.rows.iter().zip(&first.runs) {
        let (difference, interval) = match &row.difference {
            Some(difference) => (signed(difference.mean), interval(difference)),
            None => (String::new(), String::new()),
        };
        let verdict = row.verdict.map_or("", Verdict::word);
        let _ = writeln!(
            text,
            "{:name$}  {:>8.3}  {difference:>10}  {interval:16}  {verdict:9}  {:>7}  {:>7.3}",
            row.strategy, row.accuracy, row.parameters, run.seconds
        );
    }
    text.push('\n');
    text.push_str(&notes(protocol, summary, first));
    text.push('\n');
    text.push_str(&verdict(summary));
    text
}

/// What the columns mean and why the interval holds.
fn notes(protocol: &Protocol, summary: &Summary, first: &SeedRuns) -> String {
    let seeds = protocol.seeds;
    let mut text = format!(
        "accuracy: mean over {seeds} {}, on the same {} test rows for all.\n",
        plural(seeds, "seed"),
        protocol.test.len()
    );
    if seeds > 1 {
        let _ = write!(
            text,
            "95 % interval: of the mean paired difference, by Student's t with {} degrees of freedom.\n\
             It holds given this test part and this source: no two seeds share a training row of the\n\
             target (seed s has rows {LABELS}s..{LABELS}s+{LABELS} of each class, in one fixed order), so their differences\n\
             are independent. Each interval speaks for its own row.\n",
            seeds - 1
        );
    } else {
        text.push_str(
            "95 % interval: none, a single pair of runs does not show how much they vary.\n",
        );
    }
    let _ = write!(
        text,
        "trained: numbers that the training moves. seconds: one training, the first seed's; the\n\
         strategies that begin with the source's network need its pre-training too: {:.3}\n",
        first.pretraining
    );
    if protocol.recipe.steps != Protocol::STEPS {
        let _ = writeln!(
            text,
            "Trainings took {} steps instead of the protocol's {}: this is a trial, not a result.",
            protocol.recipe.steps,
            Protocol::STEPS
        );
    }
    for control in &summary.controls {
        let _ = writeln!(
            text,
            "{} against its control ({}): {}.",
            control.strategy,
            control.against,
            sure(&control.difference)
        );
    }
    text
}

/// Which strategy is best and by how much, which others help, which hurt, what is not shown.
fn verdict(summary: &Summary) -> String {
    let strategies = || summary.rows.iter().filter(|row| row.role == Role::Strategy);
    let names = |verdict, but: Option<&Row>| -> Vec<&str> {
        strategies()
            .filter(|row| row.verdict == Some(verdict))
            .map(|row| row.strategy)
            .filter(|&name| but.is_none_or(|best| best.strategy != name))
            .collect()
    };
    let best = summary.best();
    let mut parts = Vec::new();
    match best.and_then(|best| best.difference.as_ref().map(|difference| (best, difference))) {
        Some((best, difference)) => {
            let (name, difference) = (best.strategy, sure(difference));
            parts.push(format!("{name} has the highest mean, {difference} over scratch"));
        }
        None => parts.push("no strategy is shown to beat scratch".to_owned()),
    }
    for (verdict, is, are) in [
        (Verdict::Helps, "helps too", "help too"),
        (Verdict::Hurts, "hurts", "hurt"),
        (Verdict::Undecided, "is undecided", "are undecided"),
    ] {
        parts.extend(listed(&names(verdict, best), is, are));
    }
    let level = "not told apart from the highest by paired differences";
    let (is, are) = (format!("is {level}"), format!("are {level}"));
    parts.extend(listed(&summary.level_with_best, &is, &are));
    wrapped(&format!("Verdict: {}.", parts.join("; ")))
}

/// Names with a verb that fits their number; nothing for none.
fn listed(names: &[&str], is: &str, are: &str) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("{one} {is}")),
        [all @ .., last] => Some(format!("{} and {last} {are}", all.join(", "))),
    }
}

/// The text in lines as long as the table's.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 92;
    let mut lines = String::new();
    let mut line = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if line > 0 {
            let fits = line + 1 + length <= WIDTH;
            lines.push(if fits { ' ' } else { '\n' });
            line = if fits { line + 1 } else { 0 };
        }
        lines.push_str(word);
        line += length;
    }
    lines + "\n"
}

fn plural(count: usize, word: &str) -> String {
    format!("{word}{}", if count == 1 { "" } else { "s" })
}

fn signed(number: f64) -> String {
    // A difference that rounds to nothing has no sign.
    let text = format!("{number:+.3}");
    if text == "-0.000" { "+0.000".to_owned() } else { text }
}

fn interval(difference: &Difference) -> String {
    match difference.interval {
        Some([low, high]) => format!("{} to {}", signed(low), signed(high)),
        None => "-".to_owned(),
    }
}

/// A difference with its interval, in a sentence.
fn sure(difference: &Difference) -> String {
    match difference.interval {
        Some(_) => format!("{} ({})", signed(difference.mean), interval(difference)),
        None => signed(difference.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(strategy: &'static str, mean: f64, verdict: Verdict) -> Row {
        let interval = Some([mean - 0.01, mean + 0.01]);
        Row {
            strategy,
            role: Role::Strategy,
            accuracy: 0.8 + mean,
            difference: Some(Difference { mean, standard_error: Some(0.004), interval }),
            verdict: Some(verdict),
            parameters: 1,
        }
    }

    fn said(rows: Vec<Row>, level: Vec<&'static str>) -> String {
        verdict(&Summary { rows, controls: Vec::new(), level_with_best: level }).replace('\n', " ")
    }

    #[test]
    fn the_verdict_names_the_best_and_leaves_nobody_out() {
        let rows = vec![
            row("a", 0.02, Verdict::Helps),
            row("b", 0.05, Verdict::Helps),
            row("c", -0.02, Verdict::Hurts),
            row("d", 0.03, Verdict::Helps),
            row("e", 0.0, Verdict::Undecided),
        ];
        let expected = "Verdict: b has the highest mean, +0.050 (+0.040 to +0.060) over scratch; a \
                        and d help too; c hurts; e is undecided; d is not told apart from the \
                        highest by paired differences. ";
        assert_eq!(said(rows, vec!["d"]), expected);
    }

    #[test]
    fn where_nothing_helps_the_verdict_says_so() {
        let rows = vec![row("a", 0.0, Verdict::Undecided), row("b", 0.001, Verdict::Undecided)];
        let expected = "Verdict: no strategy is shown to beat scratch; a and b are undecided. ";
        assert_eq!(said(rows, vec![]), expected);
    }

    #[test]
    fn a_control_is_not_the_best_strategy() {
        let control = Row { role: Role::Control("a"), ..row("b", 0.05, Verdict::Helps) };
        let text = said(vec![row("a", 0.02, Verdict::Helps), control], vec![]);
        assert_eq!(
            text,
            "Verdict: a has the highest mean, +0.020 (+0.010 to +0.030) over scratch. "
        );
    }

    #[test]
    fn a_difference_that_rounds_to_nothing_has_no_sign_of_its_own() {
        assert_eq!(signed(-0.0004), "+0.000");
        assert_eq!(signed(-0.0006), "-0.001");
    }

    #[test]
    fn a_long_verdict_is_wrapped_at_spaces() {
        let text = wrapped(&"word ".repeat(60));
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.len() <= 92));
        assert_eq!(text.split_whitespace().count(), 60);
    }
}
