//! What the header of a table says, and what is asked of its columns.

use std::borrow::Cow;
use std::collections::HashMap;

use super::CsvConfig;
use super::table::Line;
use crate::Error;
use crate::error::shown_up_to;

/// What a column is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Feature,
    /// Labels that are classes, by their place among those asked for.
    Classes(usize),
    /// Labels that are numbers, by their place among those asked for.
    Numbers(usize),
    Ignored,
}

/// The columns' names, each there and there once, and what each is for.
pub(super) fn columns(
    header: &Line<'_, '_>,
    config: &CsvConfig,
) -> Result<(Vec<String>, Vec<Role>), Error> {
    let names = named(header, config)?;
    let roles = roles(header, &names, config)?;
    Ok((names, roles))
}

/// The columns' names, each there and there once.
pub(super) fn named(header: &Line<'_, '_>, config: &CsvConfig) -> Result<Vec<String>, Error> {
    let cells = header.cells(&[])?;
    if let [only] = cells.as_slice() {
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
    if cells.iter().all(|cell| is_number(cell)) {
        let fault = "the header is all numbers: a line with the columns' names is missing";
        return Err(header.error(None, fault.to_owned()));
    }
    names(header, &cells)
}

/// Whether a name is a number, as of a table whose header is missing.
pub(crate) fn is_number(name: &str) -> bool {
    name.parse().is_ok_and(f64::is_finite)
}

fn names(header: &Line<'_, '_>, cells: &[Cow<'_, str>]) -> Result<Vec<String>, Error> {
    let mut places = HashMap::new();
    for (name, place) in cells.iter().zip(1..) {
        if name.is_empty() {
            let fault = format!("column {place} of the header has no name");
            return Err(header.error(None, fault));
        }
        if let Some(first) = places.insert(name, place) {
            let fault = format!("columns {first} and {place} have this name");
            return Err(header.error(Some(name), fault));
        }
    }
    Ok(cells.iter().map(ToString::to_string).collect())
}

fn roles(header: &Line<'_, '_>, names: &[String], config: &CsvConfig) -> Result<Vec<Role>, Error> {
    let places: HashMap<&String, usize> = names.iter().zip(0..).collect();
    let mut roles = vec![Role::Feature; names.len()];
    let classes = config.labels.iter().zip((0..).map(Role::Classes));
    let numbers = config.numbers.iter().zip((0..).map(Role::Numbers));
    let ignored = config.ignored.iter().map(|name| (name, Role::Ignored));
    for (name, role) in classes.chain(numbers).chain(ignored) {
        let Some(&column) = places.get(name) else {
            return Err(header.error(None, absent(name, names)));
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

/// That there is no column of this name, with those that may have been meant.
fn absent(name: &str, names: &[String]) -> String {
    const NAMED: usize = 5;
    const SPACE: usize = 90; // so that the sentence stays short whatever the names are
    let quoted = |name: &str| format!("\"{}\"", shown_up_to(name, 24));
    let mut left = SPACE;
    let fits = |name: &String| left.checked_sub(name.len()).map(|rest| left = rest).is_some();
    let named = names.iter().take(NAMED).map(|name| quoted(name)).take_while(fits);
    let named: Vec<String> = named.collect();
    let more = if named.len() < names.len() { ", ..." } else { "" };
    let list = named.join(", ");
    let near =
        names.iter().map(|other| (edits(name, other), other)).min_by_key(|(edits, _)| *edits);
    let near = near.filter(|(edits, _)| 2 * edits <= name.chars().count());
    let near = near.map(|(_, other)| format!(": the nearest is {}", quoted(other)));
    format!("there is no column {} among {list}{more}{}", quoted(name), near.unwrap_or_default())
}

/// How many characters of a name must be changed, added or left out to get another, if capital and
/// small letters are one; many for long names, of which no list of all pairs is worth its time.
///
/// # Source
/// Levenshtein 1966, row by row.
fn edits(name: &str, other: &str) -> usize {
    const LONGEST: usize = 64;
    let small = |name: &str| {
        name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect::<Vec<_>>()
    };
    let (name, other) = (small(name), small(other));
    if name.len().max(other.len()) > LONGEST {
        return usize::MAX / 2;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in name.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_names_counts_single_changes() {
        let cases =
            [("kind", "Kind", 0), ("kind", "knd", 1), ("kitten", "sitting", 3), ("", "abc", 3)];
        for (a, b, count) in cases {
            assert_eq!((edits(a, b), edits(b, a)), (count, count));
        }
        assert!(edits(&"x".repeat(65), &"x".repeat(65)) > 1000);
    }
}
