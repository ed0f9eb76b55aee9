//! Task-to-task connections: columns that mix their activations.

use autograd::{Float, Parameter, Var};
use nn::train::Property::{self, BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};
use nn::train::{Description, Family, Role, within};
use nn::{Groups, Module, Parameters as _, Sequential};
use serde::{Deserialize, Serialize};

use crate::connection::CrossStitchUnit;
use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// A column of layers for every task, with a cross-stitch unit behind each hidden layer.
///
/// A unit mixes activations of the same row, so the rows of a task go through all columns, and
/// the head of that task alone is read.
#[derive(Clone)]
pub struct CrossStitchNetwork<F: Float = f32> {
    /// `columns[task][layer]`: the hidden layers.
    pub columns: Vec<Vec<Sequential<F>>>,
    /// One unit behind each hidden layer.
    pub units: Vec<CrossStitchUnit<F>>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
    /// Factor of the learning rate for the units.
    pub mixing_rate: f64,
    /// Which share of the steps trains each column on its own task, before the units come in.
    pub alone: f64,
}
nn::parts!(<F> CrossStitchNetwork<F>: columns, units, heads);

impl<F: Float> CrossStitchNetwork<F> {
    /// A fresh network, every unit as [`CrossStitchUnit::new`] makes it. The columns begin
    /// with equal weights.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(plan: &Plan<'_>, config: CrossStitch) -> Result<Self, Error> {
        let (heads, tasks) = (fresh::heads(plan)?, plan.tasks);
        let layers = fresh::hidden_layers(plan.spec);
        let column = || layers.iter().map(|layer| layer.build(plan.seed)).collect();
        Ok(Self {
            columns: tasks.iter().map(|_| column()).collect(),
            units: layers.iter().map(|_| CrossStitchUnit::new(tasks.len(), config.own)).collect(),
            heads,
            mixing_rate: config.mixing_rate,
            alone: config.alone,
        })
    }
}

impl<F: Float> Network<F> for CrossStitchNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let mut streams = vec![x; self.heads.len()];
        for (layer, unit) in self.units.iter().enumerate() {
            for (stream, column) in streams.iter_mut().zip(&self.columns) {
                *stream = column[layer].forward(*stream);
            }
            streams = unit.forward(&streams);
        }
        tasks.iter().map(|&task| self.heads[task].forward(streams[task])).collect()
    }
    fn alone(&self) -> f64 {
        self.alone
    }
    fn forward_alone<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        let features = self.columns[task].iter().fold(x, |x, layer| layer.forward(x));
        self.heads[task].forward(features)
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&(&self.columns, &self.units))
    }
    fn groups(&self) -> Groups<F> {
        let Self { units, mixing_rate, .. } = self;
        Groups::of(self).rate(units, *mixing_rate).weight_decay(units, 0.0)
    }
}

/// Every task has its own column and learns what to take from the others' activations.
///
/// # Source
/// Misra et al. 2016, section 3: `x~_i = sum_j M_ij x_j`, beginning at 0.9 and 0.1, between columns
/// that were trained on one task each. Here: one mixing matrix a layer instead of one a channel;
/// the columns are trained alone for the first half of the steps instead of until they are done;
/// and the mixing learns more slowly than the weights, not faster as in the paper, whose weights learn
/// far more slowly than [`Recipe`](nn::train::Recipe)'s.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossStitch {
    /// Which share of the steps trains each column on its own task, before the units come in: from 0
    /// to 1. With 1 they come in behind the last step, as they were made.
    pub alone: f64,
    /// What a task takes of itself at the beginning; the others share the rest.
    pub own: f64,
    /// Factor of the learning rate for the mixing matrices, which do not decay. With 0 they stay
    /// what they are: the control of what their learning does.
    pub mixing_rate: f64,
}

impl CrossStitch {
    /// The control: mixing matrices that stay what they are.
    pub fn fixed() -> Self {
        Self { mixing_rate: 0.0, ..Self::default() }
    }
}

impl Default for CrossStitch {
    fn default() -> Self {
        Self { alone: 0.5, own: 0.9, mixing_rate: 0.01 }
    }
}

impl<F: Float> Architecture<F> for CrossStitch {
    fn describe(&self) -> Description {
        let (name, role, keeps): (_, _, &[Property]) = if self.mixing_rate == 0.0 {
            let keeps = &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder];
            ("task-to-task, fixed", Role::Control("task-to-task"), keeps)
        } else {
            ("task-to-task", Role::Strategy, &[BeginsAsBaseline, IgnoresOrder])
        };
        Description {
            role,
            article_term: (role == Role::Strategy).then_some("任务间连接"),
            paper: Some("Misra et al. 2016, Cross-stitch Networks"),
            chapter: "Task-to-task connections",
            keeps,
            usual: true,
            ..Description::new(name, Family::Connection)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        within("alone", self.alone, 0.0..=1.0, "between 0 and 1")?;
        within("own", self.own, 0.0..=1.0, "between 0 and 1")?;
        within("mixing_rate", self.mixing_rate, 0.0..=1e6, "between 0 and 1000000")?;
        let network = CrossStitchNetwork::new(plan, *self)?;
        if self.mixing_rate == 0.0 {
            network.units.freeze();
        }
        Ok(Box::new(network))
    }
}
