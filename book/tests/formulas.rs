//! The chapters' formulas: they parse, and they come through the build as they should.

use std::path::Path;

use mathml::preprocess;
use pages::pages;

mod mathml;
mod pages;

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
fn a_part_of_a_function_stands_at_the_margin() {
    let block = |body: &str| format!("```rust\n{body}```\nafter\n");
    let whole = "    a\n\n        b\n    c\n";
    assert_eq!(converted(&block(whole)), Ok(block("a\n\n    b\nc\n")));
    for body in ["a\n    b\n", "", "\n"] {
        assert_eq!(converted(&block(body)), Ok(block(body)));
    }
    // What a program printed keeps its columns.
    let output = "```text\n    1\n   10\n```\n";
    assert_eq!(converted(output), Ok(output.to_owned()));
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

/// The formulas of a page, outside of code and comments.
fn formulas(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for (open, close) in [("```", "```"), ("<!--", "-->"), ("`", "`")] {
        let mut rest = text.as_str();
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once(open) {
            kept.push_str(before);
            rest = after.split_once(close).map_or("", |(_, after)| after);
        }
        kept.push_str(rest);
        text = kept;
    }
    let text = text.replace("\\$", "").replace("$$", "$");
    text.split('$').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The letters of a formula: single ones, Greek ones, and those in a face of their own. Words, as in
/// `\operatorname{softmax}`, are none.
fn letters(formula: &str) -> Vec<String> {
    let greek = "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi \
                 rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi \
                 Psi Omega";
    let mut found = Vec::new();
    let mut rest = formula;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '\\') {
        rest = &rest[at..];
        let Some(command) = rest.strip_prefix('\\') else {
            found.push(rest[..1].to_owned());
            rest = &rest[1..];
            continue;
        };
        let end = command.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(command.len());
        let (name, after) = command.split_at(end);
        rest = if name.is_empty() { command.get(1..).unwrap_or("") } else { after };
        if greek.split_whitespace().any(|letter| letter == name) {
            found.push(format!("\\{name}"));
        }
        let faces = ["mathbb", "mathcal", "mathbf"];
        let words = ["text", "operatorname", "mathrm", "begin", "end"];
        if let Some((inside, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            if faces.contains(&name) {
                found.push(format!("\\{name}{{{inside}}}"));
            }
            if faces.contains(&name) || words.contains(&name) {
                rest = after;
            }
        }
    }
    found
}

#[test]
fn every_letter_of_a_formula_is_in_the_notation_once_and_every_letter_there_is_used() {
    let pages = pages();
    let is_notation = |path: &Path| path.ends_with("notation.md");
    let notation = &pages.iter().find(|(path, _)| is_notation(path)).expect("a page").1;
    let rows = notation.split("\n\n| sign").next().expect("the letters stand first");
    let first = |line: &str| Some(letters(line.strip_prefix("| $")?.split('$').next()?));
    let listed: Vec<String> = rows.lines().filter_map(first).flatten().collect();
    for letter in &listed {
        let times = listed.iter().filter(|other| *other == letter).count();
        assert_eq!(times, 1, "{letter} is listed {times} times");
    }
    let mut used = std::collections::BTreeSet::new();
    for (path, text) in pages.iter().filter(|(path, _)| !is_notation(path)) {
        for formula in formulas(text) {
            for letter in letters(&formula) {
                assert!(listed.contains(&letter), "{}: {letter} in ${formula}$", path.display());
                used.insert(letter);
            }
        }
    }
    let unused: Vec<&String> = listed.iter().filter(|letter| !used.contains(*letter)).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}

#[test]
fn letters_are_found_in_formulas_and_words_are_not() {
    let text = "a $x_i \\odot \\bar{y}$ `$q$` <!-- $q$ -->\n```text\n$q$\n```\n$$\\operatorname{tr} \\mathbb{E} \\, \\mathbf{e}_k$$";
    let found: Vec<Vec<String>> = formulas(text).iter().map(|formula| letters(formula)).collect();
    assert_eq!(found, [vec!["x", "i", "y"], vec!["\\mathbb{E}", "\\mathbf{e}", "k"]]);
}
