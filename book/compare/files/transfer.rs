//! `compare transfer --source A.csv --target B.csv`: does A help to learn B?

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use autograd::{free_spare_buffers, parallel};

use super::arguments::{By, Missing, Options, TransferArguments};
use super::best::Best;
use super::folder::Folder;
use super::job::{Job, Trained};
use super::pair::Pair;
use super::reading::{Table, shown};
use super::results::{Comparison, DataSet, Named, Results, SCHEMA, TestPart};
use super::tuning::{self, Choices, FOLDS, Folds, TRIED};
use super::writing::Timing;
use super::{results, understood, warnings};
use crate::answers::Answers;
use crate::failure::Failure;
use crate::file::Destination;
use crate::interrupt;
use crate::output::{Output, Progress};
use crate::protocol::{BATCH, Protocol};
use crate::settings::{SOURCE_ONLY, Settings};
use crate::strategies::{self, CEILING, PLAIN, Strategy};
use crate::table::plural;

/// Reads, checks, trains, tells; what can be refused is refused before any training.
pub(crate) fn transfer(arguments: &TransferArguments) -> Result<ExitCode, Failure> {
    let options = &arguments.options;
    let Places { json, out, best } = Places::of(options)?;
    let work = || {
        let mut pair = Pair::read(arguments)?;
        let (rows, left_out) = rows(&pair, options)?;
        pair.forget_text();
        let by = tuning::by(options, &[pair.labels().rows(&pair.draws.training(0))])?;
        let output = &mut Output::beside(json.as_ref());
        let warnings = warnings::of_pair(&pair, pair.seeds.len());
        if !output.write(&understood::tables(&pair))? && json.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
        warn(&warnings, options.quiet);
        let of_classes = pair.labels().as_classes().is_some();
        let settings = if of_classes { Settings::Chosen } else { Settings::Numbers };
        let scaler = pair.scaler(options);
        let protocol = Protocol {
            hidden: options.hidden.clone(),
            ..Protocol::of(pair.problem(&scaler), rows, settings, options.steps)
        };
        let best = best.clone().map(|file| Best { file, scaler });
        let mut results = Results { warnings, ..empty(&pair, &protocol, options, &left_out) };
        results.protocol.by = by;
        // The files' numbers are on their scale by now.
        drop(pair);
        free_spare_buffers();
        interrupt::listen()?;
        let places = (json.as_ref(), out.as_ref(), best.as_ref());
        run(protocol, results, options, places, output)
    };
    parallel::with_threads(options.threads.unwrap_or_else(parallel::num_threads), work)
}

/// Where the report goes, the folder, and the best network, as far as they are asked for.
pub(super) struct Places {
    pub(super) json: Option<Destination>,
    pub(super) out: Option<Folder>,
    pub(super) best: Option<PathBuf>,
}

impl Places {
    /// Refuses what cannot be written to.
    pub(super) fn of(options: &Options) -> Result<Self, Failure> {
        let place = |path: &PathBuf| Destination::new(path);
        let best = options.save_best.as_ref().map(place).transpose()?;
        Ok(Self {
            json: options.json.as_ref().map(place).transpose()?,
            out: options.out.as_deref().map(Folder::new).transpose()?,
            best: best.as_ref().map(Destination::path).transpose()?.map(Path::to_owned),
        })
    }
}

fn run(
    mut protocol: Protocol,
    mut results: Results,
    options: &Options,
    (json, out, best): (Option<&Destination>, Option<&Folder>, Option<&Best>),
    output: &mut Output,
) -> Result<ExitCode, Failure> {
    let threads = parallel::num_threads();
    let by = results.protocol.by;
    let seconds = protocol.estimate(threads, tuning::seeds_worth(by))?;
    if !output.write(&will_run(&protocol, by, seconds, threads))? && json.is_none() {
        return Ok(ExitCode::SUCCESS);
    }
    let start = Instant::now();
    if by == By::Grid {
        let Some(choices) = tuned(&protocol, options.quiet)? else {
            output.write(tuning::BROKEN_OFF)?;
            return Ok(interrupt::CODE.into());
        };
        results = results.chosen(&choices);
        protocol.chosen = choices.into_iter().map(|(row, choice)| (row, choice.chosen)).collect();
    }
    let (protocol, seconds) = (&protocol, start.elapsed().as_secs_f64());
    let job = Job {
        timing: Timing { command: command(), threads, seconds, ..Timing::default() },
        strategies: &protocol.strategies,
        seeds: protocol.problem.seeds.clone().collect(),
        quiet: options.quiet,
        results,
        json,
        out,
    };
    let (labels, curve) = (protocol.problem.labels, job.results.protocol.curve.clone());
    let trainings = protocol.strategies.len() + 1 + curve.len() * protocol.of_curve().len();
    let (summary, code) = job.run(output, trainings, |seed, progress: &Progress| {
        let done = |what: &str| progress.tell(what, seed);
        let few = curve.iter().map(|&labels| {
            let runs = protocol.run_with(labels, seed, &done)?;
            Ok(Trained { task: 0, labels, runs })
        });
        let mut all = few.collect::<Result<Vec<_>, Failure>>()?;
        let runs = protocol.run(seed, protocol.steps, &done)?;
        all.push(Trained { task: 0, labels, runs });
        Ok(all)
    })?;
    if let Some(best) = best {
        output.write(&best.save(protocol, &summary)?)?;
    }
    Ok(code)
}

/// The numbers of labels of the curve, for a page: below those of a training set.
fn curve(pair: &Pair, options: &Options) -> Vec<usize> {
    let of_classes = pair.labels().as_classes().is_some();
    let steps = if of_classes { [1, 2, 3, 5, 10, 20, 50] } else { [5, 10, 20, 50, 100, 200, 500] };
    let fewer = steps.into_iter().filter(|&n| n < pair.draws.labels);
    if options.out.is_some() { fewer.collect() } else { vec![] }
}

/// What is compared, and what is left out; a class that the source has not is refused unless only
/// strategies with a new head are asked for.
fn rows(pair: &Pair, options: &Options) -> Result<(Vec<Strategy>, Vec<&'static str>), Failure> {
    let rows = strategies::rows_of(&options.strategies, &PLAIN, pair.facts());
    let Some(fresh) = &pair.fresh else { return rows };
    if !options.strategies.is_empty() && rows.is_ok() {
        return rows;
    }
    // A name that is none is the first thing to mend.
    strategies::rows_of(
        &options.strategies,
        &PLAIN,
        strategies::Facts { fresh_class: false, ..pair.facts() },
    )?;
    let classes = &pair.source.data.label_columns[0].as_classes().expect("it has classes").classes;
    let alike = |other: &&String| (1e6 * strsim::jaro_winkler(&fresh.class, other)) as u32;
    let nearest = classes.iter().max_by_key(alike).map_or("", String::as_str);
    let why = format!(
        "class \"{}\" is not in {}, whose nearest is \"{}\"; with a new head it may be: --strategies \
         features",
        shown(&fresh.class),
        shown(&pair.source.name),
        shown(nearest)
    );
    Err(pair.target.refuse(fresh.row, pair.labels().name(), &why))
}

/// The results before any run.
fn empty(pair: &Pair, protocol: &Protocol, options: &Options, left_out: &[&str]) -> Results {
    let Pair { source, target, draws, seeds, .. } = pair;
    let training_rows = protocol.problem.training.first().map_or(0, Vec::len);
    let setting = |row: &Strategy| match row.name() {
        CEILING | SOURCE_ONLY => Some(protocol.setting(SOURCE_ONLY)),
        name => row.is_trained().then(|| protocol.setting(name)),
    };
    Results {
        schema: SCHEMA,
        program: env!("CARGO_BIN_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        comparison: Comparison::Transfer,
        data: vec![data_set("source", source), data_set("target", target)],
        protocol: results::Settings {
            labels_per_class: draws.labels,
            training_rows,
            test_share: options.test_share,
            disjoint: draws.disjoint,
            in_common: draws.share,
            hidden: options.hidden.clone(),
            source_batch: BATCH,
            curve: curve(pair, options),
            steps: options.steps,
            by: By::Fixed,
            missing: missing(options),
        },
        warnings: vec![],
        tasks: vec![TestPart::of(pair.labels(), &protocol.test.1)],
        strategies: protocol
            .strategies
            .iter()
            .map(|row| Named { name: row.name().to_owned(), setting: setting(row), tried: vec![] })
            .collect(),
        left_out: left_out.iter().map(|name| (*name).to_owned()).collect(),
        conflicts: vec![],
        seeds_asked: seeds.len(),
        seeds: 0,
        runs: vec![],
    }
}

/// The settings that do best on parts of the training rows of seed 0 that they were not learnt from;
/// nothing if the user breaks off.
fn tuned(protocol: &Protocol, quiet: bool) -> Result<Option<Choices>, Failure> {
    let rows = protocol.problem.target.rows(&protocol.problem.training[0]);
    let rows = protocol.problem.scaled(rows);
    let folds = Folds::of(&rows.label_columns);
    let given = |part: usize| {
        let given = protocol.given(0, &protocol.setting(SOURCE_ONLY))?;
        Ok(given.with(rows.rows(&folds.without(part))))
    };
    let all: Vec<usize> = (0..FOLDS).collect();
    let given: Vec<_> =
        parallel::map(&all, |&part| given(part)).into_iter().collect::<Result<_, Failure>>()?;
    let held: Vec<_> = folds.parts.iter().map(|part| rows.rows(part)).collect();
    let strategies: Vec<_> = protocol.strategies.iter().filter(|row| row.is_trained()).collect();
    let progress = Progress::telling(strategies.len() * TRIED * FOLDS, quiet);
    let setting = |strategy: &str| protocol.setting(strategy);
    Ok(tuning::choose(&strategies, setting, &folds, |strategy, setting, part| {
        let learnt = strategy.fit(&given[part], setting).ok();
        progress.tell(strategy.name(), 0);
        Some(vec![Answers::of(&learnt?.logits(&held[part].features), &folds.truths[0])])
    }))
}

pub(super) fn data_set(role: &str, table: &Table) -> DataSet {
    let file = std::path::Path::new(&table.name).file_name();
    DataSet {
        role: role.to_owned(),
        file: file.map_or_else(|| table.name.clone(), |name| name.to_string_lossy().into_owned()),
        rows: table.data.num_rows(),
        columns: table.data.num_columns(),
        identifiers: table.identifiers.clone(),
        without: table.without.clone(),
        dropped: table.dropped,
        hash: table.hash.clone(),
    }
}

pub(super) fn missing(options: &Options) -> String {
    let what = match options.missing {
        Missing::Refuse => "refuse",
        Missing::Mean => "mean",
        Missing::Drop => "drop",
    };
    what.to_owned()
}

/// What will run, in a line, and about how long it takes.
fn will_run(protocol: &Protocol, by: By, seconds: f64, threads: usize) -> String {
    let (rows, seeds, grid) = (protocol.strategies.len(), protocol.seeds(), tuning::told(by));
    let labels = protocol.problem.labels;
    let of = if protocol.test.1.grain() > 0.0 { " a class" } else { "" };
    let seconds = if seconds < 1.0 { "a second".to_owned() } else { format!("{seconds:.0} s") };
    format!(
        "{rows} rows x {seeds} {}{grid}, {labels} {}{of}, tested on {} rows: about {seconds} on {threads} {}\n\n",
        plural(seeds, "seed"),
        plural(labels, "label"),
        protocol.problem.test.len(),
        plural(threads, "thread")
    )
}

/// Says the warnings on standard error.
pub(super) fn warn(warnings: &[String], quiet: bool) {
    if !quiet {
        let mut stderr = std::io::stderr().lock();
        // If nobody reads standard error, there is nobody to warn.
        warnings.iter().for_each(|warning| drop(writeln!(stderr, "warning: {warning}")));
    }
}

/// The command line as it was given.
pub(super) fn command() -> String {
    let words = std::env::args().skip(1).map(|word| {
        let plain = word.chars().all(|c| c.is_alphanumeric() || "-_./,:=+".contains(c));
        if plain && !word.is_empty() { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
    });
    ["compare".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Problem, Split};

    /// The digits with the labels of these rows of the target turned, and their features too if those
    /// are the test part's; what is chosen.
    fn chosen(turned: impl Fn(&Problem) -> Vec<usize>) -> Choices {
        let mut problem = Problem::embedded(Split::OWN, 2).expect("the data allow them");
        let rows = turned(&problem);
        let width = problem.target.num_columns();
        let mut entries = problem.target.features.as_slice().to_vec();
        for row in rows.iter().filter(|row| problem.test.contains(row)) {
            entries[row * width..][..width].iter_mut().for_each(|x| *x = 16.0 - *x);
        }
        let shape = problem.target.features.shape();
        problem.target.features = autograd::Tensor::new(shape, entries);
        let nn::data::LabelColumn::Classes(labels) = &mut problem.target.label_columns[0] else {
            panic!("the digits are classes")
        };
        for row in rows {
            labels.of_row[row] = labels.of_row[row].map(|class| (class * 3 + row) % 10);
        }
        let names = ["fine-tuned,pooled,linear".to_owned()];
        let rows = strategies::rows(&names).expect("there are these");
        let protocol = Protocol::of(problem, rows, Settings::Chosen, 8);
        tuned(&protocol, true).expect("it can be trained").expect("nobody breaks off")
    }

    #[test]
    fn no_row_of_the_test_part_and_no_label_of_another_seed_has_a_say_in_the_settings() {
        let own = chosen(|_| vec![]);
        assert_eq!(
            own.keys().copied().collect::<Vec<_>>(),
            ["fine-tuned", "linear", "pooled", "scratch"]
        );
        let others = |problem: &Problem| {
            let all = 0..problem.target.num_rows();
            all.filter(|row| !problem.training[0].contains(row)).collect()
        };
        assert_eq!(chosen(others), own);
        assert_ne!(chosen(|problem| problem.training[0][..9].to_vec()), own, "its own labels have");
    }
}
