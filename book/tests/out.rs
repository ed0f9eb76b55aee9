//! `--out DIR`: the page, its parts, and going on where one left off.

mod folder;

use std::fs;
use std::path::Path;

use folder::{compare, refused, text};

fn data(name: &str) -> String {
    format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A short comparison with these seeds into this folder.
fn run(folder: &Path, seeds: &str, more: &[&str]) -> String {
    let (source, target) = (data("mnist.csv"), data("digits.csv"));
    let files = ["transfer", "--source", &source, "--target", &target, "--label", "digit"];
    let out = folder.to_str().expect("the build's folder is text");
    let short = ["--quiet", "--steps", "20", "--strategies", "fine-tuned,features"];
    let output = compare(&[&files[..], &short, &["--seeds", seeds, "--out", out], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_page_stands_alone_and_has_every_part() {
    let folder = folder::empty("out", "page").join("new");
    run(&folder, "6", &[]);
    let page = read(&folder, "report.html");
    assert!(page.len() < 500_000, "{} bytes", page.len());
    let alone = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http", "<script", "<link", "@import", "src="] {
        assert!(!alone.contains(outside), "{outside}");
    }
    for part in [
        "<td>fine-tuned</td>",
        "95 % interval",
        "Against the number of labels",
        "Learning curves",
        "taken for which",
        "command: compare transfer",
        "seeds: 0, 1, 2, 3, 4, 5 of 6 asked",
        "prefers-color-scheme: dark",
        "name=\"viewport\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for name in ["gains.svg", "labels.svg", "curves.svg"] {
        assert!(read(&folder, name).starts_with("<svg "), "{name}");
        assert!(page.contains(&read(&folder, name)), "{name} is in the page");
    }
    let lines = read(&folder, "results.csv");
    let rows = lines.lines().filter(|line| line.starts_with("0,")).count();
    assert_eq!(lines.lines().count(), 1 + 6 * rows, "a head, and the same rows in each seed");
    // Scratch and fine-tuned with 1, 2, 3 and 5 labels of each class.
    for strategy in ["scratch", "fine-tuned"] {
        let own = |line: &&str| line.starts_with("0,") && line.contains(&format!(",{strategy},"));
        assert_eq!(lines.lines().filter(own).count(), 4, "{strategy}");
    }
    let names: Vec<String> = fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 6, "nothing else is left behind: {names:?}");
}

#[test]
fn curves_are_lines_over_bands_and_of_numbers_their_error_stands_over_the_labelled_rows() {
    let folder = folder::empty("out", "numbers");
    let prices = |rows: usize, shift: usize| -> String {
        let row = |i: usize| {
            let (x, y) = ((i * 7 + shift) % 31, (i * 5) % 13);
            format!("{x},{y},{}\n", 3 * x + y + 10)
        };
        "x,y,price\n".to_owned() + &(0..rows).map(row).collect::<String>()
    };
    let [source, target] = [("a.csv", prices(90, 0)), ("b.csv", prices(120, 4))].map(|file| {
        let path = folder.join(file.0);
        fs::write(&path, file.1).expect("a file");
        path.to_str().expect("text").to_owned()
    });
    let out = folder.join("out");
    let ask = ["transfer", "--source", &source, "--target", &target, "--numbers", "price"];
    let short = ["--steps", "30", "--seeds", "3", "--labels-per-class", "20", "--quiet"];
    let few = ["--strategies", "fine-tuned", "--out", out.to_str().expect("text")];
    let output = compare(&[&ask[..], &short, &few].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let labels = read(&out, "labels.svg");
    for words in [">RMSE<", ">labelled rows<", ">scratch<", ">fine-tuned<"] {
        assert!(labels.contains(words), "{words}");
    }
    for name in ["labels.svg", "curves.svg"] {
        let picture = read(&out, name);
        assert_eq!(picture.matches("<polygon").count(), 2, "{name}: a band for each row");
        assert_eq!(picture.matches("<circle").count(), 0, "{name}: no bars with dots");
    }
    // Of 5 and 10 of the 20 labelled rows.
    let lines = read(&out, "results.csv");
    let own = |line: &&str| line.starts_with("0,price,scratch,");
    let numbers: Vec<&str> =
        lines.lines().filter(own).filter_map(|line| line.split(',').nth(3)).collect();
    assert_eq!(numbers, ["5", "10", "20"]);
}

#[test]
fn an_unfinished_folder_is_continued_to_the_bytes_of_one_run() {
    let folder = folder::empty("out", "continued");
    let (whole, parts) = (folder.join("whole"), folder.join("parts"));
    run(&whole, "0..6", &[]);
    run(&parts, "0..2", &[]);
    let told = run(&parts, "0..6", &[]);
    let untimed = |folder: &Path| {
        let all = read(folder, "results.json");
        all[..all.rfind("\"timing\":").expect("times")].to_owned()
    };
    assert_eq!(untimed(&parts), untimed(&whole));
    assert_eq!(read(&parts, "results.csv"), read(&whole, "results.csv"));
    // Nothing is left to be run: the same is told again.
    assert_eq!(run(&parts, "0..6", &[]).lines().count(), told.lines().count());
}

#[test]
fn a_folder_of_another_comparison_or_one_that_cannot_be_written_to_is_refused() {
    let folder = folder::empty("out", "refused");
    run(&folder, "2", &[]);
    let before = read(&folder, "results.json");
    let (source, target) = (data("mnist.csv"), data("digits.csv"));
    let ask = ["transfer", "--source", &source, "--target", &target, "--label", "digit", "--quiet"];
    let out = folder.to_str().expect("text");
    refused_late(&[&ask[..], &["--steps", "20", "--seeds", "2", "--out", out]].concat());
    assert_eq!(read(&folder, "results.json"), before, "it is as it was");
    let file = folder.join("results.csv").join("below");
    let file = file.to_str().expect("text");
    refused(&[&ask[..], &["--out", file]].concat(), &["cannot write the report to"]);
}

/// Refused with exit code 2 and a sentence, after what was understood was told.
#[track_caller]
fn refused_late(arguments: &[&str]) {
    let output = compare(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("other strategies: name another folder"), "{error}");
}

#[test]
fn tasks_have_a_page_too() {
    let folder = folder::empty("out", "tasks");
    let tasks = data("tasks.csv");
    let out = folder.to_str().expect("text");
    let ask = ["multitask", "--data", &tasks, "--tasks", "digit,even,loops", "--out", out];
    let short = ["--steps", "20", "--seeds", "3", "--quiet", "--strategies", "shared parameters"];
    let output = compare(&[&ask[..], &short].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = read(&folder, "report.html");
    for part in [
        "Delta_m",
        "pull the same way",
        "<td>+1.00</td>",
        "<h2>even</h2>",
        "<h2>loops</h2>",
        "Which class of digit",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(read(&folder, "gains-even.svg").starts_with("<svg "));
}
