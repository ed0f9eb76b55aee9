//! Structure transfer (结构迁移): the target's architecture is made from the source's, as a value.

mod net2wider;
mod widen;

pub use net2wider::{FreshStructure, Net2Wider, Widening};
pub use widen::{widen, widened};
