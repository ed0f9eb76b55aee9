//! A user's table: read, checked, and refused in one sentence.

use std::path::Path;

use autograd::Fnv1a;
use nn::data::{CsvConfig, CsvFile, LabelColumn};
use nn::{Dataset, Error, Labels};

use super::arguments::{Missing, Options};
use super::order::natural;
use crate::failure::Failure;

/// No larger file is read.
const MAX_BYTES: usize = 4_000_000_000;

/// A file whose header is known.
pub(crate) struct Opened {
    /// As it stands on the command line.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    file: CsvFile,
}

/// A table as it is learnt from.
pub(crate) struct Table {
    pub(crate) name: String,
    /// Features, unscaled, and the columns of labels.
    pub(crate) data: Dataset<f64>,
    /// Columns that are left out, since they only name rows.
    pub(crate) identifiers: Vec<String>,
    /// Columns that are left out as asked.
    pub(crate) without: Vec<String>,
    /// Rows that are left out, since they have holes.
    pub(crate) dropped: usize,
    /// Of the file's bytes.
    pub(crate) hash: String,
    /// The row of the file that each row was.
    of_file: Option<Vec<usize>>,
    /// Where rows are looked for that are refused.
    file: Option<CsvFile>,
}

impl Opened {
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let name = path.to_string_lossy().into_owned();
        let file = CsvFile::open(path, MAX_BYTES).map_err(refusal)?;
        let columns = file.columns(&CsvConfig::default()).map_err(refusal)?;
        for column in &columns {
            if let Some(why) = foreign(column) {
                let column = shown(column);
                return Err(usage(format!("{}:1: column \"{column}\": {why}", shown(&name))));
            }
        }
        Ok(Self { name, columns, file })
    }

    /// Columns that only name rows, but for those that are left out in any case.
    pub(crate) fn identifiers(
        &self,
        labels: &[String],
        without: &[String],
    ) -> Result<Vec<String>, Failure> {
        let config = CsvConfig { labels: labels.to_vec(), ..CsvConfig::default() };
        let mut names = self.file.identifiers(&config).map_err(refusal)?;
        names.retain(|name| !without.contains(name));
        Ok(names)
    }

    /// Columns of text, but for those that only name rows; the first lines are enough to tell, and what is
    /// wrong with them is told when the table is read.
    pub(crate) fn texts(&self, options: &Options) -> Vec<String> {
        const FIRST: usize = 1 << 16;
        let bytes = self.file.bytes();
        let whole =
            |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |i| i + 1);
        let end = if bytes.len() > FIRST { whole(&bytes[..FIRST]) } else { bytes.len() };
        let first = CsvFile::of_bytes(&self.name, bytes[..end].to_vec());
        let config = CsvConfig { missing: options.na.clone(), ..CsvConfig::default() };
        let mut texts = first.texts(&config).unwrap_or_default();
        let names = first.identifiers(&config).unwrap_or_default();
        texts.retain(|text| !names.contains(text) && !options.without.contains(text));
        texts
    }

    /// The table with these columns of labels and without these others.
    pub(crate) fn read(
        self,
        labels: &[String],
        identifiers: &[String],
        options: &Options,
    ) -> Result<Table, Failure> {
        let is_number = |name: &&String| options.numbers.contains(name);
        let there = |name: &&String| self.columns.contains(name);
        let own = |names: &[String]| names.iter().filter(there).cloned().collect::<Vec<String>>();
        let (identifiers, without) = (own(identifiers), own(&options.without));
        let config = CsvConfig {
            labels: labels.iter().filter(|name| !is_number(name)).cloned().collect(),
            numbers: labels.iter().filter(is_number).cloned().collect(),
            ignored: [identifiers.as_slice(), &without].concat(),
            missing: options.na.clone(),
            keep_missing: options.missing != Missing::Refuse,
            ..CsvConfig::default()
        };
        let data: Dataset<f64> = self.file.dataset(&config).map_err(refusal)?;
        let hash = format!("{:016x}", Fnv1a::new().with(self.file.bytes()).value());
        let (name, file, dropped) = (self.name, Some(self.file), 0);
        let mut table =
            Table { name, data, identifiers, without, dropped, hash, of_file: None, file };
        if options.missing == Missing::Drop {
            table.drop_holes()?;
        }
        table.order(labels)?;
        Ok(table)
    }
}

impl Table {
    /// A sentence about a row, or a column of this table.
    pub(crate) fn refuse(&self, row: Option<usize>, column: &str, why: &str) -> Failure {
        let in_file = |row: usize| self.of_file.as_ref().map_or(row, |rows| rows[row]);
        let file = self.file.as_ref();
        let line = file.zip(row).and_then(|(file, row)| file.line_of_row(in_file(row)).ok());
        let line = line.map_or(String::new(), |line| format!(":{line}"));
        usage(format!("{}{line}: column \"{}\": {why}", shown(&self.name), shown(column)))
    }

    /// What is refused from now on is told without its line.
    pub(crate) fn forget_text(&mut self) {
        self.file = None;
    }

    fn drop_holes(&mut self) -> Result<(), Failure> {
        let width = self.data.num_columns();
        let rows = self.data.features.as_slice().chunks_exact(width);
        let whole = rows.enumerate().filter(|(_, row)| !row.iter().any(|x| x.is_nan()));
        let whole: Vec<usize> = whole.map(|(row, _)| row).collect();
        if whole.is_empty() {
            let why = "every row has a hole, so none is left: take --missing mean";
            return Err(usage(format!("{}: {why}", shown(&self.name))));
        }
        self.dropped = self.data.num_rows() - whole.len();
        if self.dropped > 0 {
            self.data = self.data.rows(&whole);
            self.of_file = Some(whole);
        }
        Ok(())
    }

    /// Columns of labels in the order asked for, classes in the order of counting.
    fn order(&mut self, labels: &[String]) -> Result<(), Failure> {
        for name in labels {
            let column = self.data.label_column(name).expect("it was read");
            let Some(classes) = column.as_classes() else { continue };
            for (class, name) in classes.classes.iter().enumerate() {
                if let Some(why) = foreign(name) {
                    let row = classes.of_row.iter().position(|&of| of == Some(class));
                    let why = format!("\"{}\": {why}", shown(name));
                    return Err(self.refuse(row, &classes.name, &why));
                }
            }
        }
        let place = |column: &LabelColumn| labels.iter().position(|name| name == column.name());
        self.data.label_columns.sort_by_key(place);
        for column in &mut self.data.label_columns {
            if let LabelColumn::Classes(labels) = column {
                *labels = counted(labels);
            }
        }
        Ok(())
    }
}

/// Refuses a column to be left out that no file has, or that is a label.
pub(crate) fn check_without(
    options: &Options,
    labels: &[String],
    files: &[&Opened],
) -> Result<(), Failure> {
    for name in &options.without {
        if labels.contains(name) {
            let name = shown(name);
            return Err(usage(format!("--without \"{name}\": it is a column of labels")));
        }
        if !files.iter().any(|file| file.columns.contains(name)) {
            let alike = |other: &&String| (1e6 * strsim::jaro_winkler(name, other)) as u32;
            let nearest = files[0].columns.iter().max_by_key(alike).map_or("", String::as_str);
            let (name, nearest) = (shown(name), shown(nearest));
            return Err(usage(format!(
                "--without \"{name}\": {} has no such column; the nearest is \"{nearest}\"",
                shown(&files[0].name)
            )));
        }
    }
    Ok(())
}

/// The same labels, with those classes alone that occur, in the order of counting.
fn counted(labels: &Labels) -> Labels {
    let mut classes: Vec<&String> = labels
        .classes
        .iter()
        .zip(labels.counts())
        .filter(|(_, n)| *n > 0)
        .map(|(c, _)| c)
        .collect();
    classes.sort_by(|a, b| natural(a, b));
    labels.with_classes(&classes).expect("they are its own")
}

/// What is wrong with a name of a table that was written for other readers.
fn foreign(text: &str) -> Option<&'static str> {
    let whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.trim_start_matches('-');
    match unsigned.split_once(',') {
        _ if text.contains(';') => Some(
            "semicolons separate cells here: save the table with commas, and points in numbers",
        ),
        Some((a, b)) if whole(a) && whole(b) => Some("a decimal comma: write numbers with a point"),
        _ => None,
    }
}

/// The sentence of the library, and what would be right.
pub(crate) fn refusal(error: Error) -> Failure {
    let hint = match &error {
        Error::Table { fault, .. } => hint(fault),
        _ => None,
    };
    let sentence = error.to_string().replace(": set `separator`", "");
    usage(sentence + hint.unwrap_or_default())
}

fn hint(fault: &str) -> Option<&'static str> {
    const COMMAS: &str = ": save the table with commas, and points in numbers";
    const SIGNS: [&str; 9] = ["na", "n/a", "nan", "null", "none", "?", "-", ".", "missing"];
    let quoted = fault.split_once(": \"").map_or("", |(_, value)| value.trim_end_matches('"'));
    if fault.starts_with("a number is missing") {
        return Some("; --missing mean or --missing drop takes such rows");
    }
    if fault.starts_with("the header is one column") {
        return Some(COMMAS);
    }
    if fault.starts_with("the row has ") {
        const HINT: &str = ": cells are separated by commas, numbers have a point, and a text with a comma \
                            stands in quotes";
        return Some(HINT);
    }
    if fault.starts_with("the header is all numbers") {
        return Some("; write one, as x1,x2,label");
    }
    if !fault.starts_with("this is not a") {
        return None;
    }
    Some(match quoted {
        text if foreign(text).is_some() => COMMAS,
        text if SIGNS.contains(&text.to_lowercase().as_str()) => {
            "; if it says that nothing is known, take --na and --missing mean or --missing drop"
        }
        _ => ": features are finite numbers; --without leaves a column out",
    })
}

pub(crate) fn usage(sentence: String) -> Failure {
    Failure::Usage(sentence)
}

/// Text from outside as it may stand in a sentence: short, and with nothing in it that is not seen.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() > LONGEST {
            return shown + "...";
        }
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Whether a character is not seen, or looks like another: controls, marks, spaces of other kinds.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}
