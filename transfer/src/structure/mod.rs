//! Structure transfer (结构迁移): the target's architecture is made from the source's, as a value.

mod net2wider;

pub use net2wider::{FreshStructure, Net2Wider, widen, widened};
