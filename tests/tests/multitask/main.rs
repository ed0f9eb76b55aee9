//! What each strategy of `multitask` owes to its definition, a file an architecture.

mod cross_stitch;
mod hard;
mod layered;
mod refusals;
mod unit;
