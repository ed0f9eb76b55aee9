//! .

pub mod workloads;
