//! How long, how fast and by which rule to train: the same value for every strategy.

use std::ops::RangeInclusive;

use autograd::Float;

use crate::Error;
use crate::optim::{Adam, AdamConfig, Groups, Optimizer, Schedule, Sgd, SgdConfig};

/// How to train, as a value that strategies of both kinds share.
///
/// ```
/// use nn::train::{Decays, Recipe, Rule};
/// let recipe = Recipe { batch: Some(64), ..Recipe::at_rate(0.1) };
/// assert_eq!((recipe.steps, recipe.rule), (600, Rule::Sgd { momentum: 0.9, nesterov: false }));
/// let adam = Recipe { rule: Rule::ADAM_W, weight_decay: 0.01, decays: Decays::Weights, ..recipe };
/// assert!(adam.check().is_ok());
/// assert!(Recipe { clip_norm: Some(-1.0), ..adam }.check().is_err());
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Recipe {
    /// Number of updates.
    pub steps: usize,
    /// Rows of a task that an update sees; `None` for all of them.
    pub batch: Option<usize>,
    /// The learning rate of every step.
    pub schedule: Schedule,
    /// The optimiser.
    pub rule: Rule,
    /// The pull of an entry towards 0.
    pub weight_decay: f64,
    /// What is pulled.
    pub decays: Decays,
    /// The largest norm that all gradients together may have; larger ones are scaled to it.
    pub clip_norm: Option<f64>,
}

/// An optimiser without its rate and its decay, which are the [`Recipe`]'s.
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

impl Default for Recipe {
    /// 600 steps over all rows by gradient descent at rate 0.05 with momentum 0.9, without decay.
    fn default() -> Self {
        let rule = Rule::Sgd { momentum: 0.9, nesterov: false };
        let (schedule, decays) = (Schedule::Constant { rate: 0.05 }, Decays::All);
        Self { steps: 600, batch: None, schedule, rule, weight_decay: 0.0, decays, clip_norm: None }
    }
}

impl Recipe {
    /// The default with this learning rate.
    pub fn at_rate(rate: f64) -> Self {
        Self { schedule: Schedule::Constant { rate }, ..Self::default() }
    }

    /// Whether every number is in its range.
    ///
    /// # Errors
    /// The first that is not, with its field and what would be right.
    pub fn check(&self) -> Result<(), Error> {
        self.schedule.check()?;
        within("learning_rate", self.schedule.at(0), 0.0..=1e6, "between 0 and 1000000")?;
        within("batch", self.batch.unwrap_or(1) as f64, 1.0..=f64::MAX, "at least 1")?;
        within("weight_decay", self.weight_decay, 0.0..=1e6, "between 0 and 1000000")?;
        within("clip_norm", self.clip_norm.unwrap_or(1.0), 0.0..=f64::MAX, "at least 0")?;
        match self.rule {
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

    /// The optimiser of this recipe for these parameters, at the rate of step 0.
    ///
    /// # Errors
    /// If [`check`](Recipe::check) finds a fault.
    pub fn optimizer<F: Float>(&self, groups: Groups<F>) -> Result<Box<dyn Optimizer<F>>, Error> {
        self.check()?;
        let groups = match self.decays {
            Decays::All => groups,
            Decays::Weights => groups.decay_weights_only(),
        };
        let (learning_rate, weight_decay) = (self.schedule.at(0), self.weight_decay);
        Ok(match self.rule {
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
        })
    }
}

/// Refuses a number out of its range: for the options of strategies and their parts.
///
/// ```
/// let error = nn::train::within("factor", 0.5, 1.0..=1e3, "between 1 and 1000").unwrap_err();
/// assert_eq!(error.to_string(), "factor is 0.5, but must be between 1 and 1000");
/// ```
///
/// # Errors
/// If it is out of `valid`, or no number.
pub fn within(
    field: &'static str,
    value: f64,
    valid: RangeInclusive<f64>,
    range: &'static str,
) -> Result<(), Error> {
    if valid.contains(&value) { Ok(()) } else { Err(Error::Range { field, value, range }) }
}
