//! What a table holds: rows, and for each column what its cells are.

use std::path::Path;

use nn::Dataset;
use nn::data::{CsvConfig, CsvFile, Scale};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::files::{natural, refusal, shown};
use crate::layout::{column, side_by_side};
use crate::output::Output;

/// No larger file is read.
const MAX_BYTES: usize = 4_000_000_000;
/// A column of text with more texts than this is no column of classes.
const MOST_CLASSES: usize = 1000;

/// A table as it was found.
pub(super) struct Look {
    file: String,
    rows: usize,
    columns: Vec<Column>,
    notices: Vec<String>,
}

struct Column {
    name: String,
    /// Cells without an entry.
    holes: usize,
    cells: Cells,
}

enum Cells {
    /// Numbers: the least, the largest and the mean of those that are there.
    Numbers([f64; 3]),
    /// Texts, and how often each occurs; or too many of them.
    Classes(Vec<(String, usize)>),
    Texts,
    /// Names of rows.
    Identifier,
}

impl Look {
    pub(super) fn at(path: &Path) -> Result<Self, Failure> {
        let file = CsvFile::open(path, MAX_BYTES).map_err(refusal)?;
        let plain = CsvConfig { keep_missing: true, ..CsvConfig::default() };
        let names = file.columns(&plain).map_err(refusal)?;
        let ignored = file.identifiers(&plain).map_err(refusal)?;
        let texts = file.texts(&plain).map_err(refusal)?;
        let labels = texts.into_iter().filter(|name| !ignored.contains(name)).collect();
        let config = CsvConfig { ignored: ignored.clone(), labels, ..plain };
        let data: Dataset<f64> = file.dataset(&config).map_err(refusal)?;
        let cells = |name: &String| column_of(&data, name, ignored.contains(name));
        Ok(Self {
            file: path.to_string_lossy().into_owned(),
            rows: data.num_rows(),
            columns: names.iter().map(cells).collect(),
            notices: data.notices().iter().map(ToString::to_string).collect(),
        })
    }

    pub(super) fn text(&self) -> String {
        let Self { file, rows, columns, notices } = self;
        let holes: usize = columns.iter().map(|column| column.holes).sum();
        let columns_and_holes = format!("{} columns, {holes} cells without", columns.len());
        let mut all = vec![
            format!("{}: {rows} rows, {columns_and_holes} an entry", shown(file)),
            String::new(),
        ];
        let names = column("column", columns.iter().map(|column| shown(&column.name)));
        let cells = |of: fn(&Column) -> String, heading| column(heading, columns.iter().map(of));
        let beside = [
            cells(|column| column.cells.kind().to_owned(), "kind"),
            cells(|column| column.holes.to_string(), "holes"),
        ];
        let lines = side_by_side(names, beside, Output::width());
        let told = column("", columns.iter().map(|column| column.cells.told()));
        let pairs = lines.iter().zip(told);
        all.extend(pairs.map(|(line, told)| format!("{line}  {told}").trim_end().to_owned()));
        if !notices.is_empty() {
            all.push(String::new());
        }
        all.extend(notices.iter().cloned());
        all.join("\n") + "\n"
    }

    pub(super) fn json(&self) -> Value {
        let column = |column: &Column| {
            let (name, holes, kind) = (&column.name, column.holes, column.cells.kind());
            let mut value = json!({"name": name, "kind": kind, "holes": holes});
            match &column.cells {
                Cells::Numbers(numbers) => {
                    for (key, number) in ["least", "largest", "mean"].iter().zip(numbers) {
                        value[key] = json!(number);
                    }
                }
                Cells::Classes(classes) => {
                    let entry = |(class, count): &(String, usize)| json!([class, count]);
                    value["classes"] = classes.iter().map(entry).collect();
                }
                Cells::Texts | Cells::Identifier => {}
            }
            value
        };
        json!({
            "file": self.file,
            "rows": self.rows,
            "columns": self.columns.iter().map(column).collect::<Vec<_>>(),
            "notices": self.notices,
        })
    }
}

fn column_of(data: &Dataset<f64>, name: &str, is_identifier: bool) -> Column {
    let name = name.to_owned();
    if is_identifier {
        return Column { name, holes: 0, cells: Cells::Identifier };
    }
    if let Some(labels) = data.label_column(&name).and_then(|column| column.as_classes()) {
        let holes = labels.of_row.iter().filter(|class| class.is_none()).count();
        if labels.num_classes() > MOST_CLASSES {
            return Column { name, holes, cells: Cells::Texts };
        }
        let mut classes: Vec<(String, usize)> =
            labels.classes.iter().cloned().zip(labels.counts()).collect();
        classes.sort_by(|a, b| natural(&a.0, &b.0));
        return Column { name, holes, cells: Cells::Classes(classes) };
    }
    let place = data.columns.iter().position(|own| *own == name).expect("a column of numbers");
    let rows = data.features.as_slice().chunks_exact(data.num_columns());
    let of_rows = || rows.clone().map(|row| row[place]);
    let holes = of_rows().filter(|x| x.is_nan()).count();
    let known = || of_rows().filter(|x| !x.is_nan());
    let (least, largest) =
        (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let cells = if known().next().is_none() {
        Cells::Texts
    } else {
        Cells::Numbers([least, largest, Scale::of(known()).mean])
    };
    Column { name, holes, cells }
}

impl Cells {
    fn kind(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "numbers",
            Self::Classes(_) => "classes",
            Self::Texts => "texts",
            Self::Identifier => "identifier",
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Numbers([least, largest, _]) if least.total_cmp(largest).is_eq() => {
                format!("{least} in all rows")
            }
            Self::Numbers([least, largest, mean]) => {
                format!("{least} to {largest}, mean {mean:.4}")
            }
            Self::Classes(classes) => {
                const FIRST: usize = 6;
                let first = classes.iter().take(FIRST);
                let first = first.map(|(class, count)| format!("{} ({count})", shown(class)));
                let more = if classes.len() > FIRST { ", ..." } else { "" };
                let first = first.collect::<Vec<_>>().join(", ");
                format!("{}: {first}{more}", classes.len())
            }
            Self::Texts => "no column of numbers or classes".to_owned(),
            Self::Identifier => "names rows; left out of what is learnt from".to_owned(),
        }
    }
}
