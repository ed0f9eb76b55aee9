//! What can go wrong, one sentence each.

use std::ops::RangeInclusive;

use autograd::{Float, Var};

/// Why tasks could not be learnt together.
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
    /// A number of a recipe, a task or a strategy is out of its range.
    #[error("{field} is {value}, but must be {range}")]
    Option {
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        range: &'static str,
    },
    /// There is no task.
    #[error("there is no task to learn")]
    NoTasks,
    /// Two tasks have one name, by which their heads and their order of rows would be the same.
    #[error("two tasks are called \"{task}\"")]
    SameName {
        /// The name.
        task: String,
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
    /// A task's rows are not as wide as the network's input.
    #[error("task \"{task}\" has rows of {columns} columns, but the network takes {inputs}")]
    Columns {
        /// The task.
        task: String,
        /// Columns of its data.
        columns: usize,
        /// Inputs of the network.
        inputs: usize,
    },
    /// More levels than hidden layers.
    #[error("{tasks} tasks on levels need as many hidden layers, but the network has {layers}")]
    TooFewLayers {
        /// How many tasks there are.
        tasks: usize,
        /// How many hidden layers.
        layers: usize,
    },
    /// An architecture without a linear layer has no head to give to the tasks.
    #[error("the network {spec} has no linear layer to be the tasks' head")]
    NoHead {
        /// The architecture, printed.
        spec: String,
    },
    /// Something of `nn` failed.
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
