//! Dropout.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::{LayerConfig, LayerSpec, Module, Parameters, generator};

/// In training, drops entries at random and scales the others so that the mean is kept; in
/// evaluation, the identity.
///
/// On a training tape every entry is 0 with probability `rate` and else `x / (1 - rate)`, each on
/// its own. What is dropped is a function of the tape's seed and of how many random operations
/// came before on it: a tape for each step takes a seed for each step.
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{Dropout, Module, Seed};
/// let (layer, x) = (Dropout::new(0.5), Tensor::ones([4, 4]));
/// assert_eq!(layer.predict(&x), x);
/// let tape = Tape::training(Seed::new(1).child(0));
/// let y = layer.forward(tape.constant(&x)).value();
/// assert!(y.as_slice().iter().all(|&y| y == 0.0 || y == 2.0));
/// ```
///
/// # Shapes
/// `x`: any; result: as `x`.
///
/// # Source
/// Srivastava et al. 2014, section 4; scaled in training, not in evaluation, as in PyTorch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// Dropout of this share of the entries.
    ///
    /// # Panics
    /// If the rate is not in `0..1`.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        assert!((0.0..1.0).contains(&rate), "dropout cannot have the rate {rate}");
        Dropout { rate }
    }

    /// The share of entries that are dropped.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

impl<F: Float> Parameters<F> for Dropout {
    fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
}
impl<F: Float> Module<F> for Dropout {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let Some(seed) = x.tape().next_seed() else { return x };
        let mut generator = generator(seed);
        let kept = F::of(1.0 / (1.0 - self.rate));
        let drop = |_| if generator.random::<f64>() < self.rate { F::ZERO } else { kept };
        x * x.tape().constant(Tensor::from_fn(x.shape(), drop))
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(DropoutConfig { rate: self.rate }.into())
    }
}

/// A [`Dropout`] as a value.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutConfig {
    /// The share of entries that are dropped.
    pub rate: f64,
}
impl LayerConfig for DropoutConfig {
    fn type_name() -> &'static str {
        "dropout"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(Dropout::new(self.rate))
    }
    fn fault(&self) -> Option<String> {
        let fits = (0.0..1.0).contains(&self.rate);
        (!fits).then(|| format!("the rate {} is not in 0..1", self.rate))
    }
    fn with_units(&self, _: usize) -> Option<LayerSpec> {
        Some((*self).into())
    }
}
impl fmt::Display for DropoutConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dropout({})", self.rate)
    }
}
