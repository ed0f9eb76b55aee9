//! Tables as files hold them: a header, a label column, numbers.

use std::collections::HashMap;

use autograd::{Float, Tensor};
use csv::{ReaderBuilder, StringRecord};

use super::{Dataset, Labels};
use crate::Error;
use crate::error::shown;

/// The data set in a comma-separated table with a header: `label` names the column of labels, all
/// others are features.
///
/// Cells are trimmed; an empty label is missing; a feature is a finite number. `file` is the name
/// that errors give.
///
/// # Errors
/// If anything about the table is not so, with the line an editor shows and the column.
pub(crate) fn parse<F: Float>(file: &str, bytes: &[u8], label: &str) -> Result<Dataset<F>, Error> {
    let table = Table { file, text: text(file, bytes)? };
    let mut reader = ReaderBuilder::new()
        .has_headers(false) // the header's cells are checked like all others
        .flexible(true) // the number of cells is compared here, for an error with the right line
        .from_reader(table.text.as_bytes());
    let mut records = Vec::new();
    let mut lines = Lines::new(table.text);
    for record in reader.records() {
        let record = record.map_err(|error| table.error(None, None, error.to_string()))?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte) as usize);
        records.push((line, record));
    }
    let Some(((header_line, header), rows)) = records.split_first() else {
        return Err(table.error(None, None, "the table is empty".to_owned()));
    };
    let columns = table.columns(*header_line, header)?;
    let Some(label_column) = columns.iter().position(|column| column == label) else {
        let fault = match columns.as_slice() {
            [only] if only.contains([';', '\t']) => {
                "the header has one column: cells are separated by commas here".to_owned()
            }
            _ => format!("there is no column \"{}\"", shown(label)),
        };
        return Err(table.error(Some(*header_line), None, fault));
    };
    if rows.is_empty() {
        return Err(table.error(None, None, "there is a header and no row".to_owned()));
    }

    let mut features = Vec::with_capacity(rows.len() * (columns.len() - 1));
    let mut labels = Vec::with_capacity(rows.len());
    for (line, record) in rows {
        if record.len() != columns.len() {
            let (cells, columns) = (record.len(), columns.len());
            let fault = format!("the row has {cells} cells for {columns} columns");
            return Err(table.error(Some(*line), None, fault));
        }
        for (i, cell) in record.iter().enumerate() {
            let column = &columns[i];
            let cell = table.cell(*line, column, cell)?;
            if i == label_column {
                labels.push(cell);
            } else {
                features.push(table.number(*line, column, cell)?);
            }
        }
    }

    let labels = Labels::of_text(label, &labels);
    if labels.num_classes() < 2 {
        let fault = match labels.classes.as_slice() {
            [only] => format!("all labels are \"{}\": there is nothing to tell apart", shown(only)),
            _ => "there is no label".to_owned(),
        };
        return Err(table.error(None, Some(label), fault));
    }
    let columns: Vec<String> = columns.into_iter().filter(|column| column != label).collect();
    let features = Tensor::new([rows.len(), columns.len()], features);
    Ok(Dataset { columns, ..Dataset::new(features, vec![labels])? })
}

/// The bytes as text, without the mark that some programs put before it.
fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let line = Lines { bytes, counted: 0, line: 1 }.at(error.valid_up_to());
        Error::Table {
            file: file.to_owned(),
            line: Some(line),
            column: None,
            fault: "the text is not UTF-8".to_owned(),
        }
    })
}

/// A table's name and text, for errors.
struct Table<'a> {
    file: &'a str,
    text: &'a str,
}

impl Table<'_> {
    fn error(&self, line: Option<usize>, column: Option<&str>, fault: String) -> Error {
        Error::Table { file: self.file.to_owned(), line, column: column.map(str::to_owned), fault }
    }

    /// The header's names, each there and there once.
    fn columns(&self, line: usize, header: &StringRecord) -> Result<Vec<String>, Error> {
        let mut places = HashMap::new();
        let mut columns = Vec::with_capacity(header.len());
        for (i, name) in header.iter().enumerate() {
            let name = self.cell(line, &format!("number {}", i + 1), name)?;
            if name.is_empty() {
                let fault = format!("column {} of the header has no name", i + 1);
                return Err(self.error(Some(line), None, fault));
            }
            if let Some(first) = places.insert(name, i + 1) {
                let fault = format!("columns {first} and {} have this name", i + 1);
                return Err(self.error(Some(line), Some(name), fault));
            }
            columns.push(name.to_owned());
        }
        Ok(columns)
    }

    /// A trimmed cell. None holds a line break or a NUL: a lost quote cannot swallow rows, nor a
    /// file of zeros be a table.
    fn cell<'c>(&self, line: usize, column: &str, cell: &'c str) -> Result<&'c str, Error> {
        let trimmed = cell.trim();
        if cell.contains(['\n', '\r']) {
            let fault = "the cell holds a line break: a quote may be missing".to_owned();
            return Err(self.error(Some(line), Some(column), fault));
        }
        if trimmed.contains('\0') {
            let fault = "the cell holds a zero byte: this is no text".to_owned();
            return Err(self.error(Some(line), Some(column), fault));
        }
        Ok(trimmed)
    }

    /// A number that is finite in the type it is used in.
    fn number<F: Float>(&self, line: usize, column: &str, cell: &str) -> Result<F, Error> {
        let fault = |what: &str| {
            let fault = format!("{what}: \"{}\"", shown(cell));
            Err(self.error(Some(line), Some(column), fault))
        };
        match cell.parse::<f64>() {
            Err(_) if cell.is_empty() => fault("a number is missing"),
            Err(_) => fault("this is not a number"),
            Ok(x) if !x.is_finite() => fault("this is not a finite number"),
            Ok(x) if !F::of(x).is_finite() => fault("this number is too large"),
            Ok(x) => Ok(F::of(x)),
        }
    }
}

/// Counts lines as an editor shows them; the reader's own count is wrong after CR LF and after empty
/// lines.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Lines { bytes: text.as_bytes(), counted: 0, line: 1 }
    }

    /// The line of the first record at or after this byte; bytes are asked for in ascending order.
    fn at(&mut self, byte: usize) -> usize {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let breaks = self.bytes[byte..].iter().take_while(|byte| is_break(byte)).count();
        let start = byte + breaks;
        for i in self.counted..start {
            let ends = match self.bytes[i] {
                b'\n' => true,
                b'\r' => self.bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += usize::from(ends);
        }
        self.counted = self.counted.max(start);
        self.line
    }
}

#[cfg(test)]
mod tests;
