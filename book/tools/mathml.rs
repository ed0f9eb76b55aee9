//! The book's mathematics: an mdBook preprocessor that writes `$..$` and `$$..$$` as MathML.
//!
//! Code loses the indentation that all of its lines have.
//!
//! mdBook hands over `[context, book]` as JSON and takes the book back. Code spans and fences are
//! left alone, `\$` is a dollar sign, and a formula that does not parse stops the build.

use std::io::Write as _;
use std::process::ExitCode;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use serde_json::Value;

fn main() -> ExitCode {
    // `mathml supports RENDERER` is mdBook's question whether this output can use us: it can.
    if std::env::args().nth(1).as_deref() == Some("supports") {
        return ExitCode::SUCCESS;
    }
    match convert_book() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mathml: {error}");
            ExitCode::FAILURE
        }
    }
}

fn convert_book() -> Result<(), String> {
    let (_context, mut book): (Value, Value) =
        serde_json::from_reader(std::io::stdin().lock()).map_err(|error| error.to_string())?;
    let converter = LatexToMathML::new(MathCoreConfig::default())
        .map_err(|(error, ..)| format!("the macros do not parse: {error}"))?;
    convert_chapters(&mut book, &converter)?;
    write!(std::io::stdout().lock(), "{book}").map_err(|error| error.to_string())
}

/// Converts the text of every chapter, whatever the shape of the tree around it.
fn convert_chapters(tree: &mut Value, converter: &LatexToMathML) -> Result<(), String> {
    match tree {
        Value::Array(items) => {
            items.iter_mut().try_for_each(|item| convert_chapters(item, converter))
        }
        Value::Object(fields) => {
            let path = fields.get("path").and_then(Value::as_str).unwrap_or("a chapter").to_owned();
            if let Some(Value::String(text)) = fields.get_mut("content") {
                *text = convert(text, converter).map_err(|error| format!("{path}: {error}"))?;
            }
            fields.values_mut().try_for_each(|value| convert_chapters(value, converter))
        }
        _ => Ok(()),
    }
}

/// The text with its formulas as MathML.
fn convert(text: &str, converter: &LatexToMathML) -> Result<String, String> {
    let mut result = String::with_capacity(2 * text.len());
    let mut rest = text;
    let mut at_line_start = true;
    while let Some(first) = rest.chars().next() {
        if at_line_start && fence(rest).is_some() {
            let length = fenced_block(rest);
            result.push_str(&dedented(&rest[..length]));
            rest = &rest[length..];
            continue;
        }
        let length = match first {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '`' => code_span(rest),
            '$' => {
                let (formula, display, length) = formula(rest)?;
                let mathml = converter
                    .convert_with_local_state(formula, display)
                    .map_err(|error| format!("the formula ${formula}$ is wrong: {error}"))?
                    .mathml;
                result.push_str(&protect(&mathml));
                rest = &rest[length..];
                at_line_start = false;
                continue;
            }
            other => other.len_utf8(),
        };
        result.push_str(&rest[..length]);
        at_line_start = rest[..length].ends_with('\n');
        rest = &rest[length..];
    }
    Ok(result)
}

/// The marks that open a fence at the start of this line, if it is one.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '>']);
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(mark).len();
    (length >= 3).then(|| &line[..length])
}

/// Bytes up to and including the line that closes the fence (or to the end of the text).
fn fenced_block(text: &str) -> usize {
    let open = fence(text).unwrap_or_default();
    let mut length = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        length += line.len();
        let closes = fence(line).is_some_and(|close| close.starts_with(open))
            && line.trim_matches([' ', '>', '`', '~', '\r', '\n']).is_empty();
        if number > 0 && closes {
            break;
        }
    }
    length
}

/// A block of Rust without the indentation that all of its lines have: a part of a function stands
/// at the margin.
fn dedented(block: &str) -> String {
    let lines: Vec<&str> = block.split_inclusive('\n').collect();
    let [first, code @ .., last] = &lines[..] else { return block.to_owned() };
    let indentation = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let written = code.iter().copied().filter(|line| !line.trim().is_empty());
    let common = written.map(|line| indentation(&line)).min().unwrap_or(0);
    if !first.starts_with("```rust") || common == 0 {
        return block.to_owned();
    }
    let code = code.iter().map(|line| line.get(common..).unwrap_or("\n"));
    [*first].into_iter().chain(code).chain([*last]).collect()
}

/// Bytes of the code span that starts here; the backticks alone if they open none.
fn code_span(text: &str) -> usize {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let mut at = ticks;
    while let Some(next) = text[at..].find('`') {
        let run = text[at + next..].len() - text[at + next..].trim_start_matches('`').len();
        at += next + run;
        if run == ticks {
            return at;
        }
    }
    ticks
}

/// The formula that starts here, its display, and the bytes it takes with its dollar signs.
fn formula(text: &str) -> Result<(&str, MathDisplay, usize), String> {
    let (mark, display) = if text.starts_with("$$") {
        ("$$", MathDisplay::Block)
    } else {
        ("$", MathDisplay::Inline)
    };
    let body = &text[mark.len()..];
    let paragraph = &body[..body.find("\n\n").unwrap_or(body.len())];
    let end = paragraph.find(mark).filter(|&end| end > 0).ok_or_else(|| {
        let start: String = text.chars().take(40).collect();
        format!(
            "a dollar sign opens a formula that is not closed (write \\$ for a dollar): {start}"
        )
    })?;
    Ok((&body[..end], display, end + 2 * mark.len()))
}

/// Writes punctuation between the tags as entities, so that the Markdown pass that follows cannot
/// take `_`, `*`, `|` or `[` for markup, and joins lines, so that no tag starts a block.
fn protect(mathml: &str) -> String {
    let mut result = String::with_capacity(2 * mathml.len());
    let mut rest = mathml;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '<' => rest.find('>').map_or(rest.len(), |end| end + 1),
            '&' => rest.find(';').map_or(rest.len(), |end| end + 1),
            other => other.len_utf8(),
        };
        match first {
            '\n' => result.push(' '),
            // As an accent, a bar would touch the letter below it in common fonts.
            '<' | '&' => result.push_str(&rest[..length].replace(" accent=\"true\"", "")),
            other if other.is_ascii_punctuation() => {
                result.push_str("&#");
                result.push_str(&u32::from(other).to_string());
                result.push(';');
            }
            other => result.push(other),
        }
        rest = &rest[length..];
    }
    result
}
