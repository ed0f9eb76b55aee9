//! What is odd about a data set and yet no fault.

use std::fmt;

use autograd::Float;

use super::csv::is_number;
use super::{Dataset, LabelColumn};
use crate::error::shown;

/// Something that whoever made the data should know; it prints as one sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// Columns that hold the same number in every row.
    ConstantColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// Columns without a number in some row; it is NaN there.
    MissingNumbers {
        /// Their names.
        columns: Vec<String>,
    },
    /// Columns that are called by a number, perhaps since the table has no header and its first row
    /// was taken for one.
    NumbersAsNames {
        /// Their names.
        columns: Vec<String>,
    },
    /// Two columns of which one spans a thousand times as much as the other, or more: training is
    /// slow or fails until [`Scaler`](super::Scaler) brings them to one scale.
    UnlikeScales {
        /// The column that spans most.
        widest: String,
        /// The column that spans least and is not constant.
        narrowest: String,
    },
    /// A class with a single row, perhaps a misspelt name of another.
    RareClass {
        /// The label column.
        column: String,
        /// The class.
        class: String,
    },
    /// A class without a row, as a part of a larger data set may have it.
    AbsentClass {
        /// The label column.
        column: String,
        /// The class.
        class: String,
    },
}

impl<F: Float> Dataset<F> {
    /// What is odd about the data and yet no fault: columns that are constant, lack numbers, are
    /// called by numbers or span much more than others; classes with one row or none.
    ///
    /// ```
    /// use nn::Dataset;
    /// let table = b"x,y,kind\n1,0,red\n2,0,red\n3,0,blue\n4,0,bleu\n5,0,blue\n";
    /// let data = Dataset::<f32>::from_csv_bytes("t.csv", table, "kind")?;
    /// let notices: Vec<String> = data.notices().iter().map(|notice| notice.to_string()).collect();
    /// assert_eq!(notices, [
    ///     "1 column is constant: \"y\"",
    ///     "class \"bleu\" of label column \"kind\" has a single row",
    /// ]);
    /// # Ok::<(), nn::Error>(())
    /// ```
    #[doc(alias = "describe")]
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut tell = |columns: Vec<String>, notice: fn(Vec<String>) -> Notice| {
            if !columns.is_empty() {
                notices.push(notice(columns));
            }
        };
        tell(self.constant_columns(), |columns| Notice::ConstantColumns { columns });
        tell(self.columns_with_missing(), |columns| Notice::MissingNumbers { columns });
        tell(self.columns_called_by_numbers(), |columns| Notice::NumbersAsNames { columns });
        notices.extend(self.unlike_scales());
        for labels in self.label_columns.iter().filter_map(LabelColumn::as_classes) {
            for (class, count) in labels.classes.iter().zip(labels.counts()) {
                let (column, class) = (labels.name.clone(), class.clone());
                match count {
                    0 => notices.push(Notice::AbsentClass { column, class }),
                    1 => notices.push(Notice::RareClass { column, class }),
                    _ => {}
                }
            }
        }
        notices
    }

    /// The names of the columns that hold one number, or none.
    pub(super) fn constant_columns(&self) -> Vec<String> {
        let constant = self.ranges().into_iter().map(|(min, max)| max <= min);
        self.named(constant)
    }

    fn columns_with_missing(&self) -> Vec<String> {
        let mut missing = vec![false; self.num_columns()];
        for row in self.features.as_slice().chunks_exact(self.num_columns().max(1)) {
            missing.iter_mut().zip(row).for_each(|(missing, x)| *missing |= x.is_nan());
        }
        self.named(missing)
    }

    /// Columns that nobody named are called by their positions, which is not odd.
    fn columns_called_by_numbers(&self) -> Vec<String> {
        let positions = (0..self.num_columns()).map(|position| position.to_string());
        if self.columns.iter().cloned().eq(positions) {
            return vec![];
        }
        self.named(self.columns.iter().map(|name| is_number(name)))
    }

    fn unlike_scales(&self) -> Option<Notice> {
        const UNLIKE: f64 = 1e3;
        let spans = self.ranges().into_iter().map(|(min, max)| max.to_f64() - min.to_f64());
        let spans = spans.zip(&self.columns).filter(|(span, _)| *span > 0.0);
        let compare = |a: &(f64, _), b: &(f64, _)| a.0.total_cmp(&b.0);
        let (least, narrowest) = spans.clone().min_by(compare)?;
        let (most, widest) = spans.max_by(compare)?;
        (most / least >= UNLIKE)
            .then(|| Notice::UnlikeScales { widest: widest.clone(), narrowest: narrowest.clone() })
    }

    /// The smallest and the largest number of each column; infinite the wrong way round for none.
    fn ranges(&self) -> Vec<(F, F)> {
        let mut ranges = vec![(F::of(f64::INFINITY), F::of(f64::NEG_INFINITY)); self.num_columns()];
        for row in self.features.as_slice().chunks_exact(self.num_columns().max(1)) {
            for ((min, max), &x) in ranges.iter_mut().zip(row) {
                (*min, *max) = (if x < *min { x } else { *min }, if x > *max { x } else { *max });
            }
        }
        ranges
    }

    /// The names of the columns for which this is so.
    fn named(&self, is_so: impl IntoIterator<Item = bool>) -> Vec<String> {
        let columns = self.columns.iter().zip(is_so);
        columns.filter(|(_, is_so)| *is_so).map(|(name, _)| name.clone()).collect()
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::ConstantColumns { columns } => {
                write!(f, "{} constant: {}", subject(columns), listed(columns))
            }
            Notice::MissingNumbers { columns } => {
                write!(f, "{} without some numbers: {}", subject(columns), listed(columns))
            }
            Notice::NumbersAsNames { columns } => {
                let (subject, listed) = (subject(columns), listed(columns));
                write!(f, "{subject} called by a number, as if there was no header: {listed}")
            }
            Notice::UnlikeScales { widest, narrowest } => {
                let (widest, narrowest) = (shown(widest), shown(narrowest));
                write!(
                    f,
                    "column \"{widest}\" spans a thousand times as much as column \
                     \"{narrowest}\", or more: data::Scaler brings them to one scale"
                )
            }
            Notice::RareClass { column, class } => {
                let (class, column) = (shown(class), shown(column));
                write!(f, "class \"{class}\" of label column \"{column}\" has a single row")
            }
            Notice::AbsentClass { column, class } => {
                let (class, column) = (shown(class), shown(column));
                write!(f, "class \"{class}\" of label column \"{column}\" has no row")
            }
        }
    }
}

/// `2 columns are`.
fn subject(columns: &[String]) -> String {
    format!("{} column{}", columns.len(), if columns.len() == 1 { " is" } else { "s are" })
}

/// The first names, in quotes.
fn listed(columns: &[String]) -> String {
    const NAMED: usize = 3;
    let named = columns.iter().take(NAMED).map(|name| format!("\"{}\"", shown(name)));
    let more = if columns.len() > NAMED { ", ..." } else { "" };
    named.collect::<Vec<_>>().join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::CsvConfig;

    fn notices(text: &str) -> Vec<String> {
        let config = CsvConfig { keep_missing: true, ..CsvConfig::from("kind") };
        let data = Dataset::<f32>::from_csv_bytes("t.csv", text.as_bytes(), config).unwrap();
        data.notices().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_table_has_no_notice() {
        assert!(notices("x,y,kind\n1,2,a\n2,1,b\n3,5,a\n4,5,b\n").is_empty());
    }

    #[test]
    fn a_column_is_constant_whatever_is_missing_of_it() {
        assert_eq!(
            notices("x,y,kind\n1,2,a\n2,,b\n3,2,a\n4,2,b\n"),
            ["1 column is constant: \"y\"", "1 column is without some numbers: \"y\""]
        );
    }

    #[test]
    fn names_that_are_numbers_are_told_unless_they_are_positions() {
        let rows = "1,2,a\n2,1,b\n3,5,a\n4,5,b\n";
        assert_eq!(
            notices(&format!("5.1,width,kind\n{rows}")),
            ["1 column is called by a number, as if there was no header: \"5.1\""]
        );
        assert!(notices(&format!("0,1,kind\n{rows}")).is_empty());
        assert_eq!(notices(&format!("1,0,kind\n{rows}")).len(), 1);
    }

    #[test]
    fn scales_are_unlike_from_a_thousand_on() {
        let table =
            |widest: &str| format!("x,y,z,kind\n0,0,5,a\n1,{widest},5,b\n0,0,5,a\n0,0,5,b\n");
        let told = "column \"y\" spans a thousand times as much as column \"x\", or more: \
                    data::Scaler brings them to one scale";
        assert_eq!(notices(&table("1000")), ["1 column is constant: \"z\"", told]);
        assert_eq!(notices(&table("999")), ["1 column is constant: \"z\""]);
    }
}
