//! The results as files: JSON for programs, lines for spreadsheets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::results::Results;
use crate::strategies::Strategy;
use crate::summary::{Control, Row, Summary};

/// Everything that is not the same in all results of one command.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timing {
    pub(crate) command: String,
    pub(crate) threads: usize,
    pub(crate) seconds: f64,
    /// Seed, strategy and seconds of each training.
    pub(crate) trainings: Vec<(usize, String, f64)>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    results: &'a Results,
    summary: Vec<OfTask<'a>>,
    timing: &'a Timing,
}

#[derive(Serialize)]
struct OfTask<'a> {
    task: &'a str,
    rows: &'a [Row],
    controls: &'a [Control],
}

/// The results in JSON, a run a line, with what they say.
pub(crate) fn json(results: &Results, summaries: &[(String, Summary)], timing: &Timing) -> String {
    let summary = summaries.iter().map(OfTask::of).collect();
    let text =
        serde_json::to_string(&Whole { results, summary, timing }).expect("it has plain keys");
    // Quotes inside texts are escaped, so that this stands before runs and parts alone.
    let text =
        text.replace("{\"seed\":", "\n{\"seed\":").replace("{\"strategy\":", "\n{\"strategy\":");
    let mut text = text.replace("{\"task\":", "\n{\"task\":");
    for part in ["data", "protocol", "warnings", "tasks", "strategies", "left_out", "seeds_asked"] {
        text = text.replacen(&format!(",\"{part}\":"), &format!(",\n\"{part}\":"), 1);
    }
    text = text.replacen(",\"runs\":[", ",\n\"runs\":[", 1);
    match text.rfind(",\"timing\":") {
        Some(place) => text[..place].to_owned() + ",\n" + &text[place + 1..] + "\n",
        None => text + "\n",
    }
}

impl<'a> OfTask<'a> {
    fn of((task, summary): &'a (String, Summary)) -> Self {
        Self { task, rows: &summary.rows, controls: &summary.controls }
    }
}

/// A line a training, for spreadsheets.
pub(crate) fn lines(results: &Results) -> String {
    let mut writer = csv::Writer::from_writer(vec![]);
    let mut line = |cells: [&str; 7]| writer.write_record(cells).expect("memory takes all");
    line(["seed", "task", "strategy", "labels", "score", "parameters", "updates"]);
    for run in &results.runs {
        let [seed, labels] = [run.seed, run.labels].map(|number| number.to_string());
        let [parameters, updates] = [run.parameters, run.updates].map(|number| number.to_string());
        let score = run.score.to_string();
        line([&seed, &run.task, &run.strategy, &labels, &score, &parameters, &updates]);
    }
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("cells were text")
}

/// What the runs say, task by task, and of several tasks of their mean.
pub(crate) fn summaries(results: &Results, strategies: &[Strategy]) -> Vec<(String, Summary)> {
    let of_task = |(place, task): (usize, &super::results::TestPart)| {
        (task.name.clone(), results.summary(strategies, place))
    };
    let mut all: Vec<_> = results.tasks.iter().enumerate().map(of_task).collect();
    if all.len() > 1 {
        all.insert(0, ("mean of tasks".to_owned(), results.summary_of_means(strategies)));
    }
    all
}

/// How long each strategy took in the first seed, with its pre-training if it has one.
pub(crate) fn first_seconds(results: &Results, timing: &Timing) -> BTreeMap<String, f64> {
    let first = results.runs.first().map_or(0, |run| run.seed);
    let own = timing.trainings.iter().filter(|(seed, ..)| *seed == first);
    own.map(|(_, strategy, seconds)| (strategy.clone(), *seconds)).collect()
}
