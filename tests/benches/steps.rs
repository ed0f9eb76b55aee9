//! `cargo bench -p tests`: how long a training step takes, beside the time that its products alone
//! would take at the best rate this machine reaches, on one thread and on two.
//!
//! The rate is measured here, as that of the fastest large product. Losses must fall.

use std::hint::black_box;
use std::time::Instant;

use tests::workloads;

const STEPS: [&str; 8] = [
    "mlp:10-50-10:1",
    "mlp:10-50-10:32",
    "mlp:10-50-10:256",
    "mlp:64-256-128-10:128",
    "hard",
    "stitch",
    "deep:32",
    "mlp:784-1024-1024-10:256",
];

fn main() {
    for threads in [1, 2] {
        autograd::parallel::with_threads(threads, || table(threads));
    }
}

fn table(threads: usize) {
    let rate = ["mm:384,384,384,nn", "mm:512,512,512,nn", "mm:1024,1024,1024,nn"]
        .map(|name| count(name) / least(name, 0.4))
        .into_iter()
        .fold(0.0, f64::max);
    println!("\n{threads} thread(s): the fastest product does {:.1} GFLOP/s", 2e-3 * rate);
    println!("{:<28}{:>12}{:>12}{:>8}", "step", "us", "limit us", "ratio");
    for name in STEPS {
        let (time, limit) = (least(name, 0.5), count(name) / rate);
        println!("{name:<28}{time:>12.2}{limit:>12.2}{:>8.2}", time / limit);
    }
    let (name, time) = ("taskgrad", least("taskgrad", 0.5));
    println!(
        "{name:<28}{time:>12.2}{:>12.2}{:>8.2}",
        count(name) / rate,
        time * rate / count(name)
    );
    let time = least("chain:1000", 0.3);
    println!("{:<28}{time:>12.2}{:>12}{:>8}", "chain:1000", "-", "-");
}

fn count(name: &str) -> f64 {
    workloads::multiplications(name).expect("the workload has products") as f64
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
    let trains = !["mm", "chain", "taskgrad"].iter().any(|kind| name.starts_with(kind));
    assert!(!trains || last < first, "the loss of {name} did not fall: {first} to {last}");
    best
}
