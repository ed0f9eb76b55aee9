//! Means, and differences of paired runs with what is known of their error.

use std::fmt;

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// The mean.
///
/// # Panics
/// If there is no value.
#[track_caller]
pub fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "no values have no mean");
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean of the scores that are there; `None` if none is.
///
/// So each of several columns of labels counts once, however many rows it has, and one without a
/// known label not at all.
///
/// ```
/// use nn::metrics::known_mean;
/// assert_eq!(known_mean(&[Some(0.5), None, Some(1.0)]), Some(0.75));
/// ```
pub fn known_mean(scores: &[Option<f64>]) -> Option<f64> {
    let scores: Vec<f64> = scores.iter().copied().flatten().collect();
    if scores.is_empty() { None } else { Some(mean(&scores)) }
}

/// The standard error of the mean, `s / sqrt(n)` with the sample deviation `s` (divisor `n - 1`).
///
/// Of one value nothing is known about its error: it is infinite.
///
/// # Panics
/// If there is no value.
#[track_caller]
pub fn standard_error(values: &[f64]) -> f64 {
    let (mean, n) = (mean(values), values.len() as f64);
    if values.len() == 1 {
        return f64::INFINITY;
    }
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

/// The mean of the differences `a - b` of pairs, with what is known of its error.
///
/// ```
/// use nn::metrics::PairedDifference;
/// let difference = PairedDifference::new(&[0.86, 0.88, 0.87], &[0.83, 0.84, 0.85]);
/// assert!((difference.mean - 0.03).abs() < 1e-12);
/// let (low, high) = difference.interval(0.95);
/// assert!(low > 0.0 && high < 0.06);                              // surely above 0
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The mean of the differences.
    pub mean: f64,
    /// Their standard error; infinite for one pair.
    pub standard_error: f64,
    /// The number of pairs.
    pub pairs: usize,
}

impl PairedDifference {
    /// The mean of `a - b` over pairs.
    ///
    /// # Panics
    /// If there is no pair, or `a` and `b` differ in number.
    #[track_caller]
    pub fn new(a: &[f64], b: &[f64]) -> Self {
        assert!(a.len() == b.len(), "{} and {} values are no pairs", a.len(), b.len());
        PairedDifference::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
    }

    /// The mean of these differences.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn of(differences: &[f64]) -> Self {
        PairedDifference {
            mean: mean(differences),
            standard_error: standard_error(differences),
            pairs: differences.len(),
        }
    }

    /// The interval that holds the true mean with this probability, such as 0.95, if the
    /// differences are independent draws of one normal distribution.
    ///
    /// It is everything for one pair.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    ///
    /// # Source
    /// Student 1908: `mean +- t standard errors`, `t` the quantile with `pairs - 1` degrees of
    /// freedom.
    #[track_caller]
    pub fn interval(&self, probability: f64) -> (f64, f64) {
        if self.pairs == 1 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let t = t_quantile(f64::midpoint(1.0, probability), self.pairs - 1);
        (self.mean - t * self.standard_error, self.mean + t * self.standard_error)
    }

    /// How probable a mean at least as far from 0 is, on either side, if the differences are
    /// independent draws of one normal distribution around 0: the paired t-test.
    ///
    /// It is 1 for one pair, and if all differences are 0; 0 if all are another number.
    pub fn p_value(&self) -> f64 {
        if self.pairs == 1 || (self.mean == 0.0 && self.standard_error == 0.0) {
            return 1.0;
        }
        2.0 * student(self.pairs - 1).cdf(-(self.mean / self.standard_error).abs())
    }
}

/// `+0.048 +- 0.005`: the mean and its standard error.
impl fmt::Display for PairedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3} +- {:.3}", self.mean, self.standard_error)
    }
}

/// The value below which Student's t with `degrees` degrees of freedom falls with this probability.
///
/// # Panics
/// If the probability is not between 0 and 1, or there is no degree of freedom.
#[track_caller]
pub fn t_quantile(probability: f64, degrees: usize) -> f64 {
    assert!(
        probability > 0.0 && probability < 1.0,
        "{probability} is no probability inside (0, 1)"
    );
    assert!(degrees > 0, "Student's t needs a degree of freedom");
    let t = student(degrees);
    // The library's inverse is good to about 1e-9; a few steps of Newton's method bring it to
    // rounding. In the lower tail probabilities keep their digits.
    let (lower, sign) =
        if probability < 0.5 { (probability, 1.0) } else { (1.0 - probability, -1.0) };
    let mut x = t.inverse_cdf(lower);
    for _ in 0..4 {
        let step = (t.cdf(x) - lower) / t.pdf(x);
        if !step.is_finite() {
            break;
        }
        x -= step;
    }
    sign * x
}

fn student(degrees: usize) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees as f64).expect("the degrees are above 0")
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and infinity are exact")]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_the_mean_and_t_standard_errors() {
        let difference = PairedDifference::new(&[3.0, 5.0, 7.0, 9.0], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((difference.mean, difference.pairs), (3.5, 4));
        // Differences 2, 3, 4, 5: variance 5 / 3, over 4 values.
        let error = (5.0_f64 / 12.0).sqrt();
        assert!((difference.standard_error - error).abs() < 1e-15);
        let (low, high) = difference.interval(0.95);
        let t = 3.182_446_305_284_263; // tables' t(0.975; 3)
        assert!((low - (3.5 - t * error)).abs() < 1e-12);
        assert!((high - (3.5 + t * error)).abs() < 1e-12);
    }

    #[test]
    fn quantiles_of_one_and_two_degrees_have_closed_forms() {
        for p in [0.5, 0.6, 0.9, 0.975, 0.999, 0.01, 0.25] {
            let cauchy = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((t_quantile(p, 1) - cauchy).abs() <= 1e-12 * cauchy.abs().max(1.0), "{p}");
            let two = (2.0 * p - 1.0) * (2.0 * p * (1.0 - p)).sqrt().recip();
            assert!((t_quantile(p, 2) - two).abs() <= 1e-12 * two.abs().max(1.0), "{p}");
        }
    }

    #[test]
    fn one_pair_decides_nothing() {
        let one = PairedDifference::new(&[0.9], &[0.8]);
        assert_eq!(one.standard_error, f64::INFINITY);
        assert_eq!(one.interval(0.95), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(one.p_value(), 1.0);
    }

    #[test]
    fn equal_pairs_differ_by_nothing_for_sure() {
        let none = PairedDifference::new(&[0.5, 0.75], &[0.5, 0.75]);
        assert_eq!(none.interval(0.95), (0.0, 0.0));
        assert_eq!(none.p_value(), 1.0);
    }

    #[test]
    fn the_interval_touches_0_where_its_p_value_is_the_rest() {
        let difference = PairedDifference::of(&[0.1, -0.05, 0.2, 0.02]);
        let (low, _) = difference.interval(1.0 - difference.p_value());
        assert!(low.abs() < 1e-12);
    }
}
