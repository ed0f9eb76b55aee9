//! `compare multitask` on users' files, run as its users run it.

mod folder;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use folder::{compare, refused, text};
use serde_json::Value;

/// A table with two features and three columns of labels: a class of them, whether the first is
/// large, and a number; some labels are missing.
fn table(rows: usize) -> String {
    let mut all = "size,weight,kind,large,sum\n".to_owned();
    for row in 0..rows {
        let (x, y) = ((row * 7 % 11) as f64 / 11.0, (row * 5 % 13) as f64 / 13.0);
        let kind = ["oak", "elm", "ash"][row % 3];
        let (x, y) = (x + (row % 3) as f64, y - (row % 3) as f64);
        let large = match row % 5 {
            0 => "",
            _ if x > 1.5 => "yes",
            _ => "no",
        };
        let _ = writeln!(all, "{x:.4},{y:.4},{kind},{large},{:.3}", x + y);
    }
    all
}

fn path(file: &Path) -> String {
    file.to_str().expect("the build's folder is text").to_owned()
}

fn sound(test: &str) -> String {
    let file = folder::empty("multitask", test).join("d.csv");
    fs::write(&file, table(120)).expect("a file");
    path(&file)
}

/// Few steps and seeds: whether it works, not what is best.
const SHORT: [&str; 5] = ["--steps", "20", "--seeds", "3", "--quiet"];

#[test]
fn tasks_are_compared_one_by_one_and_in_the_mean_against_a_network_for_each() {
    let data = sound("compared");
    let ask = ["multitask", "--data", &data, "--tasks", "kind,large"];
    let output = compare(&[&ask[..], &SHORT].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for words in ["\nmean of tasks\n", "\nkind\n", "\nlarge\n", "single task", "shared parameters"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.contains("gain: paired difference to single task."), "{told}");
}

#[test]
fn numbers_and_classes_are_learnt_together() {
    let data = sound("numbers");
    let ask = ["multitask", "--data", &data, "--tasks", "kind,large,sum", "--numbers", "sum"];
    let output = compare(&[&ask[..], &SHORT, &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["comparison"], "multitask");
    assert_eq!(report["tasks"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_report_has_the_same_bytes_on_any_number_of_threads() {
    let data = sound("threads");
    let report = |threads: &str| {
        let ask = ["multitask", "--data", &data, "--tasks", "kind,large", "--json", "-"];
        let few = ["--strategies", "shared parameters", "--threads", threads];
        let output = compare(&[&ask[..], &SHORT, &few].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let mut report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(report["runs"].as_array().is_some_and(|runs| !runs.is_empty()));
        report.as_object_mut().expect("an object").remove("timing");
        report
    };
    let one = report("1");
    assert_eq!(one, report("2"));
    assert_eq!(one, report("8"));
}

#[test]
fn the_best_network_is_saved_with_all_tasks() {
    let data = sound("saved");
    let model = path(&Path::new(&data).with_file_name("best.safetensors"));
    let ask = ["multitask", "--data", &data, "--tasks", "kind,large", "--save-best", &model];
    let output = compare(&[&ask[..], &SHORT].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Saved: "), "{}", text(&output.stdout));
    for task in ["kind", "large"] {
        let ask = ["predict", "--model", &model, "--data", &data, "--task", task];
        let output = compare(&ask);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).lines().count(), 121);
        assert!(text(&output.stdout).starts_with(&format!("{task},p(")));
    }
}

#[test]
fn what_cannot_be_compared_is_refused_in_a_sentence() {
    let data = sound("refused");
    let ask = |tasks: &'static str| ["multitask", "--data", &data, "--tasks", tasks].to_vec();
    refused(&ask("kind"), &["--tasks has \"kind\" alone"]);
    refused(&ask("kind,kind"), &["names \"kind\" twice"]);
    refused(&ask("kind,lagre"), &["\"lagre\"", "large"]);
    refused(&[ask("kind,large"), vec!["--numbers", "sum"]].concat(), &["none of the columns"]);
    refused(&[ask("kind,large"), vec!["--strategies", "shard"]].concat(), &["did you mean"]);
    refused(&["multitask", "--data", "none.csv", "--tasks", "a,b"], &["none.csv"]);
    let few = Path::new(&data).with_file_name("few.csv");
    fs::write(&few, table(9)).expect("a file");
    refused(&["multitask", "--data", &path(&few), "--tasks", "kind,large"], &["few.csv"]);
}

#[test]
fn the_examples_of_the_help_work_as_they_are_typed() {
    folder::examples_work(&["multitask", "--help"]);
}
