//! Comparisons on users' files: `compare transfer`.

mod advice;
pub(crate) mod arguments;
mod best;
mod draws;
mod job;
mod order;
mod pair;
mod reading;
mod results;
mod telling;
mod transfer;
mod understood;
mod warnings;
mod writing;

pub(crate) use order::natural;
pub(crate) use reading::{refusal, shown};
pub(crate) use transfer::transfer;
