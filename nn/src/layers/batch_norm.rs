//! Batch normalisation.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::{LayerConfig, LayerSpec, Module};

/// Batch normalisation: every column is shifted and scaled to mean 0 and variance 1, then scaled by
/// a weight and shifted by a bias.
///
/// On a training tape mean and variance are those of the batch, and the running ones follow them:
/// `running <- (1 - momentum) running + momentum batch`. On any other tape, and as long as the
/// running statistics are frozen, these are used instead, and left as they are. (So freezing the
/// layer freezes what it computes; freezing its weight and bias alone does not.)
///
/// ```
/// use autograd::{Tape, Tensor};
/// use nn::{BatchNorm, Module, Seed};
/// let layer: BatchNorm = BatchNorm::new(1);
/// let tape = Tape::training(Seed::new(1));
/// let y = layer.forward(tape.constant(Tensor::new([2, 1], vec![3.0, 5.0])));
/// assert!((y.value().as_slice()[1] - 1.0).abs() < 1e-4);             // (5 - 4) / sqrt(1 + 1e-5)
/// assert_eq!(layer.running_mean.value().as_slice(), [0.4]);          // 0.9 * 0 + 0.1 * 4
/// ```
///
/// A layer that several heads use side by side must be frozen in them: else the order in which the
/// running statistics follow the heads' batches is the threads'.
///
/// # Shapes
/// `x`: `[rows, units]`; `weight`, `bias`, `running_mean`, `running_var`: `[units]`; result: as `x`.
///
/// # Panics
/// If `x` is no matrix of that many columns, or has fewer than two rows where its own statistics
/// are needed: one row has no variance.
///
/// # Source
/// Ioffe and Szegedy 2015, algorithms 1 and 2; as PyTorch's `BatchNorm1d` the batch is divided by
/// the root of the population variance while the running variance follows the unbiased one.
/// PyTorch's counter `num_batches_tracked` is not kept; loading lists it as ignored.
#[doc(alias = "BatchNorm1d")]
#[derive(Clone)]
pub struct BatchNorm<F: Float = f32> {
    /// The scale of each column, 1 at first.
    pub weight: Parameter<F>,
    /// The shift of each column, 0 at first.
    pub bias: Parameter<F>,
    /// The running mean of each column, a buffer, 0 at first.
    pub running_mean: Parameter<F>,
    /// The running variance of each column, a buffer, 1 at first.
    pub running_var: Parameter<F>,
    /// How much of the running statistics a batch replaces.
    pub momentum: f64,
    /// What is added to the variance under the root.
    pub epsilon: f64,
}
crate::parts!(<F> BatchNorm<F>: weight, bias, running_mean, running_var);

impl<F: Float> BatchNorm<F> {
    /// PyTorch's momentum.
    pub const MOMENTUM: f64 = 0.1;
    /// PyTorch's epsilon.
    pub const EPSILON: f64 = 1e-5;

    /// The layer for this number of columns, with PyTorch's momentum 0.1 and epsilon 1e-5; others as
    /// in `BatchNorm { momentum: 0.01, ..BatchNorm::new(units) }`.
    ///
    /// # Panics
    /// If there are no columns.
    #[track_caller]
    pub fn new(units: usize) -> Self {
        assert!(units > 0, "batch normalisation needs columns");
        BatchNorm {
            weight: Parameter::new(Tensor::ones([units])),
            bias: Parameter::new(Tensor::zeros([units])),
            running_mean: Parameter::buffer(Tensor::zeros([units])),
            running_var: Parameter::buffer(Tensor::ones([units])),
            momentum: Self::MOMENTUM,
            epsilon: Self::EPSILON,
        }
    }

    /// The number of columns.
    pub fn units(&self) -> usize {
        self.weight.shape().axis(0)
    }

    /// Moves the running statistics towards those of `x`.
    fn follow(&self, x: &Tensor<F>) {
        let rows = F::of(x.size(0) as f64);
        let mean = x.clone().sum_to([self.units()]).map(|sum| sum / rows);
        let variance = x.var_axes(&[0], 1);
        let momentum = F::of(self.momentum);
        for (running, batch) in [(&self.running_mean, mean), (&self.running_var, variance)] {
            let followed = |old: F, new: F| (F::ONE - momentum) * old + momentum * new;
            running.set(running.value().zip(&batch, followed));
        }
    }
}

impl<F: Float> Module<F> for BatchNorm<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let (tape, shape, units) = (x.tape(), x.shape(), self.units());
        assert!(
            shape.rank() == 2 && shape.axis(1) == units,
            "batch normalisation of {units} columns cannot take {shape}"
        );
        let (weight, bias) = (tape.watch(&self.weight), tape.watch(&self.bias));
        let epsilon = F::of(self.epsilon);
        let frozen = self.running_mean.is_frozen() || self.running_var.is_frozen();
        if frozen || !tape.is_training() {
            let (mean, variance) = (self.running_mean.value(), self.running_var.value());
            return x.batch_norm_with(weight, bias, &mean, &variance, epsilon);
        }
        let rows = shape.axis(0);
        assert!(
            rows > 1,
            "batch normalisation in training needs at least two rows, not those of {shape}"
        );
        self.follow(&x.value());
        x.batch_norm(weight, bias, epsilon)
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        let BatchNorm { momentum, epsilon, .. } = *self;
        Some(BatchNormConfig { units: self.units(), momentum, epsilon }.into())
    }
}

/// A [`BatchNorm`] as a value.
///
/// ```
/// use nn::BatchNormConfig;
/// let config = BatchNormConfig { momentum: 0.01, ..BatchNormConfig::new(64) };
/// assert_eq!(config.epsilon, 1e-5);
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNormConfig {
    /// The number of columns.
    pub units: usize,
    /// How much of the running statistics a batch replaces.
    #[serde(default = "default_momentum")]
    pub momentum: f64,
    /// What is added to the variance under the root.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
}
fn default_momentum() -> f64 {
    BatchNorm::<f32>::MOMENTUM
}
fn default_epsilon() -> f64 {
    BatchNorm::<f32>::EPSILON
}

impl BatchNormConfig {
    /// The layer for this number of columns, with PyTorch's momentum and epsilon.
    pub fn new(units: usize) -> Self {
        let (momentum, epsilon) = (default_momentum(), default_epsilon());
        BatchNormConfig { units, momentum, epsilon }
    }
}
impl LayerConfig for BatchNormConfig {
    fn type_name() -> &'static str {
        "batch_norm"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        let BatchNormConfig { units, momentum, epsilon } = *self;
        Box::new(BatchNorm { momentum, epsilon, ..BatchNorm::new(units) })
    }
    fn needs_two_rows(&self) -> bool {
        true
    }
    fn inputs(&self) -> Option<usize> {
        Some(self.units)
    }
    fn num_parameters(&self) -> usize {
        self.units.saturating_mul(2)
    }
    fn fault(&self) -> Option<String> {
        let BatchNormConfig { momentum, epsilon, .. } = *self;
        if !(0.0..=1.0).contains(&momentum) {
            return Some(format!("the momentum {momentum} is not in 0..=1"));
        }
        fault_of_norm(self.units, epsilon)
    }
    fn with_units(&self, units: usize) -> Option<LayerSpec> {
        Some(BatchNormConfig { units, ..*self }.into())
    }
}
impl fmt::Display for BatchNormConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchNorm({})", self.units)
    }
}

/// What keeps a normalisation of any kind from being built.
pub(super) fn fault_of_norm(units: usize, epsilon: f64) -> Option<String> {
    if units == 0 {
        return Some("a width is 0".to_owned());
    }
    let fits = epsilon.is_finite() && epsilon > 0.0;
    (!fits).then(|| format!("the epsilon {epsilon} is not above 0"))
}
