//! What the rows of a table hold, column by column.

use std::borrow::Cow;

use autograd::{Float, Tensor};

use super::CsvConfig;
use super::columns::Role;
use super::table::Line;
use crate::Error;
use crate::data::{LabelColumn, Labels, Numbers};
use crate::error::shown;

/// The cells of the rows so far.
pub(super) struct Rows<'c, F: Float> {
    config: &'c CsvConfig,
    pub(super) count: usize,
    features: Vec<F>,
    classes: Vec<Vec<String>>,
    numbers: Vec<Vec<Option<f64>>>,
}

impl<'c, F: Float> Rows<'c, F> {
    /// No rows yet.
    pub(super) fn new(config: &'c CsvConfig) -> Self {
        let (classes, numbers) = (config.labels.len(), config.numbers.len());
        let (classes, numbers) = (vec![vec![]; classes], vec![vec![]; numbers]);
        Rows { config, count: 0, features: vec![], classes, numbers }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If it has another number of cells than there are columns, or a cell does not hold what its
    /// column holds.
    pub(super) fn push(
        &mut self,
        line: &Line<'_, '_>,
        names: &[String],
        roles: &[Role],
    ) -> Result<(), Error> {
        let cells = line.cells(names)?;
        if cells.len() != names.len() {
            let (cells, columns) = (cells.len(), names.len());
            let plural = if cells == 1 { "" } else { "s" };
            let fault =
                format!("the row has {cells} cell{plural}, but there are {columns} columns");
            return Err(line.error(None, fault));
        }
        for ((cell, name), role) in cells.into_iter().zip(names).zip(roles) {
            let is_missing =
                cell.is_empty() || self.config.missing.iter().any(|text| *text == cell);
            let fault = |what| line.error(Some(name), format!("{what}: \"{}\"", shown(&cell)));
            match *role {
                Role::Feature if !is_missing => self.features.push(number(&cell).map_err(fault)?),
                Role::Feature if self.config.keep_missing => self.features.push(F::of(f64::NAN)),
                Role::Feature => return Err(fault("a number is missing")),
                Role::Classes(i) => self.classes[i]
                    .push(if is_missing { Cow::default() } else { cell }.into_owned()),
                Role::Numbers(i) if is_missing => self.numbers[i].push(None),
                Role::Numbers(i) => self.numbers[i].push(Some(number(&cell).map_err(fault)?)),
                Role::Ignored => {}
            }
        }
        self.count += 1;
        Ok(())
    }

    /// The features, `[rows, columns]`, and the columns of labels in the configuration's order.
    pub(super) fn finish(self) -> (Tensor<F>, Vec<LabelColumn>) {
        let classes = self.config.labels.iter().zip(self.classes);
        let classes = classes.map(|(name, texts)| LabelColumn::from(Labels::of_text(name, &texts)));
        let numbers = self.config.numbers.iter().zip(self.numbers).map(|(name, of_row)| {
            LabelColumn::from(Numbers { name: name.clone(), of_row, scale: None })
        });
        let columns = self.features.len() / self.count;
        let features = Tensor::new([self.count, columns], self.features);
        (features, classes.chain(numbers).collect())
    }
}

/// The number nearest to the text in the type it is used in, if that is finite; else what is wrong.
fn number<F: Float>(cell: &str) -> Result<F, &'static str> {
    let Ok(double) = cell.parse::<f64>() else { return Err("this is not a number") };
    // Rounding to double first could round to single wrongly.
    let single = size_of::<F>() == size_of::<f32>();
    let nearest = if single { cell.parse().map_or(f64::NAN, |x: f32| x.into()) } else { double };
    match F::of(nearest) {
        x if x.is_finite() => Ok(x),
        _ if cell.bytes().any(|byte| byte.is_ascii_digit()) => Err("this number is too large"),
        _ => Err("this is not a finite number"),
    }
}
