//! How good predictions are, and how sure a comparison is.
//!
//! | question | answer |
//! |---|---|
//! | how many rows are right, and of which class | [`accuracy`], [`known_accuracy`], [`Confusion`] |
//! | how much probability the right classes get, and is it honest | [`negative_log_likelihood`], [`calibration_error`] |
//! | how far predicted numbers are from the true ones | [`rmse`], [`r_squared`] |
//! | the metric of a column of labels; one number for several of them | [`Score`], [`known_mean`] |
//! | is one method better than another over paired runs | [`PairedDifference`], [`wilcoxon`], [`sign_test`] |
//! | which of several comparisons hold together | [`holm`] |

mod classification;
mod confusion;
mod paired;
mod regression;
mod score;
mod significance;

use autograd::Tensor;

pub use classification::{
    accuracy, calibration_error, known_accuracy, negative_log_likelihood, predictions,
};
pub use confusion::Confusion;
pub use paired::{PairedDifference, known_mean, mean, standard_error, t_quantile};
pub use regression::{r_squared, rmse};
pub use score::Score;
pub use significance::{holm, sign_test, wilcoxon};

/// The sum, whose rounding grows with the logarithm of the number of values; 0 for none.
fn sum(values: Vec<f64>) -> f64 {
    Tensor::from(values).sum().item()
}
