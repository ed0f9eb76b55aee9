//! Labels that are numbers.

use autograd::Seed;
use rand::seq::SliceRandom;

use super::Scale;
use crate::data::split::split_strata;
use crate::error::shown;
use crate::{Error, generator};

/// Labels that are numbers: what each row measures, costs or weighs, where it is known.
///
/// They stay in their own unit, and `scale` says on which scale a network learns them: training is
/// steadiest with numbers around 0 of size 1. [`Scale::from_scaled`] brings back what a network
/// says, so that errors are told in the numbers' own unit.
///
/// ```
/// use nn::data::{Numbers, Scale};
/// let price = Numbers::of_values("price", &[100.0, 300.0])?;
/// let scale = Scale::of(price.known());
/// assert_eq!(scale, Scale { mean: 200.0, divisor: 100.0 });
/// assert_eq!(scale.to_scaled(300.0), 1.0);
/// assert_eq!(price.on_scale(scale).scale, Some(scale));
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Numbers {
    /// The label column's name.
    pub name: String,
    /// The number of each row, finite and in its own unit; `None` where it is missing.
    pub of_row: Vec<Option<f64>>,
    /// The scale on which the numbers are learnt; `None` leaves the choice to who trains.
    pub scale: Option<Scale>,
}

impl Numbers {
    /// The scale on which they are learnt: the one they were given, else that of the known ones.
    pub fn scale_or_own(&self) -> Scale {
        self.scale.unwrap_or_else(|| Scale::of(self.of_row.iter().flatten().copied()))
    }

    /// Numbers that are all known, without a scale.
    ///
    /// # Errors
    /// If one is infinite or not a number.
    pub fn of_values(name: &str, values: &[f64]) -> Result<Self, Error> {
        let of_row = values.iter().copied().map(Some).collect();
        let numbers = Numbers { name: name.to_owned(), of_row, scale: None };
        numbers.check()?;
        Ok(numbers)
    }

    /// The same numbers, to be learnt on this scale.
    #[must_use]
    pub fn on_scale(self, scale: Scale) -> Self {
        Numbers { scale: Some(scale), ..self }
    }

    /// The same numbers, to be learnt as they are.
    #[must_use]
    pub fn unscaled(self) -> Self {
        self.on_scale(Scale::UNSCALED)
    }

    /// The numbers that are known, in the rows' order.
    pub fn known(&self) -> impl Iterator<Item = f64> {
        self.of_row.iter().copied().flatten()
    }

    /// The number of each row, all of them known.
    ///
    /// # Errors
    /// If a number is missing.
    pub fn complete(&self) -> Result<Vec<f64>, Error> {
        let known = |(row, number): (usize, &Option<f64>)| {
            number.ok_or_else(|| {
                let name = shown(&self.name);
                Error::Data(format!("row {row} of label column \"{name}\" has no number"))
            })
        };
        self.of_row.iter().enumerate().map(known).collect()
    }

    /// The numbers of these rows in this order; the scale is kept.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        let of_row = rows.iter().map(|&row| self.of_row[row]).collect();
        Numbers { name: self.name.clone(), of_row, scale: self.scale }
    }

    /// Two disjoint lists of rows, in ascending order and together all of them: of the rows with a
    /// number, and of those without, the first list has `fraction`, rounded, a half up.
    ///
    /// Which rows these are depends on the seed and on where numbers are known, not on the numbers.
    ///
    /// # Panics
    /// If the fraction is not between 0 and 1.
    #[doc(alias = "train_test_split")]
    #[track_caller]
    pub fn split(&self, fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
        let is_known = |row: &usize| self.of_row[*row].is_some();
        let (mut known, mut missing): (Vec<usize>, Vec<usize>) =
            (0..self.of_row.len()).partition(is_known);
        known.shuffle(&mut generator(seed.child("number")));
        missing.shuffle(&mut generator(seed.child("unlabelled")));
        split_strata([known, missing], fraction)
    }

    /// Whether every number is finite, and the scale one that can be gone back from.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let name = shown(&self.name);
        let numbers = self.of_row.iter().enumerate();
        let bad = numbers.filter_map(|(row, x)| Some((row, (*x)?))).find(|(_, x)| !x.is_finite());
        if let Some((row, x)) = bad {
            let fault = format!("row {row} of label column \"{name}\" is {x}, not a finite number");
            return Err(Error::Data(fault));
        }
        match self.scale.filter(|scale| !scale.is_sound()) {
            None => Ok(()),
            Some(Scale { mean, divisor }) => Err(Error::Data(format!(
                "label column \"{name}\" has a scale with mean {mean} and divisor {divisor}: both \
                 must be finite, and the divisor above 0"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_and_scales_that_lead_nowhere_are_refused() {
        let message = |numbers: Result<Numbers, Error>| numbers.unwrap_err().to_string();
        assert_eq!(
            message(Numbers::of_values("price", &[1.0, f64::NAN])),
            "row 1 of label column \"price\" is NaN, not a finite number"
        );
        for (mean, divisor) in [(f64::INFINITY, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, f64::NAN)] {
            let numbers = Numbers::of_values("price", &[1.0]).unwrap();
            let check = numbers.on_scale(Scale { mean, divisor }).check();
            assert!(check.unwrap_err().to_string().contains("has a scale with mean"));
        }
    }

    #[test]
    fn a_missing_number_is_named_where_all_are_needed() {
        let numbers = Numbers { name: "x".to_owned(), of_row: vec![Some(1.0), None], scale: None };
        assert_eq!(numbers.known().collect::<Vec<_>>(), [1.0]);
        let error = numbers.complete().unwrap_err();
        assert_eq!(error.to_string(), "row 1 of label column \"x\" has no number");
    }

    #[test]
    fn the_rows_of_a_split_do_not_depend_on_the_numbers() {
        let split =
            |values: &[f64]| Numbers::of_values("x", values).unwrap().split(0.5, Seed::new(1));
        assert_eq!(split(&[0.0; 9]), split(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]));
    }
}
