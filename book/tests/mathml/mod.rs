//! The mathematics preprocessor, as the tests run it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the mathematics preprocessor as mdBook does, on a book of these chapters.
pub(crate) fn preprocess(chapters: &[(String, String)]) -> Output {
    let items: Vec<_> = chapters
        .iter()
        .map(|(path, content)| serde_json::json!({"Chapter": {"path": path, "content": content}}))
        .collect();
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    let program = folder.join("examples").join(format!("mathml{}", std::env::consts::EXE_SUFFIX));
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`cargo test` has built the preprocessor");
    let input = serde_json::json!([{}, {"items": items}]).to_string();
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}
