//! The two ways in which the command fails, and how it says so.

use std::io::Write as _;
use std::process::ExitCode;

/// Why there is no result, in one sentence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A run failed: exit code 1.
    Run(String),
    /// What was asked for cannot be done: exit code 2.
    Usage(String),
}

impl Failure {
    /// Says it on standard error.
    pub(crate) fn report(&self) -> ExitCode {
        let (sentence, code) = match self {
            Failure::Run(sentence) => (sentence, 1),
            Failure::Usage(sentence) => (sentence, 2),
        };
        // A file name may hold anything; a terminal should not act on it.
        let plain = sentence.replace(char::is_control, " ");
        // If nobody reads standard error, there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "compare: {plain}");
        ExitCode::from(code)
    }
}
