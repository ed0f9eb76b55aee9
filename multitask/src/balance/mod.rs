//! Balancers (任务权重, 梯度冲突): how much each task counts, step by step.

mod grad_norm;
mod pc_grad;

pub use grad_norm::GradNorm;
pub use pc_grad::PcGrad;
