//! What the interval does not cover, in numbers: other test rows, other rows of the source, other
//! halves. Computed once by `compare uncovered`, told in the note under the table.

use std::sync::LazyLock;

use autograd::Seed;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::partitions::{Partitions, deviation};
use crate::problem::{Problem, Split};
use crate::protocol::Protocol;
use crate::settings::{STEPS, Settings};
use crate::strategies;
use crate::summary::{Part, Summary};
use crate::training::train;

/// How often the source's rows, and the halves, are drawn anew.
const REDRAWS: usize = 10;
/// Disjoint training sets that the data allow.
pub(crate) const SEEDS: usize = 17;

/// The recorded numbers.
static RECORDED: LazyLock<Uncovered> = LazyLock::new(|| {
    serde_json::from_str(include_str!("uncovered.json")).expect("it was written by this program")
});

/// How the gains vary with what all seeds have in common, as standard deviations.
#[derive(Serialize, Deserialize)]
struct Uncovered {
    redraws: usize,
    seeds: usize,
    rows: Vec<Of>,
}

/// Of one row of the table.
#[derive(Serialize, Deserialize)]
struct Of {
    strategy: String,
    /// What the interval is made of.
    standard_error: f64,
    test_rows: f64,
    source_rows: f64,
    halves: f64,
}

/// Draws anew and writes down, with the chosen settings; of the other halves some rows stood in the
/// source of the problem they were chosen on.
pub(crate) fn run() -> Result<String, Failure> {
    let usual = || strategies::rows(&[]);
    let own =
        Protocol::of(Problem::embedded(Split::OWN, SEEDS)?, usual()?, Settings::Chosen, STEPS);
    let summary = |protocol: &Protocol| -> Result<Summary, Failure> {
        Ok(Summary::of(&protocol.strategies, &train(protocol)?.0))
    };
    let first = summary(&own)?;
    let mut redrawn = Vec::new();
    for draw in 0..REDRAWS {
        let mut problem = Problem::embedded(Split::OWN, SEEDS)?;
        let rows = problem.source.num_rows();
        let seed = Seed::new(draw as u64).child("source rows");
        let drawn: Vec<usize> =
            (0..rows).map(|row| (seed.child(row).value() % rows as u64) as usize).collect();
        problem.source = problem.source.rows(&drawn);
        redrawn.push(summary(&Protocol::of(problem, usual()?, Settings::Chosen, STEPS))?);
    }
    let over_sources = Partitions::over(&redrawn, SEEDS);
    let over_halves = Partitions::run(&own, &first, &[], REDRAWS)?;
    let compared = first.rows.iter().filter(|row| row.difference.is_some());
    let rows = compared.zip(over_sources.rows.iter().zip(&over_halves.rows));
    let rows = rows.map(|(row, (source, halves))| Of {
        strategy: row.strategy.to_owned(),
        standard_error: row.difference.and_then(|d| d.standard_error).unwrap_or(0.0),
        test_rows: row.test_rows.unwrap_or(0.0),
        source_rows: deviation(&source.gains),
        halves: deviation(&halves.gains),
    });
    let uncovered = Uncovered { redraws: REDRAWS, seeds: SEEDS, rows: rows.collect() };
    Ok(serde_json::to_string_pretty(&uncovered).expect("it has plain keys") + "\n")
}

/// The sentence under the table, for the strategy with the highest gain.
pub(crate) fn note(protocol: &Protocol, summary: &Summary) -> Option<String> {
    let same = protocol.problem.split == Split::OWN && protocol.seeds() == RECORDED.seeds;
    let own = same && protocol.settings == Settings::Chosen && protocol.steps >= STEPS;
    let strategies = summary.rows.iter().filter(|row| own && row.part == Part::Strategy);
    let best = strategies.max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))?;
    let of = RECORDED.rows.iter().find(|of| of.strategy == best.strategy)?;
    Some(format!(
        "not covered by the interval of {}, whose standard error is {:.4} with {} seeds: other test \
         rows {:.4}, other source rows {:.4}, which add to it as squares do; between other halves, \
         which have rows in common, gains deviate by {:.4} (`compare uncovered`).",
        best.strategy, of.standard_error, RECORDED.seeds, of.test_rows, of.source_rows, of.halves
    ))
}
