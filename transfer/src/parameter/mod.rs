//! Parameter transfer (参数迁移): the source's weights are where the target's training begins.

mod fine_tune;

pub use fine_tune::{FineTune, Head};
