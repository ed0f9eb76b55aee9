//! Tables as files hold them: lines of cells, each with the place an editor shows.

use std::borrow::Cow;

use super::text::line_of;
use crate::Error;
use crate::error::shown;

/// No table has more columns: a line of separators alone would ask for many times its memory.
const MAX_COLUMNS: usize = 1 << 20;

/// A text that is a table, and its name for errors.
pub(super) struct Table<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) separator: char,
}

impl<'a> Table<'a> {
    /// The lines that are not empty; any kind of line end ends one.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_, 'a>> {
        let lines = self.text.split(['\n', '\r']).scan(0, |next, text| {
            let start = *next;
            *next += text.len() + 1;
            Some((start, text))
        });
        let lines = lines.filter(|(_, text)| !text.is_empty());
        lines.map(|(start, text)| Line { table: self, start, text })
    }

    /// An error of the whole table, or of one of its columns.
    pub(super) fn error(&self, column: Option<&str>, fault: String) -> Error {
        let (file, column) = (self.file.to_owned(), column.map(str::to_owned));
        Error::Table { file, line: None, column, fault }
    }
}

/// A line of a table, which is a row: no cell holds a line break.
pub(super) struct Line<'t, 'a> {
    table: &'t Table<'a>,
    start: usize,
    text: &'a str,
}

impl<'a> Line<'_, 'a> {
    /// The cells, trimmed; `columns` are the names for errors, as far as they are known.
    ///
    /// # Errors
    /// If there are too many, or a quote stands where none may.
    pub(super) fn cells(&self, columns: &[String]) -> Result<Vec<Cow<'a, str>>, Error> {
        let separators = self.text.matches(self.table.separator).count();
        if separators >= MAX_COLUMNS {
            return Err(self.error(None, format!("there are more than {MAX_COLUMNS} columns")));
        }
        let mut cells = Vec::with_capacity(separators + 1);
        let mut rest = Some(self.text);
        while let Some(text) = rest {
            let (cell, after) = first_cell(text, self.table.separator).map_err(|fault| {
                match columns.get(cells.len()) {
                    Some(column) => self.error(Some(column), fault),
                    None => self.error(None, format!("cell {}: {fault}", cells.len() + 1)),
                }
            })?;
            cells.push(cell);
            rest = after;
        }
        Ok(cells)
    }

    /// The line that an editor shows, counted from 1.
    pub(super) fn number(&self) -> usize {
        line_of(self.table.text.as_bytes(), self.start)
    }

    /// An error in this line.
    pub(super) fn error(&self, column: Option<&str>, fault: String) -> Error {
        let line = Some(self.number());
        let (file, column) = (self.table.file.to_owned(), column.map(str::to_owned));
        Error::Table { file, line, column, fault }
    }
}

/// The first cell of a line, and what follows its separator, if one does; else what is wrong.
///
/// A lost quote must not swallow other cells, so quotes stand around a whole cell or nowhere.
fn first_cell(line: &str, separator: char) -> Result<(Cow<'_, str>, Option<&str>), String> {
    let misplaced = |cell: &str| {
        let cell = shown(cell);
        format!("quotes stand around a whole cell, doubled inside it, unlike in \"{cell}\"")
    };
    let Some(quoted) = line.strip_prefix('"') else {
        let (cell, after) =
            line.split_once(separator).map_or((line, None), |(cell, after)| (cell, Some(after)));
        let fault = cell.contains('"').then(|| misplaced(cell));
        return fault.map_or(Ok((cell.trim().into(), after)), Err);
    };
    let (mut cell, mut rest) = (String::new(), quoted);
    let after = loop {
        let Some((text, after)) = rest.split_once('"') else {
            return Err("the quoted cell does not end on its line: a quote may be missing".into());
        };
        cell += text;
        let Some(doubled) = after.strip_prefix('"') else { break after };
        cell.push('"');
        rest = doubled;
    };
    let next = after.strip_prefix(separator);
    if next.is_none() && !after.is_empty() {
        return Err(misplaced(line));
    }
    Ok((cell.trim().to_owned().into(), next))
}
