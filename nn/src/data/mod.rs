//! Data: features with labels, splits and batches, the embedded sets of digits.

mod batches;
mod labels;
mod table;

use std::fs;
use std::path::Path;

use autograd::{Float, Tensor};

use crate::Error;

pub use batches::Batches;
pub use labels::Labels;

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

    /// The table in a comma-separated file with a header: `label` names the column of the labels, the
    /// task; all others are features.
    ///
    /// Cells are trimmed. Labels are text, `1` and `01` two classes, the classes sorted; an empty
    /// label is missing. Features are finite numbers. Quotes, CR LF and a byte-order mark are
    /// understood; a cell holds no line break.
    ///
    /// # Errors
    /// If the file cannot be read or anything about the table is not so, as
    /// `FILE:LINE: column "NAME": what is wrong: "VALUE"`.
    pub fn from_csv(path: impl AsRef<Path>, label: &str) -> Result<Self, Error> {
        let path = path.as_ref();
        let error = |source| Error::Io { file: path.to_owned(), action: "read", source };
        table::parse(&path.display().to_string(), &fs::read(path).map_err(error)?, label)
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

/// Handwritten digits: 1797 rows of 64 counts in 0..=16, an 8 x 8 image row by row, ten classes.
///
/// # Source
/// The test part of UCI "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak,
/// 1998; CC BY 4.0.
pub fn digits<F: Float>() -> Dataset<F> {
    embedded("digits", include_str!("../../data/digits.csv"))
}

/// Other people's digits in the form of [`digits`]: 200 rows of each class.
///
/// # Source
/// MNIST, Y. LeCun and C. Cortes: the first 200 images of each class of the test set, cropped to
/// the ink, scaled to 32 x 32 with the aspect kept, thresholded at half, and inked pixels counted in
/// 4 x 4 blocks; CC BY-SA 3.0.
#[expect(clippy::doc_markdown, reason = "LeCun is a name")]
pub fn mnist8<F: Float>() -> Dataset<F> {
    embedded("mnist8", include_str!("../../data/mnist8.csv"))
}

fn embedded<F: Float>(name: &str, text: &str) -> Dataset<F> {
    table::parse(name, text.as_bytes(), "label").expect("the embedded tables are sound")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn the_embedded_sets_are_whole() {
        for (set, rows) in [(digits::<f32>(), 1797), (mnist8::<f32>(), 2000)] {
            assert_eq!(set.features.shape(), [rows, 64]);
            assert_eq!(set.columns[..2], ["p00", "p01"]);
            let counts = set.features.as_slice();
            assert!(counts.iter().all(|&x| (0.0..=16.0).contains(&x) && x.fract() == 0.0));
            assert_eq!(set.labels().name, "label");
            assert_eq!(set.labels().classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
            assert_eq!(set.labels().complete().unwrap().len(), rows);
        }
        let of_each = mnist8::<f64>().labels().rows_by_class(Seed::new(1));
        assert!(of_each.iter().all(|rows| rows.len() == 200));
    }

    #[test]
    fn the_comparison_has_seventeen_disjoint_training_sets() {
        let (test, rest) = digits::<f32>().labels().stratified_split(0.5, Seed::new(0));
        assert_eq!(test.len(), 901);
        let rest = digits::<f32>().rows(&rest);
        let smallest = rest.labels().rows_by_class(Seed::new(0)).iter().map(Vec::len).min();
        assert_eq!(smallest.unwrap() / 5, 17);
    }

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
