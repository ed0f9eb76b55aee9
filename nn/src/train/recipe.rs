//! How long, how fast and by which rule to train: the same value for every strategy.

use crate::Error;
use crate::error::within;
use crate::optim::{Decays, Rule, Schedule};

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
        self.rule.check()
    }
}
