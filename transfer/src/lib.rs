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
//! | - | [`baseline::SourceOnly`], the source's network as it is | - | Why compare |
//! | - | [`baseline::NearestNeighbour`], no training | Cover and Hart 1967 | Why compare |
//! | - | [`baseline::Linear`], no hidden layer | Hastie et al. 2009 | Why compare |
//! | 参数迁移 (parameter transfer) | [`parameter::FineTune`] | Yosinski et al. 2014 | Parameter transfer |
//! | the same | [`parameter::L2Sp`] | Li, Grandvalet and Davoine 2018 | - |
//! | the same | [`parameter::Lora`] | Hu et al. 2022 | - |
//! | 特征迁移 (feature transfer) | [`feature::FeatureExtractor`] | Donahue et al. 2014 | Feature transfer |
//! | 结构迁移 (structure transfer) | [`structure::Net2Wider`] | Chen, Goodfellow and Shlens 2016 | Structure transfer |
//! | its control | [`structure::FreshStructure`] | - | Structure transfer |
//! | - | [`alignment::Dann`] | Ganin et al. 2016 | - |
//! | - | [`instance::TrAdaBoost`] | Dai et al. 2007 | - |
//! | - | [`sources::DistributionWeighted`] | Mansour, Mohri and Rostamizadeh 2008 | - |
//!
//! [`parameter::L2Sp`] tunes with a spring from every weight to the source's, in place of the decay
//! that pulls towards 0. [`parameter::Lora`] leaves the source's layers as they are and learns a
//! change of low rank beside each, so that few numbers move. [`alignment::Dann`] needs no label of
//! the target: it learns the sources' labels on features by which a critic cannot tell the domains
//! apart. [`instance::TrAdaBoost`] learns source and target rows together in rounds, in which source
//! rows that mislead lose their weight. [`sources::DistributionWeighted`] trains nothing: of several
//! sources each is believed where its rows are.
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
//! - Few rows, and a source that is near: [`parameter::L2Sp`]. Little memory, or many targets of one
//!   source: [`parameter::Lora`].
//! - No labels of the target: [`alignment::Dann`], with one source or several; without any training,
//!   [`sources::DistributionWeighted`].
//! - The source's rows are at hand, some of them like the target's and two classes to tell apart:
//!   [`instance::TrAdaBoost`].
//! - In doubt, and in any case: run [`baseline::Scratch`] beside it. Transfer can hurt. And
//!   [`baseline::NearestNeighbour`] and [`baseline::Linear`]: they may be as good.
//!
//! The strategies of one seed are paired: they begin from the same fresh weights
//! (`seed.child("weights")`), and see the same batches in the same order
//! (`seed.child("order").child(task)`), so that a difference between two of them is theirs.

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

pub use nn::Error;
#[cfg(all(debug_assertions, not(test)))]
#[doc(hidden)]
pub use registry::COMPILED;
pub use registry::{layers, registry};
pub use source::{Source, pretrain};
pub use strategy::{Fitted, Given, Learnt, Pooled, Predictor, Strategy, Target, Unlabelled};

/// The README, whose example runs with these doc-tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
