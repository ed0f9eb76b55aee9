//! Data sets from comma-separated files as people have them.

mod columns;
mod file;
mod rows;
mod table;
mod text;

use std::io::Read;
use std::path::Path;

use autograd::Float;

use self::columns::{Role, columns};
use self::rows::Rows;
use self::table::Table;
use super::{Dataset, LabelColumn};
use crate::Error;
use crate::error::shown;

pub(super) use self::columns::is_number;
pub use self::file::CsvFile;

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
    /// Texts that a cell without an entry holds, such as `NA`; an empty cell is always without one.
    pub missing: Vec<String>,
    /// Whether numbers may be missing among the features: they are NaN then, for which
    /// [`Scaler::filling`](super::Scaler::filling) puts the training rows' mean. If nothing else is
    /// said they are refused.
    pub keep_missing: bool,
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
            missing: vec![],
            keep_missing: false,
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
    /// so are those of the texts that the configuration names, and nothing else (`NA` is a name, and
    /// `1` and `1.0` are two classes); the classes are the texts that occur, sorted. The columns named
    /// as numbers are labels too: finite numbers, missing as classes are. All other columns are
    /// features: finite numbers, none missing unless the configuration says so. Cells are trimmed and
    /// hold no line break; lines may end in any way, empty lines are passed over, and a byte
    /// order mark is. [`Dataset::notices`] tells what is odd about a table but no fault.
    ///
    /// # Errors
    /// If anything about the file is not so: one sentence with the file, the line an editor shows,
    /// the column and the value. Also if names are empty, not unique or all numbers, as where the
    /// header is missing, if there is no row, if a
    /// column of labels has fewer than two classes or numbers, and if there are labels but all
    /// features are constant.
    #[doc(alias = "read_csv")]
    pub fn from_csv(path: impl AsRef<Path>, config: impl Into<CsvConfig>) -> Result<Self, Error> {
        let config = config.into();
        CsvFile::open(path, config.max_bytes)?.dataset(&config)
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
        CsvFile::read(name, reader, config.max_bytes)?.dataset(&config)
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

fn parse<F: Float>(file: &str, text: &str, config: &CsvConfig) -> Result<Dataset<F>, Error> {
    let table = Table { file, text, separator: separator(config)? };
    let mut lines = table.lines();
    let refuse = |fault: &str| Err(table.error(None, fault.to_owned()));
    let Some(header) = lines.next() else { return refuse("the table is empty") };
    let (names, roles) = columns(&header, config)?;
    let mut rows = Rows::new(config);
    lines.try_for_each(|line| rows.push(&line, &names, &roles))?;
    if rows.count == 0 {
        return refuse("there is a header and no row");
    }

    let (features, labels) = rows.finish();
    for labels in &labels {
        several(labels).map_err(|fault| table.error(Some(labels.name()), fault))?;
    }
    let names = names.into_iter().zip(roles).filter(|(_, role)| *role == Role::Feature);
    let columns = names.map(|(name, _)| name).collect();
    let data = Dataset { columns, ..Dataset::new(features, labels)? };
    if !data.label_columns.is_empty() && data.constant_columns().len() == data.num_columns() {
        return refuse("every column of features is constant: they tell no rows apart");
    }
    Ok(data)
}

fn separator(config: &CsvConfig) -> Result<char, Error> {
    match config.separator {
        separator if separator.is_ascii() && !matches!(separator, '"' | '\n' | '\r' | '\0') => {
            Ok(separator)
        }
        other => Err(Error::Data(format!(
            "cells cannot be separated by '{}': take an ASCII character, no quote or line break",
            shown(&other.to_string())
        ))),
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
