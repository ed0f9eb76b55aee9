//! Small neural networks: modules, optimisers, data, metrics and checkpoints.
//!
//! A struct of layers is a module once its parts are named and `forward` is written; a loss's
//! gradients are handed to an optimiser; the loop stays in sight.
//!
//! ```
//! use autograd::{Tape, Var};
//! use nn::{Linear, Module, Optimizer, Parameters, Seed, Sgd, metrics::accuracy};
//!
//! #[derive(Clone)]
//! struct SourceModel { fc1: Linear, fc2: Linear }
//! nn::parts!(SourceModel: fc1, fc2);
//!
//! impl Module for SourceModel {
//!     fn forward<'t>(&self, x: Var<'t>) -> Var<'t> {
//!         self.fc2.forward(self.fc1.forward(x).relu())
//!     }
//! }
//!
//! let seed = Seed::new(0);
//! let model = SourceModel {
//!     fc1: Linear::he(64, 32, seed.child("fc1")),
//!     fc2: Linear::he(32, 10, seed.child("fc2")),
//! };
//! let digits = nn::data::digits().map(|count| count / 16.0);
//! let (x, labels) = (digits.features.clone(), digits.labels().complete()?);
//!
//! let mut optimizer = Sgd::new(&model, 0.5);
//! for step in 0..40 {
//!     let tape = Tape::training(seed.child(step));       // dropout and batch statistics are on
//!     let loss = model.forward(tape.constant(&x)).cross_entropy(&labels);
//!     optimizer.step(loss.backward());
//! }
//! assert!(accuracy(&model.predict(&x), &labels) > 0.8);
//!
//! let copy = model.clone();                              // parameters of its own, equal values
//! copy.load_state_dict(&model.state_dict())?;            // or those of a file: `checkpoint::load`
//! assert_eq!(copy.state_dict(), model.state_dict());
//! # Ok::<(), nn::Error>(())
//! ```
//!
//! | idea | where |
//! |---|---|
//! | named parameters, state dicts, freezing; one tensor in and one out | [`Parameters`], [`Module`], [`parts!`], [`StateDict`] |
//! | layers | [`Linear`], [`Relu`] and its like, [`Dropout`], [`BatchNorm`], [`LayerNorm`], [`Embedding`] |
//! | layers after, around and beside each other | [`Sequential`], [`Residual`], [`Parallel`] |
//! | an architecture as a value | [`NetworkSpec`], [`LayerSpec`] |
//! | a layer of one's own in architectures and files | [`LayerConfig`], [`Layers`] |
//! | fresh weights from a seed | [`Init`], [`generator`] |
//! | optimisers, their groups of parameters, their state | [`Optimizer`], [`Sgd`], [`Adam`], [`Groups`], [`OptimizerState`] |
//! | learning rates as functions of the step | [`Schedule`] |
//! | a loss or running statistic that is not finite stops training | [`finite`] |
//! | what strategies share: recipe, run, labelled rows in batches | [`train`] |
//! | rows, labels, files, splits, scales, batches; digits and words at hand; data made from a seed | [`data`] |
//! | accuracy, calibration, paired differences, intervals, exact tests | [`metrics`] |
//! | files that PyTorch reads and writes | [`checkpoint`] |
//! | networks for other runtimes | [`onnx`] |
//! | any file, written whole or not at all | [`mod@file`] |
//!
//! Everything random is a function of a [`Seed`]; nothing is printed. Wrong shapes panic at the
//! caller's line; what comes from outside gives an [`Error`]. Read `parameters.rs` and `module.rs` first, then
//! `layers/linear.rs` and `optim/sgd.rs`.

pub mod checkpoint;
pub mod data;
mod error;
pub mod file;
pub mod init;
mod layer_spec;
pub mod layers;
mod load_report;
pub mod metrics;
mod module;
pub mod onnx;
pub mod optim;
mod parameters;
mod spec;
mod state;
pub mod train;

/// The engine below: tensors, tapes and gradients.
pub use autograd;
pub use autograd::{Float, Seed};
pub use data::{Batches, Dataset, LabelColumn, Labels, Numbers};
pub use error::Error;
pub use init::{Init, generator};
pub use layer_spec::{ConfigObject, LayerConfig, LayerSpec};
pub use layers::{
    BatchNorm, BatchNormConfig, Combine, Dropout, DropoutConfig, Embedding, Gelu, LayerNorm,
    LayerNormConfig, LeakyRelu, LeakyReluConfig, Linear, LinearConfig, Parallel, ParallelConfig,
    Relu, Residual, ResidualConfig, Sequential, Sigmoid, Silu, Tanh,
};
pub use load_report::{LoadReport, Misshapen};
pub use module::{CloneModule, Module};
pub use optim::{
    Adam, AdamConfig, Groups, Optimizer, OptimizerState, Schedule, Sgd, SgdConfig, finite,
};
pub use parameters::{Parameters, visit_part};
pub use spec::{Layers, NetworkSpec};
pub use state::StateDict;
