//! `compare`: does knowledge of other people's digits help to learn digits, by which strategy, and
//! how sure is that?

mod answers;
mod arguments;
mod described;
mod failure;
mod file;
mod files;
mod grid;
mod inspect;
mod interrupt;
mod json;
mod layout;
mod learnt;
mod output;
mod partitions;
mod problem;
mod protocol;
mod settings;
mod strategies;
mod summary;
mod table;
mod training;
mod uncovered;

use std::process::ExitCode;
use std::time::Instant;

use arguments::{Arguments, Request};
use autograd::parallel;
use failure::Failure;
use file::Destination;
use output::Output;
use partitions::Partitions;
use problem::Problem;
use protocol::{Protocol, SeedRuns};
use summary::Summary;

fn main() -> ExitCode {
    let done = |result: Result<bool, Failure>| result.map(|_| ExitCode::SUCCESS);
    let result = arguments::parse(std::env::args_os()).and_then(|request| match request {
        Request::Print(text) => done(Output::new().write(&text)),
        Request::Inspect(file, json) => done(Output::new().write(&inspect::inspect(&file, json)?)),
        Request::Settings(seeds) => done(Output::new().write(&grid::run(seeds)?)),
        Request::Uncovered => done(Output::new().write(&uncovered::run()?)),
        Request::Compare(arguments) => compare(&arguments),
        Request::Predict(arguments) => done(Output::new().write(&learnt::predict(&arguments)?)),
        Request::Export(arguments) => done(Output::new().write(&learnt::export(&arguments)?)),
        Request::Transfer(arguments) => files::transfer(&arguments),
        Request::Merge(arguments) => files::merge(&arguments),
        Request::Multitask(arguments) => files::multitask(&arguments),
    });
    result.unwrap_or_else(|failure| failure.report())
}

/// The main job; what can be refused is refused before any training.
fn compare(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let problem = Problem::embedded(arguments.split(), arguments.seeds)?;
    let rows = strategies::rows(&arguments.strategies)?;
    let protocol = Protocol::of(problem, rows, arguments.settings, arguments.steps);
    let json = arguments.json.as_deref().map(Destination::new).transpose()?;
    interrupt::listen()?;
    let work = || train_and_tell(&protocol, arguments, json.as_ref());
    parallel::with_threads(arguments.threads.unwrap_or_else(parallel::num_threads), work)
}

/// Says what will run, runs it, and tells what came out.
fn train_and_tell(
    protocol: &Protocol,
    arguments: &Arguments,
    json: Option<&Destination>,
) -> Result<ExitCode, Failure> {
    let threads = parallel::num_threads();
    // Where the report goes to standard output, nothing else does.
    let mut output = Output::beside(json);
    let wanted = output.write(&table::announcement(protocol))?
        && output.write(&table::estimate(protocol.estimate(threads, 0)?, threads))?;
    if !wanted && json.is_none() {
        return Ok(ExitCode::SUCCESS);
    }

    let (start, width) = (Instant::now(), Output::width());
    let (seeds, whole) = training::train(protocol)?;
    let summary = Summary::of(&protocol.strategies, &seeds);
    output.write(&table::table(protocol, &summary, &seeds, width))?;
    let partitions = match arguments.partitions {
        Some(number) if whole => {
            let all = Partitions::run(protocol, &summary, &arguments.strategies, number)?;
            output.write(&table::partitions(&all, width))?;
            Some(all)
        }
        _ => None,
    };
    let seconds = start.elapsed().as_secs_f64();
    if let Some(json) = json {
        let times = (threads, seconds);
        json.write(&json::report(protocol, &seeds, &summary, partitions.as_ref(), times))?;
    }
    if interrupt::asked() {
        output.write(&broken_off(protocol, &seeds, partitions.as_ref()))?;
        return Ok(interrupt::CODE.into());
    }
    Ok(ExitCode::SUCCESS)
}

/// How much was done before the user broke off.
fn broken_off(protocol: &Protocol, seeds: &[SeedRuns], halves: Option<&Partitions>) -> String {
    let numbers: Vec<String> = seeds.iter().map(|seed| seed.runs[0].seed.to_string()).collect();
    let done = match halves {
        Some(halves) => format!("{} of {} halves", halves.number, halves.asked),
        None => format!("{} of {} seeds", seeds.len(), protocol.seeds()),
    };
    let numbers = numbers.join(", ");
    format!("\nBroken off: {done} are done (seeds {numbers}), and the table is of those.\n")
}
