//! Other halves of the target in place of the comparison's own: what the interval does not cover.

use nn::metrics;
use serde::Serialize;

use crate::failure::Failure;
use crate::problem::{Problem, Split};
use crate::protocol::Protocol;
use crate::strategies;
use crate::summary::Summary;
use crate::training::train;

/// The gains over several halves.
#[derive(Serialize)]
pub(crate) struct Partitions {
    /// How many halves were asked for, and how many are in here.
    pub(crate) asked: usize,
    pub(crate) number: usize,
    pub(crate) seeds: usize,
    pub(crate) rows: Vec<OverHalves>,
}

/// A row's gain over several halves.
#[derive(Serialize)]
pub(crate) struct OverHalves {
    pub(crate) strategy: &'static str,
    pub(crate) mean: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    /// Between the halves.
    pub(crate) deviation: f64,
    /// Half the length of the 95 % interval, the mean over the halves.
    pub(crate) half_width: f64,
    /// In the order of the halves.
    pub(crate) gains: Vec<f64>,
}

impl Partitions {
    /// Runs the other halves; the first is the comparison's own, which has been run.
    pub(crate) fn run(
        protocol: &Protocol,
        first: &Summary,
        asked: &[String],
        number: usize,
    ) -> Result<Self, Failure> {
        let seeds = protocol.seeds();
        let mut all = vec![first.clone()];
        for half in 1..number {
            let problem = Problem::embedded(Split::Halves(half), seeds)?;
            let rows = strategies::rows(asked)?;
            let other = Protocol::of(problem, rows, protocol.settings, protocol.steps);
            let (runs, whole) = train(&other)?;
            if !whole {
                break;
            }
            all.push(Summary::of(&other.strategies, &runs));
        }
        Ok(Self { asked: number, ..Self::over(&all, seeds) })
    }

    /// What summaries of the same rows say together.
    pub(crate) fn over(all: &[Summary], seeds: usize) -> Self {
        let rows = (0..all[0].rows.len()).filter(|&row| all[0].rows[row].difference.is_some());
        let over = |row: usize| {
            let of = |summary: &Summary| summary.rows[row].difference.expect("it is compared");
            let gains: Vec<f64> = all.iter().map(|summary| of(summary).mean).collect();
            let half = |summary| of(summary).interval.map_or(0.0, |[low, high]| (high - low) / 2.0);
            OverHalves {
                strategy: all[0].rows[row].strategy,
                mean: metrics::mean(&gains),
                lowest: gains.iter().copied().fold(f64::INFINITY, f64::min),
                highest: gains.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                deviation: deviation(&gains),
                half_width: metrics::mean(&all.iter().map(half).collect::<Vec<_>>()),
                gains,
            }
        };
        Self { asked: all.len(), number: all.len(), seeds, rows: rows.map(over).collect() }
    }
}

/// The standard deviation; 0 of a single value.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    match values.len() {
        0 | 1 => 0.0,
        many => metrics::standard_error(values) * (many as f64).sqrt(),
    }
}
