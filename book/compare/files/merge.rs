//! `compare merge A.json B.json`: the runs of several machines as one.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde::Deserialize;

use super::arguments::MergeArguments;
use super::reading::{shown, usage};
use super::results::{Comparison, Results, SCHEMA};
use super::telling;
use super::transfer::command;
use super::warnings::{few_seeds, is_of_few_seeds};
use super::writing::{self, Timing};
use crate::failure::Failure;
use crate::file::Destination;
use crate::output::Output;
use crate::strategies::{self, Strategy};

/// A report as a file holds it.
#[derive(Deserialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) results: Results,
    pub(crate) timing: Timing,
}

/// Reads all parts before anything is said, and tells the whole as one run would.
pub(crate) fn merge(arguments: &MergeArguments) -> Result<ExitCode, Failure> {
    let json = arguments.json.as_deref().map(Destination::new).transpose()?;
    let mut parts = arguments.parts.iter().map(|file| Ok((file, read(file)?)));
    let first = parts.next().expect("two files are asked for at least");
    let (file, Report { mut results, mut timing }) = first?;
    for part in parts {
        let (other, report) = part?;
        add(&mut results, report.results, [file, other])?;
        timing.seconds += report.timing.seconds;
        timing.trainings.extend(report.timing.trainings);
    }
    timing.trainings.sort_by_key(|(seed, ..)| *seed);
    timing.command = command();
    let strategies = rows(&results)?;
    let summaries = writing::summaries(&results, &strategies);
    let seconds = writing::first_seconds(&results, &timing);
    let output = &mut Output::beside(json.as_ref());
    output.write(&telling::tables(&results, &summaries, &seconds, Output::width()))?;
    if let Some(json) = json {
        json.write(&writing::json(&results, &summaries, &timing))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn read(file: &Path) -> Result<Report, Failure> {
    let name = shown(&file.to_string_lossy());
    let text = fs::read(file).map_err(|error| usage(format!("{name}: cannot read: {error}")))?;
    let report: Report = serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        usage(format!(
            "{name}:{line}: column {column} of the line is not what a comparison on files writes"
        ))
    })?;
    if report.results.schema != SCHEMA {
        let schema = report.results.schema;
        return Err(usage(format!("{name}: its form is {schema}, and {SCHEMA} is read here")));
    }
    Ok(report)
}

/// Adds the runs of another part, which must differ in its seeds alone.
fn add(
    whole: &mut Results,
    part: Results,
    [first, other]: [&std::path::PathBuf; 2],
) -> Result<(), Failure> {
    let names = [first, other].map(|file| shown(&file.to_string_lossy()));
    let refuse = |what: &str| {
        let [first, other] = &names;
        Err(usage(format!(
            "{other}: it has {what} than {first}: parts differ in their seeds alone"
        )))
    };
    if let Some(what) = whole.differs(&part) {
        return refuse(what);
    }
    let seeds = whole.seed_numbers();
    if let Some(seed) = part.seed_numbers().iter().find(|seed| seeds.contains(seed)) {
        let [first, other] = &names;
        return Err(usage(format!("{other}: seed {seed} is in {first} too: parts share no seed")));
    }
    whole.seeds_asked += part.seeds_asked;
    whole.join(part.runs);
    let place = whole.warnings.iter().position(|warning| is_of_few_seeds(warning));
    whole.warnings.retain(|warning| !is_of_few_seeds(warning));
    if let (Some(place), Some(warning)) = (place, few_seeds(whole.seeds)) {
        whole.warnings.insert(place, warning);
    }
    Ok(())
}

/// The strategies that the results name.
fn rows(results: &Results) -> Result<Vec<Strategy>, Failure> {
    let mut all = match results.comparison {
        Comparison::Transfer => strategies::all(),
        Comparison::Multitask => strategies::joint(),
    };
    let mut rows = Vec::with_capacity(results.strategies.len());
    for named in &results.strategies {
        let place = all.iter().position(|strategy| strategy.name() == named.name);
        let unknown = || usage(format!("there is no strategy \"{}\" here", shown(&named.name)));
        rows.push(all.swap_remove(place.ok_or_else(unknown)?));
    }
    Ok(rows)
}
