//! The results as a value: all that tables, reports and `compare merge` are made of.
//!
//! Two results of the same command differ in `timing` alone, on any number of threads, and whether
//! they are of one run or put together of parts.

use nn::data::LabelColumn;
use nn::metrics::mean;
use serde::{Deserialize, Serialize};

use super::arguments::By;
use super::draws::in_common;
use super::tuning::Choices;
use crate::answers::{Answers, Truth};
use crate::protocol::{Run, SeedRuns};
use crate::settings::Setting;
use crate::strategies::Strategy;
use crate::summary::{Judging, Summary};

/// Raised when a field changes its meaning or its place.
pub(crate) const SCHEMA: u32 = 1;

/// What was asked for, and what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) schema: u32,
    pub(crate) program: String,
    pub(crate) version: String,
    pub(crate) comparison: Comparison,
    pub(crate) data: Vec<DataSet>,
    pub(crate) protocol: Settings,
    /// What may make the numbers mean less than they seem to.
    pub(crate) warnings: Vec<String>,
    pub(crate) tasks: Vec<TestPart>,
    /// In the table's order.
    pub(crate) strategies: Vec<Named>,
    /// Usual strategies whose needs the data do not meet.
    pub(crate) left_out: Vec<String>,
    /// How many seeds were asked for, and how many are in here.
    /// Cosines between the tasks' gradients over a shared trunk, for a page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) conflicts: Vec<Vec<f64>>,
    pub(crate) seeds_asked: usize,
    pub(crate) seeds: usize,
    pub(crate) runs: Vec<Training>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Comparison {
    Transfer,
    Multitask,
}

/// A file that was learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DataSet {
    pub(crate) role: String,
    pub(crate) file: String,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Columns that only name rows, and rows with holes.
    pub(crate) identifiers: Vec<String>,
    /// Columns that are left out as asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) without: Vec<String>,
    pub(crate) dropped: usize,
    /// FNV-1a, 64 bits, of the file's bytes.
    pub(crate) hash: String,
}

/// How it was learnt and tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) labels_per_class: usize,
    /// Labelled rows of a training set.
    pub(crate) training_rows: usize,
    pub(crate) test_share: f64,
    /// How many training sets have no row in common, and which share two others have, on average.
    pub(crate) disjoint: usize,
    pub(crate) in_common: f64,
    pub(crate) hidden: Vec<usize>,
    pub(crate) source_batch: usize,
    /// Labelled rows of each class of the curve, fewer than those of a training set.
    #[serde(default)]
    pub(crate) curve: Vec<usize>,
    /// Updates of a training at most.
    pub(crate) steps: usize,
    /// How each row's setting came about.
    #[serde(default, rename = "settings")]
    pub(crate) by: By,
    pub(crate) missing: String,
}

/// The test part of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TestPart {
    pub(crate) name: String,
    /// In the order of their numbers; none if labels are numbers.
    pub(crate) classes: Option<Vec<String>>,
    pub(crate) truth: Encoded,
}

/// A row of the table; how it was trained, if it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) setting: Option<Setting>,
    /// The settings of the grid, the given one first, and the score of each on rows held out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tried: Vec<(Setting, Option<f64>)>,
}

/// What one training of one strategy came to, for one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Training {
    pub(crate) seed: usize,
    pub(crate) strategy: String,
    pub(crate) task: String,
    /// Labelled rows of each class.
    pub(crate) labels: usize,
    /// Accuracy; of numbers R².
    pub(crate) score: f64,
    pub(crate) parameters: usize,
    pub(crate) updates: usize,
    pub(crate) curve: Vec<f32>,
    pub(crate) answers: Encoded,
}

/// Classes of rows: a character each, `0` to `9`, `A` to `Z`, `a` to `z`, where those are enough, else
/// numbers with spaces between them; `.` for none. Or numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Encoded {
    Classes(String),
    Numbers(Vec<f64>),
}

const CHARACTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Encoded {
    fn classes(all: impl Iterator<Item = Option<usize>>, number: usize) -> Self {
        if number <= CHARACTERS.len() {
            let character =
                |class: Option<usize>| class.map_or('.', |class| CHARACTERS[class].into());
            return Self::Classes(all.map(character).collect());
        }
        let word = |class: Option<usize>| class.map_or(".".to_owned(), |class| class.to_string());
        Self::Classes(all.map(word).collect::<Vec<_>>().join(" "))
    }

    pub(crate) fn truth(truth: &Truth, classes: usize) -> Self {
        match truth {
            Truth::Classes(all) => Self::classes(all.iter().copied().map(Some), classes),
            Truth::Numbers(all) => Self::Numbers(all.clone()),
        }
    }

    pub(crate) fn answers(answers: &Answers, classes: usize) -> Self {
        match answers {
            Answers::Classes(all) => Self::classes(all.iter().copied(), classes),
            Answers::Numbers(all) => Self::Numbers(all.iter().map(|&x| f64::from(x)).collect()),
        }
    }

    fn decoded(text: &str, classes: usize) -> Vec<Option<usize>> {
        if classes <= CHARACTERS.len() {
            let place = |c: u8| CHARACTERS.iter().position(|&of| of == c);
            return text.bytes().map(place).collect();
        }
        text.split(' ').map(|word| word.parse().ok()).collect()
    }
}

impl TestPart {
    pub(crate) fn of(labels: &LabelColumn, truth: &Truth) -> Self {
        let classes = labels.as_classes().map(|labels| labels.classes.clone());
        let truth = Encoded::truth(truth, classes.as_ref().map_or(0, Vec::len));
        Self { name: labels.name().to_owned(), classes, truth }
    }

    pub(crate) fn num_classes(&self) -> usize {
        self.classes.as_ref().map_or(0, Vec::len)
    }

    pub(crate) fn truth(&self) -> Truth {
        match &self.truth {
            Encoded::Classes(text) => Truth::Classes(
                Encoded::decoded(text, self.num_classes()).into_iter().flatten().collect(),
            ),
            Encoded::Numbers(all) => Truth::Numbers(all.clone()),
        }
    }

    pub(crate) fn answers(&self, of: &Encoded) -> Answers {
        match of {
            Encoded::Classes(text) => Answers::Classes(Encoded::decoded(text, self.num_classes())),
            Encoded::Numbers(all) => Answers::Numbers(all.iter().map(|&x| x as f32).collect()),
        }
    }
}

impl Results {
    /// The same with settings of a grid, of the rows that have one.
    pub(crate) fn chosen(mut self, choices: &Choices) -> Self {
        for row in &mut self.strategies {
            if let Some(choice) = choices.get(row.name.as_str()) {
                (row.setting, row.tried) = (Some(choice.chosen), choice.tried.clone());
            }
        }
        self
    }

    /// Adds the trainings of a seed for a task, with so many labels a class.
    pub(crate) fn add(&mut self, task: usize, labels: usize, seed: &SeedRuns) {
        let part = &self.tasks[task];
        let classes = part.num_classes();
        let training = |run: &Run| Training {
            seed: run.seed,
            strategy: run.strategy.to_owned(),
            task: part.name.clone(),
            labels,
            score: run.accuracy(),
            parameters: run.parameters,
            updates: run.updates,
            curve: run.curve.iter().map(|&loss| loss as f32).collect(),
            answers: Encoded::answers(&run.answers, classes),
        };
        self.join(seed.runs.iter().map(training).collect());
    }

    /// Adds trainings of seeds, each seed's in their order.
    pub(crate) fn join(&mut self, runs: Vec<Training>) {
        self.runs.extend(runs);
        // Stable, so that within a seed the order is that of adding.
        self.runs.sort_by_key(|run| run.seed);
        self.seeds = self.seed_numbers().len();
    }

    /// In what other results are of another comparison than these, seeds aside.
    pub(crate) fn differs(&self, other: &Self) -> Option<&'static str> {
        let same = [
            (self.version == other.version, "another version"),
            (self.comparison == other.comparison, "another kind of comparison"),
            (self.data == other.data, "other data"),
            (self.protocol == other.protocol, "another protocol"),
            (self.tasks == other.tasks, "other tasks"),
            (self.strategies == other.strategies, "other strategies"),
        ];
        same.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
    }

    /// The seeds in here, ascending.
    pub(crate) fn seed_numbers(&self) -> Vec<usize> {
        let mut seeds: Vec<usize> = self.runs.iter().map(|run| run.seed).collect();
        seeds.dedup();
        seeds
    }

    /// The trainings of a task with so many labels a class, seed by seed.
    pub(crate) fn seed_runs(
        &self,
        strategies: &[Strategy],
        task: usize,
        labels: usize,
    ) -> Vec<SeedRuns> {
        let part = &self.tasks[task];
        let truth = part.truth();
        let of_seed = |&seed: &usize| {
            let own =
                |run: &&Training| run.seed == seed && run.task == part.name && run.labels == labels;
            let own: Vec<&Training> = self.runs.iter().filter(own).collect();
            let run = |strategy: &Strategy| {
                let training = own.iter().find(|run| run.strategy == strategy.name())?;
                let answers = part.answers(&training.answers);
                Some(Run {
                    seed,
                    strategy: strategy.name(),
                    values: answers.values(&truth),
                    answers,
                    parameters: training.parameters,
                    updates: training.updates,
                    curve: training.curve.iter().map(|&loss| loss.into()).collect(),
                    seconds: 0.0,
                })
            };
            SeedRuns { seed, pretraining: 0.0, runs: strategies.iter().filter_map(run).collect() }
        };
        self.seed_numbers().iter().map(of_seed).collect()
    }

    /// What the runs say of a task.
    pub(crate) fn summary(&self, strategies: &[Strategy], task: usize) -> Summary {
        let seeds = self.seed_runs(strategies, task, self.protocol.labels_per_class);
        let judging = self.judging(self.tasks[task].truth().grain());
        Summary::judged(strategies, &seeds, judging)
    }

    /// What they say of all tasks: the mean of the tasks' scores.
    pub(crate) fn summary_of_means(&self, strategies: &[Strategy]) -> Summary {
        let tasks = 0..self.tasks.len();
        let all: Vec<Vec<SeedRuns>> = tasks
            .map(|task| self.seed_runs(strategies, task, self.protocol.labels_per_class))
            .collect();
        let mut seeds = all[0].clone();
        for (place, seed) in seeds.iter_mut().enumerate() {
            for (row, run) in seed.runs.iter_mut().enumerate() {
                let of_task = |runs: &Vec<SeedRuns>| runs[place].runs[row].accuracy();
                run.values = vec![mean(&all.iter().map(of_task).collect::<Vec<_>>())];
            }
        }
        let grains = self.tasks.iter().map(|task| task.truth().grain() / self.tasks.len() as f64);
        Summary::judged(strategies, &seeds, self.judging(grains.fold(f64::INFINITY, f64::min)))
    }

    fn judging(&self, grain: f64) -> Judging {
        Judging { grain, in_common: self.in_common(), counts: true }
    }

    /// What the variance of a mean has beside `1 / seeds`.
    pub(crate) fn in_common(&self) -> f64 {
        let Settings { disjoint, in_common: share, .. } = self.protocol;
        in_common(&self.seed_numbers(), disjoint, share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_written_and_read_back_however_many_there_are() {
        for number in [2, 62, 63, 1000] {
            let all = vec![Some(0), None, Some(number - 1), Some(number / 2)];
            let Encoded::Classes(text) = Encoded::classes(all.iter().copied(), number) else {
                panic!("they are classes")
            };
            assert_eq!(Encoded::decoded(&text, number), all, "{text}");
        }
        assert_eq!(
            Encoded::classes([Some(61), Some(10)].into_iter(), 62),
            Encoded::Classes("zA".into())
        );
    }
}
