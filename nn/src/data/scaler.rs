//! Features on a common scale.

use autograd::{Float, Tensor};
use serde::{Deserialize, Serialize};

use super::Dataset;
use super::matching::differences;
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
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Scaler {
    /// The columns' names.
    pub columns: Vec<String>,
    /// What is taken from each column.
    pub means: Vec<f64>,
    /// By what the rest is divided.
    pub divisors: Vec<f64>,
}

impl Scaler {
    /// Means and deviations of these rows.
    ///
    /// # Panics
    /// If there is no row.
    #[track_caller]
    pub fn fit<F: Float>(training: &Dataset<F>) -> Self {
        assert!(training.num_rows() > 0, "no rows have no mean and no deviation");
        let rows = || training.features.as_slice().chunks_exact(training.num_columns());
        let of_column = |column: usize| {
            mean_and_divisor(&rows().map(|row| row[column].to_f64()).collect::<Vec<_>>())
        };
        let (means, divisors) = (0..training.num_columns()).map(of_column).unzip();
        Scaler { columns: training.columns.clone(), means, divisors }
    }

    /// The data set with its features on the scale; labels stay.
    ///
    /// # Errors
    /// If its columns are not those of the fitted ones, in their order (`matched_to` brings them
    /// there).
    pub fn apply<F: Float>(&self, data: &Dataset<F>) -> Result<Dataset<F>, Error> {
        if data.columns != self.columns {
            let what = differences(&data.columns, &self.columns);
            return Err(Error::Data(format!("the columns are not those of the scaler: {what}")));
        }
        let x = data.features.as_slice();
        let scaled = Tensor::from_fn(data.features.shape(), |i| {
            let column = i % self.columns.len();
            F::of((x[i].to_f64() - self.means[column]) / self.divisors[column])
        });
        Ok(Dataset { features: scaled, ..data.clone() })
    }
}

fn mean_and_divisor(column: &[f64]) -> (f64, f64) {
    let min = column.iter().copied().fold(f64::INFINITY, f64::min);
    let max = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    #[expect(clippy::float_cmp, reason = "constant means equal, whatever the scale")]
    if min == max {
        return (min, 1.0);
    }
    // In units of a power of two, which changes no digit, so that no square leaves the range; and
    // from the smallest on, so that large numbers close together keep their differences.
    let unit = power_of_two(min.abs().max(max.abs()));
    let n = column.len() as f64;
    let offsets: Vec<f64> = column.iter().map(|x| x / unit - min / unit).collect();
    let mean = offsets.iter().sum::<f64>() / n;
    let variance = offsets.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    ((min / unit + mean) * unit, variance.sqrt() * unit)
}

/// The largest power of two that is not above a positive number, or the smallest normal one.
fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_column_keeps_its_mean_and_has_divisor_1() {
        // The mean of 14.62, added up ten times, is not 14.62; a tiny scale is no constant.
        assert_eq!(mean_and_divisor(&[14.62; 10]), (14.62, 1.0));
        assert_eq!(mean_and_divisor(&[0.0, 2e-300]), (1e-300, 1e-300));
    }

    #[test]
    fn large_numbers_and_large_offsets_have_their_deviation() {
        assert_eq!(mean_and_divisor(&[-1.5e308, 1.5e308]), (0.0, 1.5e308));
        assert_eq!(mean_and_divisor(&[1e15, 1e15 + 2.0]), (1e15 + 1.0, 1.0));
        assert!(mean_and_divisor(&[1.0, 1.0 + f64::EPSILON]).1 > 0.0);
    }

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
