//! What there is: a new strategy is one file and one line here.

use autograd::Float;

use crate::balance::{GradNorm, PcGrad};
use crate::connection::{CrossStitch, Mmoe};
use crate::hierarchy::Layered;
use crate::schedule::LossDriven;
use crate::shared::{Hard, Pooled, Soft};
use crate::{Architecture, Balancer, Joint, Sampler, SingleTask, Strategy};

/// Every architecture with its defaults.
pub fn architectures<F: Float>() -> Vec<Box<dyn Architecture<F>>> {
    vec![
        Box::new(Pooled),
        Box::new(Hard),
        Box::new(Soft::default()),
        Box::new(CrossStitch::default()),
        Box::new(CrossStitch::fixed()),
        Box::new(Mmoe::default()),
        Box::new(Layered::default()),
    ]
}

/// Every balancer with its defaults.
pub fn balancers() -> Vec<Box<dyn Balancer>> {
    vec![Box::new(GradNorm::default()), Box::new(PcGrad)]
}

/// Every sampler with its defaults.
pub fn samplers() -> Vec<Box<dyn Sampler>> {
    vec![Box::new(LossDriven::default())]
}

/// Every strategy with its defaults: the baseline, every architecture, and hard sharing with every
/// balancer and every sampler.
pub fn registry<F: Float>() -> Vec<Box<dyn Strategy<F>>> {
    let built = |architecture| Joint { architecture, balancer: None, sampler: None };
    let balanced = |balancer| Joint { balancer: Some(balancer), ..Joint::of(Hard) };
    let visiting = |sampler| Joint { sampler: Some(sampler), ..Joint::of(Hard) };
    let joint = architectures::<F>().into_iter().map(built);
    let joint = joint.chain(balancers().into_iter().map(balanced));
    let joint = joint.chain(samplers().into_iter().map(visiting));
    let alone: Box<dyn Strategy<F>> = Box::new(SingleTask);
    [alone].into_iter().chain(joint.map(|joint| Box::new(joint) as Box<dyn Strategy<F>>)).collect()
}

#[cfg(all(debug_assertions, not(test)))]
type Registry<F> = fn() -> Vec<Box<dyn Strategy<F>>>;
/// The registry for both kinds of numbers: as in `transfer`, so that programs of tests need not
/// compile the strategies again.
#[cfg(all(debug_assertions, not(test)))]
#[doc(hidden)]
pub static COMPILED: (Registry<f32>, Registry<f64>) = (registry, registry);
