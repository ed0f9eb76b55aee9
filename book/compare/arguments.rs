//! The command line: what was asked for, or one sentence about what is wrong with it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Compares transfer learning and multi-task learning on handwritten digits.
///
/// The target is the data set `digits` with 5 labels a class, the extra knowledge is `mnist8`,
/// 2000 digits of other people. Every strategy is trained once a seed; the table tells by how much
/// each beats training on the target alone, and how sure that is.
#[derive(Parser, Debug)]
#[command(name = "compare", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Number of paired runs of every strategy [default: 10]; their training sets are disjoint, so
    /// the data allow 17
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = number(1, 1_000_000))]
    #[arg(hide_default_value = true, allow_negative_numbers = true)]
    pub(crate) seeds: usize,

    /// Updates of every training, pre-training included [default: 600]; fewer than the protocol's
    /// 600 show that the program works, not which strategy is better
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = number(1, 1_000_000))]
    #[arg(hide_default_value = true, allow_negative_numbers = true)]
    pub(crate) steps: usize,

    /// Compares these strategies with the baseline, instead of the usual ones
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) strategies: Vec<String>,

    /// Writes every run, the settings and the times to FILE, in JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Number of threads [default: one a core]; the results are the same on any number
    #[arg(long, value_name = "N", value_parser = number(1, 256))]
    #[arg(allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Prints what a checkpoint holds: name, type, shape and norm of each tensor, and its notes
    Inspect {
        /// A safetensors file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

const EXAMPLES: &str = "\
Examples:
  compare                           ten seeds: the table and a verdict
  compare --seeds 17 --json a.json  all seeds the data allow, and every run in a file
  compare | head -1                 what would run, and nothing else
  compare inspect a.safetensors     what a checkpoint holds

Exit codes: 0 done, 1 a run failed, 2 wrong usage.";

fn number(least: usize, most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
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
    /// What the checkpoint in this file holds.
    Inspect(PathBuf),
}

/// Reads a command line, the program's own name first.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Request, Failure> {
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Some(Command::Inspect { file }), .. }) => {
            Ok(Request::Inspect(file))
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
        assert_eq!((arguments.seeds, arguments.steps), (10, 600));
        assert!(arguments.json.is_none() && arguments.threads.is_none());
    }
}
