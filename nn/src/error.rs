//! What can be wrong with things from outside: files, tables, labels, descriptions.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::LoadReport;

/// Why something from outside was refused; each is one sentence that names the place and the value.
///
/// A wrong shape inside a program is no `Error`: it panics at the caller's line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused to read or write a file.
    #[error("{}: cannot {action}: {source}", shown_file(file))]
    Io {
        /// The file, as the caller named it.
        file: PathBuf,
        /// What was tried, such as `read`.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },

    /// A file that is no checkpoint, or a damaged one.
    #[error("{}{}{fault}", FileName(file.as_ref()), TensorName(tensor.as_deref()))]
    Checkpoint {
        /// The file, as the caller named it, if it is a file's contents.
        file: Option<PathBuf>,
        /// The tensor at fault, where it is one tensor's.
        tensor: Option<String>,
        /// What is wrong, with the numbers.
        fault: String,
    },

    /// A state that does not fit the model it was to be loaded into; nothing was changed.
    #[error("{}the state does not fit the model: {report}", FileName(file.as_ref()))]
    Mismatch {
        /// The file the state comes from, if it comes from one.
        file: Option<PathBuf>,
        /// All that does not fit.
        report: Box<LoadReport>,
    },

    /// A table with a fault: `FILE:LINE: column "NAME": what is wrong with "VALUE"`.
    #[error("{}{}: {}{fault}", shown_file(file), Line(*line), ColumnName(column.as_deref()))]
    Table {
        /// The file, as the caller named it.
        file: String,
        /// The line an editor shows, counted from 1, where it is one line's fault.
        line: Option<usize>,
        /// The column, where it is one column's fault.
        column: Option<String>,
        /// What is wrong, with the value.
        fault: String,
    },

    /// A network that another format cannot hold.
    #[error("{0}")]
    Export(String),

    /// Labels or features that do not fit each other.
    #[error("{0}")]
    Data(String),

    /// An architecture that cannot be built.
    #[error("layer {layer} ({what}): {fault}")]
    Spec {
        /// The layer's position, counted from 0.
        layer: usize,
        /// The layer, as it prints.
        what: String,
        /// What is wrong with it.
        fault: String,
    },

    /// A loss was infinite or not a number; training stopped there.
    #[error(
        "{}the loss of step {step} is {loss}, not a finite number{}",
        Strategy(*strategy),
        remedy(*loss)
    )]
    Loss {
        /// Which strategy was training, if one was.
        strategy: Option<&'static str>,
        /// The step, counted from 0.
        step: usize,
        /// What the loss was.
        loss: f64,
    },

    /// A running statistic became infinite or not a number; training stopped there.
    #[error(
        "{}after the rows of step {step} \"{}\" is not finite: scale the features (data::Scaler)",
        Strategy(*strategy),
        shown(name)
    )]
    Statistic {
        /// Which strategy was training, if one was.
        strategy: Option<&'static str>,
        /// The step, counted from 0.
        step: usize,
        /// The buffer, with its layer's name.
        name: String,
    },

    /// Something that a strategy needs was not given, or not in this way.
    #[error("{strategy} {why}")]
    Needs {
        /// Which strategy.
        strategy: &'static str,
        /// What it needs.
        why: String,
    },

    /// The weights of a step's tasks are none that can be used.
    #[error("{strategy}: the weights of step {step} are {weights:?}, not {tasks} finite numbers")]
    Weights {
        /// Which strategy was training.
        strategy: &'static str,
        /// The step, counted from 0.
        step: usize,
        /// What they were.
        weights: Vec<f64>,
        /// How many tasks the step has.
        tasks: usize,
    },

    /// An architecture, or what was made of one, that cannot be used so.
    #[error("{0}")]
    Architecture(String),

    /// Who watched a training ended it.
    #[error("{strategy}: stopped after step {step}")]
    Stopped {
        /// Which strategy was training.
        strategy: &'static str,
        /// The step, counted from 0.
        step: usize,
    },

    /// A number of a recipe, a strategy or a part of one is out of its range.
    #[error("{field} is {value}, but must be {range}")]
    Range {
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        range: &'static str,
    },

    /// A table has another number of columns of labels than is needed.
    #[error("task \"{task}\" needs one column of labels, but its data have {found}")]
    LabelColumns {
        /// The task.
        task: String,
        /// How many columns of labels there are.
        found: usize,
    },

    /// No row of a table has a label.
    #[error("task \"{task}\" has no row with a label")]
    NoLabels {
        /// The task.
        task: String,
    },

    /// The rows are not as wide as the network's input.
    #[error("task \"{task}\" has rows of {columns} columns, but the network takes {inputs}")]
    Columns {
        /// The task.
        task: String,
        /// Columns of its data.
        columns: usize,
        /// Inputs of the network.
        inputs: usize,
    },

    /// Batch normalisation cannot be trained on batches of one row.
    #[error(
        "task \"{task}\" has batches of one row, which have no variance for batch normalisation"
    )]
    OneRow {
        /// The task.
        task: String,
    },

    /// An architecture without a linear layer has no head to give to a task.
    #[error("the network {spec} has no linear layer to be a head")]
    NoHead {
        /// The architecture, printed.
        spec: String,
    },

    /// A state that an optimiser cannot go on from; nothing was changed.
    #[error("the optimiser cannot go on from this state: {0}")]
    OptimizerState(String),

    /// A schedule that gives some step no learning rate.
    #[error("no schedule of learning rates: {0}")]
    Schedule(String),

    /// A text that is no description of an architecture.
    #[error("cannot read an architecture: {0}")]
    SpecText(String),
}

/// Refuses a number out of its range: for the options of strategies and their parts.
///
/// ```
/// let error = nn::train::within("factor", 0.5, 1.0..=1e3, "between 1 and 1000").unwrap_err();
/// assert_eq!(error.to_string(), "factor is 0.5, but must be between 1 and 1000");
/// ```
///
/// # Errors
/// If it is out of `valid`, or no number.
pub fn within(
    field: &'static str,
    value: f64,
    valid: RangeInclusive<f64>,
    range: &'static str,
) -> Result<(), Error> {
    if valid.contains(&value) { Ok(()) } else { Err(Error::Range { field, value, range }) }
}

/// What helps against a loss that is infinite; of a NaN only a tape knows where it comes from.
fn remedy(loss: f64) -> &'static str {
    if loss.is_nan() {
        return ": the first_non_finite() of a tape that is checking() names where it comes from";
    }
    ": scale the features (data::Scaler) or lower the learning rate"
}

struct TensorName<'a>(Option<&'a str>);
impl fmt::Display for TensorName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, "tensor \"{}\": ", shown(name)))
    }
}

struct ColumnName<'a>(Option<&'a str>);
impl fmt::Display for ColumnName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, "column \"{}\": ", shown(name)))
    }
}

struct FileName<'a>(Option<&'a PathBuf>);
impl fmt::Display for FileName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |file| write!(f, "{}: ", shown_file(file)))
    }
}

struct Strategy(Option<&'static str>);
impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.filter(|name| !name.is_empty()).map_or(Ok(()), |name| write!(f, "{name}: "))
    }
}

struct Line(Option<usize>);
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// A name or value from outside as it may stand in a message: short, and nothing in it that a
/// terminal would obey or hide.
pub(crate) fn shown(text: &str) -> String {
    shown_up_to(text, 40)
}

/// As [`shown`], with at most this many bytes and the dots that stand for the rest.
pub(crate) fn shown_up_to(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        let c = visible(c);
        if shown.len() + c.len() > longest {
            shown.push_str("...");
            break;
        }
        shown.push_str(&c);
    }
    shown
}

/// A file's name as it may stand in a message; of a long one the end, which tells more.
pub(crate) fn shown_file(file: impl AsRef<Path>) -> String {
    const LONGEST: usize = 100;
    let name: Vec<String> = file.as_ref().to_string_lossy().chars().map(visible).collect();
    let mut left = LONGEST;
    let fits = |c: &&String| left.checked_sub(c.len()).map(|rest| left = rest).is_some();
    let kept = name.iter().rev().take_while(fits).count();
    let dots = if kept < name.len() { "..." } else { "" };
    dots.to_owned() + &name[name.len() - kept..].concat()
}

/// So many of a thing: `1 tensor`, `2 tensors`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A character, escaped if it would not be seen: controls, and marks of direction and width.
fn visible(c: char) -> String {
    let hidden = c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    if hidden { c.escape_default().to_string() } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_short_and_visible_in_a_message() {
        assert_eq!(shown("a\u{1b}[31mb\u{202e}\n"), "a\\u{1b}[31mb\\u{202e}\\n");
        assert_eq!(shown(&"\u{e9}".repeat(30)), "\u{e9}".repeat(20) + "...");
        assert_eq!(shown(&"x".repeat(40)), "x".repeat(40));
        assert_eq!(shown_file("a/b\n.csv"), "a/b\\n.csv");
        let long = shown_file("folder/".repeat(30) + "data.csv");
        assert!(long.starts_with("...") && long.ends_with("/data.csv") && long.len() <= 103);
    }
}
