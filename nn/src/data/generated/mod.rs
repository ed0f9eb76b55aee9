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
//! Numbers are drawn in `f64` and rounded: data in `f32` are the rounded data in `f64`.

mod images;
mod linear;
mod points;
mod sinusoid;

use autograd::{Float, Tensor};
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

pub use images::ImageChange;
pub use linear::{LinearPair, linear};
pub use points::{Blobs, moons, rotated};
pub use sinusoid::Sinusoid;

/// Rows of features with numbers to predict, where a [`Dataset`](super::Dataset) has classes.
#[derive(Clone, PartialEq, Debug)]
pub struct Regression<F: Float = f32> {
    /// The inputs, `[rows, columns]`.
    pub features: Tensor<F>,
    /// What is to be predicted, `[rows, outputs]`.
    pub outputs: Tensor<F>,
}

impl<F: Float> Regression<F> {
    /// The number of rows.
    pub fn num_rows(&self) -> usize {
        self.features.size(0)
    }

    /// These rows in this order, repeats allowed.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Regression { features: self.features.rows(rows), outputs: self.outputs.rows(rows) }
    }
}

/// A draw of the standard normal distribution.
fn normal(random: &mut Pcg64) -> f64 {
    random.sample(StandardNormal)
}
