//! The command `compare`, run as its users run it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// Enough to pass through all that the command does.
const BRIEF: [&str; 4] = ["--seeds", "2", "--steps", "5"];

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints UTF-8")
}

/// A path of this name in a folder of this test's own.
fn place(test: &str, name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build's own folder can be written to");
    folder.join(name)
}

/// What is printed, without the estimate and the table's last column.
fn without_times(printed: &[u8]) -> String {
    let mut lines = Vec::new();
    for line in text(printed).lines() {
        let seconds = line.rsplit(' ').next().is_some_and(|last| last.parse::<f64>().is_ok());
        let kept = if seconds { line.trim_end_matches(|c| c != ' ').trim_end() } else { line };
        lines.push(if line.starts_with("about ") { String::new() } else { kept.to_owned() });
    }
    lines.join("\n")
}

/// Exit code 2, one sentence on standard error, nothing on standard output: no run was begun.
fn refused(arguments: &[&str], words: &[&str]) {
    let output = run(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("compare: ") && error.len() < 300, "{error}");
    assert!(!error.contains('\x1b'), "{error}");
    for word in words {
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_2() {
    refused(&["--sedes", "3"], &["--sedes", "--seeds"]);
    refused(&["--seeds", "0"], &["--seeds", "0"]);
    refused(&["--seeds", "-3"], &["-3"]);
    refused(&["--seeds", "ten"], &["--seeds", "ten"]);
    refused(&["--threads", "0"], &["--threads"]);
    refused(&["--steps", "0"], &["--steps"]);
    refused(&["digits.csv"], &["digits.csv"]);
    refused(&["--strategies", "fine-tuned,wided"], &["\"wided\"", "did you mean \"widened\"?"]);
    refused(&["--seeds", "2", "--seeds", "3"], &["--seeds"]);
}

#[test]
fn more_seeds_than_disjoint_training_sets_are_refused() {
    refused(&["--seeds", "18"], &["18 seeds", "87 rows", "17 sets", "5 rows"]);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_any_training() {
    let file = place("refused", "file");
    let folder = file.with_file_name("");
    fs::write(&file, "no folder").expect("a file");
    let inside = file.join("report.json");
    let missing = folder.join("missing").join("report.json");
    for (target, words) in [
        (folder.as_path(), "is a folder"),
        (inside.as_path(), "cannot write the report"),
        (missing.as_path(), "cannot write the report"),
    ] {
        let target = target.to_str().expect("the build's folder is text");
        refused(&["--json", target], &[target, words]);
    }
    let slash = format!("{}/", missing.with_file_name("report").display());
    refused(&["--json", &slash], &["names no file"]);
    refused(&["--json", ""], &["--json"]);
    #[cfg(unix)]
    refused(&["--json", "/dev/null"], &["/dev/null", "no regular file"]);
    assert_eq!(fs::read_to_string(&file).expect("it is still there"), "no folder");
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left beside it");
}

#[test]
fn piped_output_is_plain_and_standard_error_is_silent() {
    let output = run(&BRIEF);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    let printed = text(&output.stdout);
    assert!(!printed.contains(['\x1b', '\r', '\t']), "{printed}");
    for line in printed.lines() {
        assert!(line.chars().count() <= 96 && line.trim_end() == line, "{line}");
    }
    let (_, last) = printed.rsplit_once("\n\n").expect("paragraphs");
    assert!(last.starts_with("Verdict: ") && last.ends_with(".\n"), "{last}");
    // Where a line ends depends on its words.
    let words: Vec<&str> = printed.split_whitespace().collect();
    let flowing = words.join(" ");
    for words in [
        "x 2 seeds",
        "901 test rows",
        "no two seeds share",
        "took 5 steps at most instead of the protocol's 600",
        "at most 5 updates that see rows of the source",
        "none on fewer than 5 seeds",
    ] {
        assert!(flowing.contains(words), "{words}: {printed}");
    }
}

#[test]
fn all_but_the_times_is_the_same_on_any_number_of_threads() {
    let path = place("threads", "report.json");
    let mut results = BTreeSet::new();
    for threads in ["1", "2", "8"] {
        let output = command(&BRIEF)
            .args(["--threads", threads, "--json"])
            .arg(&path)
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report = fs::read_to_string(&path).expect("the report is written");
        let (same, timing) = report.split_once("\"timing\"").expect("the times are in one object");
        assert!(timing.contains(&format!("\"threads\": {threads}")), "{timing}");
        results.insert((without_times(&output.stdout), same.to_owned()));
    }
    assert_eq!(results.len(), 1);
    assert_eq!(fs::read_dir(path.with_file_name("")).expect("a folder").count(), 1);
}

#[test]
fn the_report_holds_every_run_and_what_it_takes_to_repeat_it() {
    let path = place("report", "report.json");
    fs::write(&path, "an older report").expect("a file");
    let output = command(&["--seeds", "3", "--steps", "4", "--json"])
        .arg(&path)
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a report")).expect("JSON");

    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    let expected = [
        "controls", "data", "program", "runs", "schema", "settings", "summary", "timing", "version",
    ];
    assert_eq!(keys, expected);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["settings"]["seeds"], 3);
    assert_eq!(report["settings"]["seeds_asked"], 3);
    assert_eq!(report["settings"]["pretraining"]["steps"], 4);
    let settings = report["settings"]["rows"].as_array().expect("a list");
    let within = |row: &Value| row[1].is_null() || row[1]["steps"].as_u64() <= Some(4);
    assert!(settings.iter().all(within), "{settings:?}");
    assert_eq!(report["settings"]["steps"], 4);
    assert_eq!(report["data"][0]["name"], "digits");
    assert_eq!(report["data"][0]["hash"].as_str().map(str::len), Some(16));

    let rows = report["summary"].as_array().expect("a list");
    let runs = report["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 3 * rows.len());
    assert_eq!(report["timing"]["trainings"].as_array().map(Vec::len), Some(runs.len()));
    for (index, row) in rows.iter().enumerate() {
        let own: Vec<f64> = runs
            .iter()
            .filter(|run| run["strategy"] == row["strategy"])
            .map(|run| run["accuracy"].as_f64().expect("a finite number"))
            .collect();
        assert_eq!(own.len(), 3);
        let mean = own.iter().sum::<f64>() / 3.0;
        assert_eq!(row["accuracy"].as_f64(), Some(mean));
        // What needs no training moves nothing.
        let trains = row["updates"].as_u64().expect("a count") > 0;
        assert_eq!(row["parameters"].as_u64().expect("a count") > 0, trains, "{row}");
        // The baseline, and it alone, is compared with nothing.
        assert_eq!(row["difference"].is_null(), index == 0, "{row}");
    }
}

#[test]
fn a_single_pair_of_runs_decides_nothing() {
    let path = place("single", "report.json");
    let output = command(&["--seeds", "1", "--steps", "2", "--json"])
        .arg(&path)
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(0));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a report")).expect("JSON");
    let rows = report["summary"].as_array().expect("a list");
    for row in &rows[1..] {
        let judged = matches!(row["part"].as_str(), Some("strategy" | "reference"));
        assert_eq!(row["verdict"].as_str(), judged.then_some("undecided"), "{row}");
        assert!(row["difference"]["interval"].is_null());
    }
    assert!(text(&output.stdout).contains("no strategy is shown to beat scratch"));
}

#[test]
fn every_strategy_that_can_be_asked_for_is_listed() {
    let listed = text(&run(&["strategies"]).stdout);
    for (name, word) in [
        ("scratch", "baseline"),
        ("fine-tuned", "参数迁移"),
        ("task-to-task, fixed", "control of task-to-task"),
        ("DANN", "Ganin"),
        ("PCGrad", "balance"),
    ] {
        let line = listed.lines().find(|line| line.starts_with(&format!("{name}  ")));
        assert!(line.is_some_and(|line| line.contains(word)), "{name}: {listed}");
    }
}

#[test]
fn a_report_on_standard_output_is_all_that_stands_there() {
    let output = run(&[&BRIEF[..], &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    assert_eq!(report["settings"]["seeds"], 2);
}

#[test]
fn other_halves_and_blocks_are_other_rows() {
    let gains = |arguments: &[&str]| {
        let output = run(&[&["--seeds", "2", "--steps", "20", "--json", "-"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let (halves, blocks) = (gains(&["--partitions", "3"]), gains(&["--split", "blocks"]));
    assert_ne!(halves["runs"], blocks["runs"]);
    let partitions = &halves["partitions"];
    assert_eq!((&partitions["number"], &partitions["seeds"]), (&3.into(), &2.into()));
    let rows = partitions["rows"].as_array().expect("a list");
    let summary = halves["summary"].as_array().expect("a list");
    for row in rows {
        let gains = row["gains"].as_array().expect("a list");
        let own = summary.iter().find(|of| of["strategy"] == row["strategy"]).expect("its row");
        // The first of the halves is the table's own.
        assert_eq!(gains[0], own["difference"]["mean"]);
        assert_eq!(gains.len(), 3);
    }
    assert!(rows.iter().any(|row| row["gains"][0] != row["gains"][1]));
    assert!(blocks["partitions"].is_null());
}

/// A long comparison on one thread that has begun to train, and what it goes on to print.
#[cfg(unix)]
fn under_way(steps: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = command(&["--seeds", "17", "--steps", steps, "--threads", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut printed = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    // It hears Ctrl-C before it makes its estimate.
    while !line.starts_with("about ") {
        line.clear();
        assert!(printed.read_line(&mut line).expect("a line") > 0, "it ends too soon");
    }
    (child, printed)
}

#[cfg(unix)]
fn press_ctrl_c(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_seed_in_hand_and_tells_how_much_is_done() {
    let (mut child, mut printed) = under_way("100");
    press_ctrl_c(&child);
    let mut rest = String::new();
    printed.read_to_string(&mut rest).expect("the table");
    assert!(rest.contains("scratch") && rest.contains("Verdict: "), "{rest}");
    let (_, done) = rest.split_once("Broken off: ").expect("it says so");
    let (done, _) = done.split_once(" of 17 seeds are done").expect("it says how much");
    let done: usize = done.parse().expect("a number");
    assert!((1..17).contains(&done), "{rest}");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_stops_at_once() {
    let (mut child, _printed) = under_way("600");
    press_ctrl_c(&child);
    std::thread::sleep(std::time::Duration::from_millis(100));
    press_ctrl_c(&child);
    let pressed = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it ends") {
            break status;
        }
        assert!(pressed.elapsed().as_secs() < 60, "it goes on");
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let mut child = command(&["--seeds", "2", "--steps", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut first = String::new();
    // The reader, and with it the pipe, is gone at the end of this line: `compare | head -1`.
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.contains("2 seeds"), "{first}");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_no_panic() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = command(&BRIEF).stdout(full).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("compare: cannot write the results: "));
}

#[test]
fn the_help_is_short_and_its_options_work() {
    for ask in ["--help", "-h", "help", "--version"] {
        let output = run(&[ask]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stderr), "");
        assert!(text(&output.stdout).starts_with(if ask == "--version" {
            "compare "
        } else {
            "Compares"
        }));
    }
    let help = text(&run(&["--help"]).stdout);
    assert!(help.lines().count() < 80, "{help}");
    for option in [
        "--seeds",
        "--steps",
        "--settings",
        "--split",
        "--partitions",
        "--strategies",
        "--json",
        "--threads",
        "--help",
        "--version",
        // What it is called before it is installed.
        "cargo run --release -- --seeds 10",
    ] {
        assert!(help.contains(option), "{option}");
    }
}
