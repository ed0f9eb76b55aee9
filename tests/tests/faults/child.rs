//! A test that runs itself again as a child, which may be killed or kept short of something.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FOLDER: &str = "FAULTS_CHILD";

/// In a child, the folder it works in.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// The program, and the arguments for which it runs one test.
fn parts(test: &str) -> (PathBuf, [OsString; 4]) {
    let program = std::env::current_exe().expect("a test knows its program");
    (program, [test, "--exact", "--nocapture", "--test-threads=1"].map(OsString::from))
}

/// The child that runs this test in this folder.
pub(crate) fn command(test: &str, folder: &Path) -> Command {
    let (program, arguments) = parts(test);
    let mut command = Command::new(program);
    command.args(arguments).env(FOLDER, folder).stdin(Stdio::null());
    command
}

/// As [`command`], after these words of a shell, such as `ulimit -v 1000;`.
#[cfg(unix)]
pub(crate) fn limited(limits: &str, test: &str, folder: &Path) -> Command {
    let (program, arguments) = parts(test);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{limits} exec \"$0\" \"$@\"")).arg(program).args(arguments);
    command.env(FOLDER, folder).env("RAYON_NUM_THREADS", "1").stdin(Stdio::null());
    command
}

/// What a child says when all that it checks has held.
const DONE: &str = "the child has checked everything";

pub(crate) fn say_done() {
    println!("{DONE}");
}

/// Fails unless the child has come to its end.
#[track_caller]
pub(crate) fn assert_done(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains(DONE), "{}: {out}{err}", output.status);
}
