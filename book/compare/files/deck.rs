//! Which rows of a table with several tasks are tested on, and which ones a seed learns from.

use autograd::Seed;
use nn::data::LabelColumn;
use nn::{Dataset, Labels};

/// Rows with a label of some task, in two parts; a seed is dealt so many of the second.
pub(crate) struct Deck {
    /// Rows that nothing is learnt from.
    pub(crate) test: Vec<usize>,
    /// All other rows with a label.
    pub(crate) seen: Vec<usize>,
    /// Rows of a training set.
    pub(crate) rows: usize,
    /// How many training sets have no row in common.
    pub(crate) disjoint: usize,
    /// The class of each seen row, by which it is dealt.
    classes: Labels,
    order: Seed,
}

impl Deck {
    /// A test part and training sets in which each class of the first task has its share; `asked`
    /// rows of each of the classes of the largest task, or a tenth of what there is.
    ///
    /// # Errors
    /// How many rows there are, if those are too few.
    pub(crate) fn of(data: &Dataset<f64>, share: f64, asked: Option<usize>) -> Result<Self, usize> {
        let order = Seed::new(0).child("split");
        let columns = &data.label_columns;
        let classes = strata(&columns[0]);
        let known = |row: &usize| columns.iter().any(|column| column.is_known(*row));
        let (mut test, mut seen) = classes.stratified_split(share, order);
        test.retain(known);
        seen.retain(known);
        let largest = columns.iter().filter_map(LabelColumn::as_classes).map(Labels::num_classes);
        let largest = largest.max().unwrap_or(10);
        let rows = asked.map_or((seen.len() / 10).max(10), |each| each * largest);
        if rows > seen.len() || test.is_empty() {
            return Err(seen.len());
        }
        let (classes, disjoint) = (classes.rows(&seen), seen.len() / rows);
        Ok(Self { test, seen, rows, disjoint, classes, order })
    }

    /// The seeds that are run if nothing is asked for.
    pub(crate) fn usual_seeds(&self) -> usize {
        if (5..10).contains(&self.disjoint) { self.disjoint } else { 10 }
    }

    /// Which share of its rows a training set has in common with one of another round, on average.
    pub(crate) fn share(&self) -> f64 {
        self.rows as f64 / self.seen.len() as f64
    }

    /// The rows that a seed learns from; those of a round have no row in common, and another round
    /// deals anew.
    pub(crate) fn training(&self, seed: usize) -> Vec<usize> {
        let (round, turn) = (seed / self.disjoint, seed % self.disjoint);
        let order = if round == 0 { self.order } else { self.order.child("round").child(round) };
        let mut strata = self.classes.rows_by_class(order);
        strata.push(
            self.classes
                .of_row
                .iter()
                .zip(0..)
                .filter(|(of, _)| of.is_none())
                .map(|(_, row)| row)
                .collect(),
        );
        // Each stratum is spread evenly over the deck, so that every deal has its share of it.
        let place = |rows: &Vec<usize>, i: usize| (2 * i + 1) as f64 / (2 * rows.len()) as f64;
        let mut deck: Vec<(f64, usize)> = strata
            .iter()
            .flat_map(|rows| rows.iter().enumerate().map(|(i, &row)| (place(rows, i), row)))
            .collect();
        deck.sort_by(|a, b| a.0.total_cmp(&b.0));
        let dealt = &deck[self.rows * turn..self.rows * (turn + 1)];
        dealt.iter().map(|&(_, row)| self.seen[row]).collect()
    }
}

/// The first task's classes; numbers are one class.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use autograd::Tensor;

    use super::*;

    #[test]
    fn every_deal_has_each_classs_share_and_deals_of_a_round_have_no_row_in_common() {
        let kind: Vec<&str> = (0..120).map(|row| ["a", "a", "a", "b"][row % 4]).collect();
        let mut tone: Vec<&str> = ["x", "y"].repeat(60);
        tone[5] = "";
        let labels = vec![Labels::of_text("kind", &kind), Labels::of_text("tone", &tone)];
        let data = Dataset::new(Tensor::<f64>::zeros([120, 1]), labels).expect("sound");
        let deck = Deck::of(&data, 0.5, Some(6)).expect("enough rows");
        assert_eq!((deck.rows, deck.disjoint, deck.test.len()), (12, 5, 60));
        let deals: Vec<Vec<usize>> = (0..5).map(|seed| deck.training(seed)).collect();
        let all: BTreeSet<_> = deals.iter().flatten().chain(&deck.test).collect();
        assert_eq!(all.len(), 120);
        for deal in &deals {
            let count = deal.iter().filter(|&&row| kind[row] == "b").count();
            assert!((2..=4).contains(&count), "{count}");
        }
        assert_ne!(deck.training(5), deals[0]);
        assert_eq!(Deck::of(&data, 0.5, Some(31)).err(), Some(60));
    }
}
