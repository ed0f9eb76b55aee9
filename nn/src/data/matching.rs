//! Two data sets with the same columns and classes, by name.

use std::collections::{HashMap, HashSet};

use autograd::{Float, Tensor};

use super::{Dataset, LabelColumn, Labels, Numbers};
use crate::Error;
use crate::error::{shown, shown_up_to};

impl<F: Float> Dataset<F> {
    /// This data set in the terms of another: columns in its order, and in every column of labels of
    /// a name that it has too the classes numbered as there, followed by those it does not have, or
    /// the numbers on its scale, if it has one.
    ///
    /// A model that was trained on `other` can then be used on the result; if the classes of a
    /// column are the same, so can its head.
    ///
    /// ```
    /// use nn::Dataset;
    /// let read = |text: &[u8]| Dataset::<f32>::from_csv_bytes("t.csv", text, "kind");
    /// let source = read(b"x,y,kind\n1,2,b\n3,4,c\n")?;
    /// let target = read(b"y,kind,x\n6,c,5\n8,a,7\n")?.matched_to(&source)?;
    /// assert_eq!(target.features.as_slice(), [5.0, 6.0, 7.0, 8.0]);
    /// assert_eq!(target.labels().classes, ["b", "c", "a"]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one has a column that the other has not, or a name twice where order has to be changed, or
    /// a column of labels is of classes in one and of numbers in the other.
    pub fn matched_to(&self, other: &Dataset<F>) -> Result<Self, Error> {
        let mut matched = self.clone();
        if self.columns != other.columns {
            matched.features = self.in_order(&other.columns)?;
            matched.columns.clone_from(&other.columns);
        }
        for labels in &mut matched.label_columns {
            if let Some(other) = other.label_column(labels.name()) {
                *labels = labels.matched_to(other)?;
            }
        }
        Ok(matched)
    }

    /// The features with columns in this order, which has all of them.
    fn in_order(&self, columns: &[String]) -> Result<Tensor<F>, Error> {
        let places: HashMap<&String, usize> = self.columns.iter().zip(0..).collect();
        let order: Option<Vec<usize>> =
            columns.iter().map(|name| places.get(name).copied()).collect();
        let width = self.num_columns();
        let order = order.filter(|order| order.len() == width && places.len() == width);
        let Some(order) = order else {
            let what = differences(&self.columns, columns);
            return Err(Error::Data(format!("the data sets differ in their columns: {what}")));
        };
        let x = self.features.as_slice();
        let entry = |i: usize| x[i - i % width + order[i % width]];
        Ok(Tensor::from_fn(self.features.shape(), entry))
    }
}

impl LabelColumn {
    /// These labels in the terms of another column: its classes first, or its scale.
    fn matched_to(&self, other: &LabelColumn) -> Result<Self, Error> {
        match (self, other) {
            (LabelColumn::Classes(own), LabelColumn::Classes(other)) => {
                let known: HashSet<&String> = other.classes.iter().collect();
                let fresh = own.classes.iter().filter(|class| !known.contains(class));
                let classes: Vec<String> = other.classes.iter().chain(fresh).cloned().collect();
                Ok(own.with_classes(&classes)?.into())
            }
            (LabelColumn::Numbers(own), LabelColumn::Numbers(other)) => {
                let scale = other.scale.or(own.scale);
                Ok(Numbers { scale, ..own.clone() }.into())
            }
            _ => {
                let (name, own, other) = (shown(self.name()), self.kind(), other.kind());
                Err(Error::Data(format!(
                    "label column \"{name}\" is of {own} here and of {other} there"
                )))
            }
        }
    }
}

impl Labels {
    /// The same labels with classes numbered by their places in this list.
    ///
    /// # Errors
    /// If a class that occurs is not in the list, or the list names one twice.
    pub fn with_classes(&self, classes: &[impl AsRef<str>]) -> Result<Self, Error> {
        let classes: Vec<String> = classes.iter().map(|class| class.as_ref().to_owned()).collect();
        let places: HashMap<&String, usize> = classes.iter().zip(0..).collect();
        let places: Vec<Option<usize>> =
            self.classes.iter().map(|class| places.get(class).copied()).collect();
        let counts = self.counts();
        if let Some(class) =
            (0..places.len()).find(|&class| places[class].is_none() && counts[class] > 0)
        {
            let (class, name) = (shown(&self.classes[class]), shown(&self.name));
            return Err(Error::Data(format!(
                "class \"{class}\" of label column \"{name}\" is not known"
            )));
        }
        let of_row =
            self.of_row.iter().map(|label| label.and_then(|class| places[class])).collect();
        let labels = Labels { name: self.name.clone(), classes, of_row };
        labels.check()?;
        Ok(labels)
    }
}

/// In what the columns of a data set are not the expected ones.
pub(super) fn differences(columns: &[String], expected: &[String]) -> String {
    const NAMED: usize = 2;
    let lacking = |columns: &[String], other: &[String], what: &str| {
        let other: HashSet<&String> = other.iter().collect();
        let names: Vec<&String> = columns.iter().filter(|name| !other.contains(name)).collect();
        let mut parts: Vec<String> = names
            .iter()
            .take(NAMED)
            .map(|name| format!("\"{}\" is {what}", shown_up_to(name, 24)))
            .collect();
        if names.len() > NAMED {
            parts.push(format!("{} more are {what}", names.len() - NAMED));
        }
        parts
    };
    let mut parts = lacking(expected, columns, "missing");
    parts.extend(lacking(columns, expected, "unknown"));
    if parts.is_empty() {
        let mut seen = HashSet::new();
        let again = columns.iter().find(|name| !seen.insert(*name));
        let again = again.map(|name| format!("\"{}\" is there twice", shown_up_to(name, 24)));
        parts.push(again.unwrap_or_else(|| "they stand in another order".to_owned()));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Scale;

    #[test]
    fn classes_are_matched_by_name() {
        let labels = Labels::of_text("angle", &["90", "", "180", "0"]);
        assert_eq!(labels.classes, ["0", "180", "90"]);
        let matched = labels.with_classes(&["0", "90", "180", "270"]).unwrap();
        assert_eq!(matched.of_row, [Some(1), None, Some(2), Some(0)]);
        let error = labels.with_classes(&["0", "90"]).unwrap_err();
        assert_eq!(error.to_string(), "class \"180\" of label column \"angle\" is not known");
    }

    #[test]
    fn numbers_are_matched_by_the_scale_there() {
        let scale = |mean| Scale { mean, divisor: 2.0 };
        let data = |scale| {
            let of_row = vec![Some(1.0), None];
            let numbers = Numbers { name: "price".to_owned(), of_row, scale };
            Dataset::new(Tensor::<f32>::zeros([2, 1]), vec![numbers]).unwrap()
        };
        let matched = |own, other| data(own).matched_to(&data(other)).unwrap();
        assert_eq!(matched(Some(scale(1.0)), Some(scale(3.0))), data(Some(scale(3.0))));
        assert_eq!(matched(None, Some(scale(3.0))), data(Some(scale(3.0))));
        assert_eq!(matched(Some(scale(1.0)), None), data(Some(scale(1.0))));

        let kind = Labels::of_text("price", &["low", "high"]);
        let classes = Dataset::new(Tensor::<f32>::zeros([2, 1]), vec![kind]).unwrap();
        assert_eq!(
            classes.matched_to(&data(None)).unwrap_err().to_string(),
            "label column \"price\" is of classes here and of numbers there"
        );
    }

    #[test]
    fn other_columns_are_named() {
        let read = |text: &[u8]| Dataset::<f32>::from_csv_bytes("t", text, "k").unwrap();
        let (a, b) = (read(b"x,y,k\n1,2,a\n3,4,b\n"), read(b"x,k,p,q,r\n1,a,2,3,4\n5,b,6,7,8\n"));
        assert_eq!(
            b.matched_to(&a).unwrap_err().to_string(),
            "the data sets differ in their columns: \"y\" is missing, \"p\" is unknown, \"q\" is \
             unknown, 1 more are unknown"
        );
        let named = |names: [&str; 3]| Dataset {
            columns: names.map(str::to_owned).to_vec(),
            ..b.rows(&[0])
        };
        let twice = named(["x", "y", "x"]);
        assert_eq!(
            twice.matched_to(&named(["x", "x", "y"])).unwrap_err().to_string(),
            "the data sets differ in their columns: \"x\" is there twice"
        );
    }
}
