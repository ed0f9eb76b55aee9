//! Several sources (多源域): which to use, and how to combine them.

mod distribution_weighted;

pub use distribution_weighted::{Density, DistributionWeighted};
