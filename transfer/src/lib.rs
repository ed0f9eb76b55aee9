//! Transfer learning: what was learnt on a source task helps to learn a target task.
//!
//! ```
//! use autograd::Seed;
//! use nn::train::{Recipe, Run};
//! use transfer::{Given, Strategy, Target, parameter::FineTune, pretrain};
//! # fn main() -> Result<(), transfer::Error> {
//! let digits = nn::data::digits::<f32>().map(|count| count / 16.0);
//! let mnist8 = nn::data::mnist8::<f32>().map(|count| count / 16.0);
//! let few: Vec<usize> = (0..50).collect();
//!
//! let (seed, spec) = (Seed::new(1), nn::NetworkSpec::mlp(&[64, 64, 32, 10]));
//! let recipe = Recipe { steps: 5, batch: Some(64), ..Recipe::at_rate(0.1) };
//! let sources = [pretrain("mnist8", mnist8, &spec, &recipe, seed)?];
//!
//! let target = Target::new("digits", digits.rows(&few));
//! let run = Run::new(Recipe { steps: 5, ..Recipe::default() }, seed);
//! let fitted = FineTune::default().fit(&Given::new(&sources, &target), &run)?;
//! let logits = fitted.predict(&digits.features);
//! assert_eq!(logits.shape(), [1797, 10]);
//! # Ok(())
//! # }
//! ```
//!
//! # The strategies
//!
//! | The article's term | Here | After | Chapter |
//! |---|---|---|---|
//! | - | [`baseline::Scratch`], the baseline | - | Why compare |
//! | 参数迁移 (parameter transfer) | [`parameter::FineTune`] | Yosinski et al. 2014 | Parameter transfer |
//! | 特征迁移 (feature transfer) | [`feature::FeatureExtractor`] | Donahue et al. 2014 | Feature transfer |
//! | 结构迁移 (structure transfer) | [`structure::Net2Wider`] | Chen, Goodfellow and Shlens 2016 | Structure transfer |
//! | its control | [`structure::FreshStructure`] | - | Structure transfer |
//!
//! # How to choose
//!
//! - The tasks have the same classes and the domains differ mildly: [`parameter::FineTune`] with
//!   its head kept.
//! - The classes are others, or the domains differ strongly: the same with
//!   [`parameter::Head::New`].
//! - Training must be cheap, or the target's rows are so few that moving the trunk would only fit
//!   their noise: [`feature::FeatureExtractor`].
//! - The target needs a larger network than the source had: [`structure::Net2Wider`].
//! - In doubt, and in any case: run [`baseline::Scratch`] beside it. Transfer can hurt.
//!
//! The strategies of one seed are paired: they begin from the same fresh weights
//! (`seed.child("weights")`), and see the same batches in the same order
//! (`seed.child("order").child(task)`), so that a difference between two of them is theirs.

mod error;
mod registry;
mod source;
mod strategy;

pub mod alignment;
pub mod baseline;
pub mod feature;
pub mod instance;
pub mod measure;
pub mod parameter;
pub mod sources;
pub mod structure;

pub use error::Error;
pub use registry::registry;
pub use source::{Source, pretrain};
pub use strategy::{Fitted, Given, Learnt, Predictor, Strategy, Target, Unlabelled};

/// The README, whose example runs with these doc-tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
