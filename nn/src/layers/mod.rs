//! Layers: the modules that networks are made of.

mod activation;
mod linear;
mod sequential;

pub use activation::{Relu, Sigmoid, Tanh};
pub use linear::Linear;
pub use sequential::Sequential;
