//! A table that is looked at before it is read.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use autograd::{Float, Fnv1a};

use super::columns::{is_number, named};
use super::table::{Line, Table};
use super::{CsvConfig, parse, separator, text};
use crate::{Dataset, Error};

/// The bytes of a comma-separated table, read once: its header and what stands in its columns can be
/// asked for before [`dataset`](CsvFile::dataset) says what each column is for.
///
/// ```
/// use nn::Dataset;
/// use nn::data::{CsvConfig, CsvFile};
/// let table = b"id,length,kind\n17,5.1,setosa\n4,7.0,versicolor\n9,4.9,setosa\n";
/// let file = CsvFile::of_bytes("iris.csv", table.to_vec());
/// let config = CsvConfig::from("kind");
/// assert_eq!(file.columns(&config)?, ["id", "length", "kind"]);
/// assert_eq!(file.identifiers(&config)?, ["id"]);
/// let ignored = file.identifiers(&config)?;
/// let data: Dataset = file.dataset(&CsvConfig { ignored, ..config })?;
/// assert_eq!(data.columns, ["length"]);
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsvFile {
    name: String,
    bytes: Vec<u8>,
}

impl CsvFile {
    /// A file of at most so many bytes.
    ///
    /// # Errors
    /// If it cannot be read, or has more.
    pub fn open(path: impl AsRef<Path>, max_bytes: usize) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| Error::Io {
            file: path.to_owned(),
            action: "read",
            source,
        })?;
        // What has no length, as a pipe, grows as it comes; so does what claims more than there is room for.
        let length = file.metadata().map_or(0, |data| data.len());
        let mut bytes = Vec::new();
        let _ =
            bytes.try_reserve_exact(usize::try_from(length).map_or(0, |n| n.min(max_bytes) + 1));
        let name = path.to_string_lossy();
        Ok(Self { bytes: text::read(&name, file, bytes, max_bytes)?, name: name.into_owned() })
    }

    /// What a reader gives, called by this name in errors.
    ///
    /// # Errors
    /// As [`open`](CsvFile::open).
    pub fn read(name: &str, reader: impl Read, max_bytes: usize) -> Result<Self, Error> {
        Ok(Self { name: name.to_owned(), bytes: text::read(name, reader, vec![], max_bytes)? })
    }

    /// These bytes, called by this name in errors.
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), bytes }
    }

    /// The bytes as they are.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The names of all columns.
    ///
    /// # Errors
    /// If the table is no text or empty, or its header is none.
    pub fn columns(&self, config: &CsvConfig) -> Result<Vec<String>, Error> {
        let table = self.table(config)?;
        let header = header(&table)?;
        named(&header, config)
    }

    /// The columns that tell rows apart and say nothing else of them: every row has an entry of its
    /// own, and either the name says so (`id`, `customer_id`, `index`, `uuid`, ...), or no entry is a
    /// number, or it is the first column and counts at least 20 rows from 0 or 1 on. Columns of
    /// labels are none.
    ///
    /// # Errors
    /// As [`dataset`](CsvFile::dataset), as far as rows have to be told into cells.
    pub fn identifiers(&self, config: &CsvConfig) -> Result<Vec<String>, Error> {
        let table = self.table(config)?;
        let names = named(&header(&table)?, config)?;
        let is_label =
            |name: &String| config.labels.contains(name) || config.numbers.contains(name);
        let mut columns: Vec<Entries<'_>> = Vec::new();
        columns.extend(names.iter().zip(0..).filter(|(name, _)| !is_label(name)).map(Entries::of));
        let mut rows = 0;
        for line in table.lines().skip(1) {
            if columns.is_empty() {
                break;
            }
            rows += 1;
            let cells = line.cells(&names)?;
            columns.retain_mut(|column| {
                cells.get(column.place).is_none_or(|cell| column.goes_on(cell))
            });
        }
        columns.retain(|column| rows > 1 && column.is_one(rows));
        Ok(columns.into_iter().map(|column| column.name.clone()).collect())
    }

    /// The columns with an entry that is no number, empty ones aside.
    ///
    /// # Errors
    /// As [`identifiers`](CsvFile::identifiers).
    ///
    /// ```
    /// use nn::data::{CsvConfig, CsvFile};
    /// let file = CsvFile::of_bytes("t.csv", b"x,kind,y\n1,oak,2\n,2,3\n".to_vec());
    /// assert_eq!(file.texts(&CsvConfig::default())?, ["kind"]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    pub fn texts(&self, config: &CsvConfig) -> Result<Vec<String>, Error> {
        let table = self.table(config)?;
        let names = named(&header(&table)?, config)?;
        let mut is_text = vec![false; names.len()];
        for line in table.lines().skip(1) {
            let cells = line.cells(&names)?;
            for (is_text, cell) in is_text.iter_mut().zip(cells.iter()) {
                let missing = cell.is_empty() || config.missing.iter().any(|text| text == cell);
                *is_text |= !missing && !is_number(cell);
            }
        }
        Ok(names.into_iter().zip(is_text).filter(|(_, is)| *is).map(|(name, _)| name).collect())
    }

    /// On which line the row of this number stands, counted from 0 behind the header; 0 if there is
    /// no such row.
    ///
    /// # Errors
    /// If the table is no text.
    pub fn line_of_row(&self, row: usize) -> Result<usize, Error> {
        let table = self.table(&CsvConfig::default())?;
        Ok(table.lines().nth(row + 1).map_or(0, |line| line.number()))
    }

    /// The data set that [`Dataset::from_csv`] would give.
    ///
    /// # Errors
    /// As there.
    pub fn dataset<F: Float>(&self, config: &CsvConfig) -> Result<Dataset<F>, Error> {
        parse(&self.name, text::decode(&self.name, &self.bytes)?, config)
    }

    fn table(&self, config: &CsvConfig) -> Result<Table<'_>, Error> {
        let text = text::decode(&self.name, &self.bytes)?;
        Ok(Table { file: &self.name, text, separator: separator(config)? })
    }
}

fn header<'t, 'a>(table: &'t Table<'a>) -> Result<Line<'t, 'a>, Error> {
    let header = table.lines().next();
    header.ok_or_else(|| table.error(None, "the table is empty".to_owned()))
}

/// A column that may yet turn out to be an identifier.
struct Entries<'n> {
    name: &'n String,
    place: usize,
    /// Whether the name alone speaks for it.
    by_name: bool,
    counts: bool,
    is_text: bool,
    last: Option<i64>,
    seen: HashSet<u64>,
}

impl<'n> Entries<'n> {
    fn of((name, place): (&'n String, usize)) -> Self {
        let (by_name, seen) = (is_identifying(name), HashSet::new());
        Self { name, place, by_name, counts: place == 0, is_text: true, last: None, seen }
    }

    /// Whether it still may be one with this cell.
    fn goes_on(&mut self, cell: &str) -> bool {
        let whole: Option<i64> = cell.parse().ok();
        let first = || matches!(whole, Some(0 | 1));
        let follows = self.last.map_or_else(first, |last| whole == last.checked_add(1));
        self.counts &= follows;
        self.last = whole;
        self.is_text &= !cell.is_empty() && whole.is_none() && !is_number(cell);
        // A measurement is no name of a row, even where no two are the same.
        self.by_name &= whole.is_some() || !is_number(cell);
        let may = self.counts || self.is_text || self.by_name;
        may && !cell.is_empty() && self.seen.insert(Fnv1a::new().with(cell.as_bytes()).value())
    }

    /// Whether it is one, now that so many rows are known.
    fn is_one(&self, rows: usize) -> bool {
        const COUNTED: usize = 20;
        let speaks = self.is_text || self.by_name || (self.counts && rows >= COUNTED);
        speaks && self.seen.len() == rows
    }
}

/// Whether a column's name says that it names rows.
fn is_identifying(name: &str) -> bool {
    const NAMES: [&str; 9] =
        ["id", "index", "uuid", "guid", "key", "row", "nr", "no", "unnamed: 0"];
    let small = name.to_lowercase();
    let last = small.rsplit(['_', ' ', '-', '.']).next().unwrap_or_default();
    let camel = name.len() > 2 && (name.ends_with("Id") || name.ends_with("ID"));
    NAMES.contains(&small.as_str()) || ["id", "uuid", "guid"].contains(&last) || camel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifiers(text: &str) -> Vec<String> {
        let file = CsvFile::of_bytes("t.csv", text.as_bytes().to_vec());
        file.identifiers(&CsvConfig::from("kind")).unwrap()
    }

    #[test]
    fn what_names_a_row_is_an_identifier_by_its_name_its_text_or_its_order() {
        for (name, cells, is_one) in [
            ("id", ["9", "4", "7"], true),
            ("customer_id", ["9", "4", "7"], true),
            ("customerId", ["9", "4", "7"], true),
            // A measurement, an entry that occurs twice, and one that is missing, name no row.
            ("id", ["9.5", "4.25", "7.125"], false),
            ("id", ["9", "4", "9"], false),
            ("id", ["9", "", "7"], false),
            ("who", ["Ann", "Bob", "Eve"], true),
            ("who", ["Ann", "Bob", "7"], false),
            ("size", ["3", "4", "5"], false),
            ("valid", ["3", "5", "4"], false),
        ] {
            let [a, b, c] = cells;
            let table = format!("x,{name},kind\n1.5,{a},u\n2.5,{b},v\n1.5,{c},u\n");
            let expected = if is_one { vec![name] } else { vec![] };
            assert_eq!(identifiers(&table), expected, "{name} {cells:?}");
        }
    }

    #[test]
    fn the_first_column_is_an_identifier_if_it_counts_many_rows() {
        let table = |first: usize, rows: usize, header: &str| {
            let row = |i: usize| format!("{},{},k{}\n", first + i, i % 3, i % 2);
            identifiers(&(header.to_owned() + &(0..rows).map(row).collect::<String>()))
        };
        assert_eq!(table(0, 20, "n,x,kind\n"), ["n"]);
        assert_eq!(table(1, 20, "n,x,kind\n"), ["n"]);
        assert!(table(1, 19, "n,x,kind\n").is_empty());
        assert!(table(2, 30, "n,x,kind\n").is_empty());
    }

    #[test]
    fn labels_and_the_entries_of_a_single_row_are_no_identifiers() {
        assert!(identifiers("x,kind\n1.5,a\n1.5,b\n").is_empty());
        assert!(identifiers("id,kind\n7,a\n").is_empty());
    }

    #[test]
    fn a_row_stands_on_the_line_that_an_editor_shows() {
        let file = CsvFile::of_bytes("t.csv", b"x,kind\r\n1,a\r\n\r\n2,b\n".to_vec());
        assert_eq!([0, 1, 2].map(|row| file.line_of_row(row).unwrap()), [2, 4, 0]);
    }
}
