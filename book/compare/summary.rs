//! What the runs say: means, paired differences, verdicts.

use nn::metrics::{self, PairedDifference};
use nn::train::Role;
use serde::Serialize;

use crate::protocol::SeedRuns;
use crate::strategies::{CEILING, Strategy};

/// The fewest seeds that a verdict is given on.
pub(crate) const FEWEST: usize = 5;
/// What the probability of a false verdict in the whole table is held to.
const LEVEL: f64 = 0.05;

/// The table's rows, and what tells a strategy from its control.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) rows: Vec<Row>,
    pub(crate) controls: Vec<Control>,
    /// The strategies that help and that are not told apart from the best one.
    pub(crate) level_with_best: Vec<&'static str>,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) strategy: &'static str,
    pub(crate) part: Part,
    /// Mean over the seeds.
    pub(crate) accuracy: f64,
    /// To the baseline of the same seeds; the baseline itself has none.
    pub(crate) difference: Option<Difference>,
    /// Two-sided, by the paired t test; then by Holm's method for all rows that have a verdict.
    pub(crate) p_value: Option<f64>,
    pub(crate) adjusted: Option<f64>,
    pub(crate) verdict: Option<Verdict>,
    /// Seeds in which it is ahead of the baseline, level with it, and behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wins: Option<[usize; 3]>,
    /// Which share of the way from the baseline to the ceiling it comes.
    pub(crate) way: Option<f64>,
    /// How far the difference would vary with other test rows, as a standard error.
    pub(crate) test_rows: Option<f64>,
    /// How many numbers its training moves.
    pub(crate) parameters: usize,
    /// How many updates see rows of the target.
    pub(crate) updates: usize,
}

/// What a row is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// What the others are compared with.
    Baseline,
    /// It uses the knowledge of the source.
    Strategy,
    /// A strategy without the knowledge: it gets no verdict of its own.
    Control,
    /// It is no network like the others'.
    Reference,
    /// All labels: how far one could come.
    Ceiling,
}

impl Part {
    fn of(strategy: &Strategy) -> Self {
        match strategy.known.role {
            _ if strategy.name() == CEILING => Self::Ceiling,
            Role::Baseline => Self::Baseline,
            Role::Strategy => Self::Strategy,
            Role::Control(_) => Self::Control,
            Role::Reference => Self::Reference,
        }
    }

    /// Whether a row has a verdict.
    fn is_judged(self) -> bool {
        matches!(self, Self::Strategy | Self::Reference)
    }
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

/// What the seeds decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Helps,
    Hurts,
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

    /// By the p-value adjusted for all rows; undecided where seeds are few, where the differences
    /// are all equal, and where they are less than a row of the test part.
    fn of(differences: &[f64], adjusted: f64, grain: f64) -> Self {
        let mean = metrics::mean(differences);
        let nothing = all_equal(differences, grain) || mean.abs() < grain * (1.0 - 1e-3);
        match adjusted < LEVEL && differences.len() >= FEWEST && !nothing {
            true if mean > 0.0 => Self::Helps,
            true => Self::Hurts,
            false => Self::Undecided,
        }
    }
}

/// Whether differences show nothing of how far they spread. They are multiples of a row's share, so that
/// a thousandth of one is rounding.
fn all_equal(differences: &[f64], grain: f64) -> bool {
    differences.iter().all(|d| (d - differences[0]).abs() <= grain / 1e3)
}

impl Difference {
    /// With an interval where the pairs `spread`.
    fn of(difference: PairedDifference, spread: bool) -> Self {
        let several = difference.pairs > 1 && (spread || difference.mean == 0.0);
        let (low, high) = difference.interval(0.95);
        Self {
            mean: difference.mean,
            standard_error: several.then_some(difference.standard_error),
            interval: several.then_some([low, high]),
        }
    }
}

/// How runs are judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judging {
    /// The least by which scores differ; a gain below it is none.
    pub(crate) grain: f64,
    /// What the variance of a mean has beside `1 / seeds`, in units of the seeds' own: 0 where the
    /// seeds have no training row in common.
    ///
    /// # Source
    /// Nadeau and Bengio 2003, section 3.2.1: `r / (1 - r)`, with `r` the share of rows that two
    /// draws have in common.
    pub(crate) in_common: f64,
    /// Whether wins and losses are counted.
    pub(crate) counts: bool,
}

impl Judging {
    fn of(self, differences: &[f64]) -> PairedDifference {
        let mut difference = PairedDifference::of(differences);
        difference.standard_error *= (1.0 + differences.len() as f64 * self.in_common).sqrt();
        difference
    }
}

/// The runs of a table, row by row.
struct Runs<'r> {
    judging: Judging,
    strategies: &'r [Strategy],
    seeds: &'r [SeedRuns],
    /// `[row][seed]`.
    accuracies: Vec<Vec<f64>>,
    baseline: usize,
}

impl<'r> Runs<'r> {
    fn of(strategies: &'r [Strategy], seeds: &'r [SeedRuns], judging: Judging) -> Self {
        let of_row = |row: usize| seeds.iter().map(|seed| seed.runs[row].accuracy()).collect();
        let accuracies = (0..strategies.len()).map(of_row).collect();
        let mut parts = strategies.iter().map(Part::of);
        let baseline = parts.position(|part| part == Part::Baseline);
        let baseline = baseline.expect("the table has a baseline");
        Self { judging, strategies, seeds, accuracies, baseline }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.strategies.iter().position(|strategy| strategy.name() == name)
    }

    fn between(&self, row: usize, other: usize) -> Difference {
        let pairs = self.pairs(row, other);
        Difference::of(self.judging.of(&pairs), !all_equal(&pairs, self.judging.grain))
    }

    /// The differences of two rows, seed by seed.
    fn pairs(&self, row: usize, other: usize) -> Vec<f64> {
        let pairs = self.accuracies[row].iter().zip(&self.accuracies[other]);
        pairs.map(|(a, b)| a - b).collect()
    }

    /// To the baseline.
    fn differences(&self, row: usize) -> Vec<f64> {
        self.pairs(row, self.baseline)
    }

    /// How probable differences at least as far from 0 are if there are none in truth: 1 where they are
    /// all equal, since a t-test takes that for a spread of 0.
    fn p_value(&self, differences: &[f64]) -> f64 {
        if all_equal(differences, self.judging.grain) {
            return 1.0;
        }
        self.judging.of(differences).p_value()
    }

    /// The standard error of the mean difference over test rows, each row's over the seeds taken
    /// first.
    fn over_test_rows(&self, row: usize) -> f64 {
        let rows = self.seeds[0].runs[row].values.len();
        let of_test_row = |i: usize| {
            let of_seed =
                |seed: &SeedRuns| seed.runs[row].values[i] - seed.runs[self.baseline].values[i];
            metrics::mean(&self.seeds.iter().map(of_seed).collect::<Vec<_>>())
        };
        metrics::standard_error(&(0..rows).map(of_test_row).collect::<Vec<_>>())
    }

    fn row(&self, row: usize, adjusted: Option<f64>) -> Row {
        let strategy = &self.strategies[row];
        let differences = self.differences(row);
        let compared = row != self.baseline;
        let several = compared && self.seeds.len() > 1;
        let first = &self.seeds[0].runs[row];
        let mean_difference = metrics::mean(&differences);
        let ceiling = self.place(CEILING).map(|of| metrics::mean(&self.differences(of)));
        let way = ceiling.filter(|&whole| compared && whole > 0.0);
        Row {
            strategy: strategy.name(),
            part: Part::of(strategy),
            accuracy: metrics::mean(&self.accuracies[row]),
            difference: compared.then(|| self.between(row, self.baseline)),
            p_value: several.then(|| self.p_value(&differences)),
            adjusted,
            verdict: Part::of(strategy)
                .is_judged()
                .then(|| Verdict::of(&differences, adjusted.unwrap_or(1.0), self.judging.grain)),
            wins: (compared && self.judging.counts).then(|| wins(&differences)),
            way: way.map(|whole| mean_difference / whole),
            test_rows: (several && first.values.len() > 1).then(|| self.over_test_rows(row)),
            parameters: first.parameters,
            updates: first.updates,
        }
    }
}

impl Summary {
    /// Sums up the runs of the strategies, of which every seed has one each; no two seeds have a
    /// training row in common, and test rows are right or wrong.
    pub(crate) fn of(strategies: &[Strategy], seeds: &[SeedRuns]) -> Self {
        let grain = 1.0 / seeds[0].runs[0].values.len() as f64;
        Self::judged(strategies, seeds, Judging { grain, in_common: 0.0, counts: false })
    }

    /// The same, judged in this way.
    pub(crate) fn judged(strategies: &[Strategy], seeds: &[SeedRuns], judging: Judging) -> Self {
        let runs = Runs::of(strategies, seeds, judging);
        let all = 0..strategies.len();
        let judged: Vec<usize> = all
            .clone()
            .filter(|&row| seeds.len() > 1 && Part::of(&strategies[row]).is_judged())
            .collect();
        let p_value = |&row: &usize| runs.p_value(&runs.differences(row));
        let adjusted = metrics::holm(&judged.iter().map(p_value).collect::<Vec<_>>());
        let of_row = |row: usize| {
            let place = judged.iter().position(|&judged| judged == row);
            runs.row(row, place.map(|place| adjusted[place]))
        };
        let rows: Vec<Row> = all.clone().map(of_row).collect();

        let control = |row: usize| {
            let Role::Control(of) = strategies[row].known.role else { return None };
            let difference = runs.between(runs.place(of)?, row);
            Some(Control { strategy: of, against: strategies[row].name(), difference })
        };
        let controls = all.filter_map(control).collect();
        let level_with_best = Self::level(&rows, &runs);
        Self { rows, controls, level_with_best }
    }

    /// The strategies that help and that are not told apart from the best one: by the paired t test,
    /// for all of them together, or by less than a row of the test part.
    fn level(rows: &[Row], runs: &Runs<'_>) -> Vec<&'static str> {
        let Some(best) = Self::best_of(rows).and_then(|best| runs.place(best.strategy)) else {
            return vec![];
        };
        let helps = |&place: &usize| {
            let row = &rows[place];
            place != best && row.part == Part::Strategy && row.verdict == Some(Verdict::Helps)
        };
        let others: Vec<usize> = (0..rows.len()).filter(helps).collect();
        let pairs = |&place: &usize| runs.pairs(best, place);
        let p_values: Vec<f64> = others.iter().map(|place| runs.p_value(&pairs(place))).collect();
        let of = |(place, p): (&usize, f64)| {
            let level = p >= LEVEL || metrics::mean(&pairs(place)).abs() < runs.judging.grain;
            level.then(|| rows[*place].strategy)
        };
        others.iter().zip(metrics::holm(&p_values)).filter_map(of).collect()
    }

    /// The strategy that helps and has the highest mean.
    pub(crate) fn best(&self) -> Option<&Row> {
        Self::best_of(&self.rows)
    }

    /// The highest row, if that lies above the ceiling by what a table of three decimals shows.
    pub(crate) fn above_ceiling(&self) -> Option<&'static str> {
        let ceiling = self.rows.iter().find(|row| row.part == Part::Ceiling)?;
        let highest = self.rows.iter().max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))?;
        (highest.accuracy - ceiling.accuracy > 5e-4).then_some(highest.strategy)
    }

    fn best_of(rows: &[Row]) -> Option<&Row> {
        rows.iter()
            .filter(|row| row.part == Part::Strategy && row.verdict == Some(Verdict::Helps))
            .max_by(|a, b| a.accuracy.total_cmp(&b.accuracy))
    }
}

/// In how many seeds it is ahead, level and behind.
fn wins(differences: &[f64]) -> [usize; 3] {
    let many = |sign: fn(f64) -> bool| differences.iter().filter(|&&d| sign(d)).count();
    [many(|d| d > 0.0), many(|d| d == 0.0), many(|d| d < 0.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{Answers, Truth};
    use crate::protocol::Run;
    use crate::strategies;

    const ROWS: usize = 100;

    /// A summary of runs in which the strategy of a place classifies so many rows of a hundred right.
    fn summary(seeds: usize, right: impl Fn(usize, usize) -> usize) -> Summary {
        Summary::of(&strategies::rows(&[]).expect("the usual ones"), &runs(seeds, right))
    }

    fn runs(seeds: usize, right: impl Fn(usize, usize) -> usize) -> Vec<SeedRuns> {
        let strategies = strategies::rows(&[]).expect("the usual ones");
        let of_seed = |seed| {
            let run = |(at, strategy): (usize, &Strategy)| {
                let class = |row: usize| Some(usize::from(row >= right(at, seed)));
                let answers = Answers::Classes((0..ROWS).map(class).collect());
                let values = answers.values(&Truth::Classes(vec![0; ROWS]));
                let (strategy, curve) = (strategy.name(), vec![]);
                let (parameters, updates, seconds) = (at, 1, 0.0);
                Run { seed, strategy, answers, values, parameters, updates, curve, seconds }
            };
            let runs = strategies.iter().enumerate().map(run).collect();
            SeedRuns { seed, pretraining: 0.0, runs }
        };
        (0..seeds).map(of_seed).collect()
    }

    /// The place of a row.
    fn place(name: &str) -> usize {
        let strategies = strategies::rows(&[]).expect("the usual ones");
        strategies.iter().position(|strategy| strategy.name() == name).expect(name)
    }

    #[test]
    fn a_difference_that_all_seeds_show_decides_and_one_that_they_do_not_does_not() {
        let tuned = place("fine-tuned");
        for (gain, verdict) in [
            ([5, 6, 5, 7, 6], Verdict::Helps),
            ([-5, -6, -5, -7, -6], Verdict::Hurts),
            ([5, -6, 5, -7, 4], Verdict::Undecided),
            // Always the same by chance, or nothing: neither has a spread to judge by.
            ([1, 1, 1, 1, 1], Verdict::Undecided),
            ([0, 0, 0, 0, 0], Verdict::Undecided),
            // Sure, and less than one row of the test part.
            ([1, 1, 1, 1, 0], Verdict::Undecided),
        ] {
            let right = |at, seed: usize| if at == tuned { (50 + gain[seed]) as usize } else { 50 };
            let row = &summary(5, right).rows[tuned];
            assert_eq!(row.verdict, Some(verdict), "{row:?}");
            assert_eq!(row.parameters, tuned);
        }
    }

    #[test]
    fn equal_differences_show_no_spread_and_have_neither_an_interval_nor_a_small_p_value() {
        let tuned = place("fine-tuned");
        for (gain, ends) in [(3, None), (0, Some([0.0; 2]))] {
            let row = &summary(5, |at, _| if at == tuned { 50 + gain } else { 50 }).rows[tuned];
            assert_eq!(row.difference.as_ref().expect("a difference").interval, ends, "{row:?}");
            assert_eq!((row.p_value, row.adjusted), (Some(1.0), Some(1.0)), "{row:?}");
        }
    }

    #[test]
    fn below_five_seeds_nothing_is_decided() {
        let tuned = place("fine-tuned");
        let right = |at, seed: usize| if at == tuned { 80 + seed % 2 } else { 50 };
        for (seeds, verdict) in [(4, Verdict::Undecided), (5, Verdict::Helps)] {
            let row = &summary(seeds, right).rows[tuned];
            assert_eq!(row.verdict, Some(verdict), "{row:?}");
        }
        let alone = &summary(1, right).rows[tuned];
        assert_eq!((alone.p_value, alone.verdict), (None, Some(Verdict::Undecided)));
        assert_eq!(alone.difference.expect("a difference").interval, None);
    }

    #[test]
    fn a_verdict_is_held_to_the_level_of_the_whole_table() {
        // A p-value of .02, which one row alone would decide with, and a dozen rows do not.
        let tuned = place("fine-tuned");
        let gain = [9, 2, 8, 3, 7, 0];
        let right = |at, seed: usize| if at == tuned { (50 + gain[seed]) as usize } else { 50 };
        let row = &summary(6, right).rows[tuned];
        assert!(row.p_value.expect("several seeds") < LEVEL, "{row:?}");
        assert!(row.adjusted.expect("several seeds") > LEVEL, "{row:?}");
        assert_eq!(row.verdict, Some(Verdict::Undecided));
    }

    #[test]
    fn baseline_control_and_ceiling_have_no_verdict_and_a_control_stands_beside_its_strategy() {
        let (widened, ceiling) = (place("widened"), place(CEILING));
        let right = |at, seed| match at {
            at if at == widened => 60 + seed,
            at if at == ceiling => 90,
            _ => 50,
        };
        let summary = summary(6, right);
        for row in &summary.rows {
            let judged = matches!(row.part, Part::Strategy | Part::Reference);
            assert_eq!(row.verdict.is_some(), judged, "{row:?}");
            assert_eq!(row.adjusted.is_some(), judged, "{row:?}");
            assert_eq!(row.difference.is_none(), row.part == Part::Baseline, "{row:?}");
        }
        let beside = summary.controls.iter().find(|beside| beside.strategy == "widened");
        let beside = beside.expect("it has a control");
        assert_eq!(beside.against, "scratch, widened");
        assert!((beside.difference.mean - 0.125).abs() < 1e-12);
        // From 50 to 90: 12.5 rows on the way.
        let way = summary.rows[widened].way.expect("there is a ceiling");
        assert!((way - 12.5 / 40.0).abs() < 1e-12, "{way}");
    }

    #[test]
    fn who_is_within_noise_of_the_best_is_level_with_it() {
        let [best, near, far] = ["fine-tuned", "widened", "features"].map(place);
        let right = |at, seed: usize| match at {
            at if at == best => 80 + seed % 2,
            at if at == near => [82, 79, 81, 80, 80, 80][seed],
            at if at == far => 60 + seed % 3,
            _ => 50,
        };
        let summary = summary(6, right);
        assert_eq!(summary.best().map(|row| row.strategy), Some("fine-tuned"));
        assert_eq!(summary.rows[far].verdict, Some(Verdict::Helps));
        assert_eq!(summary.level_with_best, ["widened"]);
    }

    #[test]
    fn who_is_surely_behind_by_less_than_a_test_row_is_level_with_the_best() {
        let [best, near] = ["fine-tuned", "widened"].map(place);
        // Behind by one row, or by three, for nineteen seeds of twenty.
        for (more, level) in [(0, vec!["widened"]), (2, vec![])] {
            let right = |at, seed: usize| match at {
                at if at == best => 80 + seed % 2,
                at if at == near => 80 + seed % 2 - usize::from(seed > 0) * (1 + more),
                _ => 50,
            };
            assert_eq!(summary(20, right).level_with_best, level);
        }
    }

    #[test]
    fn a_row_above_the_ceiling_is_named_and_one_level_with_it_is_not() {
        let [tuned, ceiling] = ["fine-tuned", CEILING].map(place);
        for (right_of_tuned, named) in [(79, None), (80, None), (81, Some("fine-tuned"))] {
            let right = |at, _| match at {
                at if at == ceiling => 80,
                at if at == tuned => right_of_tuned,
                _ => 50,
            };
            assert_eq!(summary(6, right).above_ceiling(), named, "{right_of_tuned}");
        }
    }

    #[test]
    fn rows_in_common_widen_the_interval_after_nadeau_and_bengio() {
        let (strategies, tuned) =
            (strategies::rows(&[]).expect("the usual ones"), place("fine-tuned"));
        let seeds = runs(10, |at, seed| if at == tuned { 60 + seed % 4 } else { 50 });
        let judged = |in_common| {
            let judging = Judging { grain: 0.01, in_common, counts: true };
            Summary::judged(&strategies, &seeds, judging).rows[tuned].clone()
        };
        let error = |row: &Row| row.difference.expect("a difference").standard_error.expect("ten");
        // 1 / 10 becomes 1 / 10 + 1 / 3: the shares of rows that draws of a quarter have in common.
        let (apart, common) = (judged(0.0), judged(0.25 / 0.75));
        let ratio = error(&common) / error(&apart);
        assert!((ratio - (1.0 + 10.0 / 3.0_f64).sqrt()).abs() < 1e-12, "{ratio}");
        assert!(common.p_value > apart.p_value);
        assert_eq!(common.wins, Some([10, 0, 0]));
    }

    #[test]
    fn the_error_of_the_test_rows_is_that_of_their_mean_differences() {
        let tuned = place("fine-tuned");
        // Ten rows of a hundred are gained by every seed: a share of .1 of single rows.
        let right = |at, _| if at == tuned { 60 } else { 50 };
        let error = summary(2, right).rows[tuned].test_rows.expect("several seeds");
        let expected = (0.1 * 0.9 * 100.0 / 99.0 / 100.0_f64).sqrt();
        assert!((error - expected).abs() < 1e-12, "{error} and {expected}");
    }
}
