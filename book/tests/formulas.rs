//! The chapters' formulas: they parse, and they come through the build as they should.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use pages::pages;

mod pages;

/// Runs the mathematics preprocessor as mdBook does, on a book of these chapters.
fn preprocess(chapters: &[(String, String)]) -> Output {
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

/// What the preprocessor makes of one text.
fn converted(text: &str) -> Result<String, String> {
    let output = preprocess(&[("page.md".to_owned(), text.to_owned())]);
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let book: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    Ok(book["items"][0]["Chapter"]["content"].as_str().expect("a text").to_owned())
}

#[test]
fn every_formula_of_the_book_parses() {
    let chapters: Vec<_> =
        pages().into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
    let output = preprocess(&chapters);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("<math"), "there are formulas");
}

#[test]
fn code_and_escaped_dollars_are_no_formulas() {
    for text in [
        "a `$x_1$` span, ``a ` $x$ span``, and \\$5 or \\$6\n",
        "```text\n$x$ and $$y$$\n```\nafter\n",
        "> ~~~text\n> $x$\n> ~~~\n",
        "```text\n$an open fence\n",
    ] {
        assert_eq!(converted(text), Ok(text.to_owned()));
    }
}

#[test]
fn a_formula_survives_the_markdown_pass_that_follows() {
    let text =
        converted("| $|x_i|^* [a] ~ b_j$ |\n\n$$\n\\sum_{i=1}^n x_i\n$$\n").expect("it parses");
    let formulas: Vec<&str> = text.lines().filter(|line| line.contains("<math")).collect();
    assert_eq!(formulas.len(), 2, "each formula is one line: {text}");
    assert!(formulas[1].contains("display=\"block\""));
    let inside = formulas[0].trim_matches(['|', ' ']);
    let between: String =
        inside.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
    assert!(between.contains('x'), "the names are there: {between}");
    assert!(!between.contains(['|', '*', '[', '_', '~']), "markup is left: {between}");
}

#[test]
fn a_wrong_formula_stops_the_build_and_is_named() {
    for (text, words) in [
        ("$\\unknowncommand{x}$", "page.md: the formula $\\unknowncommand{x}$ is wrong"),
        ("$$\\frac{1}{2$$", "is wrong"),
        ("it costs $5, and more\n\nsaid he", "not closed"),
    ] {
        let error = converted(text).expect_err("it must not pass");
        assert!(error.contains(words), "{error}");
    }
}
