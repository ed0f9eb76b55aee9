//! The command in a folder of a test's own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// An empty folder of this test's own.
pub(crate) fn empty(file: &str, test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build's own folder can be written to");
    folder
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).stdin(Stdio::null());
    command
}

pub(crate) fn compare(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints UTF-8")
}

/// Exit code 2, one sentence on standard error that holds these words, nothing on standard output.
#[allow(dead_code, reason = "not every test is refused something")]
#[track_caller]
pub(crate) fn refused(arguments: &[&str], words: &[&str]) {
    let output = compare(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    assert!(error.starts_with("compare: ") && error.lines().count() == 1, "{error}");
    assert!(!error.trim_end().contains(char::is_control) && error.len() < 400, "{error}");
    for word in words {
        assert!(error.contains(word), "{word}: {error}");
    }
}

/// Runs the examples of a command's help as they are typed in the repository's root.
#[allow(dead_code, reason = "not every test asks for the examples of a help")]
pub(crate) fn examples_work(arguments: &[&str]) {
    let help = text(&compare(arguments).stdout);
    let (_, examples) = help.split_once("Examples:\n").expect("the help ends with examples");
    let examples = examples.replace("\\\n", " ");
    let examples: Vec<&str> =
        examples.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    assert!(examples.len() >= 2, "{help}");
    for example in examples {
        let words: Vec<&str> = example.split_whitespace().skip(1).collect();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let output = command(&words).current_dir(root).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(0), "{example}: {}", text(&output.stderr));
    }
}
