//! Fine-tuning that is pulled back to where it began.

use autograd::{Float, Tensor, Var};
use nn::train::{Description, Family, Needs, Property, Run, within};
use nn::{Parameters, Sequential};

use crate::parameter::{Head, Penalising, Penalty, Tuned, fine_tune};
use crate::{Error, Fitted, Given, Strategy};

/// L2-SP: fine-tuning with a spring from every copied weight to the value that it was copied with,
/// `strength / 2 |w - w0|^2`, and from every new one to 0, `strength_of_new / 2 |w|^2`.
///
/// It takes the place of weight decay, which pulls towards 0 and so away from what was learnt.
///
/// # Source
/// Li, Grandvalet and Davoine 2018, equation 3. Here biases and scales of normalisations are pulled
/// too, as they were copied too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2Sp {
    /// What becomes of the source's last layer.
    pub head: Head,
    /// How strongly copied weights are pulled to the source's.
    pub strength: f64,
    /// How strongly the weights of a new head are pulled to 0.
    pub strength_of_new: f64,
}

impl Default for L2Sp {
    /// A kept head, and both strengths 0.01.
    fn default() -> Self {
        Self { head: Head::Kept, strength: 0.01, strength_of_new: 0.01 }
    }
}

impl<F: Float> Strategy<F> for L2Sp {
    fn describe(&self) -> Description {
        let (name, keeps): (_, &[Property]) = match self.head {
            Head::Kept => ("L2-SP", &[Property::BeginsAsSource]),
            Head::New => ("L2-SP, new head", &[]),
        };
        Description {
            article_term: Some("参数迁移"),
            paper: Some("Li, Grandvalet and Davoine 2018, Explicit inductive bias for transfer"),
            needs: Needs::ONE_SOURCE,
            keeps,
            ..Description::new(name, Family::Parameter)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        fine_tune(&Strategy::<F>::describe(self), self.head, Some(self), given, run)
    }
}

impl<F: Float> Penalty<F> for L2Sp {
    fn begin(
        &self,
        _: &Given<'_, F>,
        start: &Sequential<F>,
        _: &Run<'_, F>,
    ) -> Result<Box<dyn Penalising<F>>, Error> {
        let range = "between 0 and 1000000000000";
        within("strength", self.strength, 0.0..=1e12, range)?;
        within("strength_of_new", self.strength_of_new, 0.0..=1e12, range)?;
        // Values and not handles, which would follow the training.
        let (trunk, head) = start.clone().split_head();
        let values = |part: &Sequential<F>| part.named().into_iter().map(|(_, p)| p.value());
        let copied = |value| Spring { towards: Some(value), strength: self.strength };
        let new = |_| Spring { towards: None, strength: self.strength_of_new };
        let mut springs: Vec<_> = values(&trunk).map(copied).collect();
        match self.head {
            Head::Kept => springs.extend(values(&head).map(copied)),
            Head::New => springs.extend(values(&head).map(new)),
        }
        Ok(Box::new(Springs(springs)))
    }
}

/// What pulls each parameter, in the order in which the network names them.
struct Springs<F: Float>(Vec<Spring<F>>);

struct Spring<F: Float> {
    /// Where to; nowhere is 0.
    towards: Option<Tensor<F>>,
    strength: f64,
}

impl<F: Float> Penalising<F> for Springs<F> {
    fn on<'t>(&self, step: &Tuned<'t, '_, F>) -> Option<Var<'t, F>> {
        let tape = step.x.tape();
        let parameters = step.model.named();
        let pulled = parameters.iter().zip(&self.0).filter_map(|((_, parameter), spring)| {
            let moves = parameter.is_trainable() && spring.strength > 0.0;
            let way = moves.then(|| tape.watch(parameter))?;
            let way = spring.towards.as_ref().map_or(way, |to| way - tape.constant(to));
            Some(way.square().sum() * F::of(spring.strength / 2.0))
        });
        pulled.reduce(|sum, spring| sum + spring)
    }
}
