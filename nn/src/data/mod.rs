//! Data: features with labels, where they come from, splits, scales and batches.
//!
//! | what | where |
//! |---|---|
//! | rows of features, with labels of several tasks that may be missing | [`Dataset`], [`Labels`] |
//! | files | [`Dataset::from_csv`], [`CsvConfig`], [`Notice`] |
//! | real data at hand | [`digits`], [`mnist8`]; [`tags_es`], [`tags_pt`] |
//! | data made from a seed | [`generated`] |
//! | parts | [`Labels::stratified_split`], [`Labels::per_class`], [`split_groups`], [`Dataset::rows`] |
//! | one scale, fitted on the training part | [`Scaler`] |
//! | two data sets in one's columns and classes | [`Dataset::matched_to`] |
//! | the order in which rows are shown | [`Batches`] |

mod batches;
mod csv;
mod embedded;
pub mod generated;
mod groups;
mod labels;
mod matching;
mod notice;
mod scaler;
mod table;
mod tags;
mod text;

use autograd::{Float, Tensor};

use crate::Error;

pub use batches::Batches;
pub use csv::CsvConfig;
pub use embedded::{digits, mnist8};
pub use groups::split_groups;
pub use labels::Labels;
pub use notice::Notice;
pub use scaler::Scaler;
pub use tags::{TaggedText, tags_es, tags_pt};

/// Rows of features with their labels for one or several tasks.
///
/// ```
/// use nn::Seed;
/// let digits = nn::data::digits::<f32>().map(|count| count / 16.0);
/// assert_eq!(digits.features.shape(), [1797, 64]);
/// let (test, rest) = digits.labels().stratified_split(0.5, Seed::new(0));
/// let training = digits.rows(&rest);
/// assert_eq!(training.labels().classes.len(), 10);
/// assert_eq!((test.len(), training.num_rows()), (901, 896));
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Dataset<F: Float = f32> {
    /// The inputs, `[rows, columns]`.
    pub features: Tensor<F>,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The labels of every task, a cell for each row.
    pub tasks: Vec<Labels>,
}

impl<F: Float> Dataset<F> {
    /// Features and labels of the same rows; columns are called by their positions.
    ///
    /// # Panics
    /// If `features` has not two axes.
    ///
    /// # Errors
    /// If a task has another number of rows, or a label that is none of its classes.
    #[track_caller]
    pub fn new(features: Tensor<F>, tasks: Vec<Labels>) -> Result<Self, Error> {
        let shape = features.shape();
        assert!(shape.rank() == 2, "features are of shape [rows, columns], not {shape}");
        for task in &tasks {
            task.check()?;
            if task.of_row.len() != shape.axis(0) {
                let (name, labels, rows) = (&task.name, task.of_row.len(), shape.axis(0));
                return Err(Error::Data(format!(
                    "task \"{name}\" has {labels} labels for {rows} rows"
                )));
            }
        }
        let columns = (0..shape.axis(1)).map(|column| column.to_string()).collect();
        Ok(Dataset { features, columns, tasks })
    }

    /// The number of rows.
    pub fn num_rows(&self) -> usize {
        self.features.size(0)
    }

    /// The number of columns of the features.
    pub fn num_columns(&self) -> usize {
        self.features.size(1)
    }

    /// The labels of the only task.
    ///
    /// # Panics
    /// If there is no task, or more than one.
    #[track_caller]
    pub fn labels(&self) -> &Labels {
        match self.tasks.as_slice() {
            [only] => only,
            tasks => panic!("the data set has {} tasks, not one: name the task", tasks.len()),
        }
    }

    /// The labels of the task of this name.
    pub fn task(&self, name: &str) -> Option<&Labels> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// These rows in this order, repeats allowed; columns, classes and their numbers are kept.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Dataset {
            features: self.features.rows(rows),
            columns: self.columns.clone(),
            tasks: self.tasks.iter().map(|task| task.rows(rows)).collect(),
        }
    }

    /// Every feature replaced by `f` of it: `digits.map(|count| count / 16.0)`.
    pub fn map(self, f: impl Fn(F) -> F + Sync) -> Self {
        Dataset { features: self.features.map(f), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_features_and_labels_together() {
        let set = digits::<f32>();
        let part = set.rows(&[7, 7, 3]);
        assert_eq!(part.features, set.features.rows(&[7, 7, 3]));
        let of_row = &set.labels().of_row;
        assert_eq!(part.labels().of_row, [of_row[7], of_row[7], of_row[3]]);
        assert_eq!(part.labels().classes, set.labels().classes);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Dataset::<f32>::from_csv("no such folder/x.csv", "kind").unwrap_err();
        assert!(error.to_string().starts_with("no such folder/x.csv: cannot read: "), "{error}");
    }

    #[test]
    fn labels_of_another_number_of_rows_are_refused() {
        let labels = Labels::of_classes("kind", &[0, 1, 1], &["a", "b"]).unwrap();
        let error = Dataset::new(Tensor::<f32>::zeros([2, 4]), vec![labels]).unwrap_err();
        assert_eq!(error.to_string(), "task \"kind\" has 3 labels for 2 rows");
    }
}
