//! Stochastic gradient descent.

use autograd::{Float, Gradients, Tensor};

use super::groups::check;
use super::slots::{Slot, Slots};
use crate::{Error, Groups, Optimizer, OptimizerState, Parameters};

/// The options of [`Sgd`]: plain descent with rate 0.01 by default.
///
/// ```
/// use nn::SgdConfig;
/// let config = SgdConfig { learning_rate: 0.1, momentum: 0.9, ..SgdConfig::default() };
/// assert_eq!(config.weight_decay, 0.0);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SgdConfig {
    /// The length of a step, `eta`.
    pub learning_rate: f64,
    /// How much of the last step's buffer is kept, `mu`.
    pub momentum: f64,
    /// How much of a gradient does not enter the buffer, `tau`.
    pub dampening: f64,
    /// The pull of each entry towards 0, `lambda`, added to its gradient.
    pub weight_decay: f64,
    /// Whether the step looks ahead along the buffer (Nesterov).
    pub nesterov: bool,
}
impl Default for SgdConfig {
    fn default() -> Self {
        SgdConfig {
            learning_rate: 0.01,
            momentum: 0.0,
            dampening: 0.0,
            weight_decay: 0.0,
            nesterov: false,
        }
    }
}

/// Stochastic gradient descent, with momentum and weight decay if asked.
///
/// With gradient `g`, parameter `p` and buffer `b`, every entry on its own:
///
/// ```text
/// g <- g + lambda p
/// b <- mu b + (1 - tau) g         (the first time: b <- g)
/// d <- g + mu b  if Nesterov, else b
/// p <- p - eta d
/// ```
///
/// # Source
/// PyTorch's `torch.optim.SGD`, its first buffer without dampening included; the look-ahead is
/// Sutskever et al. 2013, section 2. Without momentum no buffer is kept.
#[derive(Debug)]
pub struct Sgd<F: Float = f32> {
    config: SgdConfig,
    /// The momentum buffer of every entry.
    slots: Slots<F, 1>,
}

impl<F: Float> Sgd<F> {
    /// Plain descent on all parameters of `model`.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[track_caller]
    pub fn new(model: &(impl Parameters<F> + ?Sized), learning_rate: f64) -> Self {
        Self::with_config(model, SgdConfig { learning_rate, ..SgdConfig::default() })
    }

    /// Descent with these options on all parameters of `model`, frozen ones too if they are thawed
    /// later, but no buffers.
    ///
    /// # Panics
    /// If an option is negative or not finite, or Nesterov's look-ahead is asked for without
    /// momentum or with dampening.
    #[track_caller]
    pub fn with_config(model: &(impl Parameters<F> + ?Sized), config: SgdConfig) -> Self {
        Self::with_groups(Groups::of(model), config)
    }

    /// As [`with_config`](Sgd::with_config), with the groups' rates and decays.
    ///
    /// # Panics
    /// As [`with_config`](Sgd::with_config).
    #[track_caller]
    pub fn with_groups(groups: Groups<F>, config: SgdConfig) -> Self {
        let SgdConfig { learning_rate, momentum, dampening, weight_decay, nesterov } = config;
        check("SGD", "learning rate", learning_rate);
        check("SGD", "momentum", momentum);
        check("SGD", "weight decay", weight_decay);
        assert!(dampening.is_finite(), "the dampening of SGD cannot be {dampening}");
        assert!(
            !nesterov || (momentum > 0.0 && dampening == 0.0),
            "Nesterov's look-ahead needs momentum and no dampening, not {momentum} and {dampening}"
        );
        Sgd { config, slots: Slots::new(groups) }
    }

    /// The options, with the present learning rate.
    pub fn config(&self) -> SgdConfig {
        self.config
    }
}

/// PyTorch's name of the buffer.
const KINDS: [&str; 1] = ["momentum_buffer"];

impl<F: Float> Optimizer<F> for Sgd<F> {
    fn step(&mut self, gradients: Gradients<F>) {
        let config = self.config;
        self.slots.step(gradients, |slot, gradient| step(slot, gradient, &config));
    }
    fn learning_rate(&self) -> f64 {
        self.config.learning_rate
    }
    fn set_learning_rate(&mut self, learning_rate: f64) {
        check("SGD", "learning rate", learning_rate);
        self.config.learning_rate = learning_rate;
    }
    fn state(&self) -> OptimizerState<F> {
        self.slots.state("sgd", self.config.learning_rate, KINDS)
    }
    fn load_state(&mut self, state: &OptimizerState<F>) -> Result<(), Error> {
        self.slots.load(state, "sgd", KINDS)?;
        self.config.learning_rate = state.learning_rate;
        Ok(())
    }
}

// ANCHOR: step
fn step<F: Float>(slot: &mut Slot<F, 1>, gradient: Tensor<F>, config: &SgdConfig) {
    let (rate, decay) = slot.rates(config.learning_rate, config.weight_decay);
    let (decays, rate, decay) = (decay != 0.0, F::of(rate), F::of(decay));
    let decayed = move |p: F, g: F| if decays { g + decay * p } else { g };
    if config.momentum == 0.0 {
        return slot.parameter().update(gradient, |p, g| p - rate * decayed(p, g));
    }
    let momentum = F::of(config.momentum);
    // From a buffer of zeros, keeping none and taking all makes the first buffer the gradient.
    let first = slot.numbers.is_empty();
    let (keep, take) =
        if first { (F::ZERO, F::ONE) } else { (momentum, F::of(1.0 - config.dampening)) };
    if config.nesterov {
        slot.update(gradient, |p, g, [b]| {
            let g = decayed(p, g);
            *b = keep * *b + take * g;
            p - rate * (g + momentum * *b)
        });
    } else {
        slot.update(gradient, |p, g, [b]| {
            *b = keep * *b + take * decayed(p, g);
            p - rate * *b
        });
    }
}
// ANCHOR_END: step

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::Parameter;

    fn parameter() -> Parameter<f64> {
        Parameter::new(Tensor::new([2], vec![1.0, -2.0]))
    }
    fn gradient(parameter: &Parameter<f64>, values: [f64; 2]) -> Gradients<f64> {
        let mut gradients = Gradients::empty();
        gradients.insert(parameter, Tensor::new([2], values.to_vec()));
        gradients
    }
    /// Every number below is a sum of a few binary fractions, so that hand and machine agree exactly.
    fn config() -> SgdConfig {
        SgdConfig {
            learning_rate: 0.5,
            momentum: 0.5,
            dampening: 0.25,
            weight_decay: 0.125,
            nesterov: false,
        }
    }

    #[test]
    fn a_plain_step_is_the_gradient_times_the_rate() {
        let p = parameter();
        Sgd::new(&p, 0.25).step(gradient(&p, [4.0, -8.0]));
        assert_eq!(p.value().as_slice(), [0.0, 0.0]);
    }

    #[test]
    fn two_steps_with_every_option_equal_the_hand_computed_ones() {
        let p = parameter();
        let mut optimizer = Sgd::with_config(&p, config());
        // g = 1 + .125 * 1 = 1.125, b = 1.125, p = 1 - .5625; the other: g = -.25, b = -.25.
        optimizer.step(gradient(&p, [1.0, 0.0]));
        assert_eq!(p.value().as_slice(), [0.4375, -1.875]);
        // g = .0546875, b = .5625 + .75 * .0546875; the other: g = -.234375, b = -.125 - .17578125.
        optimizer.step(gradient(&p, [0.0, 0.0]));
        let (b0, b1) = (0.562_5 + 0.75 * 0.054_687_5, -0.125 - 0.175_781_25);
        assert_eq!(p.value().as_slice(), [0.4375 - 0.5 * b0, -1.875 - 0.5 * b1]);
    }

    #[test]
    fn nesterov_looks_ahead_along_the_buffer() {
        let p = parameter();
        let (dampening, weight_decay) = (0.0, 0.0);
        let config = SgdConfig { dampening, weight_decay, nesterov: true, ..config() };
        let mut optimizer = Sgd::with_config(&p, config);
        optimizer.step(gradient(&p, [1.0, 0.0])); // b = 1, d = 1.5
        assert_eq!(p.value().as_slice(), [0.25, -2.0]);
        optimizer.step(gradient(&p, [1.0, 0.0])); // b = 1.5, d = 1.75
        assert_eq!(p.value().as_slice(), [-0.625, -2.0]);
    }

    #[test]
    fn an_absent_gradient_leaves_the_parameter_and_its_state_alone() {
        let (p, twin) = (parameter(), parameter());
        let mut optimizer = Sgd::with_config(&p, config());
        let mut twins = Sgd::with_config(&twin, config());
        optimizer.step(gradient(&p, [1.0, 3.0]));
        twins.step(gradient(&twin, [1.0, 3.0]));
        let before = p.value();
        for _ in 0..5 {
            optimizer.step(Gradients::empty());
        }
        assert_eq!(p.value(), before);
        optimizer.step(gradient(&p, [0.5, 1.0]));
        twins.step(gradient(&twin, [0.5, 1.0]));
        assert_eq!(p.value(), twin.value());
    }

    #[test]
    fn a_frozen_parameter_keeps_its_bits_and_starts_afresh_when_thawed() {
        let (p, twin) = (parameter(), parameter());
        let mut optimizer = Sgd::with_config(&p, config());
        optimizer.step(gradient(&p, [1.0, 3.0]));
        let before = p.value();
        p.freeze();
        for _ in 0..10 {
            optimizer.step(gradient(&p, [1.0, 1.0]));
        }
        assert_eq!(p.value(), before);
        p.unfreeze();
        twin.set(before);
        optimizer.step(gradient(&p, [2.0, 1.0]));
        Sgd::with_config(&twin, config()).step(gradient(&twin, [2.0, 1.0]));
        assert_eq!(p.value(), twin.value());
    }

    #[test]
    fn a_shared_parameter_moves_once() {
        let p = parameter();
        let mut optimizer = Sgd::new(&vec![p.share(), p.share()], 1.0);
        optimizer.step(gradient(&p, [1.0, 0.0]));
        assert_eq!(p.value().as_slice(), [0.0, -2.0]);
    }

    #[test]
    fn a_buffer_is_never_moved() {
        let buffer = Parameter::buffer(Tensor::new([2], vec![1.0, 2.0]));
        let before = buffer.value();
        Sgd::with_config(&buffer, config()).step(gradient(&buffer, [1.0, 1.0]));
        assert_eq!(buffer.value(), before);
    }

    #[test]
    #[should_panic(expected = "the learning rate of SGD cannot be NaN")]
    fn a_rate_that_is_no_number_is_refused() {
        let _ = Sgd::new(&parameter(), f64::NAN);
    }
}
