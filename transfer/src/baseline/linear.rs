//! What needs no hidden layer: a regularised linear classifier, or regression.

use autograd::Float;
use nn::train::{Decays, Description, Recipe, Run, within};
use nn::{LayerSpec, NetworkSpec};

use super::Scratch;
use crate::{Error, Fitted, Given, Strategy, Target};

/// Softmax regression, or of numbers ridge regression: with a penalty on its weights, on the target's
/// rows, or on those and all sources' together.
///
/// It minimises the mean cross-entropy, or of numbers the mean squared error on their scale, and `strength / 2` times the sum of the squared weights, by
/// the run's recipe, whose own decay it does not use; the biases are free. Above a strength of 0 the
/// weights of the minimum are the only ones, so enough steps of descent end there from any beginning.
/// (A rule with a decoupled decay minimises something else.)
///
/// # Source
/// Hastie, Tibshirani and Friedman 2009, sections 4.4.4, with squares in place of absolute values, and
/// 3.4.1, equation 3.41, whose lambda is `strength / 2` times the rows.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// Factor of the penalty, at least 0.
    pub strength: f64,
    /// Whether the sources' rows stand beside the target's; then their labels must mean the same.
    pub pooled: bool,
}

impl Default for Linear {
    /// Of the target's rows, with the strength that scikit-learn's default has for 50 rows.
    fn default() -> Self {
        Self { strength: 0.02, pooled: false }
    }
}

impl Linear {
    /// The sources' rows beside the target's, with a strength for some thousand rows.
    pub fn pooled() -> Self {
        Self { strength: 0.001, pooled: true }
    }
}

impl<F: Float> Strategy<F> for Linear {
    fn describe(&self) -> Description {
        let names = ["linear", "linear, pooled"];
        super::of_rows(
            names,
            self.pooled,
            "Hastie et al. 2009, The Elements of Statistical Learning",
        )
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        run.recipe.check()?;
        within("strength", self.strength, 0.0..=1e6, "between 0 and 1000000")?;
        let rows = super::rows(given, self.pooled, &run)?;
        let columns = rows.num_columns();
        let spec = &NetworkSpec::new().then(LayerSpec::linear(columns, 1));
        let (weight_decay, decays) = (self.strength, Decays::Weights);
        let run = run.phase("", Recipe { weight_decay, decays, ..run.recipe.clone() });
        let target = &Target { labelled: Some(rows), ..given.target.clone() };
        Scratch.fit(&Given { sources: &[], target, spec }, &run)
    }
}
