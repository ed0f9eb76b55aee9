//! Structure transfer: the target's network is wider than the source's.

use autograd::Float;
use nn::NetworkSpec;
use nn::train::{Description, Family, Needs, Property, Role, Run, within};

use crate::baseline::Scratch;
use crate::parameter::FineTune;
use crate::structure::widen::{around, widen, widened};
use crate::{Error, Fitted, Given, Source, Strategy};

/// How wide the target's hidden layer is, as a function of the source's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Widening {
    /// Which hidden layer, counted from 0.
    pub hidden: usize,
    /// How many units it has for each of the source's.
    pub factor: f64,
}

impl Default for Widening {
    /// Half as many units again in the first hidden layer: 96 for 64.
    fn default() -> Self {
        Self { hidden: 0, factor: 1.5 }
    }
}

impl Widening {
    /// The new width of the layer.
    ///
    /// # Errors
    /// If there is no such layer, or the factor is below 1.
    pub fn width(&self, spec: &NetworkSpec) -> Result<usize, Error> {
        within("factor", self.factor, 1.0..=1e3, "between 1 and 1000")?;
        let (_, _, units) = around(spec, self.hidden)?;
        Ok((units as f64 * self.factor).round() as usize)
    }
}

/// The source's network, one hidden layer widened with its function kept, then trained on the
/// target as in [`FineTune`] with its head kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Net2Wider {
    /// How wide the target's network is.
    pub widening: Widening,
}

impl<F: Float> Strategy<F> for Net2Wider {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("结构迁移"),
            paper: Some("Chen, Goodfellow and Shlens 2016, Net2Net"),
            chapter: "Structure transfer",
            needs: Needs::ONE_SOURCE,
            keeps: &[Property::BeginsAsSource],
            usual: true,
            ..Description::new("widened", Family::Structure)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let source = given.source(run.strategy())?;
        let Widening { hidden, .. } = self.widening;
        let width = self.widening.width(&source.spec)?;
        let wider = [Source {
            spec: widened(&source.spec, hidden, width)?,
            model: widen(&source.model, hidden, width, run.seed.child("widening"))?,
            ..source.clone()
        }];
        FineTune::default().fit(&Given::new(&wider, given.target), &run)
    }
}

/// The control of [`Net2Wider`]: a network of the same derived architecture, but with fresh
/// weights, so that what the architecture alone does is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FreshStructure {
    /// How wide the target's network is.
    pub widening: Widening,
}

impl<F: Float> Strategy<F> for FreshStructure {
    fn describe(&self) -> Description {
        Description {
            role: Role::Control("widened"),
            chapter: "Structure transfer",
            keeps: &[Property::IgnoresSources],
            usual: true,
            ..Description::new("scratch, widened", Family::Structure)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        let width = self.widening.width(given.spec)?;
        let spec = &widened(given.spec, self.widening.hidden, width)?;
        Scratch.fit(&Given { spec, ..*given }, &run)
    }
}
