//! Soft sharing: a network for every task, and a pull between them.

use autograd::{Float, Parameter, Reduction, Tape, Tensor, Var};
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family, within};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// A trunk and a head for every task, the trunks held together by a penalty.
#[derive(Clone)]
pub struct SoftNetwork<F: Float = f32> {
    /// One trunk a task.
    pub trunks: Vec<Sequential<F>>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
    /// How they are held together.
    pub config: Soft,
}
nn::parts!(<F> SoftNetwork<F>: trunks, heads);

impl<F: Float> SoftNetwork<F> {
    /// A fresh network; the trunks begin alike.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head, or heads of different numbers of outputs
    /// are to be pulled together.
    pub fn new(plan: &Plan<'_>, config: Soft) -> Result<Self, Error> {
        let (heads, (trunk, _)) = (fresh::heads(plan)?, plan.spec.split_head());
        if let [(_, first), rest @ ..] = plan.tasks
            && let Some((_, other)) =
                rest.iter().find(|(_, outputs)| config.heads && outputs != first)
        {
            let why = format!("can pull only heads of one size together, not {first} and {other}");
            return Err(Error::Needs { strategy: NAME, why });
        }
        Ok(Self { trunks: heads.iter().map(|_| trunk.build(plan.seed)).collect(), heads, config })
    }

    /// What of a task's parameters is pulled to those of the others.
    fn pulled(&self, task: usize) -> Vec<Parameter<F>> {
        let heads = self.config.heads.then(|| &self.heads[task]);
        parameters_of(&(&self.trunks[task], heads))
    }
}

impl<F: Float> Network<F> for SoftNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        tasks.iter().map(|&task| self.heads[task].forward(self.trunks[task].forward(x))).collect()
    }
    /// None: each task moves its own.
    fn shared(&self) -> Vec<Parameter<F>> {
        vec![]
    }
    fn penalty<'t>(&self, tape: &'t Tape<F>) -> Option<Var<'t, F>> {
        let tasks = self.heads.len();
        if self.config.strength == 0.0 || tasks < 2 {
            return None;
        }
        let networks: Vec<_> = (0..tasks).map(|task| self.pulled(task)).collect();
        let distances = (0..networks[0].len()).flat_map(|place| {
            let twins: Vec<_> = networks.iter().map(|network| &network[place]).collect();
            // The distances from the mean have no slope in the mean itself: it may stand as data.
            let mean = mean(&twins);
            twins.into_iter().map(move |p| tape.watch(p).mse(&mean, Reduction::Sum))
        });
        let sum = distances.reduce(|a, b| a + b)?;
        Some(sum * F::of(self.config.strength * tasks as f64))
    }
}

/// The mean of the parameters' values.
fn mean<F: Float>(parameters: &[&Parameter<F>]) -> Tensor<F> {
    let values = parameters.iter().map(|parameter| parameter.value());
    let sum = values.reduce(|a, b| a.zip(&b, |a, b| a + b)).expect("a parameter a task");
    let share = F::of((parameters.len() as f64).recip());
    sum.map(|x| share * x)
}

const NAME: &str = "soft sharing";

/// A network for every task, and a penalty on how far the tasks' trunks lie apart.
///
/// Between strength 0, where every task learns alone, and a large one, where all share one trunk,
/// lies a trunk a task that leans on the others.
///
/// # Source
/// Duong et al. 2015, section 3: the losses' sum, and `strength` times the squared distance of the
/// networks' parameters, `sum_(i < j) |W_i - W_j|^2`, here for any number of tasks. With the mean `V`
/// of `K` tasks this is `K sum_i |W_i - V|^2`, Evgeniou and Pontil 2004, section 2.1, without their
/// pull of the mean to 0; it is computed so. Here: all of the trunk is pulled; heads are only if asked,
/// since two tasks' outputs need not mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Soft {
    /// Factor of the squared distances. The step along it is stable for
    /// `strength * tasks * learning rate` below 1.
    pub strength: f64,
    /// Whether the heads are pulled together too: for tasks whose outputs mean the same.
    pub heads: bool,
}

impl Default for Soft {
    fn default() -> Self {
        Self { strength: 0.01, heads: false }
    }
}

impl<F: Float> Architecture<F> for Soft {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("共享参数"),
            paper: Some("Duong et al. 2015; Evgeniou and Pontil 2004"),
            keeps: &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder],
            ..Description::new(NAME, Family::Shared)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        within("strength", self.strength, 0.0..=1e6, "between 0 and 1000000")?;
        Ok(Box::new(SoftNetwork::new(plan, *self)?))
    }
}
