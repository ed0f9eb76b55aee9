//! Shared parameters (共享参数): tasks that have weights in common.

mod hard;
mod soft;

pub use hard::{Hard, HardNetwork};
pub use soft::{Soft, SoftNetwork};
