//! Instance transfer: source rows weighted by how much they tell about the target.

mod tr_ada_boost;

pub use tr_ada_boost::{RowWeights, TrAdaBoost};
