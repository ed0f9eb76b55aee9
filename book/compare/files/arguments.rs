//! The options of the comparisons on files.

use std::ops::Range;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::arguments::number;
use crate::settings::STEPS;

const TRANSFER_EXAMPLES: &str = "\
Examples:
  compare transfer --source book/data/mnist.csv --target book/data/digits.csv
  compare transfer --source book/data/mnist.csv --target book/data/digits.csv \\
      --label digit --strategies fine-tuned --seeds 5 --json -";

/// Does a table of A help to learn a table of B, by which strategy, and how sure is that?
///
/// Both are CSV files with a header, the same columns of numbers and one column of labels. Part of B
/// is set aside; every strategy is trained once a seed on a few labelled rows of the rest, and tested
/// on that part.
#[derive(Args, Clone, Debug)]
#[command(after_help = TRANSFER_EXAMPLES)]
pub(crate) struct TransferArguments {
    /// The table with many labelled rows
    #[arg(long, value_name = "A.csv")]
    pub(crate) source: PathBuf,

    /// The table that is to be learnt
    #[arg(long, value_name = "B.csv")]
    pub(crate) target: PathBuf,

    /// The column of labels [default: the one called label, class or target, else the only one of text,
    /// else y, else the last]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,

    #[command(flatten)]
    pub(crate) options: Options,
}

const MULTITASK_EXAMPLES: &str = "\
Examples:
  compare multitask --data book/data/tasks.csv --tasks digit,even,loops --steps 100
  compare multitask --data book/data/tasks.csv --tasks digit,even,loops \\
      --strategies MMoE,PCGrad --seeds 5 --json -";

/// Is one network for several tasks better than one for each?
///
/// The table is a CSV file with a header, columns of numbers and several columns of labels, each a
/// task; labels may be missing. Part of the rows is set aside; every strategy is trained once a seed
/// on some of the rest, and tested on that part.
#[derive(Args, Clone, Debug)]
#[command(after_help = MULTITASK_EXAMPLES)]
pub(crate) struct MultitaskArguments {
    /// The table
    #[arg(long, value_name = "D.csv")]
    pub(crate) data: PathBuf,

    /// The columns of labels, each a task
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', required = true)]
    pub(crate) tasks: Vec<String>,

    #[command(flatten)]
    pub(crate) options: Options,
}

const MERGE_EXAMPLES: &str = "\
Examples:
  compare merge book/data/seeds-0-3.json book/data/seeds-3-6.json
  compare merge book/data/seeds-0-3.json book/data/seeds-3-6.json --json -";

/// Tells the parts of a comparison, run with other seeds each, as one
///
/// The parts are what --json wrote; they may come of several machines. They must differ in their seeds
/// alone, and what is written is what one run of all seeds would have written, times aside.
#[derive(Args, Clone, Debug)]
#[command(after_help = MERGE_EXAMPLES)]
pub(crate) struct MergeArguments {
    /// The parts, two or more
    #[arg(value_name = "PART.json", num_args = 2.., required = true)]
    pub(crate) parts: Vec<PathBuf>,

    /// Writes the whole to FILE, in JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// What both comparisons on files have in common.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// These strategies, their controls and the plain ones, instead of the usual ones
    #[arg(long, value_name = "NAME,...")]
    pub(crate) strategies: Vec<String>,

    /// Number of paired runs of every strategy, or a part of them for `compare merge` [default: 10,
    /// or as many as there are disjoint training sets, if those are 5 to 9]
    #[arg(long, value_name = "N|A..B", value_parser = seeds, allow_negative_numbers = true)]
    pub(crate) seeds: Option<Seeds>,

    /// Labelled rows of each class in a training set; of numbers, of all [default: 5, at most half of
    /// what the rarest class has outside the test part; of numbers 50; of several tasks a tenth of the
    /// rows outside the test part, and otherwise so many times the classes of the largest task]
    #[arg(long, value_name = "N", value_parser = number(1, 1_000_000), allow_negative_numbers = true)]
    pub(crate) labels_per_class: Option<usize>,

    /// Share of the labelled rows that are set aside and tested on
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) test_share: f64,

    /// Widths of the network's hidden layers
    #[arg(long, value_name = "N,...", default_value = "64,32", value_delimiter = ',')]
    #[arg(value_parser = number(1, 4096), allow_negative_numbers = true)]
    pub(crate) hidden: Vec<usize>,

    /// Updates of every training at most
    #[arg(long, value_name = "N", default_value_t = STEPS, value_parser = number(1, STEPS))]
    #[arg(allow_negative_numbers = true)]
    pub(crate) steps: usize,

    /// How rate, steps, decay and knob of each row come about [default: grid, where a training set has 20
    /// rows of each class, or 40 numbers; else fixed]
    #[arg(long, value_enum)]
    pub(crate) settings: Option<By>,

    /// Number of threads [default: one a core]; the results are the same on any number
    #[arg(long, value_name = "N", value_parser = number(1, 256), allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    /// Writes every run to FILE, in JSON, as its seed finishes; `-` is standard output, at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Writes a page, pictures and all runs to this folder, as seeds finish; the same command on an
    /// unfinished folder continues it
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Saves the best network with its scale and the names of its classes to FILE, for `compare
    /// predict` and `compare export`
    #[arg(long, value_name = "FILE")]
    pub(crate) save_best: Option<PathBuf>,

    /// No progress and no warnings
    #[arg(long)]
    pub(crate) quiet: bool,

    /// Label columns that are numbers, not classes
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) numbers: Vec<String>,

    /// Columns that are left out
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) without: Vec<String>,

    /// What becomes of a row without a number in some column
    #[arg(long, value_enum, default_value_t = Missing::Refuse)]
    pub(crate) missing: Missing,

    /// Texts that stand where nothing is known, as NA; an empty cell does in any case
    #[arg(long, value_name = "TEXT,...", value_delimiter = ',')]
    pub(crate) na: Vec<String>,
}

/// Which seeds are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Range<usize>);

/// How settings come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Those that were chosen on handwritten digits; of numbers and of several tasks the same for all
    #[default]
    Fixed,
    /// Those and five others are tried on folds of the training rows of seed 0
    Grid,
}

/// What becomes of holes in the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    /// The file is refused, and the first hole named
    Refuse,
    /// The column's mean over the training rows stands in
    Mean,
    /// The row is left out
    Drop,
}

fn seeds(text: &str) -> Result<Seeds, String> {
    const MOST: usize = 1_000_000;
    let (start, end) = match text.split_once("..") {
        Some((start, end)) => (start.parse().ok(), end.parse().ok()),
        None => (Some(0), text.parse().ok()),
    };
    match (start, end) {
        (Some(start), Some(end)) if start < end && end <= MOST => Ok(Seeds(start..end)),
        _ => {
            Err(format!("it takes a whole number from 1 to {MOST}, or a part of them such as 0..5"))
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.05..=0.95).contains(share));
    share.ok_or_else(|| "it takes a share from 0.05 to 0.95".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_number_or_a_part() {
        assert_eq!(seeds("10"), Ok(Seeds(0..10)));
        assert_eq!(seeds("5..10"), Ok(Seeds(5..10)));
        for text in ["0", "5..5", "7..5", "..", "5..", "-1", "1..9999999", "many", "1...3"] {
            assert!(seeds(text).is_err(), "{text}");
        }
    }
}
