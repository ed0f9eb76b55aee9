//! Adam, and Adam with decoupled decay.

use autograd::{Float, Gradients};

use super::groups::check;
use super::slots::Slots;
use crate::{Error, Groups, Optimizer, OptimizerState, Parameters};

/// The options of [`Adam`] and [`AdamW`], with PyTorch's defaults for Adam.
///
/// ```
/// use nn::AdamConfig;
/// let config = AdamConfig { learning_rate: 0.01, ..AdamConfig::default() };
/// assert_eq!((config.betas, config.epsilon), ((0.9, 0.999), 1e-8));
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
}
impl Default for AdamConfig {
    fn default() -> Self {
        AdamConfig { learning_rate: 1e-3, betas: (0.9, 0.999), epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// Adam: every entry moves by its mean gradient over the root of its mean squared gradient.
///
/// In the parameter's step `t`, counted from 1 for each parameter on its own, every entry:
///
/// ```text
/// g <- g + lambda p
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// p <- p - eta / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// # Source
/// Kingma and Ba 2015, algorithm 1, as PyTorch's `torch.optim.Adam` has it, without `amsgrad`.
#[derive(Debug)]
pub struct Adam<F: Float = f32> {
    config: AdamConfig,
    /// The mean gradient and the mean squared gradient of every entry.
    slots: Slots<F, 2>,
}

/// Adam with decoupled weight decay: the pull towards 0 is no part of the gradient, so the root
/// does not divide it.
///
/// As [`Adam`] without `lambda`, after `p <- p - eta lambda p`.
///
/// # Source
/// Loshchilov and Hutter 2019, algorithm 2, as PyTorch's `torch.optim.AdamW` has it.
#[derive(Debug)]
pub struct AdamW<F: Float = f32>(Adam<F>);

/// Where the decay acts.
#[derive(Clone, Copy, PartialEq)]
enum Decay {
    OnGradient,
    OnParameter,
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
        let AdamConfig { learning_rate, betas, epsilon, weight_decay } = config;
        check("Adam", "learning rate", learning_rate);
        check("Adam", "epsilon", epsilon);
        check("Adam", "weight decay", weight_decay);
        for beta in [betas.0, betas.1] {
            assert!((0.0..1.0).contains(&beta), "a beta of Adam cannot be {beta}");
        }
        Adam { config, slots: Slots::new(groups) }
    }

    /// The options, with the present learning rate.
    pub fn config(&self) -> AdamConfig {
        self.config
    }

    fn step_with(&mut self, gradients: Gradients<F>, decays: Decay) {
        let AdamConfig { learning_rate, betas, epsilon, weight_decay } = self.config;
        let (keep1, keep2) = (F::of(betas.0), F::of(betas.1));
        let (take1, take2) = (F::of(1.0 - betas.0), F::of(1.0 - betas.1));
        let epsilon = F::of(epsilon);
        self.slots.step(gradients, |slot, gradient| {
            let (rate, decay) = slot.rates(learning_rate, weight_decay);
            // Early means are of few gradients and many zeros; both corrections undo that.
            let steps = slot.steps as f64;
            let step = F::of(rate / (1.0 - betas.0.powf(steps)));
            let root = F::of((1.0 - betas.1.powf(steps)).sqrt());
            let (pull, shrink) = match decays {
                Decay::OnGradient => (F::of(decay), F::ONE),
                Decay::OnParameter => (F::ZERO, F::of(1.0 - rate * decay)),
            };
            slot.update(gradient, |p, g, [m, v]| {
                let g = g + pull * p;
                *m = keep1 * *m + take1 * g;
                *v = keep2 * *v + take2 * g * g;
                shrink * p - step * *m / (v.sqrt() / root + epsilon)
            });
        });
    }
}

/// PyTorch's names of the two means.
const KINDS: [&str; 2] = ["exp_avg", "exp_avg_sq"];

impl<F: Float> Optimizer<F> for Adam<F> {
    fn step(&mut self, gradients: Gradients<F>) {
        self.step_with(gradients, Decay::OnGradient);
    }
    fn learning_rate(&self) -> f64 {
        self.config.learning_rate
    }
    fn set_learning_rate(&mut self, learning_rate: f64) {
        check("Adam", "learning rate", learning_rate);
        self.config.learning_rate = learning_rate;
    }
    fn state(&self) -> OptimizerState<F> {
        self.slots.state("adam", self.config.learning_rate, KINDS)
    }
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error> {
        self.slots.load(state, "adam", KINDS)?;
        self.config.learning_rate = state.learning_rate;
        Ok(())
    }
}

impl<F: Float> AdamW<F> {
    /// PyTorch's weight decay for `AdamW`.
    pub const WEIGHT_DECAY: f64 = 0.01;

    /// `AdamW` on all parameters of `model`, with PyTorch's decay 0.01.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[track_caller]
    pub fn new(model: &(impl Parameters<F> + ?Sized), learning_rate: f64) -> Self {
        let weight_decay = Self::WEIGHT_DECAY;
        Self::with_config(
            model,
            AdamConfig { learning_rate, weight_decay, ..AdamConfig::default() },
        )
    }

    /// `AdamW` with these options, the decay as they give it, on all parameters of `model`,
    /// frozen ones too if they are thawed later, but no buffers.
    ///
    /// # Panics
    /// If an option is negative or not finite, or a beta not below 1.
    #[track_caller]
    pub fn with_config(model: &(impl Parameters<F> + ?Sized), config: AdamConfig) -> Self {
        AdamW(Adam::with_config(model, config))
    }

    /// As [`with_config`](AdamW::with_config), with the groups' rates and decays.
    ///
    /// # Panics
    /// As [`with_config`](AdamW::with_config).
    #[track_caller]
    pub fn with_groups(groups: Groups<F>, config: AdamConfig) -> Self {
        AdamW(Adam::with_groups(groups, config))
    }

    /// The options, with the present learning rate.
    pub fn config(&self) -> AdamConfig {
        self.0.config
    }
}

impl<F: Float> Optimizer<F> for AdamW<F> {
    fn step(&mut self, gradients: Gradients<F>) {
        self.0.step_with(gradients, Decay::OnParameter);
    }
    fn learning_rate(&self) -> f64 {
        self.0.learning_rate()
    }
    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.0.set_learning_rate(learning_rate);
    }
    fn state(&self) -> OptimizerState<F> {
        OptimizerState { rule: "adamw".to_owned(), ..self.0.state() }
    }
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error> {
        self.0.slots.load(state, "adamw", KINDS)?;
        self.0.config.learning_rate = state.learning_rate;
        Ok(())
    }
}
