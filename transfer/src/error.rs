//! What can go wrong, one sentence each.

use std::ops::RangeInclusive;

use autograd::{Float, Var};

/// Why a strategy could not be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A loss was infinite or not a number: the training stopped there.
    #[error("{strategy}: the loss of step {step} is {loss}, not a finite number")]
    Loss {
        /// Which strategy was training.
        strategy: &'static str,
        /// The step, counted from 0.
        step: usize,
        /// What the loss was.
        loss: f64,
    },
    /// A number of a recipe or a strategy is out of its range.
    #[error("{field} is {value}, but must be {range}")]
    Option {
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        range: &'static str,
    },
    /// A data set has not exactly one column of labels.
    #[error("task \"{task}\" needs one column of labels, but its data have {found}")]
    LabelColumns {
        /// The task.
        task: String,
        /// How many columns of labels there are.
        found: usize,
    },
    /// No row of a data set has a label.
    #[error("task \"{task}\" has no row with a label")]
    NoLabels {
        /// The task.
        task: String,
    },
    /// The rows are not as wide as the network's input.
    #[error("task \"{task}\" has rows of {columns} columns, but the network takes {inputs}")]
    Columns {
        /// The task.
        task: String,
        /// Columns of its data.
        columns: usize,
        /// Inputs of the network.
        inputs: usize,
    },
    /// A column means something else in the source.
    #[error(
        "column {position} of task \"{task}\" is \"{target}\", but \"{source_column}\" in the source"
    )]
    OtherColumn {
        /// The task.
        task: String,
        /// The column, counted from 0.
        position: usize,
        /// Its name in the target.
        target: String,
        /// The name of the source's column of that position.
        source_column: String,
    },
    /// A kept head has no logit for a class of the target.
    #[error("the source's head cannot be kept for class \"{class}\", which the source has not")]
    UnknownClass {
        /// The class's name.
        class: String,
    },
    /// An architecture that the strategy cannot work on.
    #[error("{0}")]
    Architecture(String),
    /// Something of `nn` failed, such as loading a source's weights that do not fit its spec.
    #[error(transparent)]
    Nn(#[from] nn::Error),
}

impl Error {
    /// Refuses a loss that is not finite: it must never pass for an improvement.
    pub(crate) fn check<F: Float>(
        loss: Var<'_, F>,
        strategy: &'static str,
        step: usize,
    ) -> Result<(), Self> {
        let loss = loss.value().item().to_f64();
        if loss.is_finite() { Ok(()) } else { Err(Self::Loss { strategy, step, loss }) }
    }

    /// The same error of a strategy that is built upon another one.
    pub(crate) fn of(self, strategy: &'static str) -> Self {
        match self {
            Self::Loss { step, loss, .. } => Self::Loss { strategy, step, loss },
            other => other,
        }
    }
}

/// Refuses a number out of its range.
pub(crate) fn within(
    field: &'static str,
    value: f64,
    valid: RangeInclusive<f64>,
    range: &'static str,
) -> Result<(), Error> {
    if valid.contains(&value) { Ok(()) } else { Err(Error::Option { field, value, range }) }
}
