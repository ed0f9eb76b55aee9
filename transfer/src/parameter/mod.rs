//! Parameter transfer (参数迁移): the source's weights are where the target's training begins.

mod fine_tune;
mod l2_sp;
mod lora;
mod lora_linear;
mod tuning;

pub use fine_tune::{FineTune, Head, fine_tune, start};
pub use l2_sp::L2Sp;
pub use lora::{Lora, merged};
pub use lora_linear::{LoraConfig, LoraLinear};
pub use tuning::{Penalising, Penalty, Tuned, tune};
