//! `compare merge` on parts, run as its users run it.

mod folder;

use std::fs;
use std::path::Path;

use folder::{compare, refused, text};

const FILES: [&str; 6] = [
    "transfer",
    "--source",
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist.csv"),
    "--target",
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.csv"),
    "--label=digit",
];

/// Runs these seeds in few steps, into a file of this folder.
fn part(folder: &Path, seeds: &str, more: &[&str]) -> String {
    let file = folder.join(format!("{}{}.json", seeds.replace("..", "-"), more.len()));
    let file = file.to_str().expect("the build's folder is text").to_owned();
    let short = ["--quiet", "--steps", "20", "--strategies", "fine-tuned", "--seeds", seeds];
    let output = compare(&[&FILES[..], &short, more, &["--json", &file]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    file
}

/// A report without its last part, the times.
fn untimed(text: &str) -> &str {
    &text[..text.rfind("\"timing\":").expect("a report has times")]
}

#[test]
fn parts_in_any_order_make_the_bytes_of_one_run() {
    let folder = folder::empty("merge", "bytes");
    let whole = part(&folder, "0..6", &[]);
    let parts = ["0..2", "5..6", "2..5"].map(|seeds| part(&folder, seeds, &[]));
    let merged = folder.join("merged.json");
    let to = merged.to_str().expect("text");
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let parts = order.map(|at| parts[at].as_str());
        let output = compare(&[&["merge"], &parts[..], &["--json", to]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let [whole, merged] = [Path::new(&whole), &merged].map(fs::read_to_string);
        let (whole, merged) = (whole.expect("a file"), merged.expect("a file"));
        assert_eq!(untimed(&merged), untimed(&whole));
    }
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let folder = folder::empty("merge", "refused");
    let one = part(&folder, "0..2", &[]);
    let other = part(&folder, "2..4", &["--hidden", "8"]);
    refused(&["merge", &one, &other], &["another protocol", "differ in their seeds alone"]);
    let again = part(&folder, "1..3", &[]);
    refused(&["merge", &one, &again], &["seed 1 is in", "share no seed"]);
    refused(&["merge", &one, "none.json"], &["none.json: cannot read"]);
    refused(&["merge", &one, FILES[2]], &["mnist.csv:1"]);
    refused(&["merge", &one], &[]);
    let table = folder.join("table.json");
    let text =
        fs::read_to_string(&one).expect("a file").replacen("\"schema\":1", "\"schema\":9", 1);
    fs::write(&table, text).expect("a file");
    refused(&["merge", &one, table.to_str().expect("text")], &["its form is 9"]);
}

#[test]
fn the_examples_of_the_help_work_as_they_are_typed() {
    folder::examples_work(&["merge", "--help"]);
}
