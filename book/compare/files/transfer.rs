//! `compare transfer --source A.csv --target B.csv`: does A help to learn B?

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use autograd::parallel;

use super::arguments::{Missing, Options, TransferArguments};
use super::best::Best;
use super::folder::Folder;
use super::job::{Job, Trained};
use super::pair::Pair;
use super::reading::{Table, shown};
use super::results::{Comparison, DataSet, Named, Results, SCHEMA, TestPart};
use super::writing::Timing;
use super::{results, understood, warnings};
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
        let pair = Pair::read(arguments)?;
        let (rows, left_out) = rows(&pair, options)?;
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
        let results = Results { warnings, ..empty(&pair, &protocol, options, &left_out) };
        // The files' numbers are on their scale by now.
        drop(pair);
        interrupt::listen()?;
        let places = (json.as_ref(), out.as_ref(), best.as_ref());
        run(&protocol, results, options, places, output)
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
    protocol: &Protocol,
    results: Results,
    options: &Options,
    (json, out, best): (Option<&Destination>, Option<&Folder>, Option<&Best>),
    output: &mut Output,
) -> Result<ExitCode, Failure> {
    let threads = parallel::num_threads();
    let seconds = protocol.estimate(threads)?;
    if !output.write(&will_run(protocol, seconds, threads))? && json.is_none() {
        return Ok(ExitCode::SUCCESS);
    }
    let job = Job {
        timing: Timing { command: command(), threads, ..Timing::default() },
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

/// The numbers of labels of the curve, for a page: of classes, and below those of a training set.
fn curve(pair: &Pair, options: &Options) -> Vec<usize> {
    let wanted = options.out.is_some() && pair.labels().as_classes().is_some();
    let numbers = [1, 2, 3, 5, 10, 20, 50].into_iter().filter(|&n| n < pair.draws.labels);
    if wanted { numbers.collect() } else { vec![] }
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
            missing: missing(options),
        },
        warnings: vec![],
        tasks: vec![TestPart::of(pair.labels(), &protocol.test.1)],
        strategies: protocol
            .strategies
            .iter()
            .map(|row| Named { name: row.name().to_owned(), setting: setting(row) })
            .collect(),
        left_out: left_out.iter().map(|name| (*name).to_owned()).collect(),
        conflicts: vec![],
        seeds_asked: seeds.len(),
        seeds: 0,
        runs: vec![],
    }
}

pub(super) fn data_set(role: &str, table: &Table) -> DataSet {
    let file = std::path::Path::new(&table.name).file_name();
    DataSet {
        role: role.to_owned(),
        file: file.map_or_else(|| table.name.clone(), |name| name.to_string_lossy().into_owned()),
        rows: table.data.num_rows(),
        columns: table.data.num_columns(),
        identifiers: table.identifiers.clone(),
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
fn will_run(protocol: &Protocol, seconds: f64, threads: usize) -> String {
    let (rows, seeds) = (protocol.strategies.len(), protocol.seeds());
    let labels = protocol.problem.labels;
    let of = if protocol.test.1.grain() > 0.0 { "labels a class" } else { "labels" };
    let seconds = if seconds < 1.0 { "a second".to_owned() } else { format!("{seconds:.0} s") };
    format!(
        "{rows} rows x {seeds} {}, {labels} {of}, tested on {} rows: about {seconds} on {threads} {}\n\n",
        plural(seeds, "seed"),
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
