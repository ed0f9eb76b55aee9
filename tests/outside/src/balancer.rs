//! A balancer: weights drawn anew in every step.

use autograd::Seed;
use multitask::{Balancer, Error, Losses, Weighing, Weights};
use nn::generator;
use nn::train::{Description, Family, Property};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Weights of the losses that are the softmax of standard normals, drawn in every step: their mean
/// is 1 over the number of tasks.
///
/// # Source
/// Lin et al. 2022 (random loss weighting), section 3.1.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomWeights;

impl Balancer for RandomWeights {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Lin et al. 2022, Reasonable effectiveness of random weighting"),
            keeps: &[Property::BeginsAsBaseline, Property::OneTaskIsBaseline],
            ..Description::new("random weights", Family::Balance)
        }
    }
    fn reads_gradients(&self) -> bool {
        false
    }
    fn begin(&self, _: usize, seed: Seed) -> Result<Box<dyn Weighing>, Error> {
        Ok(Box::new(Drawing { seed }))
    }
}

struct Drawing {
    seed: Seed,
}

// ANCHOR: weighing
impl Weighing for Drawing {
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error> {
        let mut random = generator(self.seed.child(at.step));
        let powers: Vec<f64> =
            at.tasks.iter().map(|_| random.sample::<f64, _>(StandardNormal).exp()).collect();
        let sum: f64 = powers.iter().sum();
        Ok(Weights::OfLosses(powers.into_iter().map(|power| power / sum).collect()))
    }
}
// ANCHOR_END: weighing
