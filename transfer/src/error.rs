//! What can go wrong, one sentence each.

/// Why a strategy could not be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something that the strategy needs was not given.
    #[error("{strategy} {why}")]
    Needs {
        /// Which strategy.
        strategy: &'static str,
        /// What it needs.
        why: String,
    },
    /// Labels of the target are needed, and there are none.
    #[error("task \"{task}\" has no labelled rows")]
    Unlabelled {
        /// The task.
        task: String,
    },
    /// A column means something else in a source.
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
    /// Two domains' labels mean different things.
    #[error("the labels of all domains must mean the same, but one has {one}, another {other}")]
    OtherLabels {
        /// What one has.
        one: String,
        /// What another has.
        other: String,
    },
    /// A kept head has no logit for a class of the target.
    #[error(
        "the source's head cannot be kept for class \"{class}\", which the source has not: take \
         `Head::New`"
    )]
    UnknownClass {
        /// The class's name.
        class: String,
    },
    /// An architecture that the strategy cannot work on.
    #[error("{0}")]
    Architecture(String),
    /// One network was asked for where several learners predict together.
    #[error("{what} is no single network: it predicts, but cannot be saved as one")]
    NoNetwork {
        /// What it is.
        what: String,
    },
    /// Something of `nn` failed, such as a loss that is not finite.
    #[error(transparent)]
    Nn(#[from] nn::Error),
}
