//! Data sets from comma-separated files as people have them.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use autograd::{Float, Tensor};

use super::table::{Row, Table};
use super::{Dataset, LabelColumn, Labels, Numbers, text};
use crate::Error;
use crate::error::shown;

/// How a comma-separated table is read; a name alone is a configuration with that one column of
/// labels, which are classes.
///
/// ```
/// use nn::data::CsvConfig;
/// let config = CsvConfig { separator: ';', ignored: vec!["id".into()], ..CsvConfig::from("kind") };
/// assert_eq!(config.labels, ["kind"]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CsvConfig {
    /// The columns of labels that are classes.
    pub labels: Vec<String>,
    /// The columns of labels that are numbers.
    pub numbers: Vec<String>,
    /// Columns that are neither labels nor features, such as a row's number.
    pub ignored: Vec<String>,
    /// What stands between cells: an ASCII character, `,` if nothing else is said.
    pub separator: char,
    /// A file with more bytes than this is refused: 100 million if nothing else is said.
    pub max_bytes: usize,
}

impl Default for CsvConfig {
    fn default() -> Self {
        CsvConfig {
            labels: vec![],
            numbers: vec![],
            ignored: vec![],
            separator: ',',
            max_bytes: 100_000_000,
        }
    }
}

impl From<&str> for CsvConfig {
    fn from(label: &str) -> Self {
        CsvConfig::from([label])
    }
}

impl<const N: usize> From<[&str; N]> for CsvConfig {
    fn from(labels: [&str; N]) -> Self {
        CsvConfig { labels: labels.map(str::to_owned).to_vec(), ..CsvConfig::default() }
    }
}

impl<F: Float> Dataset<F> {
    /// The data set in a comma-separated file with a header.
    ///
    /// The columns named as labels hold classes: their cells are text, an empty one is missing, and
    /// nothing else is (`NA` is a name, and `1` and `1.0` are two classes); the classes are the
    /// texts that occur, sorted. The columns named as numbers are labels too: finite numbers, an
    /// empty cell missing. All other columns are features: finite numbers. Cells are trimmed
    /// and hold no line break; lines may end in any way, empty lines are passed over, and a byte
    /// order mark is. [`Dataset::notices`] tells what is odd about a table but no fault.
    ///
    /// # Errors
    /// If anything about the file is not so: one sentence with the file, the line an editor shows,
    /// the column and the value. Also if names are empty or not unique, if there is no row, if a
    /// column of labels has fewer than two classes or numbers, and if there are labels but all
    /// features are constant.
    pub fn from_csv(path: impl AsRef<Path>, config: impl Into<CsvConfig>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| Error::Io {
            file: path.to_owned(),
            action: "read",
            source,
        })?;
        Dataset::from_csv_reader(&path.to_string_lossy(), file, config)
    }

    /// As [`Dataset::from_csv`], from a reader that errors call by this name.
    ///
    /// # Errors
    /// As [`Dataset::from_csv`].
    pub fn from_csv_reader(
        name: &str,
        reader: impl Read,
        config: impl Into<CsvConfig>,
    ) -> Result<Self, Error> {
        let config = config.into();
        let bytes = text::read(name, reader, config.max_bytes)?;
        parse(name, text::decode(name, &bytes)?, &config)
    }

    /// As [`Dataset::from_csv`], from bytes that errors call by this name.
    ///
    /// ```
    /// use nn::Dataset;
    /// let table = b"length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,,setosa\n";
    /// let error = Dataset::<f32>::from_csv_bytes("iris.csv", table, "kind").unwrap_err();
    /// assert_eq!(error.to_string(), "iris.csv:4: column \"width\": a number is missing: \"\"");
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::from_csv`].
    pub fn from_csv_bytes(
        name: &str,
        bytes: &[u8],
        config: impl Into<CsvConfig>,
    ) -> Result<Self, Error> {
        Dataset::from_csv_reader(name, bytes, config)
    }
}

/// What a column is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Feature,
    Class(usize),
    Number(usize),
    Ignored,
}

fn parse<F: Float>(file: &str, text: &str, config: &CsvConfig) -> Result<Dataset<F>, Error> {
    let separator = separator(config)?;
    let table = Table { file, text, separator };
    let mut rows = table.rows()?;
    let Some(header) = rows.next(&[])? else {
        return Err(table.error(None, None, "the table is empty".to_owned()));
    };
    let names = names(&header)?;
    let roles = roles(&header, &names, config)?;

    let mut features = Vec::new();
    let mut classes = vec![Vec::<String>::new(); config.labels.len()];
    let mut numbers = vec![Vec::<Option<f64>>::new(); config.numbers.len()];
    let mut num_rows = 0;
    while let Some(row) = rows.next(&names)? {
        if row.len() != names.len() {
            let (cells, columns) = (row.len(), names.len());
            let plural = if cells == 1 { "" } else { "s" };
            let fault =
                format!("the row has {cells} cell{plural}, but there are {columns} columns");
            return Err(row.error(None, fault));
        }
        for ((cell, name), role) in row.cells().zip(&names).zip(&roles) {
            let fault = |what: &str| row.error(Some(name), format!("{what}: \"{}\"", shown(cell)));
            match *role {
                Role::Feature => features.push(number(cell).map_err(fault)?),
                Role::Class(labels) => classes[labels].push(cell.to_owned()),
                Role::Number(labels) if cell.is_empty() => numbers[labels].push(None),
                Role::Number(labels) => numbers[labels].push(Some(number(cell).map_err(fault)?)),
                Role::Ignored => {}
            }
        }
        num_rows += 1;
    }
    if num_rows == 0 {
        return Err(table.error(None, None, "there is a header and no row".to_owned()));
    }

    let classes = config.labels.iter().zip(classes);
    let classes = classes.map(|(name, texts)| LabelColumn::from(Labels::of_text(name, &texts)));
    let numbers = config.numbers.iter().zip(numbers).map(|(name, of_row)| {
        LabelColumn::from(Numbers { name: name.clone(), of_row, scale: None })
    });
    let labels: Vec<LabelColumn> = classes.chain(numbers).collect();
    for labels in &labels {
        several(labels).map_err(|fault| table.error(None, Some(labels.name()), fault))?;
    }
    let columns = names.into_iter().zip(&roles).filter(|(_, role)| **role == Role::Feature);
    let columns: Vec<String> = columns.map(|(name, _)| name).collect();
    let features = Tensor::new([num_rows, columns.len()], features);
    let data = Dataset { columns, ..Dataset::new(features, labels)? };
    if !data.label_columns.is_empty() && data.constant_columns().len() == data.num_columns() {
        let fault = "every column of features is constant: they tell no rows apart".to_owned();
        return Err(table.error(None, None, fault));
    }
    Ok(data)
}

fn separator(config: &CsvConfig) -> Result<u8, Error> {
    match u8::try_from(config.separator) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | b'\0') => Ok(byte),
        _ => Err(Error::Data(format!(
            "cells cannot be separated by '{}': take an ASCII character, no quote or line break",
            shown(&config.separator.to_string())
        ))),
    }
}

/// The header's names, each there and there once.
fn names(header: &Row<'_>) -> Result<Vec<String>, Error> {
    let mut places = HashMap::new();
    let mut names = Vec::with_capacity(header.len());
    for (name, place) in header.cells().zip(1..) {
        if name.is_empty() {
            let fault = format!("column {place} of the header has no name");
            return Err(header.error(None, fault));
        }
        if let Some(first) = places.insert(name, place) {
            let fault = format!("columns {first} and {place} have this name");
            return Err(header.error(Some(name), fault));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// What each column is for.
fn roles(header: &Row<'_>, names: &[String], config: &CsvConfig) -> Result<Vec<Role>, Error> {
    if let [only] = names {
        let other = [';', '\t', '|', ','].into_iter().find(|other| only.contains(*other));
        if let Some(other) = other {
            let fault = format!(
                "the header is one column that holds {other:?}, and cells are separated by {:?}: \
                 set `separator`",
                config.separator
            );
            return Err(header.error(None, fault));
        }
    }
    let places: HashMap<&String, usize> = names.iter().zip(0..).collect();
    let mut roles = vec![Role::Feature; names.len()];
    let classes = config.labels.iter().enumerate().map(|(i, name)| (name, Role::Class(i)));
    let numbers = config.numbers.iter().enumerate().map(|(i, name)| (name, Role::Number(i)));
    let ignored = config.ignored.iter().map(|name| (name, Role::Ignored));
    for (name, role) in classes.chain(numbers).chain(ignored) {
        let Some(&column) = places.get(name) else {
            let alike = names.iter().find(|column| column.to_lowercase() == name.to_lowercase());
            let hint = alike.map(|column| format!(", but one \"{}\"", shown(column)));
            let fault =
                format!("there is no column \"{}\"{}", shown(name), hint.unwrap_or_default());
            return Err(header.error(None, fault));
        };
        if roles[column] != Role::Feature {
            let fault = "the column is asked for twice".to_owned();
            return Err(header.error(Some(name), fault));
        }
        roles[column] = role;
    }
    if !roles.contains(&Role::Feature) {
        return Err(header.error(None, "there is no column of features".to_owned()));
    }
    Ok(roles)
}

/// The number nearest to the text in the type it is used in, if that is finite; else what is wrong.
fn number<F: Float>(cell: &str) -> Result<F, &'static str> {
    let Ok(double) = cell.parse::<f64>() else {
        return Err(match cell {
            "" => "a number is missing",
            _ => "this is not a number",
        });
    };
    // Rounding to double first could round to single wrongly.
    let single = size_of::<F>() == size_of::<f32>();
    let nearest = if single { cell.parse().map_or(f64::NAN, |x: f32| x.into()) } else { double };
    match F::of(nearest) {
        x if x.is_finite() => Ok(x),
        _ if cell.bytes().any(|byte| byte.is_ascii_digit()) => Err("this number is too large"),
        _ => Err("this is not a finite number"),
    }
}

/// Whether there is something to tell apart; else what is wrong.
fn several(labels: &LabelColumn) -> Result<(), String> {
    let (first, others) = match labels {
        LabelColumn::Classes(labels) => {
            let mut classes = labels.classes.iter();
            (classes.next().map(|class| format!("\"{}\"", shown(class))), classes.next().is_some())
        }
        LabelColumn::Numbers(numbers) => {
            let mut known = numbers.known();
            let first = known.next();
            (first.map(|x| x.to_string()), known.any(|x| Some(x) != first))
        }
    };
    match first {
        None => Err("there is no label".to_owned()),
        Some(only) if !others => {
            Err(format!("all labels are {only}: there is nothing to tell apart"))
        }
        Some(_) => Ok(()),
    }
}
