//! What there is: a new strategy is one file and one line here.

use autograd::Float;
use nn::Layers;

use crate::Strategy;
use crate::alignment::Dann;
use crate::baseline::{Linear, NearestNeighbour, Scratch, SourceOnly};
use crate::feature::FeatureExtractor;
use crate::instance::TrAdaBoost;
use crate::parameter::{FineTune, Head, L2Sp, Lora, LoraConfig};
use crate::sources::DistributionWeighted;
use crate::structure::{FreshStructure, Net2Wider};

/// Every strategy with its defaults, the baseline first and each control behind what it controls.
pub fn registry<F: Float>() -> Vec<Box<dyn Strategy<F>>> {
    vec![
        Box::new(Scratch),
        Box::new(SourceOnly),
        Box::new(NearestNeighbour::default()),
        Box::new(NearestNeighbour { pooled: true }),
        Box::new(Linear::default()),
        Box::new(Linear::pooled()),
        Box::new(FineTune::default()),
        Box::new(FineTune { head: Head::New }),
        Box::new(L2Sp::default()),
        Box::new(Lora::default()),
        Box::new(FeatureExtractor { head: Head::Kept }),
        Box::new(FeatureExtractor::default()),
        Box::new(Net2Wider::default()),
        Box::new(FreshStructure::default()),
        Box::new(Dann::default()),
        Box::new(TrAdaBoost::default()),
        Box::new(DistributionWeighted::default()),
    ]
}

/// The layers of this crate that a learnt network may have: to read files with.
pub fn layers() -> Layers {
    Layers::new().with::<LoraConfig>()
}

/// The registry for both kinds of numbers. Where shared generic code is not compiled again, as in
/// tests, the strategies are compiled here alone, and not once more by each program.
#[cfg(all(debug_assertions, not(test)))]
#[doc(hidden)]
pub static COMPILED: (Registry<f32>, Registry<f64>) = (registry, registry);
#[cfg(all(debug_assertions, not(test)))]
type Registry<F> = fn() -> Vec<Box<dyn Strategy<F>>>;
