//! Task-to-task connections (任务间连接): tasks that read each other's activations.

mod cross_stitch;
mod mmoe;
mod unit;

pub use cross_stitch::{CrossStitch, CrossStitchNetwork};
pub use mmoe::{Gate, Mmoe, MmoeNetwork};
pub use unit::CrossStitchUnit;
