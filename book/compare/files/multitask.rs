//! `compare multitask --data D.csv --tasks A,B,...`: is one network for all tasks better than one for
//! each?

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use autograd::{Seed, Tape, Tensor, free_spare_buffers, parallel, task_gradients};
use multitask::shared::Hard;
use multitask::{Joint, Strategy as _, Table};
use nn::data::{Examples, LabelColumn, Scaler};
use nn::{Dataset, NetworkSpec};

use super::arguments::{By, Missing, MultitaskArguments, Options, Seeds};
use super::deck::Deck;
use super::job::{Job, Trained};
use super::reading::{self, Opened, check_without, shown, usage};
use super::results::{Comparison, Named, Results, SCHEMA, Settings, TestPart};
use super::transfer::{Places, command, data_set, missing, warn};
use super::tuning::{self, Choices, FOLDS, Folds, TRIED};
use super::writing::Timing;
use super::{understood, warnings};
use crate::answers::{Answers, Truth};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{Output, Progress};
use crate::protocol::{BATCH, Run, SeedRuns};
use crate::settings::{Setting, Settings as Kind};
use crate::strategies::{self, CEILING, Strategy};
use crate::summary::Summary;
use crate::table::plural;

/// The tasks of a table, and what is learnt of them.
struct Tasks {
    /// On this scale.
    data: Dataset,
    scaler: Scaler,
    deck: Deck,
    spec: NetworkSpec,
    kind: Kind,
    by: By,
    /// What was chosen instead.
    chosen: BTreeMap<&'static str, Setting>,
    steps: usize,
    strategies: Vec<Strategy>,
    /// Of each task, the test rows that have a label of it.
    tests: Vec<(Tensor, Truth)>,
}

/// Reads, checks, trains, tells; what can be refused is refused before any training.
pub(crate) fn multitask(arguments: &MultitaskArguments) -> Result<ExitCode, Failure> {
    let options = &arguments.options;
    let places = Places::of(options)?;
    let json = places.json.as_ref();
    let work = || {
        let mut table = read(arguments)?;
        let deck = deck(&table, options)?;
        table.forget_text();
        let seeds = options.seeds.clone().map_or(0..deck.usual_seeds(), |Seeds(seeds)| seeds);
        let (tasks, left_out) = Tasks::of(&table, deck, options)?;
        let output = &mut Output::beside(json);
        if !output.write(&(understood::table(&table) + "\n"))? && json.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
        let warnings =
            warnings::of_tasks(&table, [&tasks.deck.test, &tasks.deck.seen], seeds.len());
        warn(&warnings, options.quiet);
        let empty = tasks.empty(&table, options, &left_out);
        let results = Results { warnings, seeds_asked: seeds.len(), ..empty };
        drop(table);
        free_spare_buffers();
        seeds.clone().try_for_each(|seed| tasks.check(seed))?;
        interrupt::listen()?;
        let threads = parallel::num_threads();
        output.write(&tasks.will_run(
            seeds.len(),
            tasks.estimate(seeds.len(), threads)?,
            threads,
        ))?;
        run(tasks, results, options, (&places, seeds), output)
    };
    parallel::with_threads(options.threads.unwrap_or_else(parallel::num_threads), work)
}

/// Chooses settings, if there are rows for it, trains and tells.
fn run(
    mut tasks: Tasks,
    mut results: Results,
    options: &Options,
    (places, seeds): (&Places, Range<usize>),
    output: &mut Output,
) -> Result<ExitCode, Failure> {
    let Places { json, out, best } = places;
    let start = std::time::Instant::now();
    if tasks.by == By::Grid {
        let Some(choices) = tasks.tuned(options.quiet) else {
            output.write(tuning::BROKEN_OFF)?;
            return Ok(interrupt::CODE.into());
        };
        results = results.chosen(&choices);
        tasks.chosen = choices.into_iter().map(|(row, choice)| (row, choice.chosen)).collect();
    }
    if out.is_some() {
        results.conflicts = tasks.conflicts()?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let threads = parallel::num_threads();
    let job = Job {
        results,
        timing: Timing { command: command(), threads, seconds, ..Timing::default() },
        strategies: &tasks.strategies,
        seeds: seeds.collect(),
        json: json.as_ref(),
        out: out.as_ref(),
        quiet: options.quiet,
    };
    let (summary, code) =
        job.run(output, tasks.strategies.len(), |seed, progress: &Progress| {
            tasks.train(seed, tasks.steps, &|what| progress.tell(what, seed))
        })?;
    if let Some(file) = best {
        output.write(&tasks.save_best(file, &summary)?)?;
    }
    Ok(code)
}

fn read(arguments: &MultitaskArguments) -> Result<reading::Table, Failure> {
    let MultitaskArguments { data, tasks, options } = arguments;
    if let Some(twice) = (1..tasks.len()).find(|&i| tasks[..i].contains(&tasks[i])) {
        return Err(usage(format!("--tasks names \"{}\" twice", shown(&tasks[twice]))));
    }
    if let [only] = tasks.as_slice() {
        let only = shown(only);
        return Err(usage(format!("--tasks has \"{only}\" alone: several tasks are compared")));
    }
    if let Some(other) = options.numbers.iter().find(|name| !tasks.contains(name)) {
        let other = shown(other);
        return Err(usage(format!("--numbers \"{other}\": it is none of the columns of --tasks")));
    }
    let file = Opened::new(data)?;
    check_without(options, tasks, &[&file])?;
    let identifiers = file.identifiers(tasks, &options.without)?;
    file.read(tasks, &identifiers, options)
}

fn deck(table: &reading::Table, options: &Options) -> Result<Deck, Failure> {
    let deck = Deck::of(&table.data, options.test_share, options.labels_per_class);
    deck.map_err(|rows| {
        let asked = "fewer than a training set takes: take fewer --labels-per-class";
        let first = table.data.label_columns[0].name();
        table.refuse(
            None,
            first,
            &format!("{rows} rows outside the test part have a label, {asked}"),
        )
    })
}

impl Tasks {
    /// The strategies that can learn the tasks, and the names of those that cannot.
    fn of(
        table: &reading::Table,
        deck: Deck,
        options: &Options,
    ) -> Result<(Self, Vec<&'static str>), Failure> {
        let features = Dataset { label_columns: vec![], ..table.data.clone() };
        let rows = features.rows(&deck.seen);
        let fills = options.missing == Missing::Mean;
        let mut scaler = if fills { Scaler::filling(&rows) } else { Scaler::fit(&rows) };
        super::pair::shorten(&mut scaler);
        let data: Dataset = scaler.apply_as(&table.data).expect("the columns are the same");
        let numbers = data.label_columns.iter().any(|column| column.as_numbers().is_some());
        let widths = [&[data.num_columns()][..], &options.hidden, &[1]].concat();
        let mut tasks = Self {
            spec: NetworkSpec::mlp(&widths),
            kind: if numbers { Kind::Numbers } else { Kind::Default },
            by: By::Fixed,
            chosen: BTreeMap::new(),
            steps: options.steps,
            strategies: vec![],
            tests: vec![],
            data,
            scaler,
            deck,
        };
        tasks.tests = (0..tasks.data.label_columns.len())
            .map(|task| tasks.known(task, &tasks.deck.test))
            .collect();
        let left_out = tasks.choose(options)?;
        let training = tasks.data.rows(&tasks.deck.training(0));
        tasks.by = tuning::by(options, &training.label_columns)?;
        Ok((tasks, left_out))
    }

    /// Takes the strategies that learn these tasks: each is tried for a step.
    fn choose(&mut self, options: &Options) -> Result<Vec<&'static str>, Failure> {
        let mut left_out = Vec::new();
        let [table, whole] = self.tables(0);
        for strategy in strategies::joint_rows(&options.strategies)? {
            let setting = self.setting(strategy.name()).within(1);
            match strategy.fit_tasks([&table, &whole], &self.spec, &setting, Seed::new(0)) {
                Ok(_) => self.strategies.push(strategy),
                Err(_) if options.strategies.is_empty() => left_out.push(strategy.name()),
                Err(why) => return Err(usage(why)),
            }
        }
        Ok(left_out)
    }

    fn setting(&self, strategy: &str) -> Setting {
        let chosen = self.chosen.get(strategy).copied();
        chosen.unwrap_or_else(|| self.kind.of(strategy)).within(self.steps)
    }

    /// What a seed learns from, and all rows outside the test part.
    fn tables(&self, seed: usize) -> [Table; 2] {
        [self.table(&self.deck.training(seed)), self.table(&self.deck.seen)]
    }

    fn table(&self, rows: &[usize]) -> Table {
        let table = Table::new("table", self.data.rows(rows));
        if rows.len() > BATCH { table.in_batches(BATCH) } else { table }
    }

    /// Of the rows that have a label of a task, the features and the labels.
    fn known(&self, task: usize, rows: &[usize]) -> (Tensor, Truth) {
        let column = &self.data.label_columns[task];
        let rows: Vec<usize> = rows.iter().copied().filter(|&row| column.is_known(row)).collect();
        (self.data.features.rows(&rows), Truth::of(&column.rows(&rows)))
    }

    /// The settings that do best on parts of the training rows of seed 0 that they were not learnt
    /// from; nothing if the user breaks off.
    fn tuned(&self, quiet: bool) -> Option<Choices> {
        let training = self.deck.training(0);
        let folds = Folds::of(&self.data.rows(&training).label_columns);
        let in_data = |places: &[usize]| places.iter().map(|&place| training[place]).collect();
        let learnt: Vec<Table> = (0..FOLDS)
            .map(|part| self.table(&in_data(&folds.without(part)) as &Vec<usize>))
            .collect();
        let tasks = 0..self.tests.len();
        let held = |part: &Vec<usize>| -> Vec<(Tensor, Truth)> {
            let rows: Vec<usize> = in_data(part);
            tasks.clone().map(|task| self.known(task, &rows)).collect()
        };
        let held: Vec<_> = folds.parts.iter().map(held).collect();
        let rows: Vec<_> = self.strategies.iter().filter(|row| row.is_trained()).collect();
        let progress = Progress::telling(rows.len() * TRIED * FOLDS, quiet);
        let setting = |strategy: &str| self.setting(strategy);
        tuning::choose(&rows, setting, &folds, |strategy, setting, part| {
            let tables = [&learnt[part]; 2];
            let learnt = strategy.fit_tasks(tables, &self.spec, setting, Seed::new(0)).ok();
            progress.tell(strategy.name(), 0);
            let learnt = learnt?;
            let answers = |(task, (x, truth)): (usize, &(Tensor, Truth))| {
                Answers::of(&learnt.predict(task, x), truth)
            };
            Some(held[part].iter().enumerate().map(answers).collect())
        })
    }

    /// Refuses tasks of which a training set, or the test part, has no label.
    fn check(&self, seed: usize) -> Result<(), Failure> {
        let training = self.deck.training(seed);
        for column in &self.data.label_columns {
            let known = |rows: &[usize]| rows.iter().filter(|&&row| column.is_known(row)).count();
            let (learnt, tested) = (known(&training), known(&self.deck.test));
            if learnt < 2 || tested < 2 {
                return Err(usage(format!(
                    "task \"{}\" has {learnt} labels among the {} training rows of seed {seed} and \
                     {tested} in the test part: it needs two of each, so take more --labels-per-class",
                    shown(column.name()),
                    training.len()
                )));
            }
        }
        Ok(())
    }

    /// Trains every strategy once; the error names seed, strategy and step.
    fn train(
        &self,
        seed: usize,
        steps: usize,
        done: &(dyn Fn(&str) + Sync),
    ) -> Result<Vec<Trained>, Failure> {
        let [table, whole] = self.tables(seed);
        let mut of_tasks: Vec<Vec<Run>> = self.tests.iter().map(|_| vec![]).collect();
        for strategy in &self.strategies {
            let start = std::time::Instant::now();
            let setting = self.setting(strategy.name()).within(steps);
            let learnt =
                strategy.fit_tasks([&table, &whole], &self.spec, &setting, Seed::new(seed as u64));
            let learnt = learnt.map_err(|why| Failure::Run(format!("seed {seed}: {why}")))?;
            let seconds = start.elapsed().as_secs_f64();
            for (task, (x, truth)) in self.tests.iter().enumerate() {
                let answers = Answers::of(&learnt.predict(task, x), truth);
                of_tasks[task].push(Run {
                    seed,
                    strategy: strategy.name(),
                    values: answers.values(truth),
                    answers,
                    parameters: learnt.trained,
                    updates: learnt.log.len(),
                    curve: strategies::curve(&learnt.log, task),
                    seconds,
                });
            }
            done(strategy.name());
        }
        let labels = self.deck.rows;
        let trained = |(task, runs)| Trained {
            task,
            labels,
            runs: SeedRuns { seed, pretraining: 0.0, runs },
        };
        Ok(of_tasks.into_iter().enumerate().map(trained).collect())
    }

    /// Trains the row of the highest mean once more, as its first seed was, saves it and says so.
    fn save_best(&self, file: &Path, summary: &Summary) -> Result<String, Failure> {
        let rows = summary.rows.iter().filter(|row| row.strategy != CEILING);
        let best = rows.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy)).expect("a baseline");
        let strategy = self.strategies.iter().find(|own| own.name() == best.strategy);
        let strategy = strategy.expect("a row is a strategy's");
        let ([table, whole], setting) = (self.tables(0), self.setting(strategy.name()));
        let learnt = strategy.fit_tasks([&table, &whole], &self.spec, &setting, Seed::new(0));
        let mut learnt = learnt.map_err(Failure::Run)?;
        learnt.set_scaler(Some(self.scaler.clone()));
        learnt.save(file).map_err(|error| Failure::Run(error.to_string()))?;
        let (name, mean) = (best.strategy, best.accuracy);
        Ok(format!("\nSaved: {name} with all tasks, trained as in seed 0 (mean {mean:.3}).\n"))
    }

    /// The cosines between the tasks' gradients over a trunk that all share, after a third of its
    /// training as in seed 0.
    fn conflicts(&self) -> Result<Vec<Vec<f64>>, Failure> {
        let [table, _] = self.tables(0);
        let (tables, spec) = (std::slice::from_ref(&table), &self.spec);
        let recipe = self.setting("shared parameters").within(self.steps.div_ceil(3)).recipe();
        let given = multitask::Given { tables, spec };
        let failed = |error: nn::Error| Failure::Run(error.to_string());
        let learnt = Joint::of(Hard).fit(&given, &nn::train::Run::new(recipe, Seed::new(0)));
        let learnt = learnt.map_err(failed)?;
        let rows = Examples::of_all("tasks", &table.data, None, Seed::new(0)).map_err(failed)?;
        let (x, labels) = rows.batch_of_all(0);
        let tape = Tape::new();
        let all: Vec<usize> = (0..labels.len()).collect();
        let outputs = learnt.network.forward(tape.constant(x), &all);
        let losses: Vec<_> =
            outputs.iter().zip(&labels).map(|(outputs, labels)| labels.loss(*outputs)).collect();
        let gramian = task_gradients(&losses, &learnt.network.shared()).gramian();
        let (g, tasks) = (gramian.as_slice(), labels.len());
        let cosine = |i: usize, j: usize| {
            g[i * tasks + j] / (g[i * tasks + i] * g[j * tasks + j]).sqrt().max(f64::MIN_POSITIVE)
        };
        Ok((0..tasks).map(|i| (0..tasks).map(|j| cosine(i, j)).collect()).collect())
    }

    /// About how many seconds all runs take, judged by the first steps of a seed.
    fn estimate(&self, seeds: usize, threads: usize) -> Result<f64, Failure> {
        let (few, more) = (5, 25);
        let seconds = |steps: usize| -> Result<f64, Failure> {
            let start = std::time::Instant::now();
            self.train(0, steps, &|_| ())?;
            Ok(start.elapsed().as_secs_f64())
        };
        let (short, long) = (seconds(few)?, seconds(more)?);
        let a_step = (long - short).max(0.0) / (more - few) as f64;
        let seed = long + a_step * self.steps.saturating_sub(more) as f64;
        let others = seeds - 1 + tuning::seeds_worth(self.by);
        Ok(seed * (1.0 + others as f64 / threads as f64))
    }

    fn will_run(&self, seeds: usize, seconds: f64, threads: usize) -> String {
        let (rows, tasks, grid) = (self.strategies.len(), self.tests.len(), tuning::told(self.by));
        let seconds = if seconds < 1.0 { "a second".to_owned() } else { format!("{seconds:.0} s") };
        format!(
            "{rows} rows x {seeds} {}{grid}, {tasks} tasks, {} training rows, tested on {}: about {seconds} \
             on {threads} {}\n\n",
            plural(seeds, "seed"),
            self.deck.rows,
            self.deck.test.len(),
            plural(threads, "thread")
        )
    }

    /// The results before any run.
    fn empty(&self, table: &reading::Table, options: &Options, left_out: &[&str]) -> Results {
        let part =
            |(column, (_, truth)): (&LabelColumn, &(Tensor, Truth))| TestPart::of(column, truth);
        let named = |row: &Strategy| Named {
            name: row.name().to_owned(),
            setting: Some(self.setting(row.name())),
            tried: vec![],
        };
        Results {
            schema: SCHEMA,
            program: env!("CARGO_BIN_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            comparison: Comparison::Multitask,
            data: vec![data_set("table", table)],
            protocol: Settings {
                labels_per_class: self.deck.rows,
                training_rows: self.deck.rows,
                test_share: options.test_share,
                disjoint: self.deck.disjoint,
                in_common: self.deck.share(),
                hidden: options.hidden.clone(),
                source_batch: BATCH,
                curve: vec![],
                steps: options.steps,
                by: self.by,
                missing: missing(options),
            },
            warnings: vec![],
            tasks: self.data.label_columns.iter().zip(&self.tests).map(part).collect(),
            strategies: self.strategies.iter().map(named).collect(),
            left_out: left_out.iter().map(|name| (*name).to_owned()).collect(),
            conflicts: vec![],
            seeds_asked: 0,
            seeds: 0,
            runs: vec![],
        }
    }
}
