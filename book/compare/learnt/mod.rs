//! Learnt tasks in files: `compare predict` and `compare export`.

pub(crate) mod arguments;
mod export;
mod model;
mod predict;

pub(crate) use export::export;
pub(crate) use predict::predict;
