//! Arithmetic of two operands under NumPy's broadcasting, and with plain numbers.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::{Float, Tensor, Var};

/// `a + b`.
impl<F: Float> Add for Var<'_, F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn add(self, b: Self) -> Self {
        self.tape()
            .record("add", self.value().broadcast(b.value(), "add", |a, b| a + b))
            .pullback(self, |y_bar| y_bar)
            .pullback(b, |y_bar| y_bar)
    }
}
/// `a - b`.
impl<F: Float> Sub for Var<'_, F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn sub(self, b: Self) -> Self {
        self.tape()
            .record("sub", self.value().broadcast(b.value(), "subtract", |a, b| a - b))
            .pullback(self, |y_bar| y_bar)
            .pullback(b, |y_bar| -y_bar)
    }
}
/// `a * b`, entry by entry; the matrix product is [`Var::matmul`].
impl<F: Float> Mul for Var<'_, F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn mul(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        self.tape()
            .record("mul", x.clone() * y.clone())
            .pullback(self, move |z_bar| z_bar * y.clone())
            .pullback(b, move |z_bar| z_bar * x.clone())
    }
}
/// `a / b`: `d(x / y) = dx / y - (x / y) dy / y`.
#[expect(clippy::suspicious_arithmetic_impl, reason = "the pullback of a quotient has a product")]
impl<F: Float> Div for Var<'_, F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn div(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        let z = x / y.clone();
        let divisor = y.clone();
        self.tape()
            .record("div", z.clone())
            .pullback(self, move |z_bar| z_bar / y.clone())
            .pullback(b, move |z_bar| -(z_bar * z.clone() / divisor.clone()))
    }
}
/// `-x`.
impl<F: Float> Neg for Var<'_, F> {
    type Output = Self;
    fn neg(self) -> Self {
        self.tape().record("neg", -self.value()).pullback(self, |y_bar| -y_bar)
    }
}

/// `x + c` for a plain number.
impl<F: Float> Add<F> for Var<'_, F> {
    type Output = Self;
    fn add(self, c: F) -> Self {
        let y = self.value().map(|x| x + c);
        self.tape().record("add", y).pullback(self, |y_bar| y_bar).number(c)
    }
}
/// `x - c` for a plain number.
impl<F: Float> Sub<F> for Var<'_, F> {
    type Output = Self;
    fn sub(self, c: F) -> Self {
        let y = self.value().map(|x| x - c);
        self.tape().record("sub", y).pullback(self, |y_bar| y_bar).number(c)
    }
}
/// `c x` for a plain number.
impl<F: Float> Mul<F> for Var<'_, F> {
    type Output = Self;
    fn mul(self, c: F) -> Self {
        self.tape()
            .record("mul", self.value().map(|x| x * c))
            .pullback(self, move |y_bar| y_bar.scale(c))
            .number(c)
    }
}
/// `x / c` for a plain number.
impl<F: Float> Div<F> for Var<'_, F> {
    type Output = Self;
    fn div(self, c: F) -> Self {
        self.tape()
            .record("div", self.value().map(|x| x / c))
            .pullback(self, move |y_bar| y_bar.map(|y_bar| y_bar / c))
            .number(c)
    }
}

macro_rules! number_first {
    ($type:ty) => {
        /// `c + x` for a plain number.
        impl<'t> Add<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            fn add(self, x: Var<'t, $type>) -> Self::Output {
                x + self
            }
        }
        /// `c - x` for a plain number.
        impl<'t> Sub<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            fn sub(self, x: Var<'t, $type>) -> Self::Output {
                let y = x.value().map(|x| self - x);
                x.tape().record("sub", y).pullback(x, |y_bar| -y_bar)
            }
        }
        /// `c x` for a plain number.
        impl<'t> Mul<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            fn mul(self, x: Var<'t, $type>) -> Self::Output {
                x * self
            }
        }
        /// `c / x` for a plain number: `dy = -(c / x) dx / x`.
        impl<'t> Div<Var<'t, $type>> for $type {
            type Output = Var<'t, $type>;
            fn div(self, x: Var<'t, $type>) -> Self::Output {
                let value = x.value();
                let y = value.clone().map(|x| self / x);
                x.tape()
                    .record("div", y.clone())
                    .pullback(x, move |y_bar| -(y_bar * y.clone() / value.clone()))
            }
        }
    };
}
number_first!(f32);
number_first!(f64);

/// A share of a cotangent; none of it is 0 by selection, however large the cotangent is.
fn portion<F: Float>(z_bar: F, share: F) -> F {
    if share == F::ZERO { share } else { z_bar * share }
}

impl<F: Float> Var<'_, F> {
    /// The larger of two entries, under broadcasting; at a tie each has half the derivative.
    ///
    /// NaN if either entry is.
    #[track_caller]
    pub fn maximum(self, other: Self) -> Self {
        self.pick("maximum", other, "take the maximum of", F::maximum, |x, y| x > y)
    }

    /// The smaller of two entries, under broadcasting; at a tie each has half the derivative.
    ///
    /// NaN if either entry is.
    #[track_caller]
    pub fn minimum(self, other: Self) -> Self {
        self.pick("minimum", other, "take the minimum of", F::minimum, |x, y| x < y)
    }

    #[track_caller]
    fn pick(
        self,
        name: &'static str,
        other: Self,
        operation: &str,
        choose: impl Fn(F, F) -> F + Sync,
        wins: impl Fn(F, F) -> bool + Sync,
    ) -> Self {
        let (x, y) = (self.value(), other.value());
        let value = x.clone().broadcast(y.clone(), operation, choose);
        // The first operand's share of the cotangent: 1, 0, half at a tie; NaN where an operand is.
        let share = x.broadcast(y, operation, |x, y| {
            if wins(x, y) {
                F::ONE
            } else if wins(y, x) {
                F::ZERO
            } else if x == y {
                F::of(0.5)
            } else {
                F::NAN
            }
        });
        let others = share.clone();
        self.tape()
            .record(name, value)
            .pullback(self, move |z_bar| z_bar.zip(&share, portion))
            .pullback(other, move |z_bar| {
                z_bar.zip(&others, |z_bar, share| portion(z_bar, F::ONE - share))
            })
    }

    /// Entries of `self` where `mask` is true, else those of `other`; all of one shape.
    ///
    /// The cotangent of the entry that was not taken is 0 by selection. If making that entry had an
    /// infinite derivative, `0 * inf` further down is still NaN: replace its *input* by a harmless
    /// one first (a double `where_mask`).
    ///
    /// # Panics
    /// If the shapes differ or `mask` has another number of entries.
    #[doc(alias = "where")]
    #[doc(alias = "masked_fill")]
    #[track_caller]
    pub fn where_mask(self, mask: &[bool], other: Self) -> Self {
        let (x, y) = (self.value(), other.value());
        assert!(
            x.shape() == y.shape() && mask.len() == x.len(),
            "cannot choose between {} and {} by a mask of {} entries",
            x.shape(),
            y.shape(),
            mask.len()
        );
        let pick = |i: usize| if mask[i] { x.as_slice()[i] } else { y.as_slice()[i] };
        let value = Tensor::from_fn(x.shape(), pick);
        let only = |mask: &[bool], z_bar: &Tensor<F>, when: bool| {
            let entry = |i: usize| if mask[i] == when { z_bar.as_slice()[i] } else { F::ZERO };
            Tensor::from_fn(z_bar.shape(), entry)
        };
        let (taken, left) = (mask.to_vec(), mask.to_vec());
        self.tape()
            .record("where_mask", value)
            .pullback(self, move |z_bar| only(&taken, &z_bar, true))
            .pullback(other, move |z_bar| only(&left, &z_bar, false))
    }
}

/// `a + b` under broadcasting.
impl<F: Float> Add for Tensor<F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn add(self, b: Self) -> Self {
        self.broadcast(b, "add", |a, b| a + b)
    }
}
/// `a - b` under broadcasting.
impl<F: Float> Sub for Tensor<F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn sub(self, b: Self) -> Self {
        self.broadcast(b, "subtract", |a, b| a - b)
    }
}
/// `a * b` under broadcasting, entry by entry.
impl<F: Float> Mul for Tensor<F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn mul(self, b: Self) -> Self {
        self.broadcast(b, "multiply", |a, b| a * b)
    }
}
/// `a / b` under broadcasting.
impl<F: Float> Div for Tensor<F> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn div(self, b: Self) -> Self {
        self.broadcast(b, "divide", |a, b| a / b)
    }
}
/// `-a`.
impl<F: Float> Neg for Tensor<F> {
    type Output = Self;
    fn neg(self) -> Self {
        self.map(|a| -a)
    }
}
