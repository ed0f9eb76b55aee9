//! Made-up tasks with a known truth: the labels are those of a hidden
//! network, the teacher.
//!
//! They stand where the article's programs have three dots: ten inputs,
//! ten classes.

use autograd::{Seed, Tensor};
use nn::init::normal;
use nn::metrics::predictions;

/// The columns of the inputs.
pub(crate) const INPUTS: usize = 10;
/// The classes of the labels.
pub(crate) const CLASSES: usize = 10;
/// The teacher's own units: fewer than the fifty of the networks that
/// learn from it.
const UNITS: usize = 15;

/// Inputs, and the label of each.
pub(crate) type Rows = (Tensor, Vec<usize>);

/// A network with one hidden layer, whose largest output is the label.
pub(crate) struct Teacher {
    features: Tensor,
    readout: Tensor,
}

impl Teacher {
    /// A teacher of its own.
    pub(crate) fn new(seed: Seed) -> Self {
        let readout =
            normal([UNITS, CLASSES], 1.0, seed.child("readout"));
        let features = seed.child("features");
        // Features are positive: without its mean, a column prefers no
        // class whatever the row.
        let sum = readout.clone().sum_axes_keep(&[0]);
        let mean = sum.scale(1.0 / UNITS as f32);
        Teacher {
            features: normal([INPUTS, UNITS], 1.0, features),
            readout: readout - mean.broadcast_to([UNITS, CLASSES]),
        }
    }

    // ANCHOR: relative
    /// A teacher whose weights are made of this one's and another's,
    /// with these cosines to this one's: 1 is the same, 0 has nothing
    /// to do with it.
    pub(crate) fn relative(
        &self,
        features: f32,
        readout: f32,
        seed: Seed,
    ) -> Self {
        let other = Teacher::new(seed);
        let blend = |cosine: f32, own: &Tensor, other: &Tensor| {
            let sine = (1.0 - cosine * cosine).sqrt();
            own.clone()
                .zip(other, |own, other| cosine * own + sine * other)
        };
        Teacher {
            features: blend(features, &self.features, &other.features),
            readout: blend(readout, &self.readout, &other.readout),
        }
    }
    // ANCHOR_END: relative

    // ANCHOR: sample
    /// Rows drawn from the seed, and their labels.
    pub(crate) fn sample(&self, rows: usize, seed: Seed) -> Rows {
        let x: Tensor = normal([rows, INPUTS], 1.0, seed);
        let outputs =
            x.matmul(&self.features).relu().matmul(&self.readout);
        let labels =
            predictions(&outputs).into_iter().flatten().collect();
        (x, labels)
    }
    // ANCHOR_END: sample
}
