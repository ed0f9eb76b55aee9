//! Shared parameters (共享参数): tasks that have weights in common.

mod hard;

pub use hard::{Hard, HardNetwork};
