//! Features on a common scale.

use autograd::{Float, Tensor};
use serde::{Deserialize, Serialize};

use super::matching::differences;
use super::{Dataset, Scale};
use crate::Error;

/// The standardisation of columns: from each number its column's mean is taken, and the rest is
/// divided by the column's deviation (divisor `n`).
///
/// It is fitted on the training part and applied to every part; what a test part holds can then not
/// reach the training. A column is constant if its largest number is its smallest: its mean is taken
/// too, and its divisor is 1.
///
/// ```
/// use nn::{Dataset, Seed, data::Scaler};
/// let (test, training) = nn::data::digits::<f32>().labels().stratified_split(0.5, Seed::new(0));
/// let (test, training) = (nn::data::digits().rows(&test), nn::data::digits().rows(&training));
/// let scaler = Scaler::fit(&training);
/// let (test, training): (Dataset, Dataset) = (scaler.apply(&test)?, scaler.apply(&training)?);
/// # Ok::<(), nn::Error>(())
/// ```
#[doc(alias = "StandardScaler")]
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Scaler {
    /// The columns' names.
    pub columns: Vec<String>,
    /// What is taken from each column.
    pub means: Vec<f64>,
    /// By what the rest is divided.
    pub divisors: Vec<f64>,
    /// Whether a column's mean takes the place of what is missing of it, which is NaN.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fills: bool,
}

impl Scaler {
    /// Means and deviations of these rows. A NaN makes its column NaN: nothing is filled in unasked.
    ///
    /// # Panics
    /// If there is no row.
    #[track_caller]
    pub fn fit<F: Float>(training: &Dataset<F>) -> Self {
        Scaler::of_columns(training, |x| {
            if x.iter().any(|x| x.is_nan()) {
                return Scale { mean: f64::NAN, divisor: f64::NAN };
            }
            Scale::of(x.into_iter())
        })
    }

    /// Means and deviations of what these rows have; a column's mean takes the place of what any part
    /// lacks of it. A column of which nothing is there has mean 0 and divisor 1.
    ///
    /// ```
    /// use nn::{Dataset, data::{CsvConfig, Scaler}};
    /// let table = b"length,kind\n1.0,a\n,b\n3.0,a\n";
    /// let config = CsvConfig { keep_missing: true, ..CsvConfig::from("kind") };
    /// let data: Dataset = Dataset::from_csv_bytes("t.csv", table, config)?;
    /// assert_eq!(Scaler::filling(&data).apply(&data)?.features.as_slice(), [-1.0, 0.0, 1.0]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Panics
    /// If there is no row.
    #[doc(alias = "SimpleImputer")]
    #[track_caller]
    pub fn filling<F: Float>(training: &Dataset<F>) -> Self {
        let of_known = |mut x: Vec<f64>| {
            x.retain(|x| !x.is_nan());
            if x.is_empty() { Scale::UNSCALED } else { Scale::of(x.into_iter()) }
        };
        Scaler { fills: true, ..Scaler::of_columns(training, of_known) }
    }

    #[track_caller]
    fn of_columns<F: Float>(training: &Dataset<F>, scale: impl Fn(Vec<f64>) -> Scale) -> Self {
        assert!(training.num_rows() > 0, "no rows have no mean and no deviation");
        let rows = || training.features.as_slice().chunks_exact(training.num_columns());
        let of_column = |column: usize| scale(rows().map(|row| row[column].to_f64()).collect());
        let scales = (0..training.num_columns()).map(of_column);
        let (means, divisors) = scales.map(|scale| (scale.mean, scale.divisor)).unzip();
        Scaler { columns: training.columns.clone(), means, divisors, fills: false }
    }

    /// The data set with its features on the scale; labels stay.
    ///
    /// # Errors
    /// If its columns are not those of the fitted ones, in their order (`matched_to` brings them
    /// there).
    #[doc(alias = "transform")]
    pub fn apply<F: Float>(&self, data: &Dataset<F>) -> Result<Dataset<F>, Error> {
        if data.columns != self.columns {
            let what = differences(&data.columns, &self.columns);
            return Err(Error::Data(format!("the columns are not those of the scaler: {what}")));
        }
        let x = data.features.as_slice();
        let scaled = Tensor::from_fn(data.features.shape(), |i| {
            let column = i % self.columns.len();
            let scale = Scale { mean: self.means[column], divisor: self.divisors[column] };
            let is_filled = self.fills && x[i].is_nan();
            F::of(scale.to_scaled(if is_filled { scale.mean } else { x[i].to_f64() }))
        });
        Ok(Dataset { features: scaled, ..data.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_columns_are_refused_by_name() {
        let read = |text: &[u8]| Dataset::<f32>::from_csv_bytes("t.csv", text, "k").unwrap();
        let scaler = Scaler::fit(&read(b"x,y,k\n1,2,a\n3,5,b\n"));
        let message = |text| scaler.apply(&read(text)).unwrap_err().to_string();
        assert_eq!(
            message(b"x,z,k\n1,2,a\n3,5,b\n"),
            "the columns are not those of the scaler: \"y\" is missing, \"z\" is unknown"
        );
        assert_eq!(
            message(b"y,x,k\n1,2,a\n3,5,b\n"),
            "the columns are not those of the scaler: they stand in another order"
        );
    }
}
