//! Settings that are chosen on the files: each row's own, of a small grid, by folds of one training set.
//!
//! What has a say: the training rows of seed 0, with their labels, and what any training may see, the
//! source's rows and the features outside the test part. No row of the test part has, nor a label that
//! a training of seed 0 does not have. It is seed 0 whatever seeds are run, and the choice is made once:
//! so the parts of a comparison on several machines, and one that goes on where it was broken off,
//! choose the same. For the other seeds it is a choice made on rows that are not theirs: what they have in
//! common is the settings, as they have the source and the test part, and the interval is given those.
//!
//! Every row that is trained has the same number of trials on the same folds, the baseline as well: a
//! baseline that is tuned less would be beaten by the tuning.

use std::collections::BTreeMap;

use autograd::{Seed, parallel};
use nn::Labels;
use nn::data::LabelColumn;
use nn::metrics::{mean, standard_error};
use nn::train::Role;
use serde::{Deserialize, Serialize};

use super::arguments::{By, Options};
use super::reading::usage;
use crate::answers::{Answers, Truth};
use crate::failure::Failure;
use crate::interrupt;
use crate::settings::{Setting, knob_of};
use crate::strategies::Strategy;

/// The parts of a training set, each held out once.
pub(crate) const FOLDS: usize = 3;
/// The settings that are tried for a row, the given one among them.
pub(crate) const TRIED: usize = 6;
/// A training set has at least so many rows of each class, and of numbers twice as many: from fewer,
/// chance would choose.
pub(crate) const ENOUGH: usize = 20;

/// The setting of a row, of all that were tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) chosen: Setting,
    /// With the score of each over all folds, the given one first; none where it cannot be trained.
    pub(crate) tried: Vec<(Setting, Option<f64>)>,
}

/// What is chosen, by the names of the rows.
pub(crate) type Choices = BTreeMap<&'static str, Choice>;

/// A training set in parts.
pub(crate) struct Folds {
    /// The places of each part's rows in the training set.
    pub(crate) parts: Vec<Vec<usize>>,
    /// The labels of all parts' rows, in their order, of each task those that are known.
    pub(crate) truths: Vec<Truth>,
}

impl Folds {
    /// Of a training set with these columns of labels; the first one's classes are in all parts, as
    /// evenly as it goes.
    pub(crate) fn of(columns: &[LabelColumn]) -> Self {
        let order = Seed::new(0).child("folds");
        let mut parts = vec![vec![]; FOLDS];
        let mut strata = strata(&columns[0]).rows_by_class(order);
        let mut known = vec![false; columns[0].num_rows()];
        strata.iter().flatten().for_each(|&row| known[row] = true);
        strata.push((0..known.len()).filter(|&row| !known[row]).collect());
        for (place, row) in strata.concat().into_iter().enumerate() {
            parts[place % FOLDS].push(row);
        }
        let rows = parts.concat();
        let truths = columns.iter().map(|column| Truth::of(&column.rows(&rows))).collect();
        Self { parts, truths }
    }

    /// The rows of all parts but one.
    pub(crate) fn without(&self, part: usize) -> Vec<usize> {
        let others = self.parts.iter().enumerate().filter(|(number, _)| *number != part);
        let mut rows: Vec<usize> = others.flat_map(|(_, rows)| rows).copied().collect();
        rows.sort_unstable();
        rows
    }

    /// How good the answers for each part's rows are, of each task: weighted so that the mean is the
    /// mean of the tasks' scores.
    fn values(&self, parts: Vec<Vec<Answers>>) -> Vec<f64> {
        let mut of_tasks = parts.into_iter().reduce(|all, part| {
            all.into_iter().zip(part).map(|(all, part)| all.followed_by(part)).collect()
        });
        let of_tasks = of_tasks.take().expect("there are parts").into_iter().zip(&self.truths);
        let values: Vec<Vec<f64>> = of_tasks.map(|(found, truth)| found.values(truth)).collect();
        let (all, tasks) = (values.iter().map(Vec::len).sum::<usize>(), values.len());
        let weighted = |of: Vec<f64>| -> Vec<f64> {
            let weight = all as f64 / (tasks * of.len()) as f64;
            of.into_iter().map(|value| weight * value).collect()
        };
        values.into_iter().flat_map(weighted).collect()
    }
}

/// The classes, by which folds are made; numbers are one class.
fn strata(column: &LabelColumn) -> Labels {
    match column {
        LabelColumn::Classes(labels) => labels.clone(),
        LabelColumn::Numbers(numbers) => Labels {
            name: numbers.name.clone(),
            classes: vec![String::new()],
            of_row: numbers.of_row.iter().map(|number| number.map(|_| 0)).collect(),
        },
    }
}

/// How settings come about with training sets of these labels: as asked for, or by the grid where there
/// are rows enough.
///
/// # Errors
/// If the grid is asked for and there are not.
pub(crate) fn by(options: &Options, columns: &[LabelColumn]) -> Result<By, Failure> {
    match (options.settings, too_few(columns)) {
        (Some(By::Fixed), _) | (None, Some(_)) => Ok(By::Fixed),
        (_, None) => Ok(By::Grid),
        (Some(By::Grid), Some(why)) => {
            Err(usage(format!("--settings grid: {why}; take more --labels-per-class")))
        }
    }
}

/// How many seeds the choice is like, in time: each training has the rows of all parts but one.
pub(crate) fn seeds_worth(by: By) -> usize {
    if by == By::Grid { TRIED * (FOLDS - 1) } else { 0 }
}

/// What is said of it beside the seeds.
pub(crate) fn told(by: By) -> String {
    match by {
        By::Grid => format!(" and {TRIED} settings x {FOLDS} folds"),
        By::Fixed => String::new(),
    }
}

/// What is said if the user breaks off meanwhile.
pub(crate) const BROKEN_OFF: &str = "Broken off while settings were chosen: no seed is done.\n";

/// Why a training set with these labels has too few rows for a choice, if it has.
pub(crate) fn too_few(columns: &[LabelColumn]) -> Option<String> {
    columns.iter().find_map(|column| {
        let (rows, enough, of) = match column {
            LabelColumn::Classes(labels) => {
                let there = labels.counts().into_iter().filter(|&rows| rows > 0);
                (there.min().unwrap_or(0), ENOUGH, "of each class")
            }
            LabelColumn::Numbers(numbers) => (numbers.known().count(), 2 * ENOUGH, "with a number"),
        };
        (rows < enough)
            .then(|| format!("it takes {enough} training rows {of}, and there are {rows}"))
    })
}

/// The settings that are tried for a row, the given one first; as many for all.
pub(crate) fn tried(strategy: &str, given: Setting) -> [Setting; TRIED] {
    let rate = |factor: f64| Setting { rate: factor * given.rate, ..given };
    let decay = |weight_decay: f64| Setting { weight_decay, ..given };
    let half = Setting { steps: given.steps.div_ceil(2), ..given };
    let [weak, strong] = match given.weight_decay {
        0.0 => [0.01, 0.1],
        0.1.. => [0.0, 0.01],
        _ => [0.0, 0.1],
    };
    let [fifth, sixth] = match knob_of(strategy) {
        Some(knob) => {
            let mut others = knob.values.into_iter().filter(|&value| Some(value) != given.knob);
            [others.next(), others.next()].map(|knob| Setting { knob, ..given })
        }
        None => [decay(strong), half],
    };
    // The penalty of a linear classifier is its decay.
    let fourth = if strategy.starts_with("linear") { half } else { decay(weak) };
    [given, rate(1.0 / 3.0), rate(3.0), fourth, fifth, sixth]
}

/// Tries the settings of all rows that are trained; `answers` says of a row with a setting what it
/// answers, of each task, for a part that it has not seen. Nothing if the user breaks off.
pub(crate) fn choose(
    strategies: &[&Strategy],
    given: impl Fn(&str) -> Setting,
    folds: &Folds,
    answers: impl Fn(&Strategy, &Setting, usize) -> Option<Vec<Answers>> + Sync,
) -> Option<Choices> {
    let mut choices = Choices::new();
    for strategy in strategies {
        let mut given = given(strategy.name());
        // A control has the option of what it controls.
        if let (Role::Control(of), Some(_)) = (strategy.known.role, given.knob)
            && let Some(controlled) = choices.get(of)
        {
            given.knob = controlled.chosen.knob;
        }
        let settings = tried(strategy.name(), given);
        let trials: Vec<(usize, usize)> =
            (0..TRIED).flat_map(|at| (0..FOLDS).map(move |part| (at, part))).collect();
        let one = |&(at, part): &(usize, usize)| {
            (!interrupt::asked()).then(|| answers(strategy, &settings[at], part)).flatten()
        };
        let found = parallel::map(&trials, one);
        if interrupt::asked() {
            return None;
        }
        let values = found.chunks_exact(FOLDS).map(|parts| {
            let parts: Option<Vec<Vec<Answers>>> = parts.iter().cloned().collect();
            parts.map(|parts| folds.values(parts)).filter(|values| mean(values).is_finite())
        });
        choices.insert(strategy.name(), choice(&settings, &values.collect::<Vec<_>>()));
    }
    Some(choices)
}

/// The first of the highest score, if it is ahead of the given setting, which is the first, by more
/// than one standard error of their difference over the rows; else that.
fn choice(settings: &[Setting], values: &[Option<Vec<f64>>]) -> Choice {
    let scores: Vec<Option<f64>> =
        values.iter().map(|values| values.as_deref().map(mean)).collect();
    let mut best = 0;
    for at in 1..scores.len() {
        if scores[at] > scores[best] {
            best = at;
        }
    }
    if let (Some(own), Some(given)) = (&values[best], &values[0]) {
        let ahead: Vec<f64> = own.iter().zip(given).map(|(own, given)| own - given).collect();
        // One row more than the given one is a standard error exactly, rounding aside, and not enough.
        if mean(&ahead) <= (1.0 + 1e-9) * standard_error(&ahead) {
            best = 0;
        }
    }
    let tried = settings.iter().copied().zip(scores).collect();
    Choice { chosen: settings[best], tried }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::Settings;
    use crate::strategies;

    fn classes(counts: &[usize]) -> LabelColumn {
        let text = counts.iter().enumerate().flat_map(|(class, &n)| vec![format!("c{class}"); n]);
        Labels::of_text("kind", &text.collect::<Vec<_>>()).into()
    }

    #[test]
    fn every_row_is_held_out_once_and_every_class_stands_in_every_part() {
        let mut column = classes(&[20, 40]);
        column.forget(3);
        let folds = Folds::of(&[column.clone()]);
        let all: BTreeSet<usize> = folds.parts.iter().flatten().copied().collect();
        assert_eq!((all.len(), folds.parts.concat().len()), (60, 60));
        for (number, part) in folds.parts.iter().enumerate() {
            let first = part.iter().filter(|&&row| row < 20 && row != 3).count();
            assert!((6..=7).contains(&first), "{first}");
            let others: BTreeSet<usize> = folds.without(number).into_iter().collect();
            assert_eq!(others.len() + part.len(), 60);
            assert!(part.iter().all(|row| !others.contains(row)));
        }
        let Truth::Classes(truth) = &folds.truths[0] else { panic!("they are classes") };
        assert_eq!(truth.len(), 59, "a row without a label says nothing");
    }

    /// In time with the rows: their square would take minutes.
    #[test]
    fn a_training_set_of_a_million_rows_is_parted_too() {
        let folds = Folds::of(&[classes(&[400_000, 600_000])]);
        assert!(folds.parts.iter().all(|part| part.len().abs_diff(1_000_000 / FOLDS) <= 1));
    }

    #[test]
    fn all_rows_have_the_same_number_of_different_settings_the_given_one_first() {
        for strategy in strategies::all().iter().filter(|strategy| strategy.is_trained()) {
            for given in [Settings::Chosen, Settings::Default, Settings::Numbers] {
                let given = given.of(strategy.name());
                let all = tried(strategy.name(), given);
                assert_eq!(all[0], given);
                for (at, setting) in all.iter().enumerate() {
                    assert!(setting.steps <= given.steps, "{}: the budget", strategy.name());
                    assert!(!all[..at].contains(setting), "{}: {setting:?}", strategy.name());
                }
            }
        }
    }

    #[test]
    fn another_setting_is_taken_only_if_it_is_ahead_by_more_than_its_standard_error() {
        let settings = tried("scratch", Settings::Chosen.of("scratch"));
        let rows = |right: usize| Some([vec![1.0; right], vec![0.0; 20 - right]].concat());
        let chosen = |values: [Option<Vec<f64>>; TRIED]| {
            let choice = choice(&settings, &values);
            settings.iter().position(|setting| *setting == choice.chosen)
        };
        // One of 20 rows: the difference .05 has a standard error of .05. Four: .2, and .09.
        assert_eq!(chosen([rows(10), rows(11), None, rows(9), None, None]), Some(0));
        assert_eq!(chosen([rows(10), rows(14), None, rows(14), None, None]), Some(1));
        assert_eq!(chosen([None, None, rows(1), rows(2), None, None]), Some(3));
        assert_eq!(chosen([const { None }; TRIED]), Some(0));
    }

    #[test]
    fn a_task_with_many_labels_weighs_no_more_than_one_with_few() {
        let folds = Folds {
            parts: vec![],
            truths: vec![Truth::Classes(vec![0; 8]), Truth::Classes(vec![0; 2])],
        };
        let answers =
            |classes: Vec<usize>| Answers::Classes(classes.into_iter().map(Some).collect());
        let parts = vec![
            vec![answers(vec![0; 4]), answers(vec![1])],
            vec![answers(vec![0; 4]), answers(vec![1])],
        ];
        assert!((mean(&folds.values(parts)) - 0.5).abs() < 1e-12);
    }
}
