//! Nothing stands twice where strategies are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// So many lines of code may not be equal in two places.
const LINES: usize = 6;

/// The lines of code of a file with their numbers, counted from 1: without blank ones, comments and
/// `use`.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut in_use = false;
    let mut code = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        in_use |= line.starts_with("use ") || line.starts_with("pub use ");
        if !in_use && !line.is_empty() && !line.starts_with("//") {
            code.push((number + 1, line));
        }
        in_use &= !line.ends_with(';');
    }
    code
}

/// Each place whose next lines of code are those of an earlier place.
fn repeated(files: &[(String, String)]) -> Vec<String> {
    let (mut seen, mut repeated) = (BTreeMap::new(), Vec::new());
    for (name, text) in files {
        for lines in code(text).windows(LINES) {
            let words: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
            let here = format!("{name}:{}", lines[0].0);
            if let Some(first) = seen.get(&words) {
                repeated.push(format!("{here} is {first}: {}", words[0]));
            } else {
                seen.insert(words, here);
            }
        }
    }
    repeated
}

/// The sources below a folder of the workspace.
fn sources(folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn no_six_lines_of_code_stand_in_two_places() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["nn/src/train", "transfer/src", "multitask/src"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 30, "the sources are found");
    let repeated = repeated(&files);
    assert!(repeated.is_empty(), "{}", repeated.join("\n"));
}

#[test]
fn equal_lines_are_found_whatever_stands_between_them() {
    let file = |lines: &[&str]| ("file".to_owned(), lines.join("\n"));
    let six = ["a();", "b();", "c();", "d();", "e();", "f();"];
    let other =
        ["a();", "", "b();", "// why", "c();", "    d();", "e();", "use x::{", "y};", "f();"];
    assert_eq!(repeated(&[file(&six), file(&other)]), ["file:1 is file:1: a();"]);
    assert_eq!(repeated(&[file(&[&six[..], &["g();"], &six[..]].concat())]).len(), 1);
    assert!(repeated(&[file(&six[..5]), file(&six[..5])]).is_empty(), "five may be equal");
    assert!(repeated(&[file(&six)]).is_empty());
}
