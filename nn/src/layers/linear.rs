//! The linear layer.

use std::fmt;

use autograd::{Float, Parameter, Seed, Tensor, Var};

use super::lines;
use crate::{Init, LayerSpec, Module};

/// `x W^T + b`: every output is a weighted sum of the inputs, plus a bias.
///
/// ```
/// use autograd::Tensor;
/// use nn::{Linear, Module};
/// let layer = Linear::from_tensors(
///     Tensor::new([1, 2], vec![3.0_f32, 4.0]),
///     Tensor::new([1], vec![0.5]),
/// );
/// let x = Tensor::new([2, 2], vec![1.0, 0.0, 1.0, 1.0]);
/// assert_eq!(layer.predict(&x).as_slice(), [3.5, 7.5]);
/// ```
///
/// # Shapes
/// `x`: `[batch, inputs]`; `weight`: `[outputs, inputs]`; `bias`: `[outputs]`; result:
/// `[batch, outputs]`.
///
/// # Panics
/// If `x` has another number of columns than the layer has inputs.
#[derive(Clone)]
pub struct Linear<F: Float = f32> {
    /// The weights, `[outputs, inputs]` as in PyTorch.
    pub weight: Parameter<F>,
    /// The bias, `[outputs]`.
    pub bias: Parameter<F>,
    init: Init,
}
crate::parts!(<F> Linear<F>: weight, bias);

impl<F: Float> Linear<F> {
    /// A layer with fresh weights as PyTorch draws them by default, [`Init::Uniform`].
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize, seed: Seed) -> Self {
        Self::with_init(inputs, outputs, Init::Uniform, seed)
    }

    /// A layer with fresh weights for a ReLU after it, [`Init::He`].
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn he(inputs: usize, outputs: usize, seed: Seed) -> Self {
        Self::with_init(inputs, outputs, Init::He, seed)
    }

    /// A layer with fresh weights from this distribution.
    ///
    /// # Panics
    /// If a size is 0.
    #[track_caller]
    pub fn with_init(inputs: usize, outputs: usize, init: Init, seed: Seed) -> Self {
        assert!(
            inputs > 0 && outputs > 0,
            "a linear layer needs inputs and outputs, not {inputs} and {outputs}"
        );
        let (weight, bias) = init.draw(inputs, outputs, seed);
        Linear { weight: Parameter::new(weight), bias: Parameter::new(bias), init }
    }

    /// The layer with this weight, `[outputs, inputs]`, and this bias, `[outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit each other.
    #[track_caller]
    pub fn from_tensors(weight: Tensor<F>, bias: Tensor<F>) -> Self {
        assert!(
            weight.shape().rank() == 2 && bias.shape() == [weight.size(0)],
            "a linear layer's weight is [outputs, inputs] and its bias [outputs], not {} and {}",
            weight.shape(),
            bias.shape()
        );
        let init = Init::default();
        Linear { weight: Parameter::new(weight), bias: Parameter::new(bias), init }
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.weight.shape().axis(1)
    }

    /// The number of outputs.
    pub fn outputs(&self) -> usize {
        self.weight.shape().axis(0)
    }
}

impl<F: Float> Module<F> for Linear<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        x.linear(x.tape().watch(&self.weight), x.tape().watch(&self.bias))
    }
    fn forward_relu<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        x.linear_relu(x.tape().watch(&self.weight), x.tape().watch(&self.bias))
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        Some(LayerSpec::Linear { inputs, outputs, init: self.init })
    }
}

impl<F: Float> fmt::Debug for Linear<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines::write(f, self)
    }
}
