//! .

pub mod tables;
pub mod workloads;
