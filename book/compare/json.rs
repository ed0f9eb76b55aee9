//! The report for programs: every run, and all that is needed to make it again.
//!
//! Two reports of the same settings differ in `timing` alone, on any number of threads.

use nn::train::Rule;
use serde::Serialize;

use crate::protocol::{BATCH, LABELS, Protocol, SOURCE, SeedRuns, TARGET, WIDTHS, hash};
use crate::summary::{Control, Row, Summary};

#[derive(Serialize)]
struct Report<'a> {
    /// Raised when a field changes its meaning or its place.
    schema: u32,
    program: &'static str,
    version: &'static str,
    settings: Settings,
    data: [DataSet; 2],
    runs: Vec<Training<'a>>,
    summary: &'a [Row],
    controls: &'a [Control],
    timing: Timing<'a>,
}

#[derive(Serialize)]
struct Settings {
    seeds: usize,
    labels_per_class: usize,
    test_rows: usize,
    widths: [usize; 4],
    pretraining: Recipe,
    target: Recipe,
    joint: Recipe,
}

#[derive(Serialize)]
struct Recipe {
    steps: usize,
    learning_rate: f64,
    momentum: f64,
    /// Rows of the source in a batch; `null`: the source has no part in it.
    source_batch: Option<usize>,
}

#[derive(Serialize)]
struct DataSet {
    name: &'static str,
    rows: usize,
    /// FNV-1a, 64 bits.
    hash: String,
}

#[derive(Serialize)]
struct Training<'a> {
    seed: usize,
    strategy: &'a str,
    accuracy: f64,
    parameters: usize,
}

/// Everything that is not the same in every report of the same settings.
#[derive(Serialize)]
struct Timing<'a> {
    threads: usize,
    seconds: f64,
    /// Of each seed.
    pretraining: Vec<f64>,
    trainings: Vec<Time<'a>>,
}

#[derive(Serialize)]
struct Time<'a> {
    seed: usize,
    strategy: &'a str,
    seconds: f64,
}

/// The report as a text that ends with a line break.
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
pub(crate) fn report(
    protocol: &Protocol,
    seeds: &[SeedRuns],
    summary: &Summary,
    threads: usize,
    seconds: f64,
) -> String {
    let recipe = |recipe: &nn::train::Recipe, source_batch| Recipe {
        steps: recipe.steps,
        learning_rate: recipe.schedule.at(0),
        momentum: match recipe.rule {
            Rule::Sgd { momentum, .. } => momentum,
            Rule::Adam { .. } => 0.0,
        },
        source_batch,
    };
    let runs = || seeds.iter().flat_map(|seed| &seed.runs);
    let report = Report {
        schema: 1,
        program: env!("CARGO_BIN_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        settings: Settings {
            seeds: protocol.seeds,
            labels_per_class: LABELS,
            test_rows: protocol.test.len(),
            widths: WIDTHS,
            pretraining: recipe(&protocol.pretraining, Some(BATCH)),
            target: recipe(&protocol.recipe, None),
            joint: recipe(&protocol.joint, Some(BATCH)),
        },
        data: [(TARGET, &protocol.target), (SOURCE, &protocol.source)].map(|(name, data)| {
            DataSet { name, rows: data.num_rows(), hash: format!("{:016x}", hash(data)) }
        }),
        runs: runs()
            .map(|run| Training {
                seed: run.seed,
                strategy: run.strategy,
                accuracy: run.accuracy,
                parameters: run.parameters,
            })
            .collect(),
        summary: &summary.rows,
        controls: &summary.controls,
        timing: Timing {
            threads,
            seconds,
            pretraining: seeds.iter().map(|seed| seed.pretraining).collect(),
            trainings: runs()
                .map(|run| Time { seed: run.seed, strategy: run.strategy, seconds: run.seconds })
                .collect(),
        },
    };
    let text = serde_json::to_string_pretty(&report).expect("the report has plain keys");
    text + "\n"
}
