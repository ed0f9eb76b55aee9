//! Which operation made the first infinity or NaN?

use std::fmt;

use crate::{Float, Tensor};

/// The first value or cotangent on a checking tape that was infinite or NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct NonFinite {
    /// The operation that made it.
    pub operation: &'static str,
    /// Whether its pullback did, and not its value.
    pub in_pullback: bool,
    /// The shape of what it made.
    pub shape: Vec<usize>,
    /// The place of the first such entry, in row-major order.
    pub entry: usize,
    /// That entry: infinite or NaN.
    pub value: f64,
}

impl NonFinite {
    pub(crate) fn find<F: Float>(
        x: &Tensor<F>,
        operation: &'static str,
        in_pullback: bool,
    ) -> Option<Self> {
        if x.is_finite() {
            return None;
        }
        let (entry, value) = x.as_slice().iter().enumerate().find(|(_, x)| !x.is_finite())?;
        let shape = x.shape().to_vec();
        Some(NonFinite { operation, in_pullback, shape, entry, value: value.to_f64() })
    }
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.in_pullback { "the pullback of " } else { "" };
        let NonFinite { operation, value, entry, shape, .. } = self;
        write!(f, "{whose}{operation} gave {value} at entry {entry} of shape {shape:?}")
    }
}
