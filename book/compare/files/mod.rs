//! Comparisons on users' files: `compare transfer`, `compare multitask`.

mod advice;
pub(crate) mod arguments;
mod best;
mod deck;
mod draws;
mod folder;
mod job;
mod merge;
mod multitask;
mod order;
mod pair;
mod reading;
mod report;
mod results;
mod telling;
mod transfer;
mod tuning;
mod understood;
mod warnings;
mod writing;

pub(crate) use merge::merge;
pub(crate) use multitask::multitask;
pub(crate) use order::natural;
pub(crate) use reading::{refusal, shown};
pub(crate) use transfer::transfer;
