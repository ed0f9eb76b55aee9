//! `cargo bench -p tests`: how long a training step takes, beside the time that its products alone
//! would take at the best rate this machine reaches, on one thread and on two.
//!
//! The rate is measured here, as that of the fastest large product. Losses must fall. With
//! `-- --json FILE` the figures are written down too; the book draws them.

use std::hint::black_box;
use std::time::Instant;

use serde::Serialize;
use tests::workloads;

const STEPS: [&str; 9] = [
    "mlp:10-50-10:1",
    "mlp:10-50-10:32",
    "mlp:10-50-10:256",
    "mlp:64-256-128-10:128",
    "hard",
    "stitch",
    "taskgrad",
    "deep:32",
    "mlp:784-1024-1024-10:256",
];
const PRODUCTS: [&str; 5] = [
    "mm:64,64,64,nn",
    "mm:128,128,128,nn",
    "mm:256,256,256,nn",
    "mm:512,512,512,nn",
    "mm:1024,1024,1024,nn",
];

/// Steps without products: what exact sums cost beside plain ones, and what only moves entries.
const OTHERS: [&str; 6] =
    ["chain:1000", "sum", "sum:plain", "layer_norm", "column:4194304", "transpose:2048"];

/// What was measured of a product or a step.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    threads: usize,
    microseconds: f64,
    /// What its multiplications would take at the machine's best rate on so many threads.
    limit: f64,
}

fn main() -> std::io::Result<()> {
    let mut figures = Vec::new();
    for threads in [1, 2] {
        figures.extend(autograd::parallel::with_threads(threads, || measure(threads)));
    }
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--json") {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(arguments.get(at + 1).expect("a file after --json"), text + "\n")?;
    }
    Ok(())
}

fn measure(threads: usize) -> Vec<Figure> {
    let count = |name| workloads::multiplications(name).expect("a workload of products") as f64;
    let products = PRODUCTS.map(|name| (name, least(name, 0.4)));
    let rate = products.iter().map(|(name, time)| count(name) / time).fold(0.0, f64::max);
    println!("\n{threads} thread(s): the fastest product does {:.1} GFLOP/s", 2e-3 * rate);
    println!("{:<28}{:>12}{:>12}{:>8}", "", "us", "limit us", "ratio");
    let steps = STEPS.map(|name| (name, least(name, 0.6)));
    let figures = products.into_iter().chain(steps).map(|(name, microseconds)| {
        let limit = count(name) / rate;
        println!("{name:<28}{microseconds:>12.2}{limit:>12.2}{:>8.2}", microseconds / limit);
        Figure { name, threads, microseconds, limit }
    });
    let figures = figures.collect();
    for name in OTHERS {
        println!("{name:<28}{:>12.2}{:>12}{:>8}", least(name, 0.3), "-", "-");
    }
    figures
}

/// The least microseconds a step within so many seconds; panics if a trained loss does not fall.
fn least(name: &str, seconds: f64) -> f64 {
    let mut step = workloads::step(name).expect("a known workload");
    let first = step();
    let (mut best, mut last) = (f64::INFINITY, first);
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < seconds {
        let steps = (100.0 / best.min(1e6)).clamp(1.0, 1e4) as usize;
        let start = Instant::now();
        for _ in 0..steps {
            last = black_box(step());
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / steps as f64);
    }
    let trains = STEPS.contains(&name) && name != "taskgrad";
    assert!(!trains || last < first, "the loss of {name} did not fall: {first} to {last}");
    best
}
