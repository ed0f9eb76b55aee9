//! Every program of the book runs, proves its claim, and prints and draws what is recorded.
//!
//! `RECORD=1 cargo test -p book` writes the recorded outputs and pictures anew. (Not with `--test programs`:
//! Cargo then leaves the programs as they were last built.)

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The chapter programs: `book/examples/NN_name.rs`, in order.
fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut programs: Vec<PathBuf> = fs::read_dir(folder)
        .expect("book/examples is a folder")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| name(path).starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    programs.sort();
    programs
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a program has a name").to_string_lossy().into_owned()
}

/// What the program printed and drew; the reason, if it failed or if its claim did not hold.
fn run(program: &str) -> Result<[String; 2], String> {
    // Cargo builds the examples of a package before it runs the package's tests, and puts them
    // into `examples`, beside the `deps` in which this test lies.
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    let path = folder.join("examples").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{program}.svg"));
    let _ = fs::remove_file(&picture);
    let output = Command::new(&path).arg(&picture).output().map_err(|error| {
        format!("{program} does not run: {error} (`cargo test -p book` builds it)")
    })?;
    if output.status.success() {
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok([printed, fs::read_to_string(&picture).unwrap_or_default()])
    } else {
        Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// The tolerance that the program states: a line `//! Tolerance: 0.02, because ..` at its head.
fn tolerance(source: &str, program: &str) -> f64 {
    source
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .find_map(|line| line.strip_prefix("//! Tolerance: "))
        .and_then(|line| line.split_once(", because ")?.0.parse().ok())
        .unwrap_or_else(|| panic!("{program} states no `//! Tolerance: NUMBER, because REASON`"))
}

/// A piece of an output: a number with a decimal point, or a word (whole numbers are words).
#[derive(Debug, PartialEq)]
enum Piece {
    Number(f64),
    Word(String),
}

/// The pieces of a text; the space between them is layout and does not count.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for word in text.split_whitespace() {
        let mut letters = word.char_indices().peekable();
        let mut start = 0;
        while let Some((at, letter)) = letters.next() {
            let signed = matches!(letter, '+' | '-') && at == start;
            if !(letter.is_ascii_digit() || signed) {
                continue;
            }
            let mut end = at + letter.len_utf8();
            while let Some(&(next, c)) = letters.peek() {
                let exponent = matches!(c, '+' | '-') && word[..next].ends_with('e');
                if !(c.is_ascii_digit() || c == '.' || c == 'e' || exponent) {
                    break;
                }
                end = next + c.len_utf8();
                letters.next();
            }
            let digits = word[at..end].trim_end_matches('.');
            if let Some(number) = digits.parse().ok().filter(|_| digits.contains(['.', 'e'])) {
                if start < at {
                    pieces.push(Piece::Word(word[start..at].to_owned()));
                }
                pieces.push(Piece::Number(number));
                start = at + digits.len();
            }
        }
        if start < word.len() {
            pieces.push(Piece::Word(word[start..].to_owned()));
        }
    }
    pieces
}

/// The first difference between an output and its record, if one is beyond the tolerance: the
/// words must be the same, a number may differ by `tolerance` times the larger of it and 1.
fn difference(printed: &str, recorded: &str, tolerance: f64) -> Option<String> {
    let (printed, recorded) = (pieces(printed), pieces(recorded));
    for (printed, recorded) in printed.iter().zip(&recorded) {
        let equal = match (printed, recorded) {
            (Piece::Number(a), Piece::Number(b)) => (a - b).abs() <= tolerance * b.abs().max(1.0),
            (a, b) => a == b,
        };
        if !equal {
            return Some(format!("{printed:?} was printed, {recorded:?} is recorded"));
        }
    }
    (printed.len() != recorded.len())
        .then(|| format!("{} pieces were printed, {} are recorded", printed.len(), recorded.len()))
}

#[test]
fn every_program_proves_its_claim_and_prints_and_draws_what_is_recorded() {
    let rewrite = std::env::var_os("RECORD").is_some();
    let mut faults = Vec::new();
    for path in programs() {
        let program = name(&path);
        let source = fs::read_to_string(&path).expect("a program can be read");
        let picture = path.with_file_name(format!("../src/pictures/{program}.svg"));
        let records = [path.with_extension("out"), picture];
        let found = match run(&program) {
            Ok(found) => found,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        for (found, record) in found.iter().zip(records) {
            // A program that draws nothing has no picture.
            if rewrite && (!found.is_empty() || record.exists()) {
                fs::write(&record, found).expect("a record can be written");
            }
            let recorded = fs::read_to_string(&record).unwrap_or_default();
            if let Some(fault) = difference(found, &recorded, tolerance(&source, &program)) {
                faults.push(format!("{program}: {fault}; it made\n{found}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_program_is_one_idea_of_at_most_140_lines() {
    for path in programs() {
        let source = fs::read_to_string(&path).expect("a program can be read");
        let program = name(&path);
        let lines = source.lines().count();
        assert!(lines <= 140, "{program} has {lines} lines");
        assert!(tolerance(&source, &program) >= 0.0);
        let proves = source.lines().any(|line| line.trim_start().starts_with("assert"));
        assert!(proves, "{program} asserts nothing");
    }
}

/// All Rust below a folder, which the chapters show in parts.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of book/examples");
    let mut sources = Vec::new();
    for path in entries.map(|entry| entry.expect("its entries can be read").path()) {
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    sources
}

#[test]
fn programs_and_their_outputs_are_at_most_72_columns_wide() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let outputs = programs().into_iter().map(|program| program.with_extension("out"));
    let mut wide = Vec::new();
    for path in sources(&folder).into_iter().chain(outputs) {
        let text = fs::read_to_string(&path).expect("a program and its record can be read");
        let lines = text.lines().filter(|line| line.chars().count() > 72);
        wide.extend(lines.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(wide.is_empty(), "a page would have to be pushed aside to read\n{}", wide.join("\n"));
}

#[test]
fn numbers_may_differ_by_the_tolerance_and_words_by_nothing() {
    let recorded = "gain  +0.048 +- 0.005 (64-64-32-10, 10 seeds), loss 1.2e-3.";
    assert_eq!(difference(recorded, recorded, 0.0), None);
    assert_eq!(difference(&recorded.replace("0.048", "0.051"), recorded, 0.01), None);
    assert_eq!(difference(&recorded.replace("  ", " "), recorded, 0.0), None);
    assert!(difference(&recorded.replace("0.048", "0.069"), recorded, 0.01).is_some());
    assert!(difference(&recorded.replace("+0.048", "-0.048"), recorded, 0.01).is_some());
    assert!(difference(&recorded.replace("10 seeds", "11 seeds"), recorded, 0.5).is_some());
    assert!(difference(&recorded.replace("loss", "cost"), recorded, 0.5).is_some());
    assert!(difference(&format!("{recorded} more"), recorded, 0.5).is_some());
}
