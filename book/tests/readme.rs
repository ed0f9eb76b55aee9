//! What the README and the book say of the comparison is what `compare` prints.
//!
//! `RECORD=1 cargo test --release -p book --test readme` runs it anew, with chosen and with default
//! settings and, with those, other writers in the test part, and rewrites the reports and tables in `compare`, the numbers in the README's table and
//! the picture; released, because the recorded tables hold the times as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "../tools/effects.rs"]
#[expect(dead_code, reason = "its `main` is the program's")]
mod effects;

/// Other processors multiply with other kernels, and 600 steps make rounding visible: runs that
/// differ in their last bits differ by a few of the 901 test rows, and few seeds average little out.
const TOLERANCE: f64 = 0.03;

/// How many of the recorded seeds are run anew by the test.
const SEEDS: usize = 1;

/// What is recorded: what the files' names end with, and the options.
const RECORDS: [(&str, &[&str]); 3] = [
    ("", &[]),
    ("-default", &["--settings", "default"]),
    ("-blocks", &["--split", "blocks", "--settings", "default"]),
];

fn book() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn recorded(ending: &str) -> Value {
    let text = read(&book().join(format!("compare/report{ending}.json")));
    serde_json::from_str(&text).expect("a report is JSON")
}

/// What the command prints and reports, with all seeds or so many.
fn run(ending: &str, options: &[&str], seeds: Option<usize>) -> (String, String) {
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("readme{ending}.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    if let Some(seeds) = seeds {
        command.args(["--seeds", &seeds.to_string()]);
    }
    command.args(options).arg("--json").arg(&report);
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).expect("it prints UTF-8"), read(&report))
}

/// The picture that the program of the book draws of the recorded report.
fn drawn() -> String {
    let report = effects::Report::read(&book().join("compare/report.json"));
    effects::draw(&report.expect("a report"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The last three cells of a row of the README's table, as the report has them.
fn cells(row: &Value) -> [String; 3] {
    // A difference that rounds to nothing has no sign.
    let signed = |value: &Value| format!("{:+.3}", number(value)).replace("-0.000", "+0.000");
    let difference = &row["difference"];
    let difference = if difference.is_null() {
        String::new()
    } else {
        let [low, high] = [0, 1].map(|end| signed(&difference["interval"][end]));
        format!("{} ({low} to {high})", signed(&difference["mean"]))
    };
    let verdict = row["verdict"].as_str().unwrap_or_default().to_owned();
    [format!("{:.3}", number(&row["accuracy"])), difference, verdict]
}

/// The README with the numbers of the reports in its tables: a row's last cells, of as many kinds as
/// there are records.
fn with_numbers(readme: &str, report: &Value, default: &Value) -> String {
    let rows = report["summary"].as_array().expect("a list");
    let others = default["summary"].as_array().expect("a list");
    let mut lines: Vec<String> = readme.lines().map(str::to_owned).collect();
    for (row, other) in rows.iter().zip(others) {
        let start = format!("| {} |", row["strategy"].as_str().expect("a name"));
        let line = lines
            .iter_mut()
            .find(|line| line.starts_with(&start))
            .unwrap_or_else(|| panic!("the README's table has no row `{start}`"));
        let fixed: Vec<&str> = line.split('|').take(4).collect();
        let [accuracy, difference, verdict] = cells(other);
        let gain = difference.split(' ').next().unwrap_or_default();
        let plain = format!("{accuracy} {gain} {verdict}");
        let cells = [&cells(row)[..], &[plain.trim().to_owned()]].concat();
        *line = format!("{}| {} |", fixed.join("|"), cells.join(" | "));
    }
    lines.join("\n") + "\n"
}

/// Whether the runs of some seeds are those that are recorded, but for rounding.
fn agree(fresh: &Value, recorded: &Value) -> Vec<String> {
    let runs = |report: &Value| report["runs"].as_array().expect("a list").clone();
    let all = runs(recorded);
    let mut faults = Vec::new();
    for run in runs(fresh) {
        let same = |other: &&Value| ["seed", "strategy"].iter().all(|key| other[*key] == run[*key]);
        let Some(other) = all.iter().find(same) else {
            faults.push(format!("{run} is not recorded"));
            continue;
        };
        let apart = number(&run["accuracy"]) - number(&other["accuracy"]);
        if apart.abs() > TOLERANCE || run["parameters"] != other["parameters"] {
            faults.push(format!("{run} was found, {other} is recorded"));
        }
    }
    faults
}

#[test]
fn the_recorded_comparison_is_what_the_command_finds_and_the_readme_and_the_picture_show() {
    let readme = book().join("../README.md");
    let picture = book().join("src/pictures/effects.svg");
    let write = |path: &Path, text: &str| fs::write(path, text).expect("it can be written");
    let anew = std::env::var_os("RECORD").is_some();
    if anew {
        for (ending, options) in RECORDS {
            let (table, report) = run(ending, options, None);
            write(&book().join(format!("compare/report{ending}.json")), &report);
            write(&book().join(format!("compare/table{ending}.txt")), &table);
        }
        let readme_now = with_numbers(&read(&readme), &recorded(""), &recorded("-default"));
        write(&readme, &readme_now);
        write(&picture, &drawn());
    }
    for (ending, options) in RECORDS {
        let (_, fresh) = run(ending, options, Some(SEEDS));
        let fresh: Value = serde_json::from_str(&fresh).expect("a report is JSON");
        let recorded = recorded(ending);
        for part in ["rows", "pretraining", "kind", "test_rows", "widths"] {
            assert_eq!(fresh["settings"][part], recorded["settings"][part], "{part}");
        }
        assert_eq!(fresh["data"], recorded["data"]);
        let faults = agree(&fresh, &recorded);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        let printed = read(&book().join(format!("compare/table{ending}.txt")));
        for row in recorded["summary"].as_array().expect("a list") {
            let name = row["strategy"].as_str().expect("a name");
            let line = printed.lines().find(|line| line.starts_with(&format!("{name}  ")));
            let line = line.unwrap_or_else(|| panic!("`{name}` is not in the recorded table"));
            let [accuracy, difference, verdict] = cells(row);
            let words = difference.replace(['(', ')'], "");
            for word in words.split(' ').chain([&*accuracy, &*verdict]) {
                assert!(line.contains(word), "{name}: {word} is not in the recorded table");
            }
        }
    }
    let text = read(&readme);
    assert_eq!(text, with_numbers(&text, &recorded(""), &recorded("-default")), "its table");
    assert_eq!(read(&picture), drawn(), "the picture");
}

#[test]
fn knowledge_of_other_peoples_digits_helps_beyond_three_standard_errors() {
    let report = recorded("");
    let rows = report["summary"].as_array().expect("a list");
    let tuned = rows.iter().find(|row| row["strategy"] == "fine-tuned").expect("its row");
    let (gain, error) = (&tuned["difference"]["mean"], &tuned["difference"]["standard_error"]);
    assert!(number(gain) > 3.0 * number(error), "{tuned}");
}

#[test]
fn the_readme_asks_for_two_commands() {
    let readme = read(&book().join("../README.md"));
    let commands: Vec<&str> = readme
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|fence| fence.strip_prefix("sh\n"))
        .flat_map(str::lines)
        .collect();
    assert_eq!(commands, ["cargo run --release", "cargo test --workspace"]);
    for line in readme.lines().filter(|line| line.starts_with("```") && line.len() > 3) {
        assert!(matches!(line, "```rust" | "```sh" | "```toml"), "{line}");
    }
}
