//! Optimisers as values.

use autograd::Float;

use super::{Adam, AdamConfig, Groups, Optimizer, Sgd, SgdConfig};
use crate::Error;
use crate::error::within;

/// An optimiser without its rate and its decay, as a value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rule {
    /// [`Sgd`].
    Sgd {
        /// How much of the last step's buffer is kept.
        momentum: f64,
        /// Whether the step looks ahead along the buffer.
        nesterov: bool,
    },
    /// [`Adam`], or with a decoupled decay PyTorch's `AdamW`.
    Adam {
        /// How much of the mean gradient and of the mean squared gradient is kept.
        betas: (f64, f64),
        /// What is added to the root of the mean squared gradient.
        epsilon: f64,
        /// Whether the decay acts on the parameter instead of on its gradient.
        decoupled: bool,
    },
}

impl Rule {
    /// [`Adam`] with its authors' numbers.
    pub const ADAM: Self = Self::Adam { betas: (0.9, 0.999), epsilon: 1e-8, decoupled: false };
    /// The same with a decoupled decay.
    pub const ADAM_W: Self = Self::Adam { betas: (0.9, 0.999), epsilon: 1e-8, decoupled: true };

    /// Whether every number is in its range.
    ///
    /// # Errors
    /// The first that is not, with its field and what would be right.
    pub fn check(self) -> Result<(), Error> {
        match self {
            Rule::Sgd { momentum, nesterov } => {
                let least = if nesterov { f64::MIN_POSITIVE } else { 0.0 };
                within("momentum", momentum, least..=1.0, "between 0 and 1, for Nesterov above 0")
            }
            Rule::Adam { betas, epsilon, .. } => {
                let below_1 = 0.0..=1.0_f64.next_down();
                within("betas.0", betas.0, below_1.clone(), "at least 0 and below 1")?;
                within("betas.1", betas.1, below_1, "at least 0 and below 1")?;
                within("epsilon", epsilon, 0.0..=f64::MAX, "at least 0")
            }
        }
    }

    /// The optimiser of this rule at this rate and with this decay.
    ///
    /// # Panics
    /// If a number is not in its range.
    #[track_caller]
    pub fn optimizer<F: Float>(
        self,
        groups: Groups<F>,
        learning_rate: f64,
        weight_decay: f64,
    ) -> Box<dyn Optimizer<F>> {
        match self {
            Rule::Sgd { momentum, nesterov } => {
                let dampening = 0.0;
                let config =
                    SgdConfig { learning_rate, momentum, dampening, weight_decay, nesterov };
                Box::new(Sgd::with_groups(groups, config))
            }
            Rule::Adam { betas, epsilon, decoupled } => {
                let config = AdamConfig { learning_rate, betas, epsilon, weight_decay, decoupled };
                Box::new(Adam::with_groups(groups, config))
            }
        }
    }
}

/// Which parameters decay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Decays {
    /// All of them, as in PyTorch.
    #[default]
    All,
    /// Those with two axes or more: no bias, and no scale of a normalisation.
    Weights,
}
