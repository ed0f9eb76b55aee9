//! The report for programs: every run, and all that is needed to make it again.
//!
//! Two reports of the same settings differ in `timing` alone, on any number of threads.

use serde::Serialize;

use crate::partitions::Partitions;
use crate::problem::hash;
use crate::protocol::{BATCH, Protocol, SeedRuns};
use crate::settings::{SOURCE_ONLY, Setting};
use crate::strategies::{CEILING, Strategy};
use crate::summary::{Control, Row, Summary};

#[derive(Serialize)]
struct Report<'a> {
    /// Raised when a field changes its meaning or its place.
    schema: u32,
    program: &'static str,
    version: &'static str,
    settings: Settings<'a>,
    data: [DataSet; 2],
    runs: Vec<Training<'a>>,
    summary: &'a [Row],
    controls: &'a [Control],
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<&'a Partitions>,
    timing: Timing<'a>,
}

#[derive(Serialize)]
struct Settings<'a> {
    /// How many seeds were asked for, and how many are in here.
    seeds_asked: usize,
    seeds: usize,
    labels_per_class: usize,
    test_rows: usize,
    widths: Vec<usize>,
    source_batch: usize,
    momentum: f64,
    kind: crate::settings::Settings,
    split: crate::problem::Split,
    /// No training has more.
    steps: usize,
    /// Of the source's network, then of every row.
    pretraining: Setting,
    /// The ceiling is trained as the source's network; `null`: nothing is trained.
    rows: Vec<(&'a str, Option<Setting>)>,
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
pub(crate) fn report(
    protocol: &Protocol,
    seeds: &[SeedRuns],
    summary: &Summary,
    partitions: Option<&Partitions>,
    (threads, seconds): (usize, f64),
) -> String {
    let runs = || seeds.iter().flat_map(|seed| &seed.runs);
    let training = |run: &'_ crate::protocol::Run| Training {
        seed: run.seed,
        strategy: run.strategy,
        accuracy: run.accuracy(),
        parameters: run.parameters,
    };
    let report = Report {
        schema: 2,
        program: env!("CARGO_BIN_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        settings: settings(protocol, seeds.len()),
        data: data(protocol),
        runs: runs().map(training).collect(),
        summary: &summary.rows,
        controls: &summary.controls,
        partitions,
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

fn settings(protocol: &Protocol, seeds: usize) -> Settings<'_> {
    let setting = |row: &Strategy| match row.name() {
        CEILING => Some(protocol.setting(SOURCE_ONLY)),
        name => row.is_trained().then(|| protocol.setting(name)),
    };
    Settings {
        seeds_asked: protocol.seeds(),
        seeds,
        labels_per_class: protocol.problem.labels,
        test_rows: protocol.problem.test.len(),
        widths: protocol.widths(),
        source_batch: BATCH,
        momentum: 0.9,
        kind: protocol.settings,
        split: protocol.problem.split,
        steps: protocol.steps,
        pretraining: protocol.setting(SOURCE_ONLY),
        rows: protocol.strategies.iter().map(|row| (row.name(), setting(row))).collect(),
    }
}

fn data(protocol: &Protocol) -> [DataSet; 2] {
    let problem = &protocol.problem;
    let (target, source) = (&problem.target, &problem.source);
    [(problem.target_name, target), (problem.source_name, source)].map(|(name, data)| DataSet {
        name,
        rows: data.num_rows(),
        hash: format!("{:016x}", hash(data)),
    })
}
