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
        Scaler::of_parts(&[training], false).unwrap_or_else(|error| panic!("{error}"))
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
        Scaler::of_parts(&[training], true).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`fit`](Scaler::fit), or if it fills as [`filling`](Scaler::filling), for the rows of all
    /// parts together, which are not copied into one table.
    ///
    /// ```
    /// use nn::{Dataset, data::{CsvConfig, Scaler}};
    /// let config = || CsvConfig::from("kind");
    /// let a: Dataset = Dataset::from_csv_bytes("a.csv", b"length,kind\n1.0,a\n3.0,b\n", config())?;
    /// let b: Dataset = Dataset::from_csv_bytes("b.csv", b"length,kind\n5.0,a\n7.0,b\n", config())?;
    /// assert_eq!(Scaler::of_parts(&[&a, &b], false)?.means, [4.0]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the parts have not the same columns in the same order.
    ///
    /// # Panics
    /// If there is no row.
    #[track_caller]
    pub fn of_parts<F: Float>(parts: &[&Dataset<F>], fills: bool) -> Result<Self, Error> {
        let rows: usize = parts.iter().map(|part| part.num_rows()).sum();
        assert!(rows > 0, "no rows have no mean and no deviation");
        let columns = &parts[0].columns;
        if let Some(other) = parts.iter().find(|part| part.columns != *columns) {
            let what = differences(&other.columns, columns);
            return Err(Error::Data(format!(
                "the columns are not those of the first part: {what}"
            )));
        }
        let of_column = |column: usize| {
            let entries = |part: &&Dataset<F>| {
                let rows = part.features.as_slice().chunks_exact(columns.len());
                rows.map(|row| row[column].to_f64()).collect::<Vec<_>>()
            };
            let mut x: Vec<f64> = parts.iter().flat_map(entries).collect();
            if fills {
                x.retain(|x| !x.is_nan());
            }
            if x.is_empty() {
                Scale::UNSCALED
            } else if x.iter().any(|x| x.is_nan()) {
                Scale { mean: f64::NAN, divisor: f64::NAN }
            } else {
                Scale::of(x.into_iter())
            }
        };
        let scales = (0..columns.len()).map(of_column);
        let (means, divisors) = scales.map(|scale| (scale.mean, scale.divisor)).unzip();
        Ok(Scaler { columns: columns.clone(), means, divisors, fills })
    }

    /// The data set with its features on the scale; labels stay.
    ///
    /// # Errors
    /// If its columns are not those of the fitted ones, in their order (`matched_to` brings them
    /// there).
    #[doc(alias = "transform")]
    pub fn apply<F: Float>(&self, data: &Dataset<F>) -> Result<Dataset<F>, Error> {
        self.apply_as(data)
    }

    /// [`apply`](Scaler::apply), with the scaled numbers in another type, rounded once: from double to
    /// single precision what `apply` and then [`cast`](Dataset::cast) give, without a copy between.
    ///
    /// # Errors
    /// As `apply`.
    pub fn apply_as<F: Float, G: Float>(&self, data: &Dataset<F>) -> Result<Dataset<G>, Error> {
        if data.columns != self.columns {
            let what = differences(&data.columns, &self.columns);
            return Err(Error::Data(format!("the columns are not those of the scaler: {what}")));
        }
        let x = data.features.as_slice();
        let scaled = Tensor::from_fn(data.features.shape(), |i| {
            let column = i % self.columns.len();
            let scale = Scale { mean: self.means[column], divisor: self.divisors[column] };
            let is_filled = self.fills && x[i].is_nan();
            G::of(scale.to_scaled(if is_filled { scale.mean } else { x[i].to_f64() }))
        });
        let (columns, label_columns) = (data.columns.clone(), data.label_columns.clone());
        Ok(Dataset { features: scaled, columns, label_columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::CsvConfig;

    #[test]
    fn scaled_as_another_type_is_scaled_and_then_cast() {
        let table = b"x,y,k\n1e8,2,a\n100000003,,b\n100000001,7,a\n";
        let config = CsvConfig { keep_missing: true, ..CsvConfig::from("k") };
        let data = Dataset::<f64>::from_csv_bytes("t.csv", table, config).unwrap();
        let scaler = Scaler::filling(&data);
        let cast: Dataset<f32> = scaler.apply(&data).unwrap().cast();
        assert_eq!(scaler.apply_as::<f64, f32>(&data).unwrap(), cast);
        assert!(cast.features.as_slice().iter().all(|x| x.is_finite()));
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
    #[test]
    fn the_scale_of_parts_is_that_of_their_rows_in_one_table() {
        let read = |text: &[u8]| {
            let config = CsvConfig { keep_missing: true, ..CsvConfig::from("k") };
            Dataset::<f64>::from_csv_bytes("t.csv", text, config).unwrap()
        };
        let parts = [read(b"x,y,k\n1e9,2,a\n3,,b\n"), read(b"x,y,k\n-7,0.1,a\n8,4,b\n")];
        let whole = read(b"x,y,k\n1e9,2,a\n3,,b\n-7,0.1,a\n8,4,b\n");
        let of_parts = |fills| Scaler::of_parts(&parts.each_ref(), fills).unwrap();
        assert_eq!(of_parts(true), Scaler::filling(&whole));
        assert_eq!(of_parts(false).means[..1], Scaler::fit(&whole).means[..1]);
        assert!(of_parts(false).means[1].is_nan(), "nothing is filled in unasked");
        let error = Scaler::of_parts(&[&whole, &read(b"x,z,k\n1,2,a\n3,4,b\n")], true).unwrap_err();
        let fault =
            "the columns are not those of the first part: \"y\" is missing, \"z\" is unknown";
        assert_eq!(error.to_string(), fault);
    }
}
