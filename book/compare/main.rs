//! `compare`: does knowledge of other people's digits help to learn digits, by which strategy, and
//! how sure is that?

mod arguments;
mod failure;
mod file;
mod inspect;
mod json;
mod output;
mod protocol;
mod strategies;
mod summary;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use arguments::{Arguments, Request};
use autograd::parallel;
use failure::Failure;
use file::Destination;
use output::{Output, Progress};
use protocol::{Protocol, SeedRuns};
use summary::Summary;

fn main() -> ExitCode {
    let result = arguments::parse(std::env::args_os()).and_then(|request| match request {
        Request::Print(text) => Output::new().write(&text).map(drop),
        Request::Inspect(file) => Output::new().write(&inspect::inspect(&file)?).map(drop),
        Request::Compare(arguments) => compare(&arguments),
    });
    result.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}

/// The main job; what can be refused is refused before any training.
fn compare(arguments: &Arguments) -> Result<(), Failure> {
    let protocol = Protocol::new(arguments.seeds, arguments.steps, &arguments.strategies)?;
    let json = arguments.json.as_deref().map(Destination::new).transpose()?;
    let work = || train_and_tell(&protocol, json.as_ref());
    parallel::with_threads(arguments.threads.unwrap_or_else(parallel::num_threads), work)
}

/// Says what will run, runs it, and tells what came out.
fn train_and_tell(protocol: &Protocol, json: Option<&Destination>) -> Result<(), Failure> {
    let threads = parallel::num_threads();
    let mut output = Output::new();
    let wanted = output.write(&table::announcement(protocol))?
        && output.write(&table::estimate(protocol.estimate(threads)?, threads))?;
    if !wanted && json.is_none() {
        return Ok(());
    }

    let start = Instant::now();
    let seeds = train(protocol)?;
    let seconds = start.elapsed().as_secs_f64();
    let summary = Summary::of(&protocol.strategies, &seeds);
    output.write(&table::table(protocol, &summary, &seeds[0]))?;
    match json {
        Some(json) => json.write(&json::report(protocol, &seeds, &summary, threads, seconds)),
        None => Ok(()),
    }
}

/// All runs, seed by seed. The first seed has the machine to itself, so that its times are those
/// of its trainings; the others run side by side.
fn train(protocol: &Protocol) -> Result<Vec<SeedRuns>, Failure> {
    let progress = Progress::new(protocol.num_trainings());
    let run = |&seed: &usize| protocol.run(seed, protocol.recipe.steps, &|| progress.step());
    let mut seeds = vec![run(&0)?];
    let others: Vec<usize> = (1..protocol.seeds).collect();
    for seed in parallel::map(&others, run) {
        seeds.push(seed?);
    }
    Ok(seeds)
}
