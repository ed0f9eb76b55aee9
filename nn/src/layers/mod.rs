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

pub use activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
pub use batch_norm::BatchNorm;
pub use branches::{Combine, Parallel, Residual};
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use layer_norm::LayerNorm;
pub use linear::Linear;
pub use sequential::Sequential;
