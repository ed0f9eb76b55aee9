//! Adam, its decay in the gradient or apart from it.

use autograd::{Float, Gradients};

use super::groups::check;
use super::slots::Slots;
use crate::{Error, Groups, Optimizer, OptimizerState, Parameters};

/// The options of [`Adam`], with PyTorch's defaults.
///
/// ```
/// use nn::AdamConfig;
/// let config = AdamConfig { learning_rate: 0.01, ..AdamConfig::default() };
/// assert_eq!((config.betas, config.epsilon), ((0.9, 0.999), 1e-8));
/// assert_eq!(AdamConfig::adamw().weight_decay, 0.01);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AdamConfig {
    /// The length of a step, `eta`: about how far an entry moves in one.
    pub learning_rate: f64,
    /// How much of the mean gradient and of the mean squared gradient is kept, `beta1` and `beta2`.
    pub betas: (f64, f64),
    /// What is added to the root of the mean squared gradient.
    pub epsilon: f64,
    /// The pull of each entry towards 0, `lambda`.
    pub weight_decay: f64,
    /// Whether the pull is apart from the gradient (`AdamW`), so that the root does not divide it.
    pub decoupled: bool,
}
impl Default for AdamConfig {
    fn default() -> Self {
        let (learning_rate, betas, epsilon) = (1e-3, (0.9, 0.999), 1e-8);
        AdamConfig { learning_rate, betas, epsilon, weight_decay: 0.0, decoupled: false }
    }
}
impl AdamConfig {
    /// PyTorch's `AdamW`: a decoupled decay of 0.01.
    #[doc(alias = "AdamW")]
    pub fn adamw() -> Self {
        AdamConfig { weight_decay: 0.01, decoupled: true, ..Self::default() }
    }
}

/// Adam: every entry moves by its mean gradient over the root of its mean squared gradient.
///
/// In the parameter's step `t`, counted from 1 for each parameter on its own, every entry:
///
/// ```text
/// g <- g + lambda p                       (if decoupled, p <- p - eta lambda p instead)
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// p <- p - eta / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// # Source
/// Kingma and Ba 2015, algorithm 1, as PyTorch's `torch.optim.Adam` has it, without `amsgrad`; the
/// decoupled decay is Loshchilov and Hutter 2019, algorithm 2, as in `torch.optim.AdamW`.
#[doc(alias = "AdamW")]
#[derive(Debug)]
pub struct Adam<F: Float = f32> {
    config: AdamConfig,
    /// The mean gradient and the mean squared gradient of every entry.
    slots: Slots<F, 2>,
}

impl<F: Float> Adam<F> {
    /// Adam on all parameters of `model`, without decay.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[track_caller]
    pub fn new(model: &(impl Parameters<F> + ?Sized), learning_rate: f64) -> Self {
        Self::with_config(model, AdamConfig { learning_rate, ..AdamConfig::default() })
    }

    /// Adam with these options on all parameters of `model`, frozen ones too if they are thawed
    /// later, but no buffers.
    ///
    /// # Panics
    /// If an option is negative or not finite, or a beta not below 1.
    #[track_caller]
    pub fn with_config(model: &(impl Parameters<F> + ?Sized), config: AdamConfig) -> Self {
        Self::with_groups(Groups::of(model), config)
    }

    /// As [`with_config`](Adam::with_config), with the groups' rates and decays.
    ///
    /// # Panics
    /// As [`with_config`](Adam::with_config).
    #[track_caller]
    pub fn with_groups(groups: Groups<F>, config: AdamConfig) -> Self {
        check("Adam", "learning rate", config.learning_rate);
        check("Adam", "epsilon", config.epsilon);
        check("Adam", "weight decay", config.weight_decay);
        for beta in [config.betas.0, config.betas.1] {
            assert!((0.0..1.0).contains(&beta), "a beta of Adam cannot be {beta}");
        }
        Adam { config, slots: Slots::new(groups) }
    }

    /// The options, with the present learning rate.
    pub fn config(&self) -> AdamConfig {
        self.config
    }

    /// The name under which a state says of which rule it is.
    fn rule(&self) -> &'static str {
        if self.config.decoupled { "adamw" } else { "adam" }
    }
}

/// PyTorch's names of the two means.
const KINDS: [&str; 2] = ["exp_avg", "exp_avg_sq"];

impl<F: Float> Optimizer<F> for Adam<F> {
    fn step(&mut self, gradients: Gradients<F>) {
        let AdamConfig { learning_rate, betas, epsilon, weight_decay, decoupled } = self.config;
        let (keep1, keep2) = (F::of(betas.0), F::of(betas.1));
        let (take1, take2) = (F::of(1.0 - betas.0), F::of(1.0 - betas.1));
        let epsilon = F::of(epsilon);
        self.slots.step(gradients, |slot, gradient| {
            let (rate, decay) = slot.rates(learning_rate, weight_decay);
            // Early means are of few gradients and many zeros; both corrections undo that.
            let steps = slot.steps as f64;
            let step = F::of(rate / (1.0 - betas.0.powf(steps)));
            let root = F::of((1.0 - betas.1.powf(steps)).sqrt());
            let shrink = if decoupled { F::of(1.0 - rate * decay) } else { F::ONE };
            let pull = if decoupled { F::ZERO } else { F::of(decay) };
            slot.update(gradient, |p, g, [m, v]| {
                let g = g + pull * p;
                *m = keep1 * *m + take1 * g;
                *v = keep2 * *v + take2 * g * g;
                shrink * p - step * *m / (v.sqrt() / root + epsilon)
            });
        });
    }
    fn learning_rate(&self) -> f64 {
        self.config.learning_rate
    }
    fn set_learning_rate(&mut self, learning_rate: f64) {
        check("Adam", "learning rate", learning_rate);
        self.config.learning_rate = learning_rate;
    }
    fn state(&self) -> OptimizerState<F> {
        self.slots.state(self.rule(), self.config.learning_rate, KINDS)
    }
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error> {
        let rule = self.rule();
        self.slots.load(state, rule, KINDS)?;
        self.config.learning_rate = state.learning_rate;
        Ok(())
    }
}
