//! Shared parameters (共享参数): tasks that have weights in common.

mod hard;
mod pooled;
mod soft;

pub use hard::{Hard, HardNetwork};
pub use pooled::{Pooled, PooledNetwork};
pub use soft::{Soft, SoftNetwork};
