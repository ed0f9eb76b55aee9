//! Data made from a seed, for questions that need the answer to be known.
//!
//! | what | where |
//! |---|---|
//! | classes as round clouds of points | [`Blobs`] |
//! | two half moons, and turning them | [`moons`], [`rotated`] |
//! | images turned, brighter, paler, lit from one side | [`ImageChange`] |
//! | two linear teachers at a chosen angle | [`LinearPair`], [`linear`] |
//! | a family of sine curves | [`Sinusoid`] |
//!
//! Features are drawn in `f64` and rounded: those in `f32` are the rounded ones in `f64`. Labels that
//! are numbers are those of the features before rounding.

mod images;
mod linear;
mod points;
mod sinusoid;

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

pub use images::ImageChange;
pub use linear::{LinearPair, linear};
pub use points::{Blobs, moons, rotated};
pub use sinusoid::Sinusoid;

/// A draw of the standard normal distribution.
fn normal(random: &mut Pcg64) -> f64 {
    random.sample(StandardNormal)
}
