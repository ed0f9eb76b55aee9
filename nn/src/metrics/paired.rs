//! Means, and differences of paired runs with what is known of their error.

use std::f64::consts::PI;
use std::fmt;

use statrs::function::beta::beta_reg;

use super::sum;

/// The mean; of equal values it is that value, to the last digit.
///
/// # Panics
/// If there is no value.
#[track_caller]
pub fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "no values have no mean");
    #[expect(clippy::float_cmp, reason = "equal means equal")]
    if values.iter().all(|x| *x == values[0]) {
        return values[0];
    }
    sum(values.to_vec()) / values.len() as f64
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
#[doc(alias = "nanmean")]
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
#[doc(alias = "sem")]
#[track_caller]
pub fn standard_error(values: &[f64]) -> f64 {
    let (mean, n) = (mean(values), values.len() as f64);
    if values.len() == 1 {
        return f64::INFINITY;
    }
    let squares = sum(values.iter().map(|x| (x - mean).powi(2)).collect());
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
#[doc(alias = "ttest_rel")]
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
    /// It is everything for one pair, and for probability 1; the mean alone for probability 0.
    ///
    /// # Panics
    /// If the probability is not between 0 and 1.
    ///
    /// # Source
    /// Student 1908: `mean +- t standard errors`, `t` the quantile with `pairs - 1` degrees of
    /// freedom.
    #[track_caller]
    pub fn interval(&self, probability: f64) -> (f64, f64) {
        assert!((0.0..=1.0).contains(&probability), "{probability} is no probability");
        let t = t_quantile(f64::midpoint(1.0, probability), self.pairs.max(2) - 1);
        if self.pairs == 1 || t.is_infinite() {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        (self.mean - t * self.standard_error, self.mean + t * self.standard_error)
    }

    /// How probable a mean at least as far from 0 is, on either side, if the differences are
    /// independent draws of one normal distribution around 0: the paired t-test.
    ///
    /// It is 1 for one pair, and if all differences are 0; 0 if all are another number. Differences
    /// that rounding alone makes unequal, such as 0.3 - 0.2 and 0.2 - 0.1, give what is small as
    /// rounding is, and not 0.
    pub fn p_value(&self) -> f64 {
        if self.pairs == 1 || (self.mean == 0.0 && self.standard_error == 0.0) {
            return 1.0;
        }
        2.0 * beyond((self.mean / self.standard_error).abs(), self.pairs - 1)
    }
}

/// `+0.048 +- 0.005`: the mean and its standard error.
impl fmt::Display for PairedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3} +- {:.3}", self.mean, self.standard_error)
    }
}

/// The value below which Student's t with `degrees` degrees of freedom falls with this probability;
/// infinite for 0 and 1.
///
/// A small probability keeps its digits, one close to 1 has only those of its distance to 1: where
/// they count, ask for `-t_quantile(distance, degrees)`.
///
/// # Panics
/// If the probability is not between 0 and 1, or there is no degree of freedom.
#[doc(alias("ppf", "qt"))]
#[track_caller]
pub fn t_quantile(probability: f64, degrees: usize) -> f64 {
    assert!((0.0..=1.0).contains(&probability), "{probability} is no probability");
    assert!(degrees > 0, "Student's t needs a degree of freedom");
    if probability > 0.5 {
        return -t_quantile(1.0 - probability, degrees);
    }
    match probability {
        0.0 => return f64::NEG_INFINITY,
        0.5 => return 0.0, // whose neighbours have squares of 0
        _ => {}
    }
    // In the tail and around 0 the one share keeps its digits that the other loses.
    let in_tail = probability < 0.25;
    // Positive numbers are ordered as their bits are: halving the range of bits finds the number
    // nearest to the value in 63 steps, wherever it is.
    let (mut near, mut far) = (0_u64, f64::MAX.to_bits());
    while far - near > 1 {
        let middle = u64::midpoint(near, far);
        let x = f64::from_bits(middle);
        let is_near = if in_tail {
            beyond(x, degrees) >= probability
        } else {
            within(x, degrees) <= 0.5 - probability
        };
        *(if is_near { &mut near } else { &mut far }) = middle;
    }
    -f64::from_bits(near)
}

/// How probable it is that Student's t with so many degrees of freedom lies between 0 and `x`.
fn within(x: f64, degrees: usize) -> f64 {
    let (square, v) = (x * x, degrees as f64);
    0.5 * beta_reg(0.5, 0.5 * v, (square / (v + square)).min(1.0)) // infinite squares give 1
}

/// How probable it is that it lies beyond a positive `x`.
fn beyond(x: f64, degrees: usize) -> f64 {
    let (square, v) = (x * x, degrees as f64);
    if degrees == 1 {
        return x.recip().atan() / PI; // whose square may leave the range of numbers
    }
    if square < v {
        0.5 - within(x, degrees)
    } else {
        0.5 * beta_reg(0.5 * v, 0.5, v / (v + square))
    }
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

    /// Five digits less than numbers have: what two functions lose that are each good to a few.
    #[track_caller]
    fn assert_quantile(p: f64, degrees: usize, closed: f64) {
        let t = t_quantile(p, degrees);
        let error = (t - closed).abs();
        assert!(error <= 1e-11 * closed.abs(), "p {p}, {degrees} degrees: {t} is not {closed}");
    }

    #[test]
    fn quantiles_of_one_two_and_four_degrees_have_closed_forms_in_the_farthest_tail() {
        let tails = (0..308).map(|power| 0.3 * 10_f64.powi(-power));
        for p in tails.chain([0.25, 0.24, 0.4]) {
            assert_quantile(p, 1, -(PI * p).tan().recip());
            let alpha = 4.0 * p * (1.0 - p);
            assert_quantile(p, 2, (2.0 * p - 1.0) * (2.0 / alpha).sqrt());
            let cosine = (alpha.sqrt().acos() / 3.0).cos();
            assert_quantile(p, 4, -2.0 * (cosine / alpha.sqrt() - 1.0).sqrt());
        }
    }

    #[test]
    fn quantiles_close_to_the_middle_keep_their_digits() {
        for power in 2..50 {
            let distance = 0.5_f64.powi(power + 1);
            for (p, sign) in [(0.5 - distance, -1.0), (0.5 + distance, 1.0)] {
                assert_quantile(p, 1, sign * (PI * distance).tan());
                let two = distance * (2.0 / (0.25 - distance * distance)).sqrt();
                assert_quantile(p, 2, sign * two);
            }
        }
    }

    #[test]
    fn quantiles_are_ordered_and_end_at_infinity() {
        for degrees in [1, 2, 3, 5, 9, 30, 1000] {
            assert_eq!(t_quantile(0.5, degrees), 0.0);
            assert_eq!(t_quantile(0.0, degrees), f64::NEG_INFINITY);
            assert_eq!(t_quantile(1.0, degrees), f64::INFINITY);
            let quantiles: Vec<f64> =
                (1..1000).map(|k| t_quantile(f64::from(k) / 1000.0, degrees)).collect();
            assert!(quantiles.is_sorted_by(|a, b| a < b));
            assert!(t_quantile(f64::MIN_POSITIVE, degrees).is_finite());
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
        // Ten times 0.1 adds up to less than 1.
        for pairs in 2..12 {
            let same = PairedDifference::of(&vec![0.1; pairs]);
            assert_eq!((same.mean, same.standard_error, same.p_value()), (0.1, 0.0, 0.0));
        }
        // By rounding, 0.3 - 0.2 is not 0.2 - 0.1.
        let nearly = PairedDifference::new(&[0.3, 0.2, 0.4], &[0.2, 0.1, 0.3]).p_value();
        assert!(nearly > 0.0 && nearly < 1e-20, "{nearly}"); // t is 1e15: the tail falls as 1 / t^2
    }

    #[test]
    fn the_ends_of_the_range_of_probabilities_are_intervals_too() {
        let difference = PairedDifference::of(&[1.0, 2.0, 4.0]);
        assert_eq!(difference.interval(0.0), (difference.mean, difference.mean));
        assert_eq!(difference.interval(1.0), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(PairedDifference::of(&[1.0, 1.0]).interval(1.0).0, f64::NEG_INFINITY);
        for beyond in [-1e-9, 1.0 + 1e-9, f64::NAN] {
            assert!(std::panic::catch_unwind(|| difference.interval(beyond)).is_err());
            assert!(std::panic::catch_unwind(|| t_quantile(beyond, 3)).is_err());
        }
    }

    #[test]
    fn the_interval_touches_0_where_its_p_value_is_the_rest() {
        let difference = PairedDifference::of(&[0.1, -0.05, 0.2, 0.02]);
        let (low, _) = difference.interval(1.0 - difference.p_value());
        assert!(low.abs() < 1e-12);
    }
}
