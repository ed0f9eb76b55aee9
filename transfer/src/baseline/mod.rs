//! Baselines: what transfer is compared with.

mod scratch;

pub use scratch::Scratch;
