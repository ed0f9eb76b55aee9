//! Training as strategies share it: one recipe, one run with its seeds and steps, one way to deal
//! labelled rows, and what a strategy says of itself.
//!
//! There is no trainer: a loop is written out where it differs from another, and [`Run`] shows how
//! one reads.
//!
//! | what | by |
//! |---|---|
//! | how to train | [`Recipe`], [`Rule`], [`Decays`] |
//! | the steps of a run, their tapes, the refusal of what is not finite | [`Run`], [`Step`] |
//! | what a step wrote down, and who reads it at once | [`Record`], [`Watch`] |
//! | labelled rows in batches | [`Examples`], [`BatchLabels`] |
//! | what a strategy is called and needs | [`Description`], [`Needs`], [`Property`] |
//! | what comes back | [`Outputs`], [`save`], [`load`] |

mod describe;
mod recipe;
mod run;
mod saved;

pub use crate::data::{BatchLabels, Examples, Outputs};
pub use crate::error::within;
pub use crate::optim::{Decays, Rule};
pub use describe::{Description, Family, Kind, Needs, Property, Role};
pub use recipe::Recipe;
pub use run::{At, Go, Learner, Record, Run, Step, Watch};
pub use saved::{Saved, load, multiply_adds, save};
