//! The scale of numbers: where they lie and how wide.

use autograd::Tensor;
use serde::{Deserialize, Serialize};

/// A change of unit: from a number the mean is taken, and the rest is divided.
///
/// ```
/// use nn::data::Scale;
/// let scale = Scale::of([1.0, 3.0].into_iter());
/// assert_eq!((scale.to_scaled(5.0), scale.from_scaled(3.0)), (3.0, 5.0));
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Scale {
    /// What is taken from each number.
    pub mean: f64,
    /// By what the rest is divided.
    pub divisor: f64,
}

impl Scale {
    /// The scale that changes nothing.
    pub const UNSCALED: Scale = Scale { mean: 0.0, divisor: 1.0 };

    /// The mean of these numbers and their deviation (divisor `n`), which becomes 1; numbers that are
    /// all equal have divisor 1.
    ///
    /// # Panics
    /// If there is no number.
    #[track_caller]
    pub fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let numbers: Vec<f64> = numbers.collect();
        assert!(!numbers.is_empty(), "no numbers have no mean and no deviation");
        let min = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let max = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        #[expect(clippy::float_cmp, reason = "constant means equal, whatever the scale")]
        if min == max {
            return Scale { mean: min, divisor: 1.0 };
        }
        // In units of a power of two, which changes no digit, so that no square leaves the range; and
        // from the smallest on, so that large numbers close together keep their differences.
        let unit = power_of_two(min.abs().max(max.abs()));
        let n = numbers.len() as f64;
        let offsets = Tensor::from_fn([numbers.len()], |i| numbers[i] / unit - min / unit);
        let mean = offsets.sum().item() / n;
        let variance = offsets.map(|x| (x - mean).powi(2)).sum().item() / n;
        Scale { mean: (min / unit + mean) * unit, divisor: variance.sqrt() * unit }
    }

    /// A number on the scale.
    pub fn to_scaled(self, number: f64) -> f64 {
        (number - self.mean) / self.divisor
    }

    /// The number that a scaled one stands for.
    #[doc(alias = "inverse_transform")]
    pub fn from_scaled(self, scaled: f64) -> f64 {
        scaled * self.divisor + self.mean
    }

    /// Whether the way to the scale has a way back.
    pub(crate) fn is_sound(self) -> bool {
        self.mean.is_finite() && self.divisor.is_finite() && self.divisor > 0.0
    }
}

/// The largest power of two that is not above a positive number, or the smallest normal one.
fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_scale<const N: usize>(numbers: [f64; N], mean: f64, divisor: f64) {
        assert_eq!(Scale::of(numbers.into_iter()), Scale { mean, divisor });
    }

    #[test]
    fn equal_numbers_keep_their_mean_and_have_divisor_1() {
        // The mean of 14.62, added up ten times, is not 14.62; a tiny scale is no constant.
        assert_scale([14.62; 10], 14.62, 1.0);
        assert_scale([0.0, 2e-300], 1e-300, 1e-300);
    }

    #[test]
    fn large_numbers_and_large_offsets_have_their_deviation() {
        assert_scale([-1.5e308, 1.5e308], 0.0, 1.5e308);
        assert_scale([1e15, 1e15 + 2.0], 1e15 + 1.0, 1.0);
        assert!(Scale::of([1.0, 1.0 + f64::EPSILON].into_iter()).divisor > 0.0);
    }
}
