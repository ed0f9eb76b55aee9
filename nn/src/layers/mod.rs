//! Layers: the modules that networks are made of.

mod activation;
mod batch_norm;
mod branches;
mod dropout;
mod embedding;
mod layer_norm;
mod linear;
mod lines;
mod sequential;

pub use activation::{Gelu, LeakyRelu, LeakyReluConfig, Relu, Sigmoid, Silu, Tanh};
pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use branches::{Combine, Parallel, ParallelConfig, Residual, ResidualConfig};
pub use dropout::{Dropout, DropoutConfig};
pub use embedding::Embedding;
pub use layer_norm::{LayerNorm, LayerNormConfig};
pub use linear::{Linear, LinearConfig};
pub use sequential::Sequential;
