//! What can go wrong, one sentence each.

/// Why tasks could not be learnt together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no task.
    #[error("there is no task to learn")]
    NoTasks,
    /// Every task has the weight 0.
    #[error("every task has the weight 0, so nothing would be learnt")]
    NoWeight,
    /// Two tasks have one name, by which their heads and their order of rows would be the same.
    #[error("two tasks are called \"{task}\"")]
    SameName {
        /// The name.
        task: String,
    },
    /// Something that the strategy needs was not given, or not in this way.
    #[error("{strategy} {why}")]
    Needs {
        /// Which strategy.
        strategy: &'static str,
        /// What it needs.
        why: String,
    },
    /// A balancer that gives no weight that can be used.
    #[error("{strategy}: the weights of step {step} are {weights:?}, not {tasks} finite numbers")]
    Weights {
        /// Which strategy.
        strategy: &'static str,
        /// In which step, counted from 0.
        step: usize,
        /// What it gave.
        weights: Vec<f64>,
        /// How many tasks the step has.
        tasks: usize,
    },
    /// More levels than hidden layers.
    #[error("{tasks} tasks on levels need as many hidden layers, but the network has {layers}")]
    TooFewLayers {
        /// How many tasks there are.
        tasks: usize,
        /// How many hidden layers.
        layers: usize,
    },
    /// A file that holds something else than learnt tasks.
    #[error("the file is of no architecture that was named: {0}")]
    File(String),
    /// Something of `nn` failed, such as a loss that is not finite.
    #[error(transparent)]
    Nn(#[from] nn::Error),
}
