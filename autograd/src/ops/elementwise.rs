//! Functions of one entry, and the value of each derivative where it has a kink.

use crate::{Float, Tensor, Var};

/// `1 / sqrt(2 pi)`, of the normal density.
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

pub(super) fn sigmoid<F: Float>(x: F) -> F {
    // e^-|x| never overflows, so both halves stay exact however large x is.
    let e = (-x.abs()).exp();
    if x < F::ZERO { e / (F::ONE + e) } else { F::ONE / (F::ONE + e) }
}
pub(super) fn softplus<F: Float>(x: F) -> F {
    x.maximum(F::ZERO) + (-x.abs()).exp().ln_1p()
}
fn silu<F: Float>(x: F) -> F {
    x * sigmoid(x)
}
fn gelu<F: Float>(x: F) -> F {
    x * normal_cdf(x)
}
fn normal_cdf<F: Float>(x: F) -> F {
    F::of(0.5) * (F::ONE + (x * F::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

/// The cotangent that a ReLU of value `y` lets pass: where `y` is above 0; NaN stays NaN.
#[inline]
fn passed<F: Float>(y_bar: Tensor<F>, y: &Tensor<F>) -> Tensor<F> {
    y_bar.zip(y, |y_bar, y| if y > F::ZERO { y_bar } else { y * F::ZERO })
}

impl<F: Float> Tensor<F> {
    /// `e^x`, entry by entry.
    pub fn exp(self) -> Self {
        self.map(F::exp)
    }
    /// The natural logarithm, entry by entry.
    #[doc(alias = "log")]
    pub fn ln(self) -> Self {
        self.map(F::ln)
    }
    /// The square root, entry by entry.
    pub fn sqrt(self) -> Self {
        self.map(F::sqrt)
    }
    /// `|x|`, entry by entry.
    pub fn abs(self) -> Self {
        self.map(F::abs)
    }
    /// The sine of radians, entry by entry.
    pub fn sin(self) -> Self {
        self.map(F::sin)
    }
    /// The cosine of radians, entry by entry.
    pub fn cos(self) -> Self {
        self.map(F::cos)
    }
    /// The hyperbolic tangent, entry by entry.
    pub fn tanh(self) -> Self {
        self.map(F::tanh)
    }
    /// `1 / (1 + e^-x)`, entry by entry, exact for every finite `x`.
    pub fn sigmoid(self) -> Self {
        self.map(sigmoid)
    }
    /// `max(x, 0)`, entry by entry; NaN stays NaN.
    pub fn relu(self) -> Self {
        self.map(|x| if x < F::ZERO { F::ZERO } else { x })
    }
    /// `ln(1 + e^x)`, entry by entry, without overflow.
    pub fn softplus(self) -> Self {
        self.map(softplus)
    }
    /// `x sigmoid(x)`, entry by entry.
    #[doc(alias = "swish")]
    pub fn silu(self) -> Self {
        self.map(silu)
    }
    /// `x P(Z <= x)` for a standard normal `Z`, entry by entry.
    pub fn gelu(self) -> Self {
        self.map(gelu)
    }
}

impl<F: Float> Var<'_, F> {
    /// Records `y = f(x)` for each entry, whose derivative `slope` is given as a function of `x`.
    fn entrywise(
        self,
        name: &'static str,
        f: impl Fn(F) -> F + Sync,
        slope: impl Fn(F) -> F + Send + Sync + 'static,
    ) -> Self {
        let x = self.value();
        self.tape()
            .record(name, x.clone().map(f))
            .pullback(self, move |y_bar| y_bar.zip(&x, |y_bar, x| y_bar * slope(x)))
    }

    /// `e^x`, entry by entry.
    pub fn exp(self) -> Self {
        let y = self.value().exp();
        self.tape()
            .record("exp", y.clone())
            .pullback(self, move |y_bar| y_bar.zip(&y, |y_bar, y| y_bar * y))
    }

    /// The natural logarithm, entry by entry; `-inf` at 0, where its derivative `1 / x` is `inf`,
    /// and NaN below.
    #[doc(alias = "log")]
    pub fn ln(self) -> Self {
        self.entrywise("ln", F::ln, |x| F::ONE / x)
    }

    /// The square root, entry by entry; its derivative at 0 is `inf` (for a length, use
    /// [`Var::norm`], whose derivative at the zero vector is 0).
    pub fn sqrt(self) -> Self {
        self.entrywise("sqrt", F::sqrt, |x| F::of(0.5) / x.sqrt())
    }

    /// `|x|`, entry by entry; the derivative at 0 is 0, and NaN stays NaN.
    pub fn abs(self) -> Self {
        self.entrywise("abs", F::abs, |x| {
            if x > F::ZERO {
                F::ONE
            } else if x < F::ZERO {
                -F::ONE
            } else {
                x * F::ZERO
            }
        })
    }

    /// The sine of radians, entry by entry.
    pub fn sin(self) -> Self {
        self.entrywise("sin", F::sin, F::cos)
    }

    /// The cosine of radians, entry by entry.
    pub fn cos(self) -> Self {
        self.entrywise("cos", F::cos, |x| -x.sin())
    }

    /// The hyperbolic tangent, entry by entry: `y' = 1 - y^2`.
    pub fn tanh(self) -> Self {
        let y = self.value().tanh();
        self.tape()
            .record("tanh", y.clone())
            .pullback(self, move |y_bar| y_bar.zip(&y, |y_bar, y| y_bar * (F::ONE - y * y)))
    }

    /// `1 / (1 + e^-x)`, entry by entry: `y' = y (1 - y)`; no overflow at any `x`.
    pub fn sigmoid(self) -> Self {
        let y = self.value().sigmoid();
        self.tape()
            .record("sigmoid", y.clone())
            .pullback(self, move |y_bar| y_bar.zip(&y, |y_bar, y| y_bar * y * (F::ONE - y)))
    }

    /// `max(x, 0)`, entry by entry; the derivative at 0 is 0, and NaN stays NaN.
    #[inline]
    pub fn relu(self) -> Self {
        let y = self.value().relu();
        self.tape().record("relu", y.clone()).pullback(self, move |y_bar| passed(y_bar, &y))
    }

    /// `x` above 0 and `slope * x` else, entry by entry; the derivative at 0 is `slope`.
    pub fn leaky_relu(self, slope: F) -> Self {
        self.entrywise(
            "leaky_relu",
            move |x| if x > F::ZERO { x } else { slope * x },
            move |x| {
                if x > F::ZERO {
                    F::ONE
                } else if x.is_nan() {
                    x
                } else {
                    slope
                }
            },
        )
    }

    /// `x P(Z <= x)` for a standard normal `Z`, entry by entry: the exact form, by the error
    /// function.
    ///
    /// # Source
    /// Hendrycks and Gimpel 2016, equation 2.
    pub fn gelu(self) -> Self {
        self.entrywise("gelu", gelu, |x| {
            let density = F::of(FRAC_1_SQRT_2PI) * (F::of(-0.5) * x * x).exp();
            normal_cdf(x) + x * density
        })
    }

    /// `ln(1 + e^x)`, entry by entry, without overflow; its derivative is the sigmoid.
    pub fn softplus(self) -> Self {
        self.entrywise("softplus", softplus, sigmoid)
    }

    /// `x sigmoid(x)`, entry by entry (also called swish).
    #[doc(alias = "swish")]
    pub fn silu(self) -> Self {
        self.entrywise("silu", silu, |x| {
            let s = sigmoid(x);
            s + x * s * (F::ONE - s)
        })
    }

    /// `x^2`, entry by entry.
    pub fn square(self) -> Self {
        self.entrywise("square", |x| x * x, |x| x + x)
    }

    /// `1 / x`, entry by entry: `y' = -y^2`.
    pub fn reciprocal(self) -> Self {
        self.entrywise(
            "reciprocal",
            |x| F::ONE / x,
            |x| {
                let y = F::ONE / x;
                -(y * y)
            },
        )
    }

    /// `x^exponent` for a fixed real exponent, entry by entry.
    ///
    /// The derivative at 0 is 0 for an exponent above 1 or equal to 0, 1 for 1, `inf` between 0 and
    /// 1, `-inf` below 0. Negative bases give NaN unless the exponent is whole.
    #[doc(alias = "pow")]
    pub fn powf(self, exponent: F) -> Self {
        self.entrywise(
            "powf",
            move |x| x.powf(exponent),
            move |x| {
                if exponent == F::ZERO { F::ZERO } else { exponent * x.powf(exponent - F::ONE) }
            },
        )
    }

    /// `x^exponent` for a whole exponent, entry by entry; derivatives at 0 as for [`Var::powf`].
    pub fn powi(self, exponent: i32) -> Self {
        self.entrywise(
            "powi",
            move |x| x.powi(exponent),
            move |x| {
                if exponent == 0 {
                    F::ZERO
                } else {
                    F::of(f64::from(exponent)) * x.powi(exponent - 1)
                }
            },
        )
    }

    /// `x` held between `low` and `high`, entry by entry; the derivative is 1 on both bounds and
    /// between them, 0 outside (by selection, however large the cotangent), and NaN stays NaN.
    ///
    /// # Panics
    /// If `low > high` or a bound is NaN.
    #[doc(alias = "clip")]
    #[track_caller]
    pub fn clamp(self, low: F, high: F) -> Self {
        assert!(low <= high, "cannot clamp between {low} and {high}");
        let x = self.value();
        let held = |x: F| {
            if x < low {
                low
            } else if x > high {
                high
            } else {
                x
            }
        };
        self.tape().record("clamp", x.clone().map(held)).pullback(self, move |y_bar| {
            y_bar.zip(&x, |y_bar, x| {
                if x < low || x > high {
                    F::ZERO
                } else if x.is_nan() {
                    x
                } else {
                    y_bar
                }
            })
        })
    }
}
