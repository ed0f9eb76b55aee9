//! The two numeric types of the engine, `f32` and `f64`, and their elementary functions.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, MulAssign, Neg, SubAssign};

use crate::pool::Store;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`; sealed, because kernels are chosen for these two alone.
///
/// Laws are checked in `f64` to rounding; the speed is that of `f32`.
pub trait Float:
    sealed::Sealed
    + Store
    + ndarray::LinalgScalar
    + PartialOrd
    + AddAssign
    + SubAssign
    + MulAssign
    + Neg<Output = Self>
    + Sum
    + Send
    + Sync
    + Default
    + Debug
    + Display
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// The nearest number of this type.
    fn of(x: f64) -> Self;
    /// The same number as `f64`.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Not a number.
    fn is_nan(self) -> bool;
    /// `|x|`.
    fn abs(self) -> Self;
    /// `e^x`; for `f32` a branch-free polynomial that the compiler can vectorise, within 2 units
    /// in the last place, with overflow to infinity and gradual underflow to 0.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)`, with its digits for small `x`; for `f32` within 3 units in the last place.
    fn ln_1p(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The sine, of radians.
    fn sin(self) -> Self;
    /// The cosine, of radians.
    fn cos(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The error function, `2 / sqrt(pi)` times the integral of `e^(-t^2)` from 0 to `x`.
    fn erf(self) -> Self;
    /// `x^exponent`.
    fn powf(self, exponent: Self) -> Self;
    /// `x^exponent` for a whole exponent.
    fn powi(self, exponent: i32) -> Self;

    /// The larger of two numbers; NaN if either is (unlike the standard library's `max`).
    #[inline(always)]
    fn maximum(self, other: Self) -> Self {
        if self > other || self.is_nan() { self } else { other }
    }
    /// The smaller of two numbers; NaN if either is.
    #[inline(always)]
    fn minimum(self, other: Self) -> Self {
        if self < other || self.is_nan() { self } else { other }
    }
}

macro_rules! float {
    ($type:ty, $exp:expr, $ln_1p:expr, $erf:expr) => {
        impl Float for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEG_INFINITY: Self = <$type>::NEG_INFINITY;
            const INFINITY: Self = <$type>::INFINITY;
            const NAN: Self = <$type>::NAN;

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                <$type>::ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $ln_1p(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$type>::sqrt(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                <$type>::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                <$type>::cos(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                <$type>::tanh(self)
            }
            #[inline(always)]
            fn erf(self) -> Self {
                $erf(self)
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                <$type>::powf(self, exponent)
            }
            #[inline(always)]
            fn powi(self, exponent: i32) -> Self {
                <$type>::powi(self, exponent)
            }
        }
    };
}
float!(f32, exp_f32, ln_1p_f32, libm::erff);
float!(f64, f64::exp, f64::ln_1p, libm::erf);

/// `e^x = 2^n e^r` with `n` whole and `|r| <= ln(2) / 2`.
///
/// `x / ln 2` is rounded by adding and subtracting `1.5 * 2^23`; `ln 2` is split in two so that
/// `n * high` is exact; `e^r` is a polynomial of degree 6; `2^n` is applied in two halves, so that
/// results below the smallest normal number are rounded once and those above the largest become
/// infinite. No branch, hence a loop over it is vectorised.
#[inline(always)]
fn exp_f32(x: f32) -> f32 {
    const LOWEST: f32 = -104.0; // e^-104 rounds to 0
    const HIGHEST: f32 = 89.0; // e^89 overflows
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4; // 355 / 512
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < LOWEST { LOWEST } else { x };
    let x = if x > HIGHEST { HIGHEST } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let e_to_r = p * (r * r) + r + 1.0;
    let whole = (shifted.to_bits() as i32) - (ROUND.to_bits() as i32);
    let first = whole >> 1;
    let second = whole - first;
    let power = |n: i32| f32::from_bits(((n + 127) << 23) as u32);
    e_to_r * power(first) * power(second)
}

/// `ln(1 + x)` from `ln u` for `u = 1 + x` as it is rounded: `ln(u) / (u - 1)` changes so slowly near
/// 1 that times `x` it makes good what `u` has lost. A third of the time of the C library's function.
#[inline(always)]
fn ln_1p_f32(x: f32) -> f32 {
    let u = 1.0 + x;
    let kept = u - 1.0;
    if x > 0.5 {
        u.ln()
    } else if kept == 0.0 {
        x
    } else {
        u.ln() * (x / kept)
    }
}
