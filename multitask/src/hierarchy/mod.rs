//! Connections in layers (任务间分层连接): tasks on levels, the lower ones inside the higher ones' network.

mod layered;

pub use layered::{Layered, LayeredNetwork};
