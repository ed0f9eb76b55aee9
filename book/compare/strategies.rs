//! The rows of the table: every strategy of both crates under one interface, and the ceiling.

use std::fmt::Write as _;
use std::path::Path;

use autograd::{Seed, Tensor};
use multitask::connection::CrossStitch;
use multitask::hierarchy::Layered;
use multitask::{Joint, SingleTask, Table};
use nn::data::Scaler;
use nn::metrics::mean;
use nn::train::{Description, Family, Recipe, Record, Role, Run};
use nn::{Dataset, NetworkSpec};
use transfer::baseline::{Linear, Scratch};
use transfer::structure::{FreshStructure, Net2Wider, Widening};
use transfer::{Given, Source, Target, pretrain};

use crate::failure::Failure;
use crate::settings::{SOURCE_ONLY, Setting, knob_of};

/// The name of the row that tells how far one could come.
pub(crate) const CEILING: &str = "ceiling";
/// The name of the row that all others are compared with.
pub(crate) const BASELINE: &str = "scratch";

/// All that a strategy of one seed is given.
pub(crate) struct Knowledge {
    pub(crate) sources: [Source; 1],
    pub(crate) target: Target,
    /// The target with all labels outside its test part.
    pub(crate) whole: Target,
    /// The source task, then the target task: the order of the levels in layers.
    pub(crate) tables: [Table; 2],
    pub(crate) spec: NetworkSpec,
    /// How the source's network was trained.
    pub(crate) pretraining: Recipe,
    /// The seed's number, and the seed.
    pub(crate) number: usize,
    pub(crate) seed: Seed,
}

impl Knowledge {
    /// The same with other labelled rows of the target.
    pub(crate) fn with(self, few: Dataset) -> Self {
        let [source, table] = self.tables;
        Self {
            target: Target { labelled: Some(few.clone()), ..self.target },
            tables: [source, Table { data: few, ..table }],
            ..self
        }
    }
}

/// A learnt target task.
pub(crate) enum Learnt {
    Alone(transfer::Fitted),
    /// With the number of the target among the tasks.
    Together(multitask::Fitted, usize),
}

impl Learnt {
    /// The logits of rows of the target.
    pub(crate) fn logits(&self, x: &Tensor) -> Tensor {
        match self {
            Self::Alone(fitted) => fitted.predict(x),
            Self::Together(fitted, target) => fitted.predict(*target, x),
        }
    }

    /// Writes the network with the scale of its rows to a file; `false` if it is none.
    pub(crate) fn save(self, file: &Path, scaler: &Scaler) -> Result<bool, Failure> {
        let scaler = Some(scaler.clone());
        let saved = match self {
            Self::Alone(fitted) if fitted.model().is_err() => return Ok(false),
            Self::Alone(fitted) => transfer::Fitted { scaler, ..fitted }.save(file),
            Self::Together(mut fitted, _) => {
                fitted.set_scaler(scaler);
                fitted.save(file)
            }
        };
        saved.map(|()| true).map_err(|error| Failure::Run(error.to_string()))
    }

    /// How many numbers the training moved.
    pub(crate) fn trained(&self) -> usize {
        match self {
            Self::Alone(fitted) => fitted.trained,
            Self::Together(fitted, _) => fitted.trained,
        }
    }

    /// The target's loss over the training, in a few pieces of equal length; nothing where there
    /// was no step.
    pub(crate) fn curve(&self) -> Vec<f64> {
        match self {
            Self::Alone(fitted) => curve(&fitted.log, 0),
            Self::Together(fitted, target) => curve(&fitted.log, *target),
        }
    }

    /// How many updates saw rows of the target.
    pub(crate) fn updates(&self) -> usize {
        match self {
            Self::Alone(fitted) => fitted.log.len(),
            Self::Together(fitted, _) => fitted.log.len(),
        }
    }
}

/// A task's loss over a training, in a few pieces of equal length.
pub(crate) fn curve(log: &[Record], task: usize) -> Vec<f64> {
    const PIECES: usize = 24;
    let loss = |record: &Record| record.losses.get(task).copied().flatten();
    let losses: Vec<f64> = log.iter().filter_map(loss).collect();
    let pieces = losses.len().min(PIECES);
    let end = |piece: usize| piece * losses.len() / pieces;
    (0..pieces).map(|piece| mean(&losses[end(piece)..end(piece + 1)])).collect()
}

enum Method {
    Transfer(Box<dyn transfer::Strategy>),
    Multitask(Box<dyn multitask::Strategy>),
    Ceiling,
}

/// What strategies find in the data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// How many classes the target has; `None` if its labels are numbers.
    pub(crate) classes: Option<usize>,
    /// Whether one of them is none of the source's.
    pub(crate) fresh_class: bool,
}

impl Facts {
    /// Of the embedded comparison.
    const DIGITS: Self = Self { classes: Some(10), fresh_class: false };
}

/// A strategy of either crate, or the ceiling.
pub(crate) struct Strategy {
    pub(crate) known: Description,
    method: Method,
}

impl Strategy {
    fn transfer(strategy: Box<dyn transfer::Strategy>) -> Self {
        Self { known: strategy.describe(), method: Method::Transfer(strategy) }
    }

    fn multitask(strategy: Box<dyn multitask::Strategy>) -> Self {
        Self { known: strategy.describe(), method: Method::Multitask(strategy) }
    }

    fn ceiling() -> Self {
        let known = Description { usual: true, ..Description::new(CEILING, Family::Baseline) };
        Self { known: Description { role: Role::Baseline, ..known }, method: Method::Ceiling }
    }

    /// Which of its needs the data do not meet.
    fn unmet(&self, facts: Facts) -> Option<String> {
        let unmet = self.known.needs.unmet(1, true, true, facts.classes);
        unmet.or_else(|| {
            let class = "needs every class of the target in the source";
            (facts.fresh_class && !self.learns_fresh_classes()).then(|| class.to_owned())
        })
    }

    /// Whether it learns a class that the source has not: it is tried on a toy.
    fn learns_fresh_classes(&self) -> bool {
        let data = |classes: [&str; 2]| {
            let rows = Tensor::from_fn([4, 2], |i| (i % 3) as f32);
            let labels = nn::Labels::of_classes("class", &[0, 1, 0, 1], &classes);
            Dataset::new(rows, vec![labels.expect("there are two")]).expect("four labels")
        };
        let (source, target) = (data(["a", "b"]), data(["b", "c"]));
        let (spec, seed) = (NetworkSpec::mlp(&[2, 4, 2]), Seed::new(0));
        let setting = Setting { steps: 1, ..Setting::default_of(self.name()) };
        let pretraining = setting.recipe();
        let learnt = pretrain("source", source.clone(), &spec, &pretraining, seed);
        let given = Knowledge {
            sources: [learnt.expect("the toy can be learnt")],
            target: Target::new("target", target.clone()).seeing(&target),
            whole: Target::new("target", target.clone()),
            tables: [Table::new("source", source), Table::new("target", target)],
            spec,
            pretraining,
            number: 0,
            seed,
        };
        self.fit(&given, &setting).is_ok()
    }

    /// Whether a setting of its own says how it is trained.
    pub(crate) fn is_trained(&self) -> bool {
        let untrained = [SOURCE_ONLY, CEILING].contains(&self.name());
        // Of the references only those with an option are trained.
        !untrained && (self.known.role != Role::Reference || knob_of(self.name()).is_some())
    }

    /// Whether it learns by keeping rows, so that its answers take the time.
    pub(crate) fn takes_no_steps(&self) -> bool {
        self.known.role == Role::Reference && !self.is_trained() && self.name() != SOURCE_ONLY
    }

    /// Its name in the table.
    pub(crate) fn name(&self) -> &'static str {
        self.known.name
    }

    /// Learns the target task; the error is a sentence that names strategy and step.
    pub(crate) fn fit(&self, given: &Knowledge, setting: &Setting) -> Result<Learnt, String> {
        let Knowledge { sources, target, whole, tables, spec, pretraining, seed, .. } = given;
        let run = || Run::new(setting.recipe(), *seed);
        let alone = |strategy: &dyn transfer::Strategy, target: &Target, run: &Run<'_>| {
            let fitted = strategy.fit(&Given { sources, target, spec }, run);
            fitted.map(Learnt::Alone).map_err(|error| error.to_string())
        };
        match &self.method {
            Method::Transfer(strategy) => match own(self.name(), setting) {
                Some(Method::Transfer(strategy)) => alone(&*strategy, target, &run()),
                _ => alone(&**strategy, target, &run()),
            },
            Method::Multitask(strategy) => {
                let tuned = match own(self.name(), setting) {
                    Some(Method::Multitask(tuned)) => Some(tuned),
                    _ => None,
                };
                let strategy = tuned.as_ref().unwrap_or(strategy);
                let [source, target] = tables.clone();
                let weight = setting.source_weight(self.name());
                let tables = &[Table { weight, ..source }, target];
                let fitted = strategy
                    .fit(&multitask::Given { tables, spec }, &run())
                    .map_err(|error| error.to_string())?;
                Ok(Learnt::Together(fitted, tables.len() - 1))
            }
            Method::Ceiling => alone(&Scratch, whole, &Run::new(pretraining.clone(), *seed)),
        }
    }
}

impl Strategy {
    /// Learns all tasks of a table, of which `whole` has all rows outside the test part; the error is
    /// a sentence that names strategy and step.
    pub(crate) fn fit_tasks(
        &self,
        [table, whole]: [&Table; 2],
        spec: &NetworkSpec,
        setting: &Setting,
        seed: Seed,
    ) -> Result<multitask::Fitted, String> {
        let run = Run::new(setting.recipe(), seed);
        let fit = |strategy: &dyn multitask::Strategy, table: &Table| {
            let tables = std::slice::from_ref(table);
            strategy.fit(&multitask::Given { tables, spec }, &run).map_err(|why| why.to_string())
        };
        match &self.method {
            Method::Multitask(strategy) => fit(&**strategy, table),
            Method::Ceiling => fit(&SingleTask, whole),
            Method::Transfer(_) => Err(format!("{} learns one task", self.name())),
        }
    }
}

/// The strategy with its own option as the setting has it, if that is an option of its own.
fn own(name: &str, setting: &Setting) -> Option<Method> {
    let value = setting.knob?;
    let widening = Widening { factor: value, ..Widening::default() };
    let stitched = CrossStitch { mixing_rate: value, ..CrossStitch::default() };
    let layered = Layered { embedding: value as usize, ..Layered::default() };
    let (pooled, strength) = (name == "linear, pooled", value);
    Some(match name {
        "widened" => Method::Transfer(Box::new(Net2Wider { widening })),
        "scratch, widened" => Method::Transfer(Box::new(FreshStructure { widening })),
        "linear" | "linear, pooled" => Method::Transfer(Box::new(Linear { strength, pooled })),
        "task-to-task" => Method::Multitask(Box::new(Joint::of(stitched))),
        "layered" => Method::Multitask(Box::new(Joint::of(layered))),
        _ => return None,
    })
}

/// Every strategy that there is: the baseline, what transfers, what learns together, then what is
/// no network like the others', and the ceiling.
pub(crate) fn all() -> Vec<Strategy> {
    let transfers = transfer::registry().into_iter().map(Strategy::transfer);
    let (apart, transfers): (Vec<_>, Vec<_>) =
        transfers.partition(|strategy| strategy.known.role == Role::Reference);
    let joint = multitask::registry().into_iter().map(Strategy::multitask);
    // One baseline, `transfer`'s, is enough.
    let joint = joint.filter(|strategy| strategy.known.role != Role::Baseline);
    transfers.into_iter().chain(joint).chain(apart).chain([Strategy::ceiling()]).collect()
}

/// Every strategy that learns several tasks: the baseline, what learns them together, the ceiling.
pub(crate) fn joint() -> Vec<Strategy> {
    let joint = multitask::registry().into_iter().map(Strategy::multitask);
    joint.chain([Strategy::ceiling()]).collect()
}

/// Those of them that are asked for, beside baseline and ceiling; all, if nothing is.
///
/// # Errors
/// If there is no strategy of a name.
pub(crate) fn joint_rows(asked: &[String]) -> Result<Vec<Strategy>, Failure> {
    let all = joint();
    let lists = asked.iter().map(|list| named(list, &all)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = lists.concat();
    let wanted = |strategy: &Strategy| {
        let Strategy { known, .. } = strategy;
        let controls = matches!(known.role, Role::Control(of) if names.contains(&of));
        names.is_empty() || known.role == Role::Baseline || controls || names.contains(&known.name)
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// The names in a list with commas between them, of which some have commas of their own: the longest
/// that fits is meant.
///
/// # Errors
/// If there is no strategy of a name.
fn named(text: &str, all: &[Strategy]) -> Result<Vec<&'static str>, Failure> {
    let (mut names, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let fits = |name: &&str| {
            let behind = rest.strip_prefix(name).map(str::trim_start);
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(','))
        };
        let fitting = all.iter().map(Strategy::name).filter(fits);
        let Some(name) = fitting.max_by_key(|name| name.len()) else {
            let asked = rest.split(',').next().unwrap_or(rest).trim();
            let nearest = nearest(asked, all.iter().map(Strategy::name)).unwrap_or_default();
            return Err(Failure::Usage(format!(
                "there is no strategy \"{}\"; did you mean \"{nearest}\"? `compare strategies` lists all",
                asked.escape_debug()
            )));
        };
        names.push(name);
        rest = rest[name.len()..].trim_start().trim_start_matches(',').trim_start();
    }
    Ok(names)
}

/// The rows of a table: those that a comparison shows without being asked or, if names are given,
/// the baseline, these with their controls, and the ceiling; a control behind what it controls.
///
/// # Errors
/// If there is no strategy of a name, or one of its needs is not met here.
pub(crate) fn rows(asked: &[String]) -> Result<Vec<Strategy>, Failure> {
    Ok(rows_of(asked, &[BASELINE, CEILING], Facts::DIGITS)?.0)
}

/// What stands beside any strategy that is asked for on files: what is plain, and how far one could
/// come.
pub(crate) const PLAIN: [&str; 8] = [
    BASELINE,
    SOURCE_ONLY,
    "pooled",
    "neighbour",
    "neighbour, pooled",
    "linear",
    "linear, pooled",
    CEILING,
];

/// The same for such data, `always` beside those that are asked for; then the names of those that are
/// left out, since the data do not meet their needs.
///
/// # Errors
/// If there is no strategy of a name, or a need of one that is asked for is not met.
pub(crate) fn rows_of(
    asked: &[String],
    always: &[&str],
    facts: Facts,
) -> Result<(Vec<Strategy>, Vec<&'static str>), Failure> {
    let all = all();
    let lists = asked.iter().map(|list| named(list, &all)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = lists.concat();
    for strategy in all.iter().filter(|strategy| names.contains(&strategy.name())) {
        if let Some(why) = strategy.unmet(facts) {
            return Err(Failure::Usage(format!("\"{}\" {why}", strategy.name())));
        }
    }
    let wanted = |strategy: &Strategy| {
        let Strategy { known, .. } = strategy;
        let named = |name: &str| names.contains(&name);
        let controls = matches!(known.role, Role::Control(of) if named(of));
        let always = always.contains(&known.name);
        if names.is_empty() { known.usual } else { always || controls || named(known.name) }
    };
    let wanted = all.into_iter().filter(wanted);
    let (rows, out): (Vec<_>, Vec<_>) = wanted.partition(|row| row.unmet(facts).is_none());
    Ok((rows, out.iter().map(Strategy::name).collect()))
}

/// What there is, a line each: name, what it is, the article's term, the paper.
pub(crate) fn listed() -> String {
    let mut text = String::new();
    for strategy in all() {
        let Strategy { known, .. } = &strategy;
        let role = match known.role {
            Role::Control(of) => format!("control of {of}"),
            _ => format!("{:?}", known.family).to_lowercase(),
        };
        let usual = if known.usual { "usual" } else { "" };
        let unmet = strategy
            .unmet(Facts::DIGITS)
            .map_or(String::new(), |why| format!("  (not on digits: it {why})"));
        let (term, paper) = (known.article_term.unwrap_or("-"), known.paper.unwrap_or("-"));
        let name = known.name;
        let _ = writeln!(text, "{name:21}  {role:23}  {usual:5}  {paper}  {term}{unmet}");
    }
    text
}

/// The name that is most like the one asked for.
pub(crate) fn nearest<'n>(asked: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names.max_by_key(|name| (1e6 * strsim::jaro_winkler(asked, name)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_found_whole_and_a_control_comes_with_its_strategy() {
        let rows = |list: &str| -> Vec<&str> {
            rows(&[list.to_owned()]).expect(list).iter().map(Strategy::name).collect()
        };
        assert_eq!(rows("fine-tuned"), ["scratch", "fine-tuned", "ceiling"]);
        assert_eq!(rows("fine-tuned, new head"), ["scratch", "fine-tuned, new head", "ceiling"]);
        let two = ["scratch", "fine-tuned", "widened", "scratch, widened", "ceiling"];
        assert_eq!(rows(" widened ,fine-tuned"), two);
    }

    #[test]
    fn only_neighbours_take_no_steps_so_that_all_others_are_timed_by_their_first() {
        let still = all().into_iter().filter(Strategy::takes_no_steps);
        assert_eq!(
            still.map(|row| row.name()).collect::<Vec<_>>(),
            ["neighbour", "neighbour, pooled"]
        );
    }

    #[test]
    fn every_knob_is_an_option_of_the_strategy_of_its_name() {
        let names: Vec<_> = all().iter().map(Strategy::name).collect();
        for knob in crate::settings::KNOBS {
            for name in knob.strategies {
                assert!(names.contains(name), "{name}");
                let setting = Setting { knob: Some(knob.values[0]), ..Setting::default_of(name) };
                let turned = own(name, &setting).is_some() || knob.of_tables;
                assert!(turned, "{name} has no {}", knob.name);
                assert_eq!(knob_of(name).map(|knob| knob.name), Some(knob.name));
            }
        }
    }
}
