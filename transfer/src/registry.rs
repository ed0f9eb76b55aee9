//! What there is: a new strategy is one file and one line here.

use autograd::Float;

use crate::Strategy;
use crate::baseline::Scratch;
use crate::feature::FeatureExtractor;
use crate::parameter::FineTune;
use crate::structure::{FreshStructure, Net2Wider};

/// Every strategy with its defaults, the baseline first and each control behind what it controls.
pub fn registry<F: Float>() -> Vec<Box<dyn Strategy<F>>> {
    vec![
        Box::new(Scratch),
        Box::new(FineTune::default()),
        Box::new(FeatureExtractor),
        Box::new(Net2Wider::default()),
        Box::new(FreshStructure::default()),
    ]
}
