//! Serves the workloads to a driver that times several engines in one run.
//!
//! Prints `ready`; then answers each line `WORKLOAD SECONDS` with one line of JSON: the median and
//! the least microseconds a step, the number of samples, and the loss before and after.
//! The first argument is the number of threads, 1 by default.

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use tests::workloads::{self, Step};

fn main() -> io::Result<()> {
    let threads = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    println!("ready");
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (Some(name), Some(seconds)) = (words.next(), words.next()) else { break };
        let seconds: f64 = seconds.parse().unwrap_or(0.25);
        let answer = match workloads::step(name) {
            // Inside the pool, where products are split without waking a thread first.
            Some(step) => autograd::parallel::with_threads(threads, || time(step, seconds)),
            None => r#"{"skip":true}"#.to_owned(),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// Runs the step for about so many seconds, in samples of at least 100 microseconds.
fn time(mut step: Step, seconds: f64) -> String {
    let first = step();
    let begin = Instant::now();
    let mut one = f64::INFINITY;
    while begin.elapsed().as_secs_f64() < 0.15 * seconds || one == f64::INFINITY {
        let start = Instant::now();
        step();
        one = one.min(start.elapsed().as_secs_f64());
    }
    let steps = (100e-6 / one).ceil().clamp(1.0, 10_000.0) as usize;
    let (mut samples, mut last) = (Vec::new(), first);
    let begin = Instant::now();
    while samples.len() < 3 || begin.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        for _ in 0..steps {
            last = black_box(step());
        }
        samples.push(start.elapsed().as_secs_f64() / steps as f64 * 1e6);
    }
    samples.sort_by(f64::total_cmp);
    format!(
        r#"{{"med":{},"min":{},"n":{},"first":{first},"last":{last}}}"#,
        samples[samples.len() / 2],
        samples[0],
        samples.len()
    )
}
