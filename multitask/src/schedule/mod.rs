//! Samplers: which tasks a step visits (任务分配与调度).

mod loss_driven;

pub use loss_driven::LossDriven;
