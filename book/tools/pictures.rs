//! The book's pictures: an mdBook preprocessor that puts them into the pages.
//!
//! A line `![What is seen](pictures/NAME.svg)` becomes the drawing itself, so that it has the colour
//! of the text around it, in each theme. What is seen is said to those who cannot see it, and stands
//! below. A picture that is not there stops the build.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("supports") {
        return ExitCode::SUCCESS;
    }
    match draw_book() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pictures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn draw_book() -> Result<(), String> {
    let (context, mut book): (Value, Value) =
        serde_json::from_reader(std::io::stdin().lock()).map_err(|error| error.to_string())?;
    let root = context["root"].as_str().ok_or("the context names no root")?;
    draw_chapters(&mut book, &PathBuf::from(root).join("src"))?;
    write!(std::io::stdout().lock(), "{book}").map_err(|error| error.to_string())
}

/// Draws in the text of every chapter, whatever the shape of the tree around it.
fn draw_chapters(tree: &mut Value, pages: &Path) -> Result<(), String> {
    match tree {
        Value::Array(items) => items.iter_mut().try_for_each(|item| draw_chapters(item, pages)),
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("content") {
                let lines = text.lines().map(|line| picture(line, pages));
                *text = lines.collect::<Result<Vec<_>, _>>()?.join("\n") + "\n";
            }
            fields.values_mut().try_for_each(|value| draw_chapters(value, pages))
        }
        _ => Ok(()),
    }
}

/// The line, or the drawing that it names.
fn picture(line: &str, pages: &Path) -> Result<String, String> {
    let named = line.strip_prefix("![").and_then(|rest| rest.strip_suffix(".svg)"));
    let Some((seen, name)) = named.and_then(|rest| rest.split_once("](")) else {
        return Ok(line.to_owned());
    };
    let file = pages.join(format!("{name}.svg"));
    let drawing = fs::read_to_string(&file).map_err(|error| format!("{name}.svg: {error}"))?;
    let label = seen.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let drawing =
        drawing.replacen("<svg ", &format!(r#"<svg role="img" aria-label="{label}" "#), 1);
    Ok(format!(
        "<figure class=\"picture\">\n{}\n<figcaption>{label}</figcaption>\n</figure>",
        drawing.trim_end()
    ))
}
