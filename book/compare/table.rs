//! The table on standard output, and the verdict in a sentence.

use std::fmt::Write as _;

use crate::layout::{column, side_by_side, wrapped};
use crate::partitions::{OverHalves, Partitions};
use crate::problem::Split;
use crate::protocol::{Protocol, SeedRuns};
use crate::settings::{STEPS, Settings, was_chosen};
use crate::strategies::BASELINE;
use crate::summary::{Difference, FEWEST, Part, Row, Summary, Verdict};
use crate::uncovered;

/// The most that a line takes, however wide the terminal is.
pub(crate) const WIDEST: usize = 94;

/// When a row has which verdict.
pub(crate) const VERDICT: &str = "verdict: by the paired t test at .05 for all rows that have one together \
                       (Holm); undecided where the gain is less than a test row, or the same for \
                       every seed. Controls and the ceiling have none.";

/// What will run, before it does.
pub(crate) fn announcement(protocol: &Protocol) -> String {
    let problem = &protocol.problem;
    format!(
        "{} rows x {} {}:\n{} with {} labels a class,\nhelped by {} labels of {}\n",
        protocol.strategies.len(),
        protocol.seeds(),
        plural(protocol.seeds(), "seed"),
        problem.target_name,
        problem.labels,
        problem.source.num_rows(),
        problem.source_name,
    )
}

/// About how long that takes; the only lines with times are this one and the table's last column.
pub(crate) fn estimate(seconds: f64, threads: usize) -> String {
    let seconds = if seconds < 1.0 { "a second".to_owned() } else { format!("{seconds:.0} s") };
    format!("about {seconds} on {threads} {}\n\n", plural(threads, "thread"))
}

/// A column of the table: its heading, and what a row has there.
pub(crate) type Column<'c> = (&'static str, Box<dyn Fn(usize, &Row) -> String + 'c>);

/// One line a row, then what the columns mean, then the verdict, in lines of this width; where the
/// columns do not fit, the last ones are left out.
pub(crate) fn table(
    protocol: &Protocol,
    summary: &Summary,
    seeds: &[SeedRuns],
    width: usize,
) -> String {
    let width = width.min(WIDEST);
    let seconds = |place: usize, _: &Row| format!("{:.3}", seeds[0].runs[place].seconds);
    let percent = |way: f64| format!("{:.0} %", 100.0 * way);
    let columns: Vec<Column<'_>> = vec![
        ("accuracy", Box::new(|_, row| format!("{:.3}", row.accuracy))),
        ("gain", Box::new(|_, row| row.difference.map_or(String::new(), |d| signed(d.mean)))),
        (
            "95 % interval",
            Box::new(|_, row| row.difference.as_ref().map_or(String::new(), interval)),
        ),
        ("verdict", Box::new(|_, row| row.verdict.map_or("", Verdict::word).to_owned())),
        ("way", Box::new(move |_, row| row.way.map_or(String::new(), percent))),
        ("trained", Box::new(|_, row| row.parameters.to_string())),
        ("seconds", Box::new(seconds)),
    ];
    let mut text = body(summary, columns, width);
    text.push('\n');
    for note in notes(protocol, summary, seeds) {
        text.push_str(&wrapped(&note, width));
    }
    text.push('\n');
    text.push_str(&wrapped(&verdict(summary), width));
    text
}

/// One line a row, of as many columns as fit.
pub(crate) fn body(summary: &Summary, columns: Vec<Column<'_>>, width: usize) -> String {
    let names = column("row", summary.rows.iter().map(|row| row.strategy.to_owned()));
    let columns = columns.into_iter().map(|(heading, cell)| {
        column(heading, summary.rows.iter().enumerate().map(|(place, row)| cell(place, row)))
    });
    let lines = side_by_side(names, columns, width);
    let mut text = String::new();
    let mut above = None;
    for (line, row) in lines.iter().zip([None].into_iter().chain(summary.rows.iter().map(Some))) {
        // What is no network like the others stands apart.
        let apart = row.map(|row| matches!(row.part, Part::Reference | Part::Ceiling));
        if above == Some(false) && apart == Some(true) {
            text.push('\n');
        }
        above = apart;
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// What the way is a share of, and whether its end is one.
pub(crate) fn way(summary: &Summary, baseline: &str) -> String {
    let what = format!(
        "way: share of the way from {baseline} to the ceiling, which has all labels outside the test part."
    );
    match summary.above_ceiling() {
        None => what,
        Some(row) => format!(
            "{what} Here it is no upper bound: the mean of {row} lies above it; no setting was chosen \
             for the ceiling."
        ),
    }
}

/// What the columns mean and what the interval is worth.
fn notes(protocol: &Protocol, summary: &Summary, seeds: &[SeedRuns]) -> Vec<String> {
    let (number, test) = (seeds.len(), protocol.problem.test.len());
    let mut notes = vec![format!(
        "accuracy: mean over {number} {}, on the same {test} test rows for all.",
        plural(number, "seed")
    )];
    if number > 1 {
        notes.push(format!(
            "gain: paired difference to scratch. 95 % interval: by Student's t with {} {} of \
             freedom. It holds given this test part and this source: no two seeds share a training \
             row of the target, so their differences are independent. Each interval speaks for its \
             own row.",
            number - 1,
            if number == 2 { "degree" } else { "degrees" }
        ));
    } else {
        notes.push(
            "gain: difference to scratch. 95 % interval: none, a single pair of runs does not show \
             how much they vary."
                .to_owned(),
        );
    }
    notes.push(if number < FEWEST {
        format!("verdict: none on fewer than {FEWEST} seeds.")
    } else {
        VERDICT.to_owned()
    });
    notes.push(way(summary, BASELINE));
    notes.extend(budget(protocol, summary));
    notes.push(format!(
        "trained: numbers that the training moves. seconds: one training, the first seed's; what \
         begins with the source's network needs its pre-training too: {:.3}",
        seeds[0].pretraining
    ));
    notes.extend(uncovered::note(protocol, summary));
    let against = |control: &crate::summary::Control| {
        let (strategy, against) = (control.strategy, control.against);
        format!("{strategy} against its control ({against}): {}.", sure(&control.difference))
    };
    notes.extend(summary.controls.iter().map(against));
    notes
}

/// How long trainings are, and who leaves the common budget.
fn budget(protocol: &Protocol, summary: &Summary) -> Vec<String> {
    let steps = protocol.steps.min(STEPS);
    let settings = match (protocol.settings, protocol.problem.split == Split::OWN) {
        (Settings::Default | Settings::Numbers, _) => "the same for all",
        (Settings::Chosen, true) => "chosen on another problem (`compare settings`)",
        (Settings::Chosen, false) => {
            "chosen on another problem, whose source has rows of this test part (`--settings \
             default` has no such choice)"
        }
    };
    let mut notes = vec![format!(
        "settings: {settings}. budget: at most {steps} updates that see rows of the source, \
         pre-training included, and at most {steps} that see rows of the target."
    )];
    let trained = |row: &&Row| row.updates > 0 && row.part != Part::Ceiling;
    let unchosen = summary.rows.iter().filter(trained).map(|row| row.strategy);
    let unchosen: Vec<&str> = unchosen.filter(|name| !was_chosen(name)).collect();
    if protocol.settings == Settings::Chosen && !unchosen.is_empty() {
        notes.push(format!(
            "Nothing was chosen for {}, with the default settings beside a scratch that was tuned; \
             `--settings default` compares all alike.",
            unchosen.join(" / ")
        ));
    }
    let beyond = summary.rows.iter().filter(|row| row.updates > steps);
    notes.extend(beyond.map(|row| {
        format!("{} leaves the budget: it makes {} updates.", row.strategy, row.updates)
    }));
    if protocol.steps < STEPS {
        notes.push(format!(
            "Trainings took {steps} steps at most instead of the protocol's {STEPS}: this is a \
             trial, not a result."
        ));
    }
    notes
}

/// How far the gains differ between other halves of the target.
pub(crate) fn partitions(partitions: &Partitions, width: usize) -> String {
    type Cell = fn(&OverHalves) -> String;
    let columns: [(&str, Cell); 5] = [
        ("mean gain", |row| signed(row.mean)),
        ("lowest", |row| signed(row.lowest)),
        ("highest", |row| signed(row.highest)),
        ("deviation", |row| format!("{:.3}", row.deviation)),
        ("half of an interval", |row| format!("{:.3}", row.half_width)),
    ];
    let names = column("row", partitions.rows.iter().map(|row| row.strategy.to_owned()));
    let columns = columns.map(|(heading, cell)| column(heading, partitions.rows.iter().map(cell)));
    let lines = side_by_side(names, columns, width);
    let says = format!(
        "Over {} halves of the target, each with {} {}: where the gains deviate by more than half of \
         an interval, the interval says too little of another test part.",
        partitions.number,
        partitions.seeds,
        plural(partitions.seeds, "seed")
    );
    format!("\n{}\n{}\n", wrapped(&says, width.min(WIDEST)), lines.join("\n"))
}

/// Which strategy is best and by how much, which others help, which hurt, what is not shown.
pub(crate) fn verdict(summary: &Summary) -> String {
    let baseline = summary.rows.iter().find(|row| row.part == Part::Baseline);
    let baseline = baseline.map_or(BASELINE, |row| row.strategy);
    let judged = |part| summary.rows.iter().filter(move |row| row.part == part);
    let names = |verdict, but: Option<&Row>| -> Vec<&str> {
        judged(Part::Strategy)
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
            parts.push(format!("{name} has the highest mean, {difference} over {baseline}"));
        }
        None => parts.push(format!("no strategy is shown to beat {baseline}")),
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
    // Where no strategy helps, one that helps is ahead of them all.
    let highest = best.map_or(f64::NEG_INFINITY, |best| best.accuracy);
    let helps = |row: &&Row| row.verdict == Some(Verdict::Helps);
    let ahead = judged(Part::Reference).filter(helps).filter(|row| row.accuracy > highest);
    let ahead: Vec<&str> = ahead.map(|row| row.strategy).collect();
    let (is, are) = match best {
        Some(_) => ("is ahead of every strategy", "are ahead of every strategy"),
        None => ("helps", "help"),
    };
    let [is, are] = [is, are].map(|beyond| format!("{beyond}, without this network"));
    parts.extend(listed(&ahead, &is, &are));
    format!("Verdict: {}.", parts.join("; "))
}

/// Names with a verb that fits their number; nothing for none.
fn listed(names: &[&str], is: &str, are: &str) -> Option<String> {
    // Names have commas of their own.
    match names {
        [] => None,
        [one] => Some(format!("{one} {is}")),
        [one, other] => Some(format!("{one} and {other} {are}")),
        all => Some(format!("{} {are}", all.join(" / "))),
    }
}

pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{word}{}", if count == 1 { "" } else { "s" })
}

pub(crate) fn signed(number: f64) -> String {
    // A difference that rounds to nothing has no sign.
    let text = format!("{number:+.3}");
    if text == "-0.000" { "+0.000".to_owned() } else { text }
}

pub(crate) fn interval(difference: &Difference) -> String {
    match difference.interval {
        Some([low, high]) => format!("{} to {}", signed(low), signed(high)),
        None => "-".to_owned(),
    }
}

/// A difference with its interval, in a sentence.
pub(crate) fn sure(difference: &Difference) -> String {
    match difference.interval {
        Some(_) => format!("{} ({})", signed(difference.mean), interval(difference)),
        None => signed(difference.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::strategies;

    fn row(strategy: &'static str, mean: f64, verdict: Verdict) -> Row {
        let interval = Some([mean - 0.01, mean + 0.01]);
        Row {
            strategy,
            part: Part::Strategy,
            accuracy: 0.8 + mean,
            difference: Some(Difference { mean, standard_error: Some(0.004), interval }),
            p_value: Some(0.01),
            adjusted: Some(0.02),
            verdict: Some(verdict),
            wins: None,
            way: None,
            test_rows: None,
            parameters: 1,
            updates: 1,
        }
    }

    fn said(rows: Vec<Row>, level: Vec<&'static str>) -> String {
        verdict(&Summary { rows, controls: Vec::new(), level_with_best: level })
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
                        highest by paired differences.";
        assert_eq!(said(rows, vec!["d"]), expected);
    }

    #[test]
    fn where_no_strategy_helps_a_reference_that_does_is_named() {
        let other = Row { part: Part::Reference, ..row("b", 0.05, Verdict::Helps) };
        let text = said(vec![row("a", 0.0, Verdict::Undecided), other], vec![]);
        let expected = "Verdict: no strategy is shown to beat scratch; a is undecided; b helps, without \
                        this network.";
        assert_eq!(text, expected);
    }

    #[test]
    fn where_nothing_helps_the_verdict_says_so() {
        let rows = vec![row("a", 0.0, Verdict::Undecided), row("b", 0.001, Verdict::Undecided)];
        let expected = "Verdict: no strategy is shown to beat scratch; a and b are undecided.";
        assert_eq!(said(rows, vec![]), expected);
    }

    #[test]
    fn a_control_or_reference_is_not_the_best_strategy_and_a_reference_ahead_is_named() {
        for (part, more) in [
            (Part::Control, ""),
            (Part::Ceiling, ""),
            (Part::Reference, "; b is ahead of every strategy, without this network"),
        ] {
            let other = Row { part, ..row("b", 0.05, Verdict::Helps) };
            let text = said(vec![row("a", 0.02, Verdict::Helps), other], vec![]);
            let best = "Verdict: a has the highest mean, +0.020 (+0.010 to +0.030) over scratch";
            assert_eq!(text, format!("{best}{more}."));
        }
    }

    #[test]
    fn a_narrow_table_loses_its_last_columns_and_no_line_is_longer() {
        let problem = Problem::embedded(Split::Halves(0), 2).expect("two seeds");
        let rows = strategies::rows(&[]).expect("the usual ones");
        let protocol = Protocol::of(problem, rows, Settings::Default, 2);
        let seeds = [0, 1].map(|seed| protocol.run(seed, 2, &|_| ()).expect("a few steps"));
        let summary = Summary::of(&protocol.strategies, &seeds);
        for (width, last) in [(60, "95 % interval"), (68, "verdict"), (200, "")] {
            let text = table(&protocol, &summary, &seeds, width);
            let heading = text.lines().next().expect("a heading");
            assert!(heading.ends_with(last), "{heading}");
            let longest = text.lines().map(|line| line.chars().count()).max().expect("lines");
            assert!(longest <= width.min(WIDEST), "{longest} > {width}\n{text}");
        }
    }

    #[test]
    fn a_difference_that_rounds_to_nothing_has_no_sign_of_its_own() {
        assert_eq!(signed(-0.0004), "+0.000");
        assert_eq!(signed(-0.0006), "-0.001");
    }
}
