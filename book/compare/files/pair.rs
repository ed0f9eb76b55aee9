//! Two tables that are to be one problem: the same columns, and classes of the same names.

use std::ops::Range;

use nn::data::{LabelColumn, Scaler};
use nn::{Dataset, Labels};

use super::arguments::{Missing, Options, Seeds, TransferArguments};
use super::draws::{Draws, Fault};
use super::reading::{Opened, Table, check_without, shown, usage};
use crate::failure::Failure;
use crate::problem::{Problem, Split};
use crate::strategies::Facts;

/// A source and a target that fit each other.
pub(crate) struct Pair {
    pub(crate) source: Table,
    pub(crate) target: Table,
    pub(crate) draws: Draws,
    /// The seeds to be run.
    pub(crate) seeds: Range<usize>,
    /// A class of the target that the source has not.
    pub(crate) fresh: Option<Fresh>,
}

/// A class of the target that the source has not, with the row that has it first.
pub(crate) struct Fresh {
    pub(crate) class: String,
    pub(crate) row: Option<usize>,
}

impl Pair {
    /// Reads and checks both files.
    pub(crate) fn read(arguments: &TransferArguments) -> Result<Self, Failure> {
        let options = &arguments.options;
        let (source, target) = (Opened::new(&arguments.source)?, Opened::new(&arguments.target)?);
        let label = &[label(arguments, &source)?];
        let without = &options.without;
        check_without(options, label, &[&source, &target])?;
        let mut identifiers = source.identifiers(label, without)?;
        for name in target.identifiers(label, without)? {
            if !identifiers.contains(&name) {
                identifiers.push(name);
            }
        }
        let features =
            source.columns.iter().filter(|name| *name != &label[0] && !without.contains(name));
        if features.clone().all(|name| identifiers.contains(name)) {
            identifiers.clear();
        }
        same_columns(&source, &target, &[identifiers.as_slice(), without].concat())?;
        let source = source.read(label, &identifiers, options)?;
        let mut target = target.read(label, &identifiers, options)?;
        let fresh = match_target(&source, &mut target);
        let draws = draws(&target, options)?;
        let seeds = options.seeds.clone().map_or(0..draws.usual_seeds(), |Seeds(seeds)| seeds);
        Ok(Self { source, target, draws, seeds, fresh })
    }

    /// What strategies find in the data.
    pub(crate) fn facts(&self) -> Facts {
        let classes = self.labels().as_classes().map(Labels::num_classes);
        Facts { classes, fresh_class: self.fresh.is_some() }
    }

    /// The target's labels.
    pub(crate) fn labels(&self) -> &LabelColumn {
        &self.target.data.label_columns[0]
    }

    /// The scale of all rows that may be learnt from: the source's and the target's outside the test
    /// part.
    pub(crate) fn scaler(&self, options: &Options) -> Scaler {
        let Self { source, target, draws, .. } = self;
        let parts = [&source.data, &target.data.rows(&draws.seen)];
        let scaler = Scaler::of_parts(&parts, options.missing == Missing::Mean);
        let mut scaler = scaler.expect("the columns are the same");
        shorten(&mut scaler);
        scaler
    }

    /// Lets go of the files' text, which is as large as the numbers: no row will be refused any more.
    pub(crate) fn forget_text(&mut self) {
        self.source.forget_text();
        self.target.forget_text();
    }

    /// The problem, on this scale.
    pub(crate) fn problem(&self, scaler: &Scaler) -> Problem {
        let Self { source, target, draws, seeds, .. } = self;
        let scaled = |table: &Table| -> Dataset {
            scaler.apply_as(&table.data).expect("the columns are the same")
        };
        Problem {
            source_name: "source",
            target_name: "target",
            split: Split::OWN,
            seeds: seeds.clone(),
            labels: draws.labels,
            largest: None,
            source: scaled(source),
            target: scaled(target),
            test: draws.test.clone(),
            training: (0..seeds.end).map(|seed| draws.training(seed)).collect(),
            seen: draws.seen.clone(),
        }
    }
}

/// Makes the scaled rows of many columns as short as those the settings were chosen on, whose squares
/// add up to about 16: a rate that is right for those would be too large for longer ones.
pub(super) fn shorten(scaler: &mut Scaler) {
    let length = (16.0 / scaler.columns.len() as f64).sqrt().min(1.0);
    scaler.divisors.iter_mut().for_each(|divisor| *divisor /= length);
}

/// The column of labels: the one asked for, or the only one of numbers, or the only one that is called
/// so, or the only one of text, which no feature may be, or y, or the source's last.
fn label(arguments: &TransferArguments, source: &Opened) -> Result<String, Failure> {
    const NAMES: [&str; 4] = ["label", "labels", "class", "target"];
    let Options { numbers, without, .. } = &arguments.options;
    let called = |names: &[&str]| {
        let is_one =
            |name: &&String| names.contains(&&*name.to_lowercase()) && !without.contains(name);
        only(source.columns.iter().filter(is_one).cloned().collect())
    };
    let text = || only(source.texts(&arguments.options));
    let last = || {
        let known = called(&NAMES).or_else(text).or_else(|| called(&["y"]));
        let mut others = source.columns.iter().rev().filter(|name| !without.contains(name));
        known.or_else(|| others.next().cloned()).unwrap_or_default()
    };
    let label = match (&arguments.label, numbers.as_slice()) {
        (Some(label), _) | (None, [label]) => label.clone(),
        _ => last(),
    };
    let other = numbers.iter().find(|name| **name != label);
    other.map_or(Ok(label.clone()), |other| {
        Err(usage(format!(
            "--numbers \"{}\": the label column is \"{}\", and --numbers says of label columns that \
             they are numbers",
            shown(other),
            shown(&label)
        )))
    })
}

fn only(mut names: Vec<String>) -> Option<String> {
    names.pop().filter(|_| names.is_empty())
}

/// Refuses a column that only one of the files has; another order is mended.
fn same_columns(source: &Opened, target: &Opened, but: &[String]) -> Result<(), Failure> {
    for (here, there) in [(target, source), (source, target)] {
        let lacks = |name: &&String| !there.columns.contains(name) && !but.contains(name);
        let Some(name) = here.columns.iter().find(lacks) else { continue };
        let foreign = there.columns.iter().filter(|other| !here.columns.contains(other));
        let alike = |other: &&String| (1e6 * strsim::jaro_winkler(name, other)) as u32;
        let nearest = foreign.max_by_key(alike);
        let nearest =
            nearest.map_or(String::new(), |other| format!(", which has \"{}\"", shown(other)));
        return Err(usage(format!(
            "{}:1: column \"{}\" is not in {}{nearest}: both need the same columns, in any \
             order; --without leaves one out",
            shown(&here.name),
            shown(name),
            shown(&there.name)
        )));
    }
    Ok(())
}

/// Brings the target's columns, and its classes where the source has them, into the source's order.
fn match_target(source: &Table, target: &mut Table) -> Option<Fresh> {
    let labels = target.data.label_columns.clone();
    target.data.label_columns.clear();
    let features = Dataset { label_columns: vec![], ..source.data.rows(&[0]) };
    target.data = target.data.matched_to(&features).expect("the columns are the same");
    target.data.label_columns = labels;
    let of_source = source.data.label_columns[0].as_classes()?;
    let own = target.data.label_columns[0].as_classes()?;
    if let Some(class) = own.classes.iter().position(|class| of_source.class(class).is_none()) {
        let row = own.of_row.iter().position(|&of| of == Some(class));
        return Some(Fresh { class: own.classes[class].clone(), row });
    }
    let matched = own.with_classes(&of_source.classes).expect("the source has them all");
    target.data.label_columns[0] = matched.into();
    None
}

fn draws(target: &Table, options: &Options) -> Result<Draws, Failure> {
    let labels = &target.data.label_columns[0];
    let draws = Draws::of(labels, options.test_share, options.labels_per_class);
    draws.map_err(|fault| too_few(target, labels, fault, options))
}

fn too_few(target: &Table, labels: &LabelColumn, fault: Fault, options: &Options) -> Failure {
    let Fault::Few { class, rows } = fault else {
        let why = "no labelled row is left to test on: take a larger --test-share";
        return target.refuse(None, labels.name(), why);
    };
    let asked = options.labels_per_class.unwrap_or(1);
    let outside = format!("{rows} outside the test part, fewer than the {asked} asked for");
    let Some((labels, class)) = labels.as_classes().zip(class) else {
        return target.refuse(
            None,
            labels.name(),
            &format!("the rows with a number are {outside}"),
        );
    };
    let (name, count) = (shown(&labels.classes[class]), labels.counts()[class]);
    let is_number = |class: &String| class.parse::<f64>().is_ok();
    let hint = if looks_measured(labels, is_number) {
        format!("; it looks like a measurement: --numbers {}", shown(&labels.name))
    } else {
        "; take fewer --labels-per-class, or leave the class out".to_owned()
    };
    let row = labels.of_row.iter().position(|&of| of == Some(class));
    let rows = if count == 1 { "row" } else { "rows" };
    target.refuse(
        row,
        &labels.name,
        &format!("class \"{name}\" has {count} {rows}, {outside}{hint}"),
    )
}

/// Whether classes are so many, and all numbers, that they are none.
pub(crate) fn looks_measured(labels: &Labels, is_number: impl Fn(&String) -> bool) -> bool {
    let rows = labels.of_row.iter().flatten().count();
    2 * labels.classes.len() >= rows && labels.classes.iter().all(is_number)
}
