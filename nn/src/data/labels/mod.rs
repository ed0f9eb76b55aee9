//! What is to be learnt about each row: a class or a number.

mod batch;
mod classes;
mod numbers;
mod outputs;
mod scale;

use autograd::{Float, Seed, Tensor};

use crate::Error;
use crate::error::shown;
use crate::metrics::Score;

pub use self::batch::BatchLabels;
pub use self::classes::Labels;
pub use self::numbers::Numbers;
pub use self::outputs::Outputs;
pub use self::scale::Scale;

/// A column of labels: what a network is to say about each row, as far as it is known.
///
/// ```
/// use nn::data::{LabelColumn, Labels, Numbers};
/// let kind = LabelColumn::from(Labels::of_text("kind", &["moon", "", "sun"]));
/// let size = LabelColumn::from(Numbers::of_values("size", &[3474.8, 12742.0, 1391400.0])?);
/// assert_eq!((kind.num_outputs(), size.num_outputs()), (2, 1));
/// assert_eq!((kind.known_rows(), size.known_rows()), (vec![0, 2], vec![0, 1, 2]));
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub enum LabelColumn {
    /// Each row is of a class: learnt by cross-entropy, judged by accuracy.
    Classes(Labels),
    /// Each row has a number: learnt by squared error, judged by its root and by R².
    Numbers(Numbers),
}

impl From<Labels> for LabelColumn {
    fn from(labels: Labels) -> Self {
        LabelColumn::Classes(labels)
    }
}

impl From<Numbers> for LabelColumn {
    fn from(numbers: Numbers) -> Self {
        LabelColumn::Numbers(numbers)
    }
}

impl LabelColumn {
    /// The column's name.
    pub fn name(&self) -> &str {
        match self {
            LabelColumn::Classes(labels) => &labels.name,
            LabelColumn::Numbers(numbers) => &numbers.name,
        }
    }

    /// The number of rows.
    pub fn num_rows(&self) -> usize {
        match self {
            LabelColumn::Classes(labels) => labels.of_row.len(),
            LabelColumn::Numbers(numbers) => numbers.of_row.len(),
        }
    }

    /// How many outputs of a network it takes: one for each class, or the number itself.
    pub fn num_outputs(&self) -> usize {
        match self {
            LabelColumn::Classes(labels) => labels.num_classes(),
            LabelColumn::Numbers(_) => 1,
        }
    }

    /// Whether this row has a label.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn is_known(&self, row: usize) -> bool {
        match self {
            LabelColumn::Classes(labels) => labels.of_row[row].is_some(),
            LabelColumn::Numbers(numbers) => numbers.of_row[row].is_some(),
        }
    }

    /// The rows that have a label, in ascending order.
    pub fn known_rows(&self) -> Vec<usize> {
        (0..self.num_rows()).filter(|&row| self.is_known(row)).collect()
    }

    /// Makes this row's label a missing one.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn forget(&mut self, row: usize) {
        match self {
            LabelColumn::Classes(labels) => labels.of_row[row] = None,
            LabelColumn::Numbers(numbers) => numbers.of_row[row] = None,
        }
    }

    /// The labels of these rows in this order, repeats allowed; classes or scale are kept.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        match self {
            LabelColumn::Classes(labels) => labels.rows(rows).into(),
            LabelColumn::Numbers(numbers) => numbers.rows(rows).into(),
        }
    }

    /// The labels, if they are classes.
    pub fn as_classes(&self) -> Option<&Labels> {
        match self {
            LabelColumn::Classes(labels) => Some(labels),
            LabelColumn::Numbers(_) => None,
        }
    }

    /// The labels, if they are numbers.
    pub fn as_numbers(&self) -> Option<&Numbers> {
        match self {
            LabelColumn::Classes(_) => None,
            LabelColumn::Numbers(numbers) => Some(numbers),
        }
    }

    /// The same labels, numbers to be learnt on this scale; of classes nothing changes.
    #[must_use]
    pub fn on_scale(self, scale: Scale) -> Self {
        match self {
            LabelColumn::Numbers(numbers) => numbers.on_scale(scale).into(),
            classes @ LabelColumn::Classes(_) => classes,
        }
    }

    /// The same labels, numbers without a scale on their own.
    #[must_use]
    pub fn scaled(self) -> Self {
        let scale = self.as_numbers().map_or(Scale::UNSCALED, Numbers::scale_or_own);
        self.on_scale(scale)
    }

    /// Two disjoint lists of rows, together all of them: [`Labels::stratified_split`] for classes,
    /// [`Numbers::split`] for numbers.
    ///
    /// # Panics
    /// If the fraction is not between 0 and 1.
    #[doc(alias = "train_test_split")]
    #[track_caller]
    pub fn stratified_split(&self, fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
        match self {
            LabelColumn::Classes(labels) => labels.stratified_split(fraction, seed),
            LabelColumn::Numbers(numbers) => numbers.split(fraction, seed),
        }
    }

    /// How good a network's outputs are on the rows that have a label; `None` if no row has one.
    ///
    /// # Shapes
    /// `outputs`: `[rows, classes]`, logits; or `[rows, 1]`, numbers in the labels' own unit.
    ///
    /// # Panics
    /// If `outputs` is of another shape.
    #[track_caller]
    pub fn score<F: Float>(&self, outputs: &Tensor<F>) -> Option<Score> {
        Score::of(outputs, self)
    }

    /// What kind of labels these are, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            LabelColumn::Classes(_) => "classes",
            LabelColumn::Numbers(_) => "numbers",
        }
    }

    /// Whether the labels are sound, and as many as there are rows.
    pub(crate) fn check(&self, num_rows: usize) -> Result<(), Error> {
        match self {
            LabelColumn::Classes(labels) => labels.check()?,
            LabelColumn::Numbers(numbers) => numbers.check()?,
        }
        if self.num_rows() != num_rows {
            let (name, labels) = (shown(self.name()), self.num_rows());
            return Err(Error::Data(format!(
                "label column \"{name}\" has {labels} labels for {num_rows} rows"
            )));
        }
        Ok(())
    }
}
