//! The command line: what was asked for, or one sentence about what is wrong with it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::files::arguments::{MergeArguments, MultitaskArguments, TransferArguments};
use crate::learnt::arguments::{ExportArguments, PredictArguments};
use crate::problem::Split;
use crate::settings::{STEPS, Settings};
use crate::uncovered::SEEDS;

/// Compares transfer learning and multi-task learning on handwritten digits.
///
/// The target is the data set `digits` with 5 labels a class, the extra knowledge is `mnist8`,
/// 2000 digits of other people. Every strategy is trained once a seed; the table tells by how much
/// each beats training on the target alone, and how sure that is.
#[derive(Parser, Debug)]
#[command(name = "compare", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Number of paired runs of every strategy [default: 17, all that the data allow, since their
    /// training sets are disjoint]
    #[arg(long, value_name = "N", default_value_t = SEEDS, value_parser = number(1, 1_000_000))]
    #[arg(hide_default_value = true, allow_negative_numbers = true)]
    pub(crate) seeds: usize,

    /// Updates of every training at most [default: 600]; fewer than the protocol's 600 show that the
    /// program works, not which strategy is better
    #[arg(long, value_name = "N", default_value_t = STEPS, value_parser = number(1, STEPS))]
    #[arg(hide_default_value = true, allow_negative_numbers = true)]
    pub(crate) steps: usize,

    /// How the strategies are trained
    #[arg(long, value_enum, default_value_t = Settings::Chosen)]
    pub(crate) settings: Settings,

    /// How the target's rows are parted: each class at random, or in the file's order, so that other
    /// writers are tested on
    #[arg(long, value_enum, default_value_t = Parted::Halves)]
    split: Parted,

    /// Draws the halves this often and shows what the interval does not cover
    #[arg(long, value_name = "K", value_parser = number(2, 100), allow_negative_numbers = true)]
    pub(crate) partitions: Option<usize>,

    /// Compares these strategies and their controls with the baseline, instead of the usual ones
    #[arg(long, value_name = "NAME,...")]
    pub(crate) strategies: Vec<String>,

    /// Writes every run, the settings and the times to FILE, in JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Number of threads [default: one a core]; the results are the same on any number
    #[arg(long, value_name = "N", value_parser = number(1, 256))]
    #[arg(allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    #[command(subcommand)]
    command: Option<Command>,
}

/// How the target's rows are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Parted {
    Halves,
    Blocks,
}

impl Arguments {
    pub(crate) fn split(&self) -> Split {
        match self.split {
            Parted::Halves => Split::OWN,
            Parted::Blocks => Split::Blocks,
        }
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    Transfer(Box<TransferArguments>),
    Multitask(Box<MultitaskArguments>),
    Merge(MergeArguments),
    Predict(PredictArguments),
    Export(ExportArguments),
    /// Prints what a checkpoint or a table holds
    ///
    /// Of a checkpoint name, type, shape and norm of each tensor, and its notes; of a table (a name
    /// that ends in .csv) what stands in each column, what is missing, and what is odd.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect {
        /// A safetensors file, or a CSV file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Lists what there is: name, kind, whether it is compared without being asked, paper, term
    #[command(after_help = STRATEGIES_EXAMPLES)]
    Strategies {
        /// All that is known of one of them
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Tries a grid of settings on the mirror problem and prints which are best (about ten
    /// minutes on two cores)
    Settings {
        /// Number of seeds
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = number(1, 1_000_000))]
        seeds: usize,
    },
    /// Draws source rows and halves anew and prints what the interval does not cover
    /// (about three minutes on two cores)
    Uncovered,
}

const STRATEGIES_EXAMPLES: &str = "\
Examples:
  compare strategies
  compare strategies fine-tuned";

const INSPECT_EXAMPLES: &str = "\
Examples:
  compare inspect book/data/digits.csv
  compare inspect book/data/digits.csv --json";

const EXAMPLES: &str = "\
Examples:
  compare                           all seeds: the table and a verdict
  compare --seeds 10 --json a.json  ten seeds, and every run in a file
  compare --settings default        the same settings for all strategies
  compare | head -1                 what would run, and nothing else
  compare inspect a.safetensors     what a checkpoint or a table holds

Not installed, `compare` is called `cargo run --release --`, as in
  cargo run --release -- --seeds 10

Exit codes: 0 done, 1 a run failed, 2 wrong usage, 130 broken off.";

pub(crate) fn number(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("it takes a whole number from {least} to {most}")),
    }
}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// The help or the version.
    Print(String),
    Compare(Arguments),
    /// Of a source's file with a target's.
    Transfer(Box<TransferArguments>),
    Multitask(Box<MultitaskArguments>),
    /// Of parts.
    Merge(MergeArguments),
    /// Of new rows.
    Predict(PredictArguments),
    /// To another format.
    Export(ExportArguments),
    /// What this file holds, as JSON if asked.
    Inspect(PathBuf, bool),
    /// The grid, with so many seeds.
    Settings(usize),
    /// What the interval does not cover.
    Uncovered,
}

/// Reads a command line, the program's own name first.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Request, Failure> {
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Some(Command::Inspect { file, json }), .. }) => {
            Ok(Request::Inspect(file, json))
        }
        Ok(Arguments { command: Some(Command::Transfer(arguments)), .. }) => {
            Ok(Request::Transfer(arguments))
        }
        Ok(Arguments { command: Some(Command::Multitask(arguments)), .. }) => {
            Ok(Request::Multitask(arguments))
        }
        Ok(Arguments { command: Some(Command::Merge(arguments)), .. }) => {
            Ok(Request::Merge(arguments))
        }
        Ok(Arguments { command: Some(Command::Predict(arguments)), .. }) => {
            Ok(Request::Predict(arguments))
        }
        Ok(Arguments { command: Some(Command::Export(arguments)), .. }) => {
            Ok(Request::Export(arguments))
        }
        Ok(Arguments { command: Some(Command::Settings { seeds }), .. }) => {
            Ok(Request::Settings(seeds))
        }
        Ok(Arguments { command: Some(Command::Strategies { name: None }), .. }) => {
            Ok(Request::Print(crate::strategies::listed()))
        }
        Ok(Arguments { command: Some(Command::Strategies { name: Some(name) }), .. }) => {
            crate::described::described(&name).map(Request::Print)
        }
        Ok(Arguments { command: Some(Command::Uncovered), .. }) => Ok(Request::Uncovered),
        Ok(arguments) if arguments.partitions.is_some() && arguments.split == Parted::Blocks => {
            let sentence =
                "--partitions draws halves at random; it does not go with --split blocks";
            Err(Failure::Usage(sentence.to_owned()))
        }
        Ok(arguments) => Ok(Request::Compare(arguments)),
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            Ok(Request::Print(error.render().to_string()))
        }
        Err(error) => Err(Failure::Usage(sentence(&error))),
    }
}

/// clap's error in one sentence: what is wrong, then a hint.
fn sentence(error: &clap::Error) -> String {
    const LONGEST: usize = 200;
    let message = error.render().to_string();
    // Usage and tips stand below an empty line; a value that is quoted may hold line breaks.
    let first = message.split("\n\n").next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first).replace(char::is_control, " ");
    let words: Vec<_> = first.split_whitespace().collect();
    let what: String = words.join(" ").chars().take(LONGEST).collect();
    let asked = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    let similar = asked.iter().find_map(|kind| match error.get(*kind)? {
        ContextValue::String(similar) => Some(similar),
        ContextValue::Strings(similar) => similar.first(),
        _ => None,
    });
    match similar {
        Some(similar) => format!("{what}; did you mean `{similar}`?"),
        None => format!("{what}; `compare --help` lists the options"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        match parse(["compare"].iter().chain(arguments)) {
            Err(Failure::Usage(sentence)) => sentence,
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn a_wrong_option_is_one_sentence_that_names_it() {
        for (arguments, words) in [
            (&["--sedes", "3"][..], "'--sedes'"),
            (&["--seeds", "0"], "'0' for '--seeds <N>': it takes a whole number from 1 to"),
            (&["--seeds", "-1"], "'-1' for '--seeds <N>': it takes a whole number"),
            (&["--seeds", "1e9"], "'1e9' for '--seeds <N>': it takes a whole number"),
            (&["--seeds", "many"], "'many' for '--seeds <N>': it takes a whole number"),
            (&["--seeds"], "'--seeds <N>'"),
            (
                &["--threads", "1000"],
                "'1000' for '--threads <N>': it takes a whole number from 1 to 256",
            ),
            (&["--steps", "1.5"], "'1.5'"),
            (&["--json"], "'--json <FILE>'"),
            (&["--json", "-1"], "'-1'"),
            (&["table.csv"], "'table.csv'"),
            (&["--settings", "best"], "'best' for '--settings <SETTINGS>'"),
            (&["--split", "thirds"], "'thirds' for '--split <SPLIT>'"),
            (&["--partitions", "1"], "'1' for '--partitions <K>': it takes a whole number from 2"),
            (&["--partitions", "2", "--split", "blocks"], "does not go with --split blocks"),
            (&["inspect"], "not provided: <FILE>;"),
            (&["--seeds", "2\n3"], "--seeds"),
            (&["--seeds", "99999999999999999999999"], "--seeds"),
        ] {
            let sentence = refused(arguments);
            assert!(sentence.contains(words), "{sentence}");
            assert!(!sentence.contains(['\n', '\x1b']) && sentence.len() < 300, "{sentence}");
        }
        assert!(refused(&["--seed", "3"]).ends_with("did you mean `--seeds`?"));
    }

    #[test]
    fn without_options_it_is_the_protocol_as_it_stands() {
        let Ok(Request::Compare(arguments)) = parse(["compare"]) else { panic!("it is refused") };
        assert_eq!((arguments.seeds, arguments.steps), (17, 600));
        assert_eq!((arguments.settings, arguments.split()), (Settings::Chosen, Split::OWN));
        assert!(arguments.json.is_none() && arguments.threads.is_none());
    }
}
