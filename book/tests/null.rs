//! What the verdicts of `compare transfer` are worth, on generated tables of which the truth is known:
//! a source that has nothing to do with the target is seldom said to help, one that has is found.
//!
//! `RUNS=200 cargo test -p book --test null -- --nocapture` prints the shares of a longer trial.

mod folder;

use std::fmt::Write as _;
use std::fs;

use autograd::{Seed, parallel};
use folder::{compare, text};
use nn::generator;
use rand::RngExt as _;
use rand_distr::StandardNormal;
use serde_json::Value;

const COLUMNS: usize = 8;

/// Two classes, apart along a direction of the seed's: rows, and whether each is of the first class.
fn table(rows: usize, direction: Seed, seed: Seed, shuffled: bool) -> String {
    let mut random = generator(direction);
    let way: Vec<f64> = (0..COLUMNS).map(|_| random.sample(StandardNormal)).collect();
    let length = way.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut random = generator(seed);
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("x{column}")).collect();
    let mut all = names.join(",") + ",kind\n";
    for row in 0..rows {
        let side = if row % 2 == 0 { 1.0 } else { -1.0 };
        for way in &way {
            let noise: f64 = random.sample(StandardNormal);
            let _ = write!(all, "{:.5},", noise + side * way / length);
        }
        let kind = if shuffled { random.random::<bool>() } else { row % 2 == 0 };
        all += if kind { "oak\n" } else { "elm\n" };
    }
    all
}

/// Whether fine-tuning is said to help, in so many runs with a related source or a shuffled one.
fn helped(runs: usize, related: bool) -> usize {
    let folder = folder::empty("null", if related { "power" } else { "null" });
    let one = |&run: &usize| -> bool {
        let seed = Seed::new(run as u64).child(usize::from(related));
        let [source, target] = ["source", "target"].map(|role| {
            let file = folder.join(format!("{role}{run}.csv"));
            let rows = if role == "source" { 400 } else { 300 };
            let shuffled = role == "source" && !related;
            let direction = seed.child("direction");
            fs::write(&file, table(rows, direction, seed.child(role), shuffled)).expect("a file");
            file.to_str().expect("the build's folder is text").to_owned()
        });
        let ask = ["transfer", "--source", &source, "--target", &target, "--label", "kind"];
        let short = ["--steps", "60", "--hidden", "8", "--labels-per-class", "5", "--seeds", "10"];
        let more = ["--strategies", "fine-tuned", "--quiet", "--threads", "1", "--json", "-"];
        let output = compare(&[&ask[..], &short, &more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = report["summary"][0]["rows"].as_array().expect("rows");
        rows.iter().any(|row| row["strategy"] == "fine-tuned" && row["verdict"] == "helps")
    };
    let runs: Vec<usize> = (0..runs).collect();
    parallel::map(&runs, one).into_iter().filter(|helps| *helps).count()
}

fn runs() -> usize {
    std::env::var("RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20)
}

#[test]
fn a_source_with_shuffled_labels_is_said_to_help_in_one_of_twenty_runs_at_most() {
    let (runs, helps) = (runs(), helped(runs(), false));
    println!("shuffled source: \"helps\" in {helps} of {runs} runs");
    assert!(20 * helps <= runs, "{helps} of {runs}");
}

#[test]
fn a_source_of_the_same_classes_is_found_in_most_runs() {
    let (runs, helps) = (runs(), helped(runs(), true));
    println!("related source: \"helps\" in {helps} of {runs} runs");
    assert!(2 * helps > runs, "{helps} of {runs}");
}
