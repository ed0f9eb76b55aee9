//! A strategy of transfer: half way between the source's weights and the fine-tuned ones.

use autograd::Float;
use nn::Parameters;
use nn::train::{Description, Family, Needs, Property, Recipe, Run, within};
use transfer::parameter::FineTune;
use transfer::{Error, Fitted, Given, Strategy};

/// Fine-tuning, then the straight line from the source's weights to the tuned ones, a share of the
/// way: `(1 - share) w_source + share w_tuned`.
///
/// # Source
/// Wortsman et al. 2022 (WiSE-FT), section 3. Here: the head is the source's too, by its classes'
/// names.
#[derive(Clone, Copy, Debug)]
pub struct Interpolated {
    /// How far from the source's weights, 0, to the tuned ones, 1.
    pub share: f64,
}

// ANCHOR: strategy
impl<F: Float> Strategy<F> for Interpolated {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Wortsman et al. 2022, Robust fine-tuning of zero-shot models"),
            needs: Needs::ONE_SOURCE,
            keeps: &[Property::BeginsAsSource],
            ..Description::new("interpolated", Family::Parameter)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        within("share", self.share, 0.0..=1.0, "between 0 and 1")?;
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let start = FineTune::default()
            .fit(given, &run.phase("start", Recipe { steps: 0, ..run.recipe.clone() }))?;
        let tuned = FineTune::default().fit(given, &run)?;
        let pairs = start.model()?.named().into_iter().zip(tuned.model()?.named());
        for ((_, source), (_, tuned)) in pairs {
            let (near, far) = (F::of(1.0 - self.share), F::of(self.share));
            tuned.set(
                source.value().zip(&tuned.value(), |source, tuned| near * source + far * tuned),
            );
        }
        Ok(tuned)
    }
}
// ANCHOR_END: strategy
