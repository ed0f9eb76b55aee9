//! What is odd about a data set and yet no fault.

use std::fmt;

use autograd::Float;

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
    /// What is odd about the data and yet no fault: constant columns, classes with one row or none.
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
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let columns = self.constant_columns();
        if !columns.is_empty() {
            notices.push(Notice::ConstantColumns { columns });
        }
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

    /// The names of the columns that hold one number.
    pub(super) fn constant_columns(&self) -> Vec<String> {
        let mut rows = self.features.as_slice().chunks_exact(self.num_columns().max(1));
        let Some(first) = rows.next() else { return vec![] };
        let mut constant = vec![true; first.len()];
        for row in rows {
            for ((constant, x), first) in constant.iter_mut().zip(row).zip(first) {
                *constant &= x == first;
            }
        }
        let names = self.columns.iter().zip(constant).filter(|(_, constant)| *constant);
        names.map(|(name, _)| name.clone()).collect()
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::ConstantColumns { columns } => {
                const NAMED: usize = 3;
                let verb = if columns.len() == 1 { "column is" } else { "columns are" };
                let named = columns.iter().take(NAMED).map(|name| format!("\"{}\"", shown(name)));
                let named = named.collect::<Vec<_>>().join(", ");
                let more = if columns.len() > NAMED { ", ..." } else { "" };
                write!(f, "{} {verb} constant: {named}{more}", columns.len())
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
