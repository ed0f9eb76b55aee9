//! What was understood of the files, a line each, and what will run.

use nn::Dataset;
use nn::data::LabelColumn;

use super::pair::Pair;
use super::reading::{Table, shown};
use crate::table::plural;

/// So many classes are counted one by one.
const COUNTED: usize = 12;

/// Two lines: what the files are.
pub(crate) fn tables(pair: &Pair) -> String {
    format!("{}\n{}\n", table(&pair.source), table(&pair.target))
}

/// One line: what a file is.
pub(crate) fn table(table: &Table) -> String {
    let Dataset { columns, label_columns, .. } = &table.data;
    let (rows, width) = (table.data.num_rows(), columns.len());
    let mut parts = vec![format!(
        "{}: {rows} {}, {width} {} of features",
        shown(&table.name),
        plural(rows, "row"),
        plural(width, "column")
    )];
    parts.extend(label_columns.iter().map(labels));
    let quoted = |names: &[String]| {
        let each = names.iter().map(|name| format!("\"{}\"", shown(name)));
        each.collect::<Vec<_>>().join(", ")
    };
    if !table.identifiers.is_empty() {
        let says = if table.identifiers.len() == 1 { "only names rows" } else { "only name rows" };
        parts.push(format!("left out: {}, which {says}", quoted(&table.identifiers)));
    }
    if !table.without.is_empty() {
        parts.push(format!("left out as asked: {}", quoted(&table.without)));
    }
    if table.dropped > 0 {
        let dropped = table.dropped;
        parts.push(format!("{dropped} {} with holes left out", plural(dropped, "row")));
    }
    parts.join("; ")
}

/// A column of labels: classes with their counts, or the range of numbers, and what is missing.
pub(crate) fn labels(column: &LabelColumn) -> String {
    let name = shown(column.name());
    let what = match column {
        LabelColumn::Classes(labels) => {
            let counts = labels.counts();
            let there: Vec<(&String, usize)> =
                labels.classes.iter().zip(counts).filter(|(_, count)| *count > 0).collect();
            let each = |(class, count): &(&String, usize)| format!("{} ({count})", shown(class));
            let named: Vec<String> = there.iter().take(COUNTED).map(each).collect();
            let more = if there.len() > COUNTED { ", ..." } else { "" };
            format!("{} classes of \"{name}\": {}{more}", there.len(), named.join(", "))
        }
        LabelColumn::Numbers(numbers) => {
            let least = numbers.known().fold(f64::INFINITY, f64::min);
            let most = numbers.known().fold(f64::NEG_INFINITY, f64::max);
            format!("numbers of \"{name}\" from {least} to {most}")
        }
    };
    let missing = (0..column.num_rows()).filter(|&row| !column.is_known(row)).count();
    match missing {
        0 => what + "; no label missing",
        some => what + &format!("; {some} {} missing", plural(some, "label")),
    }
}
