//! How good predictions are, and how sure a comparison is.
//!
//! | question | answer |
//! |---|---|
//! | how many rows are right, and of which class | [`accuracy`], [`known_accuracy`], [`Confusion`] |
//! | how much probability the right classes get, and is it honest | [`negative_log_likelihood`], [`calibration_error`] |
//! | one number for several tasks | [`mean_over_tasks`] |
//! | is one method better than another over paired runs | [`PairedDifference`], [`wilcoxon`], [`sign_test`] |
//! | which of several comparisons hold together | [`holm`] |

mod classification;
mod confusion;
mod paired;
mod significance;

pub use classification::{
    accuracy, calibration_error, known_accuracy, negative_log_likelihood, predictions,
};
pub use confusion::Confusion;
pub use paired::{PairedDifference, mean, mean_over_tasks, standard_error, t_quantile};
pub use significance::{holm, sign_test, wilcoxon};
