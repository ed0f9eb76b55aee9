//! Rows of two data sets as one.

use autograd::{Float, Tensor};

use super::matching::differences;
use super::{Dataset, LabelColumn};
use crate::Error;
use crate::error::shown;

impl<F: Float> Dataset<F> {
    /// The rows of both, those of `rest` behind; columns, classes and scales are these rows'.
    ///
    /// ```
    /// use nn::Dataset;
    /// let read = |text: &[u8]| Dataset::<f32>::from_csv_bytes("t.csv", text, "kind");
    /// let both = read(b"x,kind\n1,a\n2,b\n")?.followed_by(&read(b"x,kind\n3,b\n4,a\n")?)?;
    /// assert_eq!(both.features.as_slice(), [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(both.labels().complete()?, [0, 1, 1, 0]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If columns or classes are not the same in the same order, which
    /// [`matched_to`](Dataset::matched_to) makes them if it can.
    pub fn followed_by(&self, rest: &Dataset<F>) -> Result<Self, Error> {
        if self.columns != rest.columns {
            let what = differences(&rest.columns, &self.columns);
            return Err(Error::Data(format!("the data sets differ in their columns: {what}")));
        }
        let (these, others) = (self.label_columns.len(), rest.label_columns.len());
        if these != others {
            let fault = format!("there are {others} columns of labels behind {these}");
            return Err(Error::Data(fault));
        }
        let labels = self.label_columns.iter().zip(&rest.label_columns);
        Ok(Dataset {
            features: Tensor::concatenate(&[self.features.clone(), rest.features.clone()], 0),
            columns: self.columns.clone(),
            label_columns: labels
                .map(|(own, rest)| own.followed_by(rest))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl LabelColumn {
    /// The labels of both.
    fn followed_by(&self, rest: &LabelColumn) -> Result<Self, Error> {
        let mut both = self.clone();
        match (&mut both, rest) {
            (LabelColumn::Classes(own), LabelColumn::Classes(rest))
                if own.classes == rest.classes =>
            {
                own.of_row.extend(&rest.of_row);
            }
            (LabelColumn::Numbers(own), LabelColumn::Numbers(rest)) => {
                own.of_row.extend(&rest.of_row);
            }
            _ => {
                let (own, rest) = (shown(self.name()), shown(rest.name()));
                let fault = format!("label column \"{rest}\" has other classes than \"{own}\"");
                return Err(Error::Data(fault));
            }
        }
        Ok(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_data_set_put_together_are_the_whole() {
        let whole = crate::data::digits::<f32>();
        let parts = [(0..900).collect::<Vec<_>>(), (900..1797).collect()];
        let parts = parts.map(|rows| whole.rows(&rows));
        assert_eq!(parts[0].followed_by(&parts[1]).unwrap(), whole);
        let [first, mut other] = parts;
        let LabelColumn::Classes(labels) = &mut other.label_columns[0] else { unreachable!() };
        labels.classes.swap(0, 1);
        let refused = first.followed_by(&other).unwrap_err().to_string();
        assert!(refused.ends_with("has other classes than \"label\""), "{refused}");
        other.label_columns.clear();
        let refused = first.followed_by(&other).unwrap_err().to_string();
        assert_eq!(refused, "there are 0 columns of labels behind 1");
    }
}
