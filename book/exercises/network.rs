//! The network of the chapters: two layers, and ReLU between them.

use autograd::{Seed, Var};
use nn::{Linear, Module};

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
