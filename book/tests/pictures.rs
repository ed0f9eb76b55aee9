//! The pictures: each chapter has one, a phone can show it, and it comes into its page as a drawing.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use pages::{book, chapters, pages};

mod pages;

/// The files of the pictures, and what is in them.
fn pictures() -> Vec<(String, String)> {
    let files = fs::read_dir(book().join("src/pictures")).expect("a folder");
    let files = files.map(|entry| entry.expect("its entries can be read").path());
    let drawings = files.filter(|path| path.extension().is_some_and(|end| end == "svg"));
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("a picture is text"))
    };
    drawings.map(read).collect()
}

/// The pictures that a page shows, each on a line of its own.
fn shown(page: &str) -> impl Iterator<Item = &str> {
    let lines = page.lines().filter(|line| line.starts_with("![") && line.ends_with(')'));
    lines.filter_map(|line| line.strip_suffix(')')?.split_once("](pictures/")).map(|(_, name)| name)
}

#[test]
fn every_chapter_shows_a_picture_and_every_picture_is_shown() {
    for (name, text) in chapters() {
        assert!(shown(&text).next().is_some(), "{name} shows no picture");
    }
    let pages = pages();
    let all: BTreeSet<&str> = pages.iter().flat_map(|(_, text)| shown(text)).collect();
    let drawn: BTreeSet<String> = pictures().into_iter().map(|(name, _)| name).collect();
    assert_eq!(all, drawn.iter().map(String::as_str).collect());
}

#[test]
fn a_picture_is_as_wide_as_a_phone_and_has_the_ink_of_its_page() {
    for (name, drawing) in pictures() {
        let head = drawing.split('>').next().unwrap_or_default();
        for part in [r#"viewBox="0 0 360 "#, r#"font-size="14""#, r#"fill="none""#] {
            assert!(head.contains(part), "{name}: {head}");
        }
        assert_eq!(drawing.matches("font-size").count(), 1, "{name}: no smaller text");
        let colours = ["fill=\"", "stroke=\""]
            .into_iter()
            .flat_map(|mark| drawing.split(mark).skip(1).filter_map(|rest| rest.split('"').next()));
        for colour in colours {
            let of_page = ["none", "currentColor"].contains(&colour);
            assert!(of_page || colour.starts_with("var(--picture-"), "{name}: {colour}");
        }
    }
}

/// What the preprocessor makes of a text.
fn drawn(text: &str) -> Result<String, String> {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    let program = folder.join("examples").join(format!("pictures{}", std::env::consts::EXE_SUFFIX));
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`cargo test` has built the preprocessor");
    let chapter = serde_json::json!({"Chapter": {"path": "page.md", "content": text}});
    let input = serde_json::json!([{"root": book()}, {"items": [chapter]}]).to_string();
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let book: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    Ok(book["items"][0]["Chapter"]["content"].as_str().expect("a text").to_owned())
}

#[test]
fn a_picture_is_drawn_into_its_page_and_said_in_words() {
    let text =
        drawn("before\n\n![A \"gain\" < 1](pictures/05_momentum.svg)\n\nafter\n").expect("it");
    assert!(text.starts_with("before\n\n<figure class=\"picture\">\n<svg role=\"img\""), "{text}");
    assert!(text.contains("aria-label=\"A &quot;gain&quot; &lt; 1\""), "{text}");
    assert!(text.ends_with("</figure>\n\nafter\n"), "{text}");
    // An empty line would end the block of HTML, and the rest would be read as Markdown.
    let figure = text.split("\n\n").nth(1).expect("the figure is one block");
    assert!(figure.ends_with("</figure>"), "{figure}");
}

#[test]
fn a_picture_that_is_not_there_stops_the_build() {
    let error = drawn("![Nothing](pictures/nothing.svg)\n").expect_err("it must not pass");
    assert!(error.contains("nothing.svg"), "{error}");
}
