//! The network of the chapters: two layers, and ReLU between them.

use autograd::{Parameter, Seed, Var};
use nn::{Linear, Module, Sequential};

/// Two layers under the article's names.
#[derive(Clone)]
pub(crate) struct TwoLayers {
    pub(crate) fc1: Linear,
    pub(crate) fc2: Linear,
}
nn::parts!(TwoLayers: fc1, fc2);

impl TwoLayers {
    /// Fresh layers of these sizes: inputs, units, classes.
    pub(crate) fn new(sizes: [usize; 3], seed: Seed) -> Self {
        let [inputs, units, classes] = sizes;
        TwoLayers {
            fc1: Linear::new(inputs, units, seed.child("fc1")),
            fc2: Linear::new(units, classes, seed.child("fc2")),
        }
    }
}

impl Module for TwoLayers {
    fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
        self.fc2.forward(self.fc1.forward(x).relu())
    }
}

/// One trunk for all tasks; each task shifts its features and reads
/// them with a head of its own.
pub(crate) struct Shifted {
    pub(crate) trunk: Sequential<f64>,
    /// A number for each of the trunk's units, a parameter a task.
    pub(crate) shifts: Vec<Parameter<f64>>,
    pub(crate) heads: Vec<Sequential<f64>>,
}
nn::parts!(Shifted as f64: trunk, shifts, heads);
