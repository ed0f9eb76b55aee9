//! What each strategy of `multitask` owes to its definition, a file an architecture.

mod cross_stitch;
mod grad_norm;
mod hard;
mod joint;
mod layered;
mod loss_driven;
mod mmoe;
mod pc_grad;
mod pooled;
mod refusals;
mod soft;
mod unit;
