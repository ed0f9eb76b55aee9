//! What may make the numbers mean less than they seem to.

use std::collections::HashSet;

use nn::Dataset;
use nn::data::{LabelColumn, Notice};

use super::pair::{Pair, looks_measured};
use super::reading::{Table, is_hidden, shown};
use crate::summary::FEWEST;
use crate::table::plural;

/// The target is tiny below this many labelled rows, or tests on fewer than half of them.
const TINY: usize = 100;

/// The warnings about a pair of files, each a sentence.
pub(crate) fn of_pair(pair: &Pair, seeds: usize) -> Vec<String> {
    let mut all: Vec<String> =
        [&pair.source, &pair.target].into_iter().flat_map(of_table).collect();
    all.extend(few_seeds(seeds));
    all.extend(tiny(&pair.target, pair.draws.test.len()));
    all.extend(absent(pair));
    all.extend(same_rows(pair));
    all.extend(unlike(pair));
    all
}

/// The warnings about a table with several tasks.
pub(crate) fn of_tasks(table: &Table, [test, seen]: [&Vec<usize>; 2], seeds: usize) -> Vec<String> {
    let mut all = of_table(table);
    all.extend(few_seeds(seeds));
    all.extend(tiny(table, test.len()));
    all.extend(in_both_parts(table, test, seen));
    all
}

pub(crate) fn few_seeds(seeds: usize) -> Option<String> {
    let seeds = (seeds < FEWEST).then_some(seeds)?;
    let plural = plural(seeds, "seed");
    Some(format!("{seeds} {plural} decide nothing: a verdict needs {FEWEST}, better 10"))
}

/// Whether a warning is the one of [`few_seeds`], which a whole has no longer.
pub(crate) fn is_of_few_seeds(warning: &str) -> bool {
    (1..FEWEST).any(|seeds| few_seeds(seeds).is_some_and(|own| own == warning))
}

fn tiny(target: &Table, test: usize) -> Option<String> {
    let known = target.data.label_columns[0].known_rows().len();
    (known < TINY).then(|| {
        format!(
            "{} has {known} labelled rows, {test} of them to test on: one row more or less is {:.1} \
             points",
            shown(&target.name),
            100.0 / test as f64
        )
    })
}

/// What is odd about a table by itself.
fn of_table(table: &Table) -> Vec<String> {
    let name = shown(&table.name);
    let told = |what: String| format!("{name}: {what}");
    let mut all = Vec::new();
    for notice in table.data.notices() {
        match &notice {
            Notice::UnlikeScales { widest, narrowest } => all.push(told(format!(
                "features are on very different scales: \"{}\" spans a thousand times as much as \
                 \"{}\", or more; each is brought to deviation 1",
                shown(widest),
                shown(narrowest)
            ))),
            Notice::NumbersAsNames { columns } => all.push(told(format!(
                "the header has {}, as if it was a row: is a line with names missing?",
                match columns.as_slice() {
                    [only] => format!("a number, \"{}\"", shown(only)),
                    [first, ..] => format!("{} numbers, \"{}\" first", columns.len(), shown(first)),
                    [] => String::new(),
                }
            ))),
            // Classes that the source has and the target has not are told with the others.
            Notice::AbsentClass { .. } => {}
            _ => all.push(told(notice.to_string())),
        }
    }
    let labels = || table.data.label_columns.iter();
    let names =
        table.data.columns.iter().map(String::as_str).chain(labels().map(LabelColumn::name));
    all.extend(hidden("column", names).map(told));
    let of_classes = || labels().filter_map(LabelColumn::as_classes);
    let classes = of_classes().flat_map(|labels| labels.classes.iter().map(String::as_str));
    all.extend(hidden("class", classes).map(told));
    let is_number = |class: &String| class.parse::<f64>().is_ok();
    for labels in of_classes().filter(|labels| looks_measured(labels, is_number)) {
        let (classes, name) = (labels.num_classes(), shown(&labels.name));
        let fault = format!("\"{name}\" has {classes} classes, nearly as many as rows");
        all.push(told(format!("{fault}: it looks like a measurement, `--numbers {name}`")));
    }
    all
}

fn hidden<'n>(what: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let hidden: Vec<&str> = names.filter(|name| name.contains(is_hidden)).collect();
    let first = hidden.first()?;
    let names =
        if hidden.len() > 1 { format!(" and {} more", hidden.len() - 1) } else { String::new() };
    Some(format!("hidden characters in the name of {what} \"{}\"{names}", shown(first)))
}

/// Classes of the source that the target has not, and classes that no training row has.
fn absent(pair: &Pair) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(labels) = pair.labels().as_classes() {
        let counts = labels.counts();
        let absent = labels.classes.iter().zip(&counts).filter(|(_, count)| **count == 0);
        let absent: Vec<String> =
            absent.map(|(class, _)| format!("\"{}\"", shown(class))).collect();
        if !absent.is_empty() {
            let (target, source) = (shown(&pair.target.name), shown(&pair.source.name));
            let classes = if absent.len() == 1 { "class" } else { "classes" };
            let names = absent.join(", ");
            all.push(format!(
                "{target} has no row of {classes} {names} of {source}: missing in training and test"
            ));
        }
    }
    if let Some(fresh) = &pair.fresh {
        all.push(format!(
            "class \"{}\" of {} is none of {}: only strategies with a new head are compared",
            shown(&fresh.class),
            shown(&pair.target.name),
            shown(&pair.source.name)
        ));
    }
    all
}

/// Rows of the target that stand in the source, and rows that stand in both of its parts.
fn same_rows(pair: &Pair) -> Vec<String> {
    let (source, target) = (&pair.source, &pair.target);
    if source.hash == target.hash {
        return vec![format!(
            "{} and {} are the same file: what is learnt from the source has seen the test rows",
            shown(&source.name),
            shown(&target.name)
        )];
    }
    let of_source: HashSet<u64> = rows(&source.data).collect();
    let of_target: Vec<u64> = rows(&target.data).collect();
    let mut all = Vec::new();
    let count =
        |rows: &[usize]| rows.iter().filter(|&&row| of_source.contains(&of_target[row])).count();
    let (tested, seen) = (count(&pair.draws.test), count(&pair.draws.seen));
    if tested + seen == of_target.len() && of_source.len() <= of_target.len() {
        all.push(
            "source and target hold the same rows: the source has seen the test rows".to_owned(),
        );
    } else if tested + seen > 0 {
        all.push(format!(
            "{} {} of {} stand in {} too, {tested} of them to test on: the source has seen those",
            tested + seen,
            plural(tested + seen, "row"),
            shown(&target.name),
            shown(&source.name)
        ));
    }
    all.extend(in_both_parts(target, &pair.draws.test, &pair.draws.seen));
    all
}

/// Rows of the test part that stand outside it too.
fn in_both_parts(table: &Table, test: &[usize], seen: &[usize]) -> Option<String> {
    let hashes: Vec<u64> = rows(&table.data).collect();
    let outside: HashSet<u64> = seen.iter().map(|&row| hashes[row]).collect();
    let both = test.iter().filter(|&&row| outside.contains(&hashes[row])).count();
    (both > 0).then(|| {
        let rows = plural(both, "row");
        let name = shown(&table.name);
        format!(
            "{name}: {both} {rows} of the test part stand outside it too, so they may be learnt"
        )
    })
}

/// A number for the features of each row.
fn rows(data: &Dataset<f64>) -> impl Iterator<Item = u64> {
    let rows = data.features.as_slice().chunks_exact(data.num_columns());
    rows.map(|row| {
        // Words in place of bytes: a table has many.
        let mix = |hash: u64, x: &f64| {
            (hash ^ x.to_bits()).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
        };
        row.iter().fold(0xCBF2_9CE4_8422_2325, mix)
    })
}

/// Columns whose numbers lie elsewhere in the target, or are of another size, as in other units.
fn unlike(pair: &Pair) -> Option<String> {
    const FAR: f64 = 30.0;
    const OTHER_UNIT: f64 = 300.0;
    let scales = |table: &Table| nn::data::Scaler::filling(&table.data);
    let (a, b) = (scales(&pair.source), scales(&pair.target));
    let far = |column: &usize| {
        let (here, there) = (a.divisors[*column], b.divisors[*column]);
        #[expect(clippy::float_cmp, reason = "a constant has exactly this divisor")]
        let constant = here == 1.0 || there == 1.0;
        let (wide, narrow) = (here.max(there), here.min(there));
        let apart = (a.means[*column] - b.means[*column]).abs();
        !constant && (apart > FAR * wide || wide > OTHER_UNIT * narrow)
    };
    let columns: Vec<usize> = (0..a.columns.len()).filter(far).collect();
    let first = *columns.first()?;
    let more =
        if columns.len() > 1 { format!(" and {} more", columns.len() - 1) } else { String::new() };
    Some(format!(
        "numbers of column \"{}\"{more} are elsewhere, or of another size, in {} than in {}: are the \
         units the same?",
        shown(&a.columns[first]),
        shown(&pair.target.name),
        shown(&pair.source.name)
    ))
}
