//! What the runs say: means, paired differences, verdicts.

use nn::metrics::{self, PairedDifference};
use nn::train::Role;
use serde::Serialize;

use crate::protocol::{Run, SeedRuns};
use crate::strategies::Strategy;

/// The table's rows, and what tells a strategy from its control.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) rows: Vec<Row>,
    pub(crate) controls: Vec<Control>,
    /// The strategies that help and whose paired difference to the best one decides nothing.
    pub(crate) level_with_best: Vec<&'static str>,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) strategy: &'static str,
    #[serde(serialize_with = "word")]
    pub(crate) role: Role,
    /// Mean over the seeds.
    pub(crate) accuracy: f64,
    /// To the baseline of the same seeds; the baseline itself has none.
    pub(crate) difference: Option<Difference>,
    pub(crate) verdict: Option<Verdict>,
    /// How many numbers its training moves.
    pub(crate) parameters: usize,
}

fn word<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match role {
        Role::Baseline => "baseline",
        Role::Strategy => "strategy",
        Role::Control(_) => "control",
    })
}

/// A strategy against its control, which shares all but the knowledge.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Control {
    pub(crate) strategy: &'static str,
    pub(crate) against: &'static str,
    pub(crate) difference: Difference,
}

/// The mean of paired differences, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    pub(crate) mean: f64,
    /// A single pair has neither this nor an interval.
    pub(crate) standard_error: Option<f64>,
    /// The two ends of the 95 % interval.
    pub(crate) interval: Option<[f64; 2]>,
}

/// What an interval says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// All of it is above 0.
    Helps,
    /// All of it is below 0.
    Hurts,
    /// It holds 0, or there is none.
    Undecided,
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Verdict::Helps => "helps",
            Verdict::Hurts => "hurts",
            Verdict::Undecided => "undecided",
        }
    }
}

impl Difference {
    /// Of `x` to `y`, pair by pair.
    fn between(x: &[f64], y: &[f64]) -> Self {
        let difference = PairedDifference::new(x, y);
        let several = difference.pairs > 1;
        let (low, high) = difference.interval(0.95);
        Self {
            mean: difference.mean,
            standard_error: several.then_some(difference.standard_error),
            interval: several.then_some([low, high]),
        }
    }

    fn verdict(&self) -> Verdict {
        match self.interval {
            Some([low, _]) if low > 0.0 => Verdict::Helps,
            Some([_, high]) if high < 0.0 => Verdict::Hurts,
            _ => Verdict::Undecided,
        }
    }
}

impl Summary {
    /// Sums up the runs of the strategies, of which every seed has one each.
    pub(crate) fn of(strategies: &[Strategy], seeds: &[SeedRuns]) -> Self {
        let runs = |index: usize| -> Vec<&Run> { seeds.iter().map(|of| &of.runs[index]).collect() };
        let accuracies =
            |index| -> Vec<f64> { runs(index).into_iter().map(|run| run.accuracy).collect() };
        let baseline = strategies
            .iter()
            .position(|strategy| strategy.known.role == Role::Baseline)
            .expect("the table has a baseline");

        let mut rows = Vec::new();
        let mut controls = Vec::new();
        for (index, strategy) in strategies.iter().enumerate() {
            let accuracy = accuracies(index);
            let difference =
                (index != baseline).then(|| Difference::between(&accuracy, &accuracies(baseline)));
            if let Role::Control(of) = strategy.known.role
                && let Some(place) = strategies.iter().position(|other| other.name() == of)
            {
                controls.push(Control {
                    strategy: of,
                    against: strategy.name(),
                    difference: Difference::between(&accuracies(place), &accuracy),
                });
            }
            rows.push(Row {
                strategy: strategy.name(),
                role: strategy.known.role,
                accuracy: metrics::mean(&accuracy),
                difference,
                verdict: difference.as_ref().map(Difference::verdict),
                parameters: runs(index)[0].parameters,
            });
        }
        let best = Self::best_of(&rows).map(|best| best.strategy);
        let level = |&(index, row): &(usize, &Row)| {
            let best = rows.iter().position(|row| Some(row.strategy) == best);
            let Some(best) = best.filter(|&best| best != index) else { return false };
            let helps = row.role == Role::Strategy && row.verdict == Some(Verdict::Helps);
            let behind = Difference::between(&accuracies(best), &accuracies(index));
            helps && behind.verdict() == Verdict::Undecided
        };
        let level_with_best =
            rows.iter().enumerate().filter(level).map(|(_, row)| row.strategy).collect();
        Self { rows, controls, level_with_best }
    }

    /// The strategy that helps and has the highest mean.
    pub(crate) fn best(&self) -> Option<&Row> {
        Self::best_of(&self.rows)
    }

    fn best_of(rows: &[Row]) -> Option<&Row> {
        rows.iter()
            .filter(|row| row.role == Role::Strategy && row.verdict == Some(Verdict::Helps))
            .max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies;

    /// A summary of runs in which the strategy at `index` has these accuracies, and all others 0.5
    /// and 0.75.
    fn summary(index: usize, accuracies: [f64; 2]) -> Summary {
        let strategies = strategies::rows(&[]).expect("the usual ones");
        let seeds: Vec<SeedRuns> = (0..2)
            .map(|seed| {
                let run = |(at, strategy): (usize, &Strategy)| Run {
                    seed,
                    strategy: strategy.name(),
                    accuracy: if at == index { accuracies[seed] } else { [0.5, 0.75][seed] },
                    parameters: at,
                    seconds: 0.0,
                };
                SeedRuns {
                    pretraining: 0.0,
                    runs: strategies.iter().enumerate().map(run).collect(),
                }
            })
            .collect();
        Summary::of(&strategies, &seeds)
    }

    #[test]
    fn an_interval_that_leaves_out_0_decides() {
        for (accuracies, verdict) in [
            ([0.625, 0.875], Verdict::Helps),
            ([0.375, 0.625], Verdict::Hurts),
            ([0.5, 0.75], Verdict::Undecided),
            // Better twice, but how much the difference varies allows for less than nothing.
            ([0.625, 0.765_625], Verdict::Undecided),
        ] {
            let row = &summary(1, accuracies).rows[1];
            assert_eq!(row.verdict, Some(verdict), "{row:?}");
            let mean = f64::midpoint(accuracies[0], accuracies[1]);
            assert_eq!((row.accuracy, row.parameters), (mean, 1));
        }
    }

    #[test]
    fn who_is_within_noise_of_the_best_is_level_with_it() {
        let strategies = strategies::rows(&[]).expect("the usual ones");
        let seeds: Vec<SeedRuns> = (0..2)
            .map(|seed| {
                let accuracy = |at: usize| match at {
                    1 => [0.875, 0.9375][seed],       // the best
                    2 => [0.890_625, 0.906_25][seed], // once above it, once below
                    3 => [0.625, 0.6875][seed],       // below it by the same both times
                    _ => [0.5, 0.5625][seed],
                };
                let run = |(at, strategy): (usize, &Strategy)| Run {
                    seed,
                    strategy: strategy.name(),
                    accuracy: accuracy(at),
                    parameters: at,
                    seconds: 0.0,
                };
                let runs = strategies.iter().enumerate().map(run).collect();
                SeedRuns { pretraining: 0.0, runs }
            })
            .collect();
        let summary = Summary::of(&strategies, &seeds);
        assert_eq!(summary.best().map(|row| row.strategy), Some(strategies[1].name()));
        assert_eq!(summary.rows[3].verdict, Some(Verdict::Helps));
        assert_eq!(summary.level_with_best, [strategies[2].name()]);
    }

    #[test]
    fn the_baseline_is_compared_with_nothing_and_a_control_with_what_it_controls() {
        let strategies = strategies::rows(&[]).expect("the usual ones");
        let control = strategies
            .iter()
            .position(|of| matches!(of.known.role, Role::Control(_)))
            .expect("one");
        let summary = summary(control, [0.375, 0.625]);
        for (row, strategy) in summary.rows.iter().zip(&strategies) {
            assert_eq!(row.difference.is_none(), strategy.known.role == Role::Baseline, "{row:?}");
        }
        let [beside] = &summary.controls[..] else { panic!("{:?}", summary.controls) };
        assert_eq!(beside.strategy, strategies[control - 1].name());
        let interval = Some([0.125, 0.125]);
        let expected = Difference { mean: 0.125, standard_error: Some(0.0), interval };
        assert_eq!(beside.difference, expected);
    }
}
