//! What the README and the book say of the comparison is what `compare` prints.
//!
//! `RECORD=1 cargo test --release -p book --test readme` runs it anew and rewrites
//! `compare/report.json`, `compare/table.txt`, the numbers in the README's table and the picture;
//! released, because the recorded table holds the times as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[path = "../examples/effects.rs"]
#[expect(dead_code, reason = "its `main` is the program's")]
mod effects;

/// Other processors multiply with other kernels, and 600 steps make rounding visible: runs that
/// differ in their last bits differ by a few of the 901 test rows.
const TOLERANCE: f64 = 0.02;

fn book() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn recorded() -> Value {
    serde_json::from_str(&read(&book().join("compare/report.json"))).expect("a report is JSON")
}

/// What the command prints and reports with nothing asked for.
fn run() -> (String, String) {
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readme-report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_compare"))
        .arg("--json")
        .arg(&report)
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).expect("it prints UTF-8"), read(&report))
}

/// The picture that the program of the book draws of the recorded report.
fn drawn() -> String {
    let report = effects::Report::read(&book().join("compare/report.json"));
    effects::draw(&report.expect("a report")).expect("a picture")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The last three cells of a row of the README's table, as the report has them.
fn cells(row: &Value) -> [String; 3] {
    let signed = |value: &Value| format!("{:+.3}", number(value));
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

/// The README with the numbers of a report in its table.
fn with_numbers(readme: &str, report: &Value) -> String {
    let rows = report["summary"].as_array().expect("a list");
    let mut lines: Vec<String> = readme.lines().map(str::to_owned).collect();
    for row in rows {
        let start = format!("| {} |", row["strategy"].as_str().expect("a name"));
        let line = lines
            .iter_mut()
            .find(|line| line.starts_with(&start))
            .unwrap_or_else(|| panic!("the README's table has no row `{start}`"));
        let fixed: Vec<&str> = line.split('|').take(4).collect();
        *line = format!("{}| {} |", fixed.join("|"), cells(row).join(" | "));
    }
    lines.join("\n") + "\n"
}

/// Whether two rows are close; an interval that ends near 0 may fall on either side.
fn agree(fresh: &Value, recorded: &Value) -> Result<(), String> {
    let name = &recorded["strategy"];
    for key in ["strategy", "role", "parameters"] {
        if fresh[key] != recorded[key] {
            return Err(format!("{name}: {key} is {}, recorded is {}", fresh[key], recorded[key]));
        }
    }
    let mut pairs = vec![(&fresh["accuracy"], &recorded["accuracy"])];
    let mut near_zero = false;
    if !recorded["difference"].is_null() {
        let (fresh, recorded) = (&fresh["difference"], &recorded["difference"]);
        pairs.push((&fresh["mean"], &recorded["mean"]));
        for end in [0, 1] {
            pairs.push((&fresh["interval"][end], &recorded["interval"][end]));
            near_zero |= number(&recorded["interval"][end]).abs() <= TOLERANCE;
        }
    }
    for (fresh, recorded) in pairs {
        if (number(fresh) - number(recorded)).abs() > TOLERANCE {
            return Err(format!("{name}: {fresh} was found, {recorded} is recorded"));
        }
    }
    if fresh["verdict"] != recorded["verdict"] && !near_zero {
        return Err(format!("{name}: {} is recorded", recorded["verdict"]));
    }
    Ok(())
}

#[test]
fn the_recorded_comparison_is_what_the_command_finds_and_the_readme_and_the_picture_show() {
    let (table, report) = run();
    let readme = book().join("../README.md");
    let picture = book().join("src/pictures/effects.svg");
    if std::env::var_os("RECORD").is_some() {
        let write = |path: &Path, text: &str| fs::write(path, text).expect("it can be written");
        write(&book().join("compare/report.json"), &report);
        write(&book().join("compare/table.txt"), &table);
        write(&readme, &with_numbers(&read(&readme), &recorded()));
        write(&picture, &drawn());
    }

    let fresh: Value = serde_json::from_str(&report).expect("a report is JSON");
    let recorded = recorded();
    assert_eq!(fresh["settings"], recorded["settings"]);
    assert_eq!(fresh["data"], recorded["data"]);
    let (fresh, rows) = (fresh["summary"].as_array(), recorded["summary"].as_array());
    let (fresh, rows) = (fresh.expect("a list"), rows.expect("a list"));
    assert_eq!(fresh.len(), rows.len());
    let faults: Vec<String> =
        fresh.iter().zip(rows).filter_map(|(fresh, row)| agree(fresh, row).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let text = read(&readme);
    assert_eq!(text, with_numbers(&text, &recorded), "the README's table");
    assert_eq!(read(&picture), drawn(), "the picture");
    let printed = read(&book().join("compare/table.txt"));
    for row in rows {
        let name = row["strategy"].as_str().expect("a name");
        let line = printed.lines().find(|line| line.starts_with(&format!("{name}  ")));
        let line = line.unwrap_or_else(|| panic!("`{name}` is not in the recorded table"));
        let [accuracy, difference, verdict] = cells(row);
        for word in difference.replace(['(', ')'], "").split(' ').chain([&*accuracy, &*verdict]) {
            assert!(line.contains(word), "{name}: {word} is not in the recorded table");
        }
    }
}

#[test]
fn knowledge_of_other_peoples_digits_helps_beyond_three_standard_errors() {
    let report = recorded();
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
