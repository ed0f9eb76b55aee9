//! Which class is taken for which.

/// Counts of rows by true and predicted class, and the scores that rest on them.
///
/// ```
/// use nn::metrics::Confusion;
/// let (truth, predicted) = ([0, 1, 1, 2, 2], [0, 0, 1, 2, 2].map(Some));
/// let confusion = Confusion::new(&truth, &predicted, 3);
/// assert_eq!(confusion.count(1, 0), 1);                           // a 1 that was taken for a 0
/// assert_eq!(confusion.accuracy(), 0.8);
/// assert_eq!(confusion.class_accuracy(), [Some(1.0), Some(0.5), Some(1.0)]);
/// ```
#[doc(alias = "confusion_matrix")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confusion {
    num_classes: usize,
    /// Of each class `num_classes + 1` counts; the last one is of rows without a prediction.
    counts: Vec<usize>,
}

impl Confusion {
    /// The counts of true classes and of predictions, as [`predictions`](super::predictions) gives
    /// them.
    ///
    /// # Panics
    /// If there is no row, if the two differ in number, or if one is no class.
    #[track_caller]
    pub fn new(truth: &[usize], predicted: &[Option<usize>], num_classes: usize) -> Self {
        assert!(
            predicted.len() == truth.len() && !truth.is_empty(),
            "a confusion matrix needs one label a prediction, not {} for {}",
            truth.len(),
            predicted.len()
        );
        let mut counts = vec![0; num_classes * (num_classes + 1)];
        for (row, (predicted, &truth)) in predicted.iter().zip(truth).enumerate() {
            for class in predicted.iter().chain([&truth]) {
                assert!(*class < num_classes, "{class} in row {row} is no class of {num_classes}");
            }
            counts[truth * (num_classes + 1) + predicted.unwrap_or(num_classes)] += 1;
        }
        Confusion { num_classes, counts }
    }

    /// The number of rows of class `truth` that were predicted to be `predicted`.
    ///
    /// # Panics
    /// If one is no class.
    #[track_caller]
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        let classes = self.num_classes;
        assert!(truth < classes && predicted < classes, "there are {classes} classes");
        self.counts[truth * (classes + 1) + predicted]
    }

    /// The counts as rows of true classes, each with its predicted classes.
    pub fn to_rows(&self) -> Vec<Vec<usize>> {
        self.rows().map(|row| row[..self.num_classes].to_vec()).collect()
    }

    /// The fraction of all rows that are right.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.num_classes).map(|class| self.count(class, class)).sum();
        right as f64 / self.counts.iter().sum::<usize>() as f64
    }

    /// The fraction of each class's rows that are right (its recall); `None` for a class without
    /// rows.
    #[doc(alias = "recall_score")]
    pub fn class_accuracy(&self) -> Vec<Option<f64>> {
        let of_class = |(class, row): (usize, &[usize])| match row.iter().sum::<usize>() {
            0 => None,
            rows => Some(row[class] as f64 / rows as f64),
        };
        self.rows().enumerate().map(of_class).collect()
    }

    /// The mean of the classes' F1, `2 right / (rows of the class + rows predicted to be it)`, over
    /// the classes that occur among labels or predictions.
    ///
    /// # Source
    /// scikit-learn's `f1_score` with `average="macro"`, which takes the same classes.
    #[doc(alias = "f1_score")]
    pub fn macro_f1(&self) -> f64 {
        let scores = (0..self.num_classes).filter_map(|class| {
            let rows: usize = self.rows().nth(class)?.iter().sum();
            let predicted: usize = self.rows().map(|row| row[class]).sum();
            let occurs = rows + predicted > 0;
            occurs.then(|| 2.0 * self.count(class, class) as f64 / (rows + predicted) as f64)
        });
        super::mean(&scores.collect::<Vec<_>>())
    }

    fn rows(&self) -> impl Iterator<Item = &[usize]> {
        self.counts.chunks_exact(self.num_classes + 1)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and quarters are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_prediction_is_wrong_and_no_class() {
        let confusion = Confusion::new(&[0, 0, 1, 1], &[Some(0), None, Some(1), Some(1)], 2);
        assert_eq!(confusion.to_rows(), [[1, 0], [0, 2]]);
        assert_eq!(confusion.accuracy(), 0.75);
        assert_eq!(confusion.class_accuracy(), [Some(0.5), Some(1.0)]);
        assert!((confusion.macro_f1() - 5.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn a_class_that_never_occurs_has_no_score() {
        let confusion = Confusion::new(&[0, 0], &[Some(0), Some(2)], 4);
        assert_eq!(confusion.class_accuracy(), [Some(0.5), None, None, None]);
        assert!((confusion.macro_f1() - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    #[should_panic(expected = "3 in row 1 is no class of 3")]
    fn a_prediction_that_is_no_class_is_refused() {
        Confusion::new(&[0, 0], &[Some(0), Some(3)], 3);
    }
}
