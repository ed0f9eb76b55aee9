//! `compare transfer` on users' files, run as its users run it: what is refused, and how.

mod folder;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use folder::{compare, refused, text};
use serde_json::Value;

/// A table with two features, `size` and `weight`, and labels `kind` in turn; the numbers tell the
/// classes apart.
fn table(rows: usize, kinds: &[&str], shift: f64) -> String {
    let mut text = "size,weight,kind\n".to_owned();
    for row in 0..rows {
        let class = row % kinds.len();
        let (x, y) = ((row * 7 % 11) as f64 / 11.0, (row * 5 % 13) as f64 / 13.0);
        let (x, y) = (x + class as f64 + shift, y - class as f64);
        let _ = writeln!(text, "{x:.4},{y:.4},{}", kinds[class]);
    }
    text
}

/// Two sound files in a folder of this test's own.
fn pair(test: &str) -> (PathBuf, PathBuf) {
    let folder = folder::empty("files", test);
    let (a, b) = (folder.join("a.csv"), folder.join("b.csv"));
    fs::write(&a, table(60, &["oak", "elm", "ash"], 0.0)).expect("a file");
    fs::write(&b, table(48, &["oak", "elm", "ash"], 0.3)).expect("a file");
    (a, b)
}

fn arguments<'a>(a: &'a Path, b: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let [a, b] = [a, b].map(|path| path.to_str().expect("the build's folder is text"));
    [&["transfer", "--source", a, "--target", b], more].concat()
}

/// Refused with these words, when the target's file is this text.
#[track_caller]
fn target_refused(test: &str, bytes: &[u8], more: &[&str], words: &[&str]) {
    let (a, b) = pair(test);
    fs::write(&b, bytes).expect("a file");
    refused(&arguments(&a, &b, more), words);
}

/// The target's file with another text on line 3.
fn on_line_3(cells: impl Fn(&mut Vec<&str>)) -> Vec<u8> {
    let good = table(48, &["oak", "elm", "ash"], 0.3);
    let third = good.lines().nth(2).expect("a row");
    let mut changed = third.split(',').collect();
    cells(&mut changed);
    good.replacen(third, &changed.join(","), 1).into()
}

#[test]
fn a_bad_row_is_refused_with_file_line_column_and_value() {
    let cases: [(&str, usize, &str, &[&str]); 10] = [
        ("ragged", 0, "", &["b.csv:3", "2 cells", "3 columns"]),
        ("commas", 0, "1,5,2", &["b.csv:3", "5 cells", "point"]),
        ("text", 0, "tall", &["b.csv:3", "\"size\"", "\"tall\"", "finite numbers"]),
        ("quoted", 1, "\"1,5\"", &["b.csv:3", "\"weight\"", "\"1,5\"", "points"]),
        ("semicolon", 1, "1;5", &["b.csv:3", "\"weight\"", "\"1;5\"", "commas"]),
        ("infinite", 0, "inf", &["b.csv:3", "\"size\"", "\"inf\"", "finite"]),
        ("large", 0, "1e999", &["b.csv:3", "\"size\"", "\"1e999\"", "too large"]),
        ("hole", 0, " ", &["b.csv:3", "\"size\"", "missing", "--missing"]),
        ("na", 0, "NA", &["b.csv:3", "\"size\"", "\"NA\"", "--na"]),
        ("class", 2, "elm;1", &["b.csv:3", "\"kind\"", "elm;1", "commas"]),
    ];
    for (test, column, value, words) in cases {
        let bytes = on_line_3(|cells| match value {
            "" => drop(cells.remove(column)),
            value => cells[column] = value,
        });
        target_refused(test, &bytes, &[], words);
    }
}

#[test]
fn a_table_that_is_none_of_the_kind_is_refused() {
    let good = table(48, &["oak", "elm", "ash"], 0.3);
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let marked = [&b"\xFF\xFE"[..], &utf_16(&good)].concat();
    let cases: [(&str, Vec<u8>, &[&str]); 12] = [
        ("empty", vec![], &["b.csv", "the table is empty"]),
        (
            "headless",
            with("size,weight,kind", "1,2,3").into(),
            &["b.csv:1", "all numbers", "names"],
        ),
        ("only-header", b"size,weight,kind\n".to_vec(), &["b.csv", "no row"]),
        (
            "other-column",
            with("weight", "mass").into(),
            &["b.csv:1", "\"mass\"", "a.csv", "\"weight\""],
        ),
        ("more-columns", with("size,", "size,colour,").replace('\n', "\n1,").into(), &["b.csv"]),
        ("twice", with("weight", "size").into(), &["b.csv:1", "\"size\"", "1 and 2"]),
        ("semicolons", good.replace(',', ";").into(), &["b.csv:1", "';'", "commas"]),
        ("semicolon-name", with("weight", "weight;kg").into(), &["b.csv:1", "weight;kg", "commas"]),
        ("comma-name", with("weight", "\"1,5\"").into(), &["b.csv:1", "\"1,5\"", "point"]),
        ("utf-16", utf_16(&good), &["b.csv", "UTF-16", "UTF-8"]),
        ("utf-16-marked", marked, &["b.csv", "UTF-16", "UTF-8"]),
        ("one-class", table(48, &["oak"], 0.0).into(), &["b.csv", "\"kind\"", "\"oak\""]),
    ];
    for (test, bytes, words) in cases {
        target_refused(test, &bytes, &[], words);
    }
}

#[test]
fn what_the_command_line_asks_of_the_files_is_refused_if_they_have_it_not() {
    let (a, b) = pair("asked");
    let missing = b.with_file_name("c.csv");
    refused(&arguments(&a, &missing, &[]), &["c.csv", "cannot read"]);
    refused(&arguments(&missing, &b, &[]), &["c.csv", "cannot read"]);
    let label: &[&str] =
        &["a.csv:1", "\"knd\"", "\"size\", \"weight\", \"kind\"", "nearest is \"kind\""];
    refused(&arguments(&a, &b, &["--label", "knd"]), label);
    let strategy = ["--strategies", "fine-tund"];
    refused(&arguments(&a, &b, &strategy), &["\"fine-tund\"", "did you mean \"fine-tuned\"?"]);
    let few = ["b.csv:", "\"kind\"", "16 rows, 8 outside", "the 9 asked for", "--labels-per-class"];
    refused(&arguments(&a, &b, &["--labels-per-class", "9"]), &few);
    refused(
        &arguments(&a, &b, &["--numbers", "size", "--label", "kind"]),
        &["\"size\"", "\"kind\"", "--numbers"],
    );
    for (option, value) in [
        ("--seeds", "5..5"),
        ("--seeds", "0"),
        ("--test-share", "1.5"),
        ("--hidden", "0"),
        ("--steps", "601"),
        ("--threads", "0"),
        ("--missing", "guess"),
    ] {
        refused(&arguments(&a, &b, &[option, value]), &[option, value]);
    }
    let folder = a.with_file_name("");
    let folder = folder.to_str().expect("the build's folder is text");
    refused(&arguments(&a, &b, &["--json", folder]), &["is a folder"]);
    refused(&arguments(&a, &b, &["--json", &format!("{folder}none/r.json")]), &["cannot write"]);
    refused(&["transfer", "--source", "a.csv"], &["--target"]);
}

#[test]
fn a_class_that_the_source_lacks_is_refused_unless_the_head_is_new() {
    let (a, b) = pair("fresh");
    fs::write(&b, table(48, &["oak", "elm", "ask"], 0.3)).expect("a file");
    let words = ["b.csv:4", "\"kind\"", "\"ask\"", "a.csv", "nearest is \"ash\"", "new head"];
    refused(&arguments(&a, &b, &[]), &words);
    refused(&arguments(&a, &b, &["--strategies", "fine-tuned"]), &words);

    let new_head = ["--strategies", "features", "--steps", "5", "--seeds", "2"];
    let output = compare(&arguments(&a, &b, &new_head));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let warned = text(&output.stderr);
    assert!(warned.contains("class \"ask\"") && warned.contains("a new head"), "{warned}");
    let printed = text(&output.stdout);
    let left_out = "left out, since these data do not meet what it needs: source only / pooled / \
                    neighbour, pooled / linear, pooled.";
    let words: Vec<&str> = printed.split_whitespace().collect();
    assert!(words.join(" ").contains(left_out), "{printed}");
}

#[test]
fn three_lines_say_what_was_understood_and_what_will_run() {
    let (a, b) = pair("understood");
    let count = |text: &str, first: usize| -> String {
        let mut rows = text.lines();
        let header = format!("tree_id,{}\n", rows.next().expect("a header"));
        let number = |(i, row): (usize, &str)| format!("{},{row}\n", first + 7 * i % 97);
        header + &rows.enumerate().map(number).collect::<String>()
    };
    fs::write(&a, count(&table(60, &["10", "9", "2"], 0.0), 1)).expect("a file");
    let few = table(48, &["10", "9", "2"], 0.3);
    let few = few.replacen(",10\n", ",\n", 2);
    fs::write(&b, count(&few, 5)).expect("a file");
    let output = compare(&arguments(&a, &b, &["--steps", "5", "--seeds", "2"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let lines: Vec<&str> = printed.lines().take(4).collect();
    let a = "a.csv: 60 rows, 2 columns of features; 3 classes of \"kind\": 2 (20), 9 (20), 10 (20); no \
             label missing; left out: \"tree_id\", which only names rows";
    assert!(lines[0].ends_with(a), "{printed}");
    let b = "b.csv: 48 rows, 2 columns of features; 3 classes of \"kind\": 2 (16), 9 (16), 10 (14); 2 \
             labels missing; left out: \"tree_id\", which only names rows";
    assert!(lines[1].ends_with(b), "{printed}");
    let what = "18 rows x 2 seeds, 3 labels a class, tested on 23 rows: about ";
    assert!(lines[2].starts_with(what) && lines[3].is_empty(), "{printed}");
}

#[test]
fn without_being_told_the_only_column_of_text_is_the_label() {
    let (a, b) = pair("text");
    // A name that is often a label's, and one of each row's own, beside the only text.
    let named = |text: &str| {
        let mut rows = text.lines();
        let header = rows.next().expect("a header").replacen("width", "y", 1);
        let row = |(i, row): (usize, &str)| format!("{row},plot {i}\n");
        format!("{header},plot\n") + &rows.enumerate().map(row).collect::<String>()
    };
    fs::write(&a, named(&table(60, &["oak", "elm"], 0.0))).expect("a file");
    fs::write(&b, named(&table(48, &["oak", "elm"], 0.3))).expect("a file");
    let output = compare(&arguments(&a, &b, &["--steps", "5", "--seeds", "2"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("2 classes of \"kind\": elm (30), oak (30)"), "{printed}");
    assert!(printed.contains("left out: \"plot\", which only names rows"), "{printed}");
}

#[test]
fn a_column_that_is_left_out_as_asked_changes_nothing_and_may_hold_anything() {
    let (a, b) = pair("without");
    let rest = ["--label", "kind", "--seeds", "2", "--steps", "5", "--quiet"];
    let printed = |more: &[&str]| {
        let output = compare(&arguments(&a, &b, &[rest.as_slice(), more].concat()));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        let (understood, table) = printed.split_once("\n\n").expect("an empty line");
        (understood.to_owned(), table.to_owned())
    };
    let (_, plain) = printed(&[]);
    let coloured = fs::read_to_string(&a).expect("a file");
    let colour = ["colour", "red", "blue"].into_iter().chain(["red", "blue"].into_iter().cycle());
    let coloured = coloured.lines().zip(colour).map(|(row, colour)| format!("{row},{colour}\n"));
    fs::write(&a, coloured.collect::<String>()).expect("a file");
    let (understood, table) = printed(&["--without", "colour"]);
    assert!(understood.contains("left out as asked: \"colour\"\n"), "{understood}");
    assert_eq!(table, plain);

    let refused = |more: &[&str], words: &[&str]| {
        refused(&arguments(&a, &b, &[rest.as_slice(), more].concat()), words);
    };
    refused(&[], &["a.csv:1: column \"colour\" is not in", "--without leaves one out"]);
    refused(&["--without", "color"], &["\"color\": ", "a.csv has no such", "\"colour\""]);
    refused(&["--without", "kind"], &["\"kind\": it is a column of labels"]);
}

#[test]
fn another_order_of_columns_changes_nothing() {
    let (a, b) = pair("order");
    let run = || {
        let output = compare(&arguments(
            &a,
            &b,
            &["--steps", "5", "--seeds", "2", "--json", "-", "--quiet"],
        ));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(output.stderr.is_empty());
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON and nothing else")
    };
    let (before, read) = (run(), fs::read_to_string(&b).expect("a file"));
    let turned = |row: &str| {
        let mut cells: Vec<&str> = row.split(',').collect();
        cells.reverse();
        cells.join(",") + "\n"
    };
    fs::write(&b, read.lines().map(turned).collect::<String>()).expect("a file");
    let after = compare(&arguments(
        &a,
        &b,
        &["--steps", "5", "--seeds", "2", "--json", "-", "--quiet", "--label", "kind"],
    ));
    let after: Value = serde_json::from_slice(&after.stdout).expect("JSON and nothing else");
    assert_eq!(before["runs"], after["runs"]);
    assert_eq!(before["summary"], after["summary"]);
}

#[test]
fn results_are_the_same_bytes_on_any_number_of_threads_and_hold_every_run() {
    let (a, b) = pair("threads");
    let file = a.with_file_name("r.json");
    let path = file.to_str().expect("text");
    let mut all = Vec::new();
    for threads in ["1", "2", "8"] {
        let more = ["--steps", "8", "--seeds", "5", "--threads", threads, "--json", path];
        let output = compare(&arguments(&a, &b, &more));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let results = fs::read_to_string(&file).expect("the results");
        let (same, times) = results.split_once("\"timing\"").expect("the times are at the end");
        assert!(times.contains(&format!("\"threads\":{threads}")), "{times}");
        all.push((same.to_owned(), text(&output.stdout).contains("Verdict: ")));
    }
    assert!(all.iter().all(|(same, verdict)| *same == all[0].0 && *verdict));
    let results: Value =
        serde_json::from_str(&fs::read_to_string(&file).expect("it")).expect("JSON");
    let (runs, rows) = (&results["runs"], &results["summary"][0]["rows"]);
    let count = |list: &Value| list.as_array().expect("a list").len();
    assert_eq!(count(runs), 5 * count(rows));
    for row in rows.as_array().expect("a list") {
        let scores: Vec<f64> = runs
            .as_array()
            .expect("a list")
            .iter()
            .filter(|run| run["strategy"] == row["strategy"])
            .map(|run| run["score"].as_f64().expect("a number"))
            .collect();
        let mean = scores.iter().sum::<f64>() / 5.0;
        // Sums in another order.
        assert!((row["accuracy"].as_f64().expect("a number") - mean).abs() < 1e-12);
    }
}

#[test]
fn with_rows_enough_settings_are_chosen_once_for_any_threads_parts_and_a_folder_continued() {
    let (a, b) = pair("grid");
    fs::write(&b, table(180, &["oak", "elm", "ash"], 0.3)).expect("a file");
    let folder = a.with_file_name("");
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let run = |more: &[&str]| {
        let short = ["--steps", "12", "--labels-per-class", "20", "--strategies", "fine-tuned"];
        let output = compare(&arguments(&a, &b, &[&short[..], &["--quiet"], more].concat()));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let untimed = |name: &str| {
        let all = fs::read_to_string(path(name)).expect("a report");
        all[..all.rfind("\"timing\":").expect("times")].to_owned()
    };
    let [whole, first, second] = ["whole.json", "first.json", "second.json"].map(path);
    let told = run(&["--seeds", "0..3", "--threads", "1", "--json", &whole]);
    run(&["--seeds", "0..1", "--threads", "8", "--json", &first]);
    run(&["--seeds", "1..3", "--threads", "2", "--json", &second]);
    let merged = path("merged.json");
    let output = compare(&["merge", &second, &first, "--json", &merged]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(untimed("merged.json"), untimed("whole.json"));

    let out = path("out");
    run(&["--seeds", "0..1", "--out", &out]);
    run(&["--seeds", "0..3", "--out", &out]);
    let [report, continued] = ["whole.json", "out/results.json"].map(|name| {
        let text = fs::read_to_string(path(name)).expect("a report");
        serde_json::from_str::<Value>(&text).expect("JSON")
    });
    assert_eq!(continued["strategies"], report["strategies"]);
    let page = fs::read_to_string(path("out/report.html")).expect("a page");
    assert!(page.contains("<h2>Settings</h2>"));
    chosen_as_told(&report, &told);
}

/// The report holds what was tried for each row, and the text names those that are not as given.
fn chosen_as_told(report: &Value, told: &str) {
    assert!(told.contains("x 3 seeds and 6 settings x 3 folds, 20 labels a class"), "{told}");
    assert_eq!(report["protocol"]["settings"], "grid");
    let rows = report["strategies"].as_array().expect("a list");
    let tried = |row: &Value| row["tried"].as_array().map_or(0, Vec::len);
    for (name, trials) in [("scratch", 6), ("fine-tuned", 6), ("pooled", 6), ("neighbour", 0)] {
        let row = rows.iter().find(|row| row["name"] == name).expect(name);
        assert_eq!(tried(row), trials, "{name} is tuned as much as any");
    }
    let other = |row: &&Value| tried(row) > 0 && row["setting"] != row["tried"][0][0];
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    match rows.iter().filter(other).count() {
        0 => assert!(words.contains("None was."), "{told}"),
        some => assert!(words.contains(&format!("So it was for {some} of ")), "{told}"),
    }
}

#[test]
fn settings_are_as_asked_for_and_a_grid_without_rows_for_it_is_refused() {
    let (a, b) = pair("settings");
    let words = ["--settings grid", "20 training rows of each class", "there are 4", "--labels"];
    let grid = ["--labels-per-class", "4", "--settings", "grid", "--json", "-"];
    refused(&arguments(&a, &b, &grid), &words);
    fs::write(&b, table(180, &["oak", "elm", "ash"], 0.3)).expect("a file");
    let fixed = ["--labels-per-class", "20", "--settings", "fixed", "--steps", "5", "--seeds", "2"];
    let output = compare(&arguments(&a, &b, &[&fixed[..], &["--json", "-"]].concat()));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["protocol"]["settings"], "fixed");
    assert!(!text(&output.stdout).contains("tried"));
}

#[test]
fn seeds_without_rows_of_their_own_widen_the_interval_and_the_table_says_why() {
    let (a, b) = pair("common");
    let error = |labels: &str| {
        let more = ["--steps", "20", "--seeds", "6", "--labels-per-class", labels, "--json", "-"];
        let output = compare(&arguments(&a, &b, &more));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    // Eight rows of each class: eight sets of one, and two of three, which have common rows later.
    assert_eq!(error("1")["protocol"]["disjoint"], 8);
    assert_eq!(error("3")["protocol"]["disjoint"], 2);
    let flowing = |labels: &str| {
        let more = ["--steps", "5", "--seeds", "6", "--labels-per-class", labels];
        let printed = text(&compare(&arguments(&a, &b, &more)).stdout);
        printed.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(flowing("1").contains("No two seeds share a training row"));
    let narrow = flowing("3");
    for words in ["The interval is too narrow", "allow 2 training sets", "Nadeau and Bengio (2003)"]
    {
        assert!(narrow.contains(words), "{narrow}");
    }
}

#[test]
fn numbers_are_learnt_as_numbers_and_holes_are_filled_or_left_out() {
    let (a, b) = pair("numbers");
    let prices = |rows: usize, shift: usize| -> String {
        let row = |i: usize| {
            let (x, y) = ((i * 7 + shift) % 31, (i * 5) % 13);
            let hole = if i % 10 == 3 { "NA".to_owned() } else { y.to_string() };
            format!("{x},{hole},{}\n", 3 * x + 10)
        };
        "x,y,price\n".to_owned() + &(0..rows).map(row).collect::<String>()
    };
    fs::write(&a, prices(90, 0)).expect("a file");
    fs::write(&b, prices(80, 4)).expect("a file");
    let more = |missing| {
        ["--numbers", "price", "--na", "NA", "--missing", missing, "--steps", "60", "--seeds", "2"]
    };
    for (missing, rows) in [("mean", "80 rows"), ("drop", "8 rows with holes left out")] {
        let output = compare(&arguments(&a, &b, &more(missing)));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        for words in [
            rows,
            "numbers of \"price\" from 10 to 100",
            "R2",
            "fine-tuned",
            "\nneighbour, pooled",
            "\nlinear",
            "\npooled",
        ] {
            assert!(printed.contains(words), "{words}: {printed}");
        }
    }
    refused(&arguments(&a, &b, &more("refuse")), &["a.csv:5", "\"y\"", "--missing"]);
}

#[test]
fn the_examples_of_the_help_work_as_typed() {
    folder::examples_work(&["transfer", "--help"]);
}

/// The words of a line: a name, which may have spaces, and what stands in columns behind it.
fn row(line: &str) -> Option<(String, f64)> {
    let (name, rest) = line.split_once("  ")?;
    let score = rest.split_whitespace().next()?.parse().ok()?;
    Some((name.to_owned(), score))
}

#[test]
fn the_chapters_run_is_what_the_command_says() {
    // `RECORD=1` writes it anew.
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transfer.txt");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let ask = "transfer --source book/data/mnist.csv --target book/data/digits.csv --label digit";
    let words: Vec<&str> = ask.split(' ').collect();
    let output = folder::command(&words).current_dir(root).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // How long it takes is no result.
    let printed = text(&output.stdout);
    let untimed = |line: &str| match line.split_once(": about ") {
        Some((start, _)) => format!("{start}\n"),
        None => format!("{line}\n"),
    };
    let printed: String = printed.lines().map(untimed).collect();
    if std::env::var_os("RECORD").is_some() {
        fs::write(&record, &printed).expect("a record can be written");
    }
    let recorded = fs::read_to_string(&record).expect("a record");
    let rows = |text: &str| text.lines().filter_map(row).collect::<Vec<_>>();
    let (found, recorded) = (rows(&printed), rows(&recorded));
    assert_eq!(found.len(), recorded.len());
    assert!(found.len() > 15, "{printed}");
    for ((name, score), (own, kept)) in found.iter().zip(&recorded) {
        assert_eq!(name, own);
        // Another kernel's rounding moves a few of 300 test rows a seed.
        assert!((score - kept).abs() < 0.03, "{name}: {score}, not {kept}");
    }
}
