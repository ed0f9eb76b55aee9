//! Tables as files hold them: rows of cells, with the lines an editor shows.

use csv::{ReaderBuilder, StringRecord};

use super::text::line_of;
use crate::Error;
use crate::error::shown;

/// No table has more columns; a line of separators alone would ask for eight times its memory.
const MAX_COLUMNS: usize = 1 << 20;

/// A text that is a table, and its name for errors.
pub(super) struct Table<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) separator: u8,
}

impl<'a> Table<'a> {
    /// The rows, the header among them.
    ///
    /// # Errors
    /// If a line has too many cells.
    pub(super) fn rows(&self) -> Result<Rows<'_, 'a>, Error> {
        for line in self.text.split(['\n', '\r']) {
            if line.bytes().filter(|byte| *byte == self.separator).count() >= MAX_COLUMNS {
                let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
                let fault = format!("there are more than {MAX_COLUMNS} columns");
                return Err(self.error(Some(start), None, fault));
            }
        }
        let reader = ReaderBuilder::new()
            .has_headers(false) // the header's cells are checked like all others
            .flexible(true) // the number of cells is compared with the header's by the caller
            .delimiter(self.separator)
            .from_reader(self.text.as_bytes());
        Ok(Rows { table: self, reader, record: StringRecord::new() })
    }

    /// An error at the line of this byte.
    pub(super) fn error(&self, byte: Option<usize>, column: Option<&str>, fault: String) -> Error {
        let line = byte.map(|byte| line_of(self.text.as_bytes(), byte));
        Error::Table { file: self.file.to_owned(), line, column: column.map(str::to_owned), fault }
    }
}

/// Reads one row after the other.
pub(super) struct Rows<'t, 'a> {
    table: &'t Table<'a>,
    reader: csv::Reader<&'a [u8]>,
    record: StringRecord,
}

impl Rows<'_, '_> {
    /// The next row that is no empty line; `columns` are the names for errors, as far as they are
    /// known.
    ///
    /// # Errors
    /// If a cell holds a line break, or a quote where none may stand.
    pub(super) fn next(&mut self, columns: &[String]) -> Result<Option<Row<'_>>, Error> {
        let table = self.table;
        let more = self.reader.read_record(&mut self.record);
        if !more.map_err(|error| table.error(None, None, shown(&error.to_string())))? {
            return Ok(None);
        }
        // The reader's place is right in bytes (not in lines), but lies before empty lines.
        let place = self.record.position().map_or(0, csv::Position::byte) as usize;
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let breaks =
            table.text.as_bytes()[place..].iter().take_while(|byte| is_break(byte)).count();
        let row = Row { table, start: place + breaks, cells: &self.record };
        row.check(columns)?;
        Ok(Some(row))
    }
}

/// The cells of a row.
pub(super) struct Row<'r> {
    table: &'r Table<'r>,
    start: usize,
    cells: &'r StringRecord,
}

impl Row<'_> {
    /// The number of cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The cells, trimmed.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(str::trim)
    }

    /// An error in this row.
    pub(super) fn error(&self, column: Option<&str>, fault: String) -> Error {
        self.table.error(Some(self.start), column, fault)
    }

    /// The reader takes a lost quote for the start of a cell that may swallow many rows, and drops
    /// quotes in places where they mean nothing. So a cell holds no line break, and the cells written
    /// out again must be the text they were read from.
    fn check(&self, columns: &[String]) -> Result<(), Error> {
        let fault = |cell: usize, fault: String| match columns.get(cell) {
            Some(column) => Err(self.error(Some(column), fault)),
            None => Err(self.error(None, format!("cell {}: {fault}", cell + 1))),
        };
        if let Some(cell) = self.cells.iter().position(|cell| cell.contains(['\n', '\r'])) {
            return fault(cell, "the cell holds a line break: a quote may be missing".to_owned());
        }
        let mut rest = &self.table.text[self.start..];
        for (i, cell) in self.cells.iter().enumerate() {
            let written = match rest.strip_prefix('"') {
                Some(quoted) => quoted
                    .strip_prefix(cell.replace('"', "\"\"").as_str())
                    .and_then(|rest| rest.strip_prefix('"')),
                None if cell.contains('"') => None,
                None => rest.strip_prefix(cell),
            };
            let after = written.and_then(|rest| {
                if i + 1 < self.cells.len() {
                    rest.strip_prefix(char::from(self.table.separator))
                } else {
                    Some(rest).filter(|rest| rest.is_empty() || rest.starts_with(['\n', '\r']))
                }
            });
            let Some(after) = after else {
                let what = "quotes stand around a whole cell, doubled inside it";
                return fault(i, format!("{what}, unlike in \"{}\"", shown(cell)));
            };
            rest = after;
        }
        Ok(())
    }
}
