//! One comparison on files: run seed by seed, written down as it goes, and told at the end.

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::advice::advice;
use super::folder::Folder;
use super::results::Results;
use super::telling;
use super::writing::{self, Timing};
use crate::failure::Failure;
use crate::file::Destination;
use crate::interrupt;
use crate::output::{Output, Progress};
use crate::protocol::SeedRuns;
use crate::strategies::Strategy;
use crate::summary::Summary;
use crate::training::of_seeds;

/// What a comparison has beside its training.
pub(crate) struct Job<'j> {
    /// Without a run, or with those of an earlier call.
    pub(crate) results: Results,
    pub(crate) timing: Timing,
    pub(crate) strategies: &'j [Strategy],
    /// The seeds that are yet to be run.
    pub(crate) seeds: Vec<usize>,
    pub(crate) json: Option<&'j Destination>,
    pub(crate) out: Option<&'j Folder>,
    pub(crate) quiet: bool,
}

/// The trainings of a seed for a task, with so many labels of each class.
pub(crate) struct Trained {
    pub(crate) task: usize,
    pub(crate) labels: usize,
    pub(crate) runs: SeedRuns,
}

impl Job<'_> {
    /// Runs what is to be run, `trainings` of each seed, and tells what came out.
    pub(crate) fn run(
        self,
        output: &mut Output,
        trainings: usize,
        of_seed: impl Fn(usize, &Progress) -> Result<Vec<Trained>, Failure> + Sync,
    ) -> Result<(Summary, ExitCode), Failure> {
        let Self { mut results, mut timing, strategies, mut seeds, json, out, quiet } = self;
        if let Some((earlier, took)) = out.map_or(Ok(None), |out| out.earlier(&results))? {
            let done = earlier.seed_numbers();
            seeds.retain(|seed| !done.contains(seed));
            results = earlier;
            (timing.seconds, timing.trainings) = (took.seconds, took.trainings);
        }
        let start = Instant::now();
        let (before, width) = (timing.seconds, Output::width());
        let state = Mutex::new((results, timing));
        let progress = Progress::telling(trainings * seeds.len(), quiet);
        let finished = |trained: &Vec<Trained>| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let (results, timing) = &mut *state;
            trained.iter().for_each(|trained| add(results, timing, trained));
            timing.seconds = before + start.elapsed().as_secs_f64();
            if let Some(out) = out {
                out.runs(results, strategies, timing)?;
            }
            match json {
                Some(file @ Destination::File(_)) => {
                    file.write(&report(results, strategies, timing))
                }
                _ => Ok(()),
            }
        };
        of_seeds(&seeds, |seed| of_seed(seed, &progress), finished)?;
        drop(progress);
        let (results, timing) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let summaries = writing::summaries(&results, strategies);
        let seconds = writing::first_seconds(&results, &timing);
        output.write(&telling::tables(&results, &summaries, &seconds, width))?;
        if let Some(Destination::Stdout) = json {
            Destination::Stdout.write(&writing::json(&results, &summaries, &timing))?;
        }
        if let Some(out) = out {
            let advice = advice(&summaries[0].1, results.seeds, results.protocol.disjoint);
            out.whole(&results, &summaries, &timing, &advice)?;
        }
        let (_, first) = summaries.into_iter().next().expect("there is a task");
        if results.seeds < results.seeds_asked {
            output.write(&broken_off(&results))?;
            return Ok((first, interrupt::CODE.into()));
        }
        Ok((first, ExitCode::SUCCESS))
    }
}

fn add(results: &mut Results, timing: &mut Timing, trained: &Trained) {
    let Trained { task, labels, runs } = trained;
    results.add(*task, *labels, runs);
    if *task == 0 && *labels == results.protocol.labels_per_class {
        let of = |strategy: &str, seconds| (runs.seed, strategy.to_owned(), seconds);
        timing.trainings.push(of("pre-training", runs.pretraining));
        timing.trainings.extend(runs.runs.iter().map(|run| of(run.strategy, run.seconds)));
        timing.trainings.sort_by_key(|(seed, ..)| *seed);
    }
}

/// All that is known, in JSON.
fn report(results: &Results, strategies: &[Strategy], timing: &Timing) -> String {
    writing::json(results, &writing::summaries(results, strategies), timing)
}

/// How much was done before the user broke off.
fn broken_off(results: &Results) -> String {
    let numbers: Vec<String> = results.seed_numbers().iter().map(usize::to_string).collect();
    format!(
        "\nBroken off: {} of {} seeds are done (seeds {}), and the table is of those.\n",
        results.seeds,
        results.seeds_asked,
        numbers.join(", ")
    )
}
