//! Data: features with labels, where they come from, splits, scales and batches.
//!
//! | what | where |
//! |---|---|
//! | rows of features, with columns of labels that may be missing | [`Dataset`], [`LabelColumn`] |
//! | labels that are classes, or numbers on a scale | [`Labels`]; [`Numbers`], [`Scale`] |
//! | files | [`Dataset::from_csv`], [`CsvConfig`], [`CsvFile`], [`Notice`] |
//! | real data at hand | [`digits`], [`mnist8`]; [`tags_es`], [`tags_pt`] |
//! | data made from a seed | [`generated`] |
//! | parts | [`LabelColumn::stratified_split`], [`Labels::per_class`], [`split_groups`], [`Dataset::rows`] |
//! | one scale, fitted on the training part | [`Scaler`] |
//! | two data sets in one's columns and classes | [`Dataset::matched_to`], [`Dataset::followed_by`] |
//! | the order in which rows are shown | [`Batches`] |

mod batches;
mod csv;
mod embedded;
mod examples;
pub mod generated;
mod joining;
mod labels;
mod matching;
mod notice;
mod scaler;
mod split;

use autograd::{Float, Tensor};

use crate::Error;
use crate::error::shown;

pub use batches::Batches;
pub use csv::{CsvConfig, CsvFile};
pub use embedded::{TaggedText, digits, mnist8, tags_es, tags_pt};
pub use examples::Examples;
pub use labels::{BatchLabels, LabelColumn, Labels, Numbers, Outputs, Scale};
pub use notice::Notice;
pub use scaler::Scaler;
pub use split::split_groups;

/// Rows of features with one or several columns of labels.
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
#[doc(alias("TensorDataset", "DataFrame"))]
#[derive(Clone, PartialEq, Debug)]
pub struct Dataset<F: Float = f32> {
    /// The inputs, `[rows, columns]`.
    pub features: Tensor<F>,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The columns of labels, a cell for each row.
    pub label_columns: Vec<LabelColumn>,
}

impl<F: Float> Dataset<F> {
    /// Features and columns of labels of the same rows, [`Labels`] or [`Numbers`]; the features'
    /// columns are called by their positions.
    ///
    /// # Panics
    /// If `features` has not two axes.
    ///
    /// # Errors
    /// If a column of labels has another number of rows, a label that is none of its classes, or a
    /// number that is not finite.
    #[track_caller]
    pub fn new(
        features: Tensor<F>,
        label_columns: Vec<impl Into<LabelColumn>>,
    ) -> Result<Self, Error> {
        let shape = features.shape();
        assert!(shape.rank() == 2, "features are of shape [rows, columns], not {shape}");
        let label_columns: Vec<LabelColumn> = label_columns.into_iter().map(Into::into).collect();
        label_columns.iter().try_for_each(|labels| labels.check(shape.axis(0)))?;
        let columns = (0..shape.axis(1)).map(|column| column.to_string()).collect();
        Ok(Dataset { features, columns, label_columns })
    }

    /// The number of rows.
    pub fn num_rows(&self) -> usize {
        self.features.size(0)
    }

    /// The number of columns of the features.
    pub fn num_columns(&self) -> usize {
        self.features.size(1)
    }

    /// The only column of labels, which are classes.
    ///
    /// # Panics
    /// If the only column is one of numbers, or there is none or several.
    #[track_caller]
    pub fn labels(&self) -> &Labels {
        match self.label_columns.as_slice() {
            [LabelColumn::Classes(only)] => only,
            _ => panic!("the data set has {}, not one of classes", self.what_labels()),
        }
    }

    /// The only column of labels, which are numbers.
    ///
    /// # Panics
    /// If the only column is one of classes, or there is none or several.
    #[track_caller]
    pub fn numbers(&self) -> &Numbers {
        match self.label_columns.as_slice() {
            [LabelColumn::Numbers(only)] => only,
            _ => panic!("the data set has {}, not one of numbers", self.what_labels()),
        }
    }

    /// The column of labels of this name.
    pub fn label_column(&self, name: &str) -> Option<&LabelColumn> {
        self.label_columns.iter().find(|labels| labels.name() == name)
    }

    /// These rows in this order, repeats allowed; columns, classes and their numbers are kept.
    ///
    /// # Panics
    /// If there is no such row.
    #[doc(alias("Subset", "iloc"))]
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Dataset {
            features: self.features.rows(rows),
            columns: self.columns.clone(),
            label_columns: self.label_columns.iter().map(|labels| labels.rows(rows)).collect(),
        }
    }

    /// Every feature replaced by `f` of it: `digits.map(|count| count / 16.0)`.
    pub fn map(self, f: impl Fn(F) -> F + Sync) -> Self {
        Dataset { features: self.features.map(f), ..self }
    }

    /// The same data in another type of numbers: each feature the nearest one.
    ///
    /// ```
    /// use nn::{Dataset, data::Scaler};
    /// // As single numbers these three are one; on a scale of their own they differ.
    /// let table = b"time,kind\n1700000001,a\n1700000002,b\n1700000003,a\n";
    /// let data = Dataset::<f64>::from_csv_bytes("t.csv", table, "kind")?;
    /// assert_eq!(data.cast::<f32>().features.as_slice()[0], 1.7e9);
    /// let scaled: Dataset<f32> = Scaler::fit(&data).apply(&data)?.cast();
    /// assert_eq!(scaled.features.as_slice()[1], 0.0);
    /// # Ok::<(), nn::Error>(())
    /// ```
    #[doc(alias("astype", "to_f32"))]
    pub fn cast<G: Float>(&self) -> Dataset<G> {
        let x = self.features.as_slice();
        Dataset {
            features: Tensor::from_fn(self.features.shape(), |i| G::of(x[i].to_f64())),
            columns: self.columns.clone(),
            label_columns: self.label_columns.clone(),
        }
    }

    /// How many columns of labels there are, and of what kind the first are, for messages.
    fn what_labels(&self) -> String {
        const NAMED: usize = 3;
        let labels = &self.label_columns;
        let named =
            |labels: &LabelColumn| format!("\"{}\" of {}", shown(labels.name()), labels.kind());
        let named: Vec<String> = labels.iter().take(NAMED).map(named).collect();
        match named.as_slice() {
            [] => "no column of labels".to_owned(),
            [only] => format!("one column of labels, {only}"),
            _ => {
                let more = if labels.len() > NAMED { ", ..." } else { "" };
                format!("{} columns of labels, {}{more}", labels.len(), named.join(", "))
            }
        }
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
        assert_eq!(error.to_string(), "label column \"kind\" has 3 labels for 2 rows");
    }
}
