//! Which rows of the target are tested on, and which ones a seed learns from.

use std::collections::BTreeMap;

use autograd::Seed;
use nn::data::LabelColumn;

/// Labelled rows of a class if nothing is asked for, as in the embedded comparison; of numbers ten
/// times as many.
const LABELS: usize = 5;

/// The parts of the target's rows.
pub(crate) struct Draws {
    /// Labelled rows that nothing is learnt from.
    pub(crate) test: Vec<usize>,
    /// All other rows, labelled or not.
    pub(crate) seen: Vec<usize>,
    /// How many rows of each stratum a training set has.
    pub(crate) labels: usize,
    /// How many training sets have no row in common.
    pub(crate) disjoint: usize,
    /// Which share of its rows a training set has in common with one of another round, on average.
    pub(crate) share: f64,
    /// The labels of the seen rows.
    column: LabelColumn,
    order: Seed,
}

/// Why there are no such parts.
pub(crate) enum Fault {
    /// The class with the fewest rows outside the test part, and how many those are.
    Few { class: Option<usize>, rows: usize },
    /// There is no row to be tested on.
    NoTest,
}

impl Draws {
    /// A stratified part of the labelled rows for the test; of the others so many of each class, or
    /// what is usual.
    pub(crate) fn of(
        labels: &LabelColumn,
        share: f64,
        asked: Option<usize>,
    ) -> Result<Self, Fault> {
        let order = Seed::new(0).child("split");
        let (mut test, mut seen) = labels.stratified_split(share, order);
        // Rows without a label cannot be tested on, but may be seen.
        seen.extend(test.iter().filter(|&&row| !labels.is_known(row)));
        seen.sort_unstable();
        test.retain(|&row| labels.is_known(row));
        if test.is_empty() {
            return Err(Fault::NoTest);
        }
        let known = labels.as_classes().map(nn::Labels::counts);
        let column = labels.rows(&seen);
        let mut draws = Self { test, seen, labels: 0, disjoint: 0, share: 0.0, column, order };
        let strata = draws.strata(0);
        // A class that nothing is known of is none of this table's.
        let of_table = |class: &usize| known.as_ref().is_none_or(|counts| counts[*class] > 0);
        let sizes: Vec<(usize, usize)> =
            strata.iter().map(Vec::len).enumerate().filter(|(class, _)| of_table(class)).collect();
        let (class, rows) = sizes.iter().copied().min_by_key(|(_, rows)| *rows).unwrap_or((0, 0));
        let usual = if known.is_some() { LABELS } else { 10 * LABELS };
        draws.labels = asked.unwrap_or_else(|| usual.min(rows / 2).max(1));
        if rows < draws.labels {
            return Err(Fault::Few { class: known.is_some().then_some(class), rows });
        }
        draws.disjoint = rows / draws.labels;
        let shares = sizes.iter().map(|&(_, rows)| draws.labels as f64 / rows as f64);
        draws.share = shares.sum::<f64>() / sizes.len() as f64;
        Ok(draws)
    }

    /// The seeds that are run if nothing is asked for.
    pub(crate) fn usual_seeds(&self) -> usize {
        if (5..10).contains(&self.disjoint) { self.disjoint } else { 10 }
    }

    /// The rows that a seed learns from; those of a round have no row in common, and another round
    /// deals anew.
    pub(crate) fn training(&self, seed: usize) -> Vec<usize> {
        let (round, turn) = (seed / self.disjoint, seed % self.disjoint);
        let dealt = self.labels * turn..self.labels * (turn + 1);
        let strata = self.strata(round);
        let dealt =
            strata.iter().filter(|rows| !rows.is_empty()).flat_map(|rows| &rows[dealt.clone()]);
        dealt.map(|&row| self.seen[row]).collect()
    }

    /// The seen rows of each class, or all that have a number, shuffled for this round.
    fn strata(&self, round: usize) -> Vec<Vec<usize>> {
        let order = if round == 0 { self.order } else { self.order.child("round").child(round) };
        match &self.column {
            LabelColumn::Classes(labels) => labels.rows_by_class(order),
            LabelColumn::Numbers(numbers) => {
                // As one class, so that the rows do not depend on the numbers.
                let of_row = numbers.of_row.iter().map(|number| number.map(|_| 0)).collect();
                let (name, classes) = (numbers.name.clone(), vec![String::new()]);
                nn::Labels { name, classes, of_row }.rows_by_class(order)
            }
        }
    }
}

/// What the variance of a mean over these seeds has beside `1 / seeds`: `r / (1 - r)`, with `r` the
/// share of rows that two of them have in common, on average.
pub(crate) fn in_common(seeds: &[usize], disjoint: usize, share: f64) -> f64 {
    let mut of_round = BTreeMap::new();
    seeds.iter().for_each(|seed| *of_round.entry(seed / disjoint).or_insert(0_usize) += 1);
    let pairs = |n: usize| n * n.saturating_sub(1) / 2;
    let (all, apart) = (pairs(seeds.len()), of_round.values().map(|&n| pairs(n)).sum::<usize>());
    let r = share * (all - apart) as f64 / all.max(1) as f64;
    // Where all rows are in common nothing is left to judge by, and no variance is large enough.
    r / (1.0 - r).max(1e-3)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use nn::Labels;

    use super::*;

    fn labels(counts: &[usize]) -> LabelColumn {
        let text = counts.iter().enumerate().flat_map(|(class, &n)| vec![format!("c{class}"); n]);
        Labels::of_text("kind", &text.collect::<Vec<_>>()).into()
    }

    #[test]
    fn seeds_of_a_round_have_no_row_in_common_and_none_has_a_test_row() {
        let draws = Draws::of(&labels(&[40, 60]), 0.5, Some(6)).ok().expect("there are rows");
        assert_eq!((draws.disjoint, draws.test.len()), (3, 50));
        let rows: Vec<Vec<usize>> = (0..6).map(|seed| draws.training(seed)).collect();
        for round in [&rows[..3], &rows[3..]] {
            let all: BTreeSet<_> = round.iter().flatten().chain(&draws.test).collect();
            assert_eq!(all.len(), 3 * 12 + 50);
        }
        assert_ne!(rows[0], rows[3]);
        // 6 of 20 rows, and 6 of 30.
        assert!((draws.share - 0.25).abs() < 1e-12);
    }

    #[test]
    fn rows_in_common_are_counted_over_pairs_of_rounds() {
        let cases: [(&[usize], usize, f64); 4] = [
            (&[0, 1, 2], 3, 0.0),
            (&[7], 1, 0.0),
            (&[0, 1], 1, 1.0),
            // Of three pairs two are of different rounds: a third of the rows in common.
            (&[0, 1, 2], 2, 0.5),
        ];
        for (seeds, disjoint, expected) in cases {
            let found = in_common(seeds, disjoint, 0.5);
            assert!((found - expected).abs() < 1e-12, "{seeds:?}: {found}");
        }
    }

    #[test]
    fn a_class_with_too_few_rows_is_named_and_unlabelled_rows_are_only_seen() {
        let Err(Fault::Few { class, rows }) = Draws::of(&labels(&[20, 5]), 0.5, Some(4)) else {
            panic!("there are not so many")
        };
        assert_eq!((class, rows), (Some(1), 2));
        let mut column = labels(&[20, 20]);
        (0..10).for_each(|row| column.forget(row));
        let draws = Draws::of(&column, 0.5, None).ok().expect("there are rows");
        assert!(draws.test.iter().all(|&row| row >= 10));
        assert_eq!((draws.seen.len(), draws.labels), (25, 2));
        assert!(draws.training(0).iter().all(|&row| row >= 10));
    }
}
