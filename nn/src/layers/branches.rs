//! Layers that are not one after another: around a shortcut, or side by side.

use std::fmt;

use autograd::{Float, Parameter, Seed, Var, concatenate};
use serde::{Deserialize, Serialize};

use crate::parameters::visit_part;
use crate::{LayerConfig, LayerSpec, Module, NetworkSpec, Parameters, Sequential};

/// `x + f(x)`: layers with a shortcut around them.
///
/// The layers' names are the residual's own (`3.0.weight` for its first layer, if it is layer 3 of
/// a network), as in PyTorch for a `Sequential` whose `forward` adds its input.
///
/// ```
/// use autograd::Tensor;
/// use nn::{Module, Relu, Residual, Sequential};
/// let layer: Residual = Residual::new(Sequential::new().then(Relu));
/// let x = Tensor::new([1, 2], vec![-1.0, 3.0]);
/// assert_eq!(layer.predict(&x).as_slice(), [-1.0, 6.0]);
/// ```
///
/// # Shapes
/// `x`: what the layers take and return; result: as `x`.
///
/// # Panics
/// If the layers return another shape.
///
/// # Source
/// He et al. 2016, equation 1, without an activation after the sum.
#[doc(alias = "skip connection")]
#[derive(Clone)]
pub struct Residual<F: Float = f32> {
    /// The layers, `f`.
    pub layers: Sequential<F>,
}

impl<F: Float> Residual<F> {
    /// A shortcut around these layers.
    pub fn new(layers: Sequential<F>) -> Self {
        Residual { layers }
    }
}

impl<F: Float> Parameters<F> for Residual<F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        self.layers.visit(visit);
    }
}
impl<F: Float> Module<F> for Residual<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let y = self.layers.forward(x);
        let (from, to) = (x.shape(), y.shape());
        assert!(from == to, "a residual's layers made {to} of {from}, which have no sum");
        x + y
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(ResidualConfig { layers: self.layers.spec()? }.into())
    }
}

/// A [`Residual`] as a value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualConfig {
    /// The layers, which keep the width.
    pub layers: NetworkSpec,
}
impl LayerConfig for ResidualConfig {
    fn type_name() -> &'static str {
        "residual"
    }
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        Box::new(Residual::new(self.layers.build(seed)))
    }
    fn needs_two_rows(&self) -> bool {
        self.layers.needs_two_rows()
    }
    fn inputs(&self) -> Option<usize> {
        self.layers.inputs()
    }
    fn num_parameters(&self) -> usize {
        self.layers.num_parameters()
    }
    fn fault(&self) -> Option<String> {
        if let Err(error) = self.layers.check() {
            return Some(error.to_string());
        }
        let (inputs, outputs) = (self.layers.inputs()?, self.layers.outputs()?);
        let fault = || format!("{inputs} inputs cannot be added to {outputs} outputs");
        (inputs != outputs).then(fault)
    }
    fn networks_mut(&mut self) -> Vec<&mut NetworkSpec> {
        vec![&mut self.layers]
    }
}
impl fmt::Display for ResidualConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Residual({})", self.layers)
    }
}

/// How the outputs of parallel branches become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// Side by side, along the last axis, in the branches' order.
    Concatenate,
    /// Entry by entry, added.
    Sum,
}

/// Branches that all take the same input, their outputs concatenated or added.
///
/// Branches are named by their positions (`0.2.weight` for the third layer of the first), as in a
/// PyTorch `ModuleList`. A branch without layers passes the input on.
///
/// ```
/// use autograd::Tensor;
/// use nn::{Combine, Module, Parallel, Relu, Sequential};
/// let branches = [Sequential::new(), Sequential::new().then(Relu)];
/// let layer: Parallel = Parallel::new(branches, Combine::Concatenate);
/// let x = Tensor::new([1, 2], vec![-1.0, 3.0]);
/// assert_eq!(layer.predict(&x).as_slice(), [-1.0, 3.0, 0.0, 3.0]);
/// ```
///
/// # Shapes
/// `x`: what every branch takes; result: as one branch's, its last axis the sum of all for a
/// concatenation.
///
/// # Panics
/// If the branches' outputs differ in shape, but for the last axis in a concatenation.
#[doc(alias = "ModuleList")]
#[derive(Clone)]
pub struct Parallel<F: Float = f32> {
    branches: Vec<Sequential<F>>,
    combine: Combine,
}

impl<F: Float> Parallel<F> {
    /// These branches, their outputs combined so.
    ///
    /// # Panics
    /// If there is no branch.
    #[track_caller]
    pub fn new(branches: impl IntoIterator<Item = Sequential<F>>, combine: Combine) -> Self {
        let branches: Vec<_> = branches.into_iter().collect();
        assert!(!branches.is_empty(), "a parallel layer needs a branch");
        Parallel { branches, combine }
    }

    /// The branches.
    pub fn branches(&self) -> &[Sequential<F>] {
        &self.branches
    }

    /// How their outputs become one.
    pub fn combine(&self) -> Combine {
        self.combine
    }
}

impl<F: Float> Parameters<F> for Parallel<F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        for (i, branch) in self.branches.iter().enumerate() {
            visit_part(&i.to_string(), branch, visit);
        }
    }
}
impl<F: Float> Module<F> for Parallel<F> {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        let outputs: Vec<_> = self.branches.iter().map(|branch| branch.forward(x)).collect();
        let first = outputs[0].shape();
        match self.combine {
            Combine::Concatenate => {
                assert!(first.rank() > 0, "single numbers cannot be concatenated");
                concatenate(&outputs, first.rank() - 1)
            }
            Combine::Sum => {
                let other = outputs.iter().map(|y| y.shape()).find(|&shape| shape != first);
                if let Some(other) = other {
                    panic!("parallel branches of outputs {first} and {other} have no sum");
                }
                outputs.into_iter().reduce(|sum, y| sum + y).unwrap_or(x)
            }
        }
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        let branches: Option<Vec<NetworkSpec>> =
            self.branches.iter().map(Sequential::spec).collect();
        Some(ParallelConfig { branches: branches?, combine: self.combine }.into())
    }
}

/// A [`Parallel`] as a value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParallelConfig {
    /// The branches.
    pub branches: Vec<NetworkSpec>,
    /// How their outputs become one.
    pub combine: Combine,
}
impl LayerConfig for ParallelConfig {
    fn type_name() -> &'static str {
        "parallel"
    }
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        let branch = |(i, branch): (usize, &NetworkSpec)| branch.build(seed.child(i));
        Box::new(Parallel::new(self.branches.iter().enumerate().map(branch), self.combine))
    }
    fn needs_two_rows(&self) -> bool {
        self.branches.iter().any(NetworkSpec::needs_two_rows)
    }
    fn inputs(&self) -> Option<usize> {
        self.branches.iter().find_map(NetworkSpec::inputs)
    }
    fn outputs_for(&self, inputs: usize) -> usize {
        let mut outputs = self.branches.iter().map(|branch| branch.outputs_for(inputs));
        match self.combine {
            Combine::Concatenate => outputs.fold(0, usize::saturating_add),
            Combine::Sum => outputs.next().unwrap_or(inputs),
        }
    }
    fn num_parameters(&self) -> usize {
        self.branches.iter().map(NetworkSpec::num_parameters).fold(0, usize::saturating_add)
    }
    fn fault(&self) -> Option<String> {
        if self.branches.is_empty() {
            return Some("there is no branch".to_owned());
        }
        if let Some(error) = self.branches.iter().find_map(|branch| branch.check().err()) {
            return Some(error.to_string());
        }
        let first = self.inputs()?;
        let mut inputs = self.branches.iter().filter_map(NetworkSpec::inputs);
        if let Some(other) = inputs.find(|&other| other != first) {
            return Some(format!("branches have {first} and {other} inputs"));
        }
        let outputs = |branch: &NetworkSpec| branch.outputs_for(first);
        let one = outputs(&self.branches[0]);
        let other = self.branches.iter().map(outputs).find(|&other| other != one)?;
        let fault = || format!("branches of {one} and {other} outputs have no sum");
        (self.combine == Combine::Sum).then(fault)
    }
    fn networks_mut(&mut self) -> Vec<&mut NetworkSpec> {
        self.branches.iter_mut().collect()
    }
}
impl fmt::Display for ParallelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.combine == Combine::Sum { " + " } else { " | " };
        let branches: Vec<String> = self.branches.iter().map(NetworkSpec::to_string).collect();
        write!(f, "Parallel({})", branches.join(between))
    }
}
