//! The laws of strategies that transfer.

use autograd::{Seed, Tensor};
use nn::train::{Kind, Needs, Property, Run};
use nn::{Dataset, Module, NetworkSpec, Parameters};
use transfer::baseline::Scratch;
use transfer::{Fitted, Given, Source, Strategy, Target, pretrain};

use super::common;
use super::spy::SpyConfig;
use super::subject::{Law, Learnt, Problem, Subject, holds, judged, probes};
use super::{Broken, bad_networks, networks, wide_network};
use crate::strategies::{CLASSES, as_numbers, data, recipe, values};

/// The laws that a strategy breaks.
///
/// # Panics
/// If the strategy panics while it describes itself.
pub fn transfer(strategy: &dyn Strategy<f64>) -> Vec<Broken> {
    let known = strategy.describe();
    let subjects = networks(|spec, spy| {
        let problem = Knowledge::of(&known.needs, &spec);
        let learn = |strategy: &dyn Strategy<f64>, problem: &Knowledge, run: &Run<'_, f64>| {
            strategy.fit(&problem.given(), run).map(learnt)
        };
        Subject {
            known: known.clone(),
            problem,
            spy,
            strategy: Box::new(move |problem, run| learn(strategy, problem, run)),
            baseline: Box::new(move |problem, run| learn(&Scratch, problem, run)),
        }
    });
    judged(&laws(), &subjects)
}

/// The sentences of all laws that [`transfer()`] asks.
pub fn transfer_laws() -> Vec<&'static str> {
    laws().into_iter().map(|law| law.says).collect()
}

fn laws() -> Vec<Law<Knowledge>> {
    let law = |says, kept| Law { says, kept };
    let own = vec![
        law("what does not meet its needs is refused before training", unmet_needs),
        law("what meets its needs is learnt", met_needs),
        law("rows that cannot be learnt are refused before training", wrong_rows),
        law("the sources stay as they were", sources_stay),
        law("another source changes what is learnt unless it says otherwise", other_sources),
        law("it begins as the source exactly if it says so", begins_as_source),
    ];
    own.into_iter().chain(common::laws()).collect()
}

/// What a strategy is given.
#[derive(Clone)]
struct Knowledge {
    sources: Vec<Source<f64>>,
    target: Target<f64>,
    spec: NetworkSpec,
}

impl Knowledge {
    /// As few sources as the needs allow, but one if they do; both kinds of the target's rows.
    fn of(needs: &Needs, spec: &NetworkSpec) -> Self {
        let classes = if needs.labels == Kind::TwoClasses { &CLASSES[..2] } else { &CLASSES };
        let sources = (*needs.sources.start()).max(1).min(*needs.sources.end());
        Self::with_sources(sources, classes, spec, Seed::new(1))
    }

    fn with_sources(sources: usize, classes: &[&str], spec: &NetworkSpec, seed: Seed) -> Self {
        let source = |number: usize| {
            let seed = seed.child("source").child(number);
            let (name, data) = (format!("source {number}"), data(20, classes, seed));
            pretrain(&name, data, spec, &recipe(2), seed).unwrap_or_else(|error| panic!("{error}"))
        };
        let target = Target::new("target", data(12, classes, Seed::new(2)));
        Self {
            sources: (0..sources).map(source).collect(),
            target: target.seeing(&data(10, classes, Seed::new(3))),
            spec: spec.clone(),
        }
    }

    /// The same from other sources.
    fn with_other_sources(&self) -> Self {
        let classes = self.sources[0].data.labels().classes.clone();
        let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        let others = Self::with_sources(self.sources.len(), &classes, &self.spec, Seed::new(9));
        Self { sources: others.sources, ..self.clone() }
    }

    /// The same with so many sources.
    fn from(&self, sources: usize, classes: &[&str]) -> Self {
        let other = Self::with_sources(sources, classes, &self.spec, Seed::new(1));
        Self { sources: other.sources, ..self.clone() }
    }

    fn given(&self) -> Given<'_, f64> {
        let Self { sources, target, spec } = self;
        Given { sources, target, spec }
    }

    /// The target's rows with labels.
    fn labelled(&mut self) -> &mut Dataset<f64> {
        self.target.labelled.as_mut().expect("the laws give labelled rows")
    }

    /// Everything that belongs to the sources.
    fn of_sources(&self) -> Vec<(Dataset<f64>, Vec<Tensor<f64>>, usize)> {
        let of = |source: &Source<f64>| {
            (source.data.clone(), values(&source.model), source.model.num_trainable())
        };
        self.sources.iter().map(of).collect()
    }
}

impl Problem for Knowledge {
    fn tables(&mut self) -> Vec<&mut Dataset<f64>> {
        let sources = self.sources.iter_mut().map(|source| &mut source.data);
        self.target.labelled.iter_mut().chain(sources).collect()
    }
    fn rows(&mut self) -> Vec<&mut Tensor<f64>> {
        let sources = self.sources.iter_mut().map(|source| &mut source.data.features);
        let labelled = self.target.labelled.iter_mut().map(|data| &mut data.features);
        let unlabelled = self.target.unlabelled.iter_mut().map(|rows| &mut rows.features);
        labelled.chain(unlabelled).chain(sources).collect()
    }
    fn with_one_row(&self) -> Vec<Self> {
        let mut all = vec![self.clone(); 2];
        let labelled = all[0].labelled();
        *labelled = labelled.rows(&[0]);
        if let Some(rows) = &mut all[1].target.unlabelled {
            rows.features = rows.features.rows(&[0]);
        }
        for source in 0..self.sources.len() {
            let mut other = self.clone();
            let data = &mut other.sources[source].data;
            *data = data.rows(&[0]);
            all.push(other);
        }
        all
    }
    fn wide(&self) -> Self {
        let (classes, spec) = (self.target.labelled.as_ref(), wide_network());
        let classes = classes.map(|data| data.labels().classes.clone()).unwrap_or_default();
        let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        let mut wide = Self::with_sources(self.sources.len(), &classes, &spec, Seed::new(1));
        *wide.labelled() = data(48, &classes, Seed::new(2));
        wide
    }
    fn of_numbers(&self, factor: f64, shift: f64) -> Self {
        let mut other = self.clone();
        for table in other.tables() {
            *table = as_numbers(table, factor, shift);
        }
        for (number, source) in other.sources.iter_mut().enumerate() {
            let seed = Seed::new(1).child("source").child(number);
            let again = pretrain(&source.task, source.data.clone(), &source.spec, &recipe(2), seed);
            *source = again.unwrap_or_else(|error| panic!("{error}"));
        }
        other
    }
    fn with_bad_networks(&self) -> Vec<Self> {
        let fresh = |spec: &NetworkSpec| Self { spec: spec.clone(), ..self.clone() };
        let of_source = |spec: &NetworkSpec| {
            let mut other = self.clone();
            if let Some(source) = other.sources.first_mut() {
                source.spec = spec.clone();
            }
            other
        };
        bad_networks().iter().flat_map(|spec| [fresh(spec), of_source(spec)]).collect()
    }
}

fn learnt(fitted: Fitted<f64>) -> Learnt {
    Learnt {
        outputs: vec![fitted.predict(&probes())],
        log: fitted.log.clone(),
        trained: fitted.trained,
        multiply_adds: fitted.multiply_adds,
        reloaded: Box::new(move |path| {
            fitted.save(path).map_err(|error| error.to_string())?;
            let again = Fitted::load(path, &transfer::layers().with::<SpyConfig>());
            let again = again.unwrap_or_else(|error| panic!("{error}"));
            let Fitted { outputs, columns, .. } = &again;
            let same = (outputs, columns) == (&fitted.outputs, &fitted.columns);
            assert!(same, "what the outputs mean or the columns come back as others");
            Ok(vec![again.predict(&probes())])
        }),
    }
}

fn unmet_needs(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    let (known, problem) = (&subject.known, &subject.problem);
    let needs = &known.needs;
    let (least, most) = (*needs.sources.start(), *needs.sources.end());
    let mut unmet = vec![];
    if least > 0 {
        unmet.push((problem.from(least - 1, &CLASSES), Some(3)));
    }
    if most < usize::MAX {
        unmet.push((problem.from(most + 1, &CLASSES), Some(3)));
    }
    if needs.labelled {
        let mut other = problem.clone();
        other.target.labelled = None;
        unmet.push((other, Some(3)));
    }
    if needs.unlabelled {
        let mut other = problem.clone();
        other.target.unlabelled = None;
        unmet.push((other, Some(3)));
    }
    if needs.labels == Kind::TwoClasses {
        let three =
            Knowledge::with_sources(problem.sources.len(), &CLASSES, &problem.spec, Seed::new(1));
        unmet.push((three, Some(3)));
    }
    if needs.labels != Kind::Any {
        unmet.push((problem.of_numbers(1.0, 0.0), None));
    }
    for (problem, classes) in unmet {
        let Target { labelled, unlabelled, .. } = &problem.target;
        let sources = problem.sources.len();
        let why = needs.unmet(sources, labelled.is_some(), unlabelled.is_some(), classes);
        let sentence = format!("{} {}", known.name, why.unwrap_or_default());
        subject.tried(&problem).refused_with(&sentence)?;
    }
    Ok(())
}

fn met_needs(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    let (needs, problem) = (&subject.known.needs, &subject.problem);
    let learn = |what: &str, problem: &Knowledge| {
        let learnt = subject.learnt(problem).and_then(|learnt| learnt.finite());
        learnt.map_err(|why| format!("{what}: {why}"))
    };
    let two = needs.labels == Kind::TwoClasses;
    let classes = if two { &CLASSES[..2] } else { &CLASSES };
    for sources in [0, 1, 2, 3].into_iter().filter(|number| needs.sources.contains(number)) {
        learn(&format!("{sources} sources"), &problem.from(sources, classes))?;
    }
    if !needs.labelled {
        let mut other = problem.clone();
        other.target.labelled = None;
        learn("no labelled rows of the target", &other)?;
    }
    if !needs.unlabelled {
        let mut other = problem.clone();
        other.target.unlabelled = None;
        learn("no unlabelled rows of the target", &other)?;
    }
    Ok(())
}

fn wrong_rows(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    type Change = fn(&mut Knowledge);
    let changes: [(&str, &str, Change); 6] = [
        ("two columns of labels", "one column of labels", |problem| {
            let columns = &mut problem.labelled().label_columns;
            columns.push(columns[0].clone());
        }),
        ("no known label", "no row with a label", |problem| {
            let data = problem.labelled();
            (0..data.num_rows()).for_each(|row| data.label_columns[0].forget(row));
        }),
        ("rows of another width", "7", |problem| widen(problem.labelled())),
        ("columns in another order", "\"5\"", |problem| problem.labelled().columns.swap(4, 5)),
        ("unlabelled rows of another width", "7", |problem| {
            if let Some(rows) = &mut problem.target.unlabelled {
                rows.features = Tensor::zeros([10, 7]);
                rows.columns.push("6".to_owned());
            }
        }),
        ("unlabelled columns in another order", "\"5\"", |problem| {
            if let Some(rows) = &mut problem.target.unlabelled {
                rows.columns.swap(4, 5);
            }
        }),
    ];
    for (what, words, change) in changes {
        let mut problem = subject.problem.clone();
        change(&mut problem);
        subject.tried(&problem).refused_with(words).map_err(|why| format!("{what}: {why}"))?;
    }
    if !subject.problem.sources.is_empty() {
        let mut problem = subject.problem.clone();
        problem.sources[0].data.columns.swap(4, 5);
        let trial = subject.tried(&problem);
        trial.refused_with("\"5\"").map_err(|why| format!("a source's other order: {why}"))?;
    }
    Ok(())
}

/// Gives rows a column more.
fn widen(data: &mut Dataset<f64>) {
    data.features = Tensor::zeros([data.num_rows(), 7]);
    data.columns.push("6".to_owned());
}

fn sources_stay(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    let before = subject.problem.of_sources();
    subject.learnt(&subject.problem)?;
    holds(subject.problem.of_sources() == before, || "a source is another one now".to_owned())
}

fn other_sources(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    if subject.problem.sources.is_empty() {
        return Ok(());
    }
    let same = subject.learnt(&subject.problem)?.bits()
        == subject.learnt(&subject.problem.with_other_sources())?.bits();
    match (same, subject.known.keeps.contains(&Property::IgnoresSources)) {
        (true, false) => Err("it ignores the sources and does not say so".to_owned()),
        (false, true) => Err("another source changes something".to_owned()),
        _ => Ok(()),
    }
}

fn begins_as_source(subject: &Subject<'_, Knowledge>) -> Result<(), String> {
    let Some(source) = subject.problem.sources.first() else { return Ok(()) };
    let begun = subject.trial(&subject.problem, recipe(0), 1).result;
    let of_source = [source.model.predict(&probes())];
    // A unit in two halves adds up to itself up to rounding.
    let same = begun.is_ok_and(|begun| begun.close(&of_source, 1e-12).is_ok());
    match (same, subject.known.keeps.contains(&Property::BeginsAsSource)) {
        (true, false) => Err("it begins as the source and does not say so".to_owned()),
        (false, true) => Err("it does not begin as the source".to_owned()),
        _ => Ok(()),
    }
}
