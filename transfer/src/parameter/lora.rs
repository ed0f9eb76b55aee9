//! Fine-tuning by changes of low rank.

use autograd::{Float, Seed};
use nn::train::{Description, Family, Needs, Outputs, Property, Run, within};
use nn::{Linear, Module, Parallel, Parameters, Residual, Sequential};

use crate::parameter::lora_linear::LoraLinear;
use crate::parameter::{Head, start, tune};
use crate::{Error, Fitted, Given, Strategy};

/// LoRA: every linear layer of the source stands still and learns a change of low rank beside it,
/// [`LoraLinear`]; all else of the source stands still too. A new head is trained whole.
///
/// # Source
/// Hu et al. 2022, section 4.1. There the layers of a transformer's attention are adapted; here all
/// linear layers are, those inside of residual and parallel layers too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lora {
    /// What becomes of the source's last layer.
    pub head: Head,
    /// The rank of the changes.
    pub rank: usize,
    /// What a change is multiplied by, times the rank.
    pub alpha: f64,
}

impl Default for Lora {
    /// A kept head, and changes of rank 4 as they are.
    fn default() -> Self {
        Self { head: Head::Kept, rank: 4, alpha: 4.0 }
    }
}

impl<F: Float> Strategy<F> for Lora {
    fn describe(&self) -> Description {
        let (name, keeps): (_, &[Property]) = match self.head {
            Head::Kept => ("LoRA", &[Property::BeginsAsSource]),
            Head::New => ("LoRA, new head", &[]),
        };
        Description {
            keeps,
            article_term: Some("参数迁移"),
            paper: Some("Hu et al. 2022, LoRA: Low-rank adaptation of large language models"),
            needs: Needs::ONE_SOURCE,
            ..Description::new(name, Family::Parameter)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        within("rank", self.rank as f64, 1.0..=1e6, "between 1 and 1000000")?;
        within("alpha", self.alpha, -1e6..=1e6, "between -1000000 and 1000000")?;
        let examples = given.examples(&run)?;
        let model = start(self.head, &examples, given, &run)?;
        let seed = run.weights().child("lora");
        let model = match self.head {
            Head::Kept => self.adapted(model, seed),
            Head::New => {
                let (trunk, head) = model.split_head();
                self.adapted(trunk, seed).followed_by(head)
            }
        };
        tune(&model, 0, &examples, &run, None)?;
        Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
    }
}

impl Lora {
    /// The network frozen, with a change to be learnt beside each linear layer.
    fn adapted<F: Float>(&self, network: Sequential<F>, seed: Seed) -> Sequential<F> {
        network.freeze();
        map_all(network, "", &|name, layer| {
            let merged = || layer.downcast_ref().map(LoraLinear::<F>::merged);
            match layer.downcast_ref::<Linear<F>>().cloned().or_else(merged) {
                Some(linear) => {
                    Box::new(LoraLinear::new(linear, self.rank, self.alpha, seed.child(name)))
                }
                None => layer,
            }
        })
    }
}

/// The network with each [`LoraLinear`] replaced by the [`Linear`] layer that does the same: as
/// large and as fast as before the fine-tuning, and to be saved without layers of one's own.
pub fn merged<F: Float>(network: Sequential<F>) -> Sequential<F> {
    map_all(network, "", &|_, layer| match layer.downcast_ref::<LoraLinear<F>>() {
        Some(lora) => Box::new(lora.merged()),
        None => layer,
    })
}

/// What becomes of a layer of this name.
type Change<'c, F> = &'c dyn Fn(&str, Box<dyn Module<F>>) -> Box<dyn Module<F>>;

/// The network with every layer changed, those inside of residual and parallel layers too; a layer
/// is called as its parameters are in a state dict.
fn map_all<F: Float>(network: Sequential<F>, path: &str, change: Change<'_, F>) -> Sequential<F> {
    network.map(|name, mut layer| {
        let path = format!("{path}{name}");
        if let Some(residual) = layer.downcast_mut::<Residual<F>>() {
            let inner = std::mem::take(&mut residual.layers);
            residual.layers = map_all(inner, &format!("{path}."), change);
        } else if let Some(parallel) = layer.downcast_ref::<Parallel<F>>() {
            let branches = parallel.branches().iter().cloned().enumerate();
            let branches =
                branches.map(|(i, branch)| map_all(branch, &format!("{path}.{i}."), change));
            return Box::new(Parallel::new(branches.collect::<Vec<_>>(), parallel.combine()));
        }
        change(&path, layer)
    })
}
