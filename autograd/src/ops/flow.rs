//! Operations that change what flows backward and leave the value as it is.

use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// Gradient reversal: the same value forward, `-lambda` times the cotangent backward.
    ///
    /// With `lambda = 0` no gradient gets through (it is zero; [`Var::detach`] makes it absent).
    ///
    /// # Source
    /// Ganin and Lempitsky 2015, equations 9 and 10.
    #[doc(alias = "gradient reversal layer")]
    pub fn reverse_gradient(self, lambda: F) -> Self {
        self.tape()
            .record("reverse_gradient", self.value())
            .pullback(self, move |y_bar| y_bar.map(|y_bar| -lambda * y_bar))
    }
}
