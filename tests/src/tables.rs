//! Tables for the laws of reading them: random valid ones, written out; a twin of the reader; and the
//! bodies of the fuzz targets, plain functions that stable tests call too.

use nn::data::Scaler;
use nn::{Dataset, Error, Seed};
use proptest::prelude::*;

/// A table as it should be read: columns of finite numbers and one of labels.
#[derive(Clone, Debug)]
pub struct TableCase {
    /// The names of the features.
    pub columns: Vec<String>,
    /// Where among the features the column of labels stands.
    pub label_place: usize,
    /// The numbers of each row.
    pub rows: Vec<Vec<f64>>,
    /// The label of each row, empty where it is missing.
    pub labels: Vec<String>,
}

/// The name of the column of labels in a [`TableCase`].
pub const LABEL: &str = "the label";

/// Tables with two to five columns, at least two classes and no constant column.
pub fn tables() -> impl Strategy<Value = TableCase> {
    (1..5_usize, 2..9_usize).prop_flat_map(|(width, height)| {
        let number = prop_oneof![
            any::<f64>().prop_filter("finite", |x| x.is_finite()),
            (-99_i8..99).prop_map(f64::from),
        ];
        let name = "[a-z][a-z ,\"é0-9]{0,5}[a-z]";
        let label = prop_oneof![4 => "[A-Za-z][ -~é;]{0,6}[0-9]", 1 => Just(String::new())];
        (
            prop::collection::hash_set(name, width),
            0..=width,
            prop::collection::vec(prop::collection::vec(number, width), height),
            prop::collection::vec(label, height),
        )
            .prop_map(|(columns, label_place, mut rows, mut labels)| {
                // Two rows of which nobody can say that they are of one class, or constant.
                rows[0].fill(1.0);
                rows[1].fill(2.0);
                "one".clone_into(&mut labels[0]);
                "other".clone_into(&mut labels[1]);
                TableCase { columns: columns.into_iter().collect(), label_place, rows, labels }
            })
    })
}

impl TableCase {
    /// The cells, the header's first.
    pub fn cells(&self) -> Vec<Vec<String>> {
        let mut header = self.columns.clone();
        header.insert(self.label_place, LABEL.to_owned());
        let rows = self.rows.iter().zip(&self.labels).map(|(row, label)| {
            let mut cells: Vec<String> = row.iter().map(|x| format!("{x:e}")).collect();
            cells.insert(self.label_place, label.clone());
            cells
        });
        [header].into_iter().chain(rows).collect()
    }
}

/// How a table may be written, by bits of `style`: line ends, a byte order mark, quotes around
/// everything, spaces around what is not quoted, an empty line, no end of the last line.
pub fn write(cells: &[Vec<String>], style: u8) -> String {
    let bit = |i: u8| style >> i & 1 == 1;
    let end = ["\n", "\r\n", "\r", "\n"][usize::from(style & 3)];
    let cell = |text: &String| {
        if bit(3) || text.contains([',', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else if bit(4) {
            format!(" {text}\t")
        } else {
            text.clone()
        }
    };
    let lines: Vec<String> =
        cells.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",")).collect();
    let mut text = if bit(2) { "\u{FEFF}".to_owned() } else { String::new() };
    text += &lines.join(&if bit(5) { end.repeat(2) } else { end.to_owned() });
    if !bit(6) {
        text += end;
    }
    text
}

/// The cells of a sound table, by the crate `csv`, trimmed: the twin of the reader.
///
/// That crate takes a lost quote for the start of a cell that may swallow many rows, and drops quotes
/// in places where they mean nothing. So a cell may hold no line break, and the cells written out
/// again must be the text they were read from; else the table is not sound, which is `None`.
pub fn sound_cells(text: &str) -> Option<Vec<Vec<String>>> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true) // the numbers of cells are compared elsewhere
        .from_reader(text.as_bytes());
    let mut lines = text.split(['\n', '\r']).filter(|line| !line.is_empty());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.ok()?;
        let mut rest = lines.next()?;
        for (i, cell) in record.iter().enumerate() {
            rest = if i == 0 { rest } else { rest.strip_prefix(',')? };
            let is_quoted = rest.starts_with('"');
            let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
            rest = rest.strip_prefix(if is_quoted { &quoted } else { cell })?;
            if cell.contains(['\n', '\r']) || (!is_quoted && cell.contains('"')) {
                return None;
            }
        }
        if !rest.is_empty() {
            return None;
        }
        rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    lines.next().is_none().then_some(rows)
}

/// The body of the fuzz target `table_bytes`: any bytes give a sound data set or a sound sentence.
///
/// # Errors
/// If the table is refused.
///
/// # Panics
/// If what is read is not what the twin reads, or the error is no sentence.
pub fn table_bytes(bytes: &[u8]) -> Result<Dataset<f32>, Error> {
    let read = Dataset::<f32>::from_csv_bytes("folder/table.csv", bytes, LABEL);
    match &read {
        Err(error) => {
            let error = error.to_string();
            assert_is_a_sentence(&error);
            if error.contains("quotes stand around") || error.contains("a quote may be missing") {
                let text = str::from_utf8(bytes).expect("other bytes are refused as no text");
                assert_eq!(sound_cells(text), None, "{error}");
            }
        }
        Ok(data) => {
            let text = str::from_utf8(bytes).expect("only UTF-8 is read");
            let cells = sound_cells(text).expect("only sound quotes are read");
            let (header, rows) = cells.split_first().expect("only tables with a header are read");
            assert_eq!(data.num_rows(), rows.len(), "a row is lost");
            assert_eq!(data.num_columns() + 1, header.len(), "a column is lost");
            let labels = data.labels();
            let place = header.iter().position(|name| name == LABEL).expect("there is a label");
            for (i, row) in rows.iter().enumerate() {
                let features = row.iter().enumerate().filter(|(column, _)| *column != place);
                for (j, (_, cell)) in features.enumerate() {
                    let x: f32 = cell.parse().expect("only numbers are read");
                    let read = data.features.as_slice()[i * data.num_columns() + j];
                    assert!(x.is_finite() && x.to_bits() == read.to_bits(), "{cell} became {read}");
                }
                let label = labels.of_row[i].map_or("", |class| &labels.classes[class]);
                assert_eq!(label, row[place], "a label is another");
            }
            assert!(labels.num_classes() >= 2, "one class is nothing to learn");
            for notice in data.notices() {
                assert_is_a_sentence(&notice.to_string());
            }
        }
    }
    read
}

/// The body of the fuzz target `table_pair`: two tables are read, the second is put in the terms of
/// the first, scaled by it and split, or refused in a sentence.
///
/// # Panics
/// If they are not.
pub fn table_pair(source: &[u8], target: &[u8]) {
    let (Ok(source), Ok(target)) = (table_bytes(source), table_bytes(target)) else { return };
    match target.matched_to(&source) {
        Err(error) => assert_is_a_sentence(&error.to_string()),
        Ok(target) => {
            assert_eq!(target.columns, source.columns);
            let classes = &source.labels().classes;
            assert_eq!(&target.labels().classes[..classes.len()], classes);
            let scaled = Scaler::fit(&source).apply(&target).expect("the columns are the same");
            let (first, second) = scaled.labels().stratified_split(0.5, Seed::new(0));
            assert_eq!(first.len() + second.len(), target.num_rows());
        }
    }
}

/// One sentence of at most 300 bytes without control characters.
///
/// # Panics
/// If the message is not.
#[track_caller]
pub fn assert_is_a_sentence(message: &str) {
    assert!(!message.is_empty() && message.len() <= 300, "{} bytes: {message}", message.len());
    assert!(!message.contains(char::is_control), "{message:?} holds a control character");
}
