//! Task-to-task connections: columns that mix their activations.

use autograd::{Float, Parameter, Var};
use nn::train::Property::{BeginsAsBaseline, IgnoresOrder};
use nn::train::{Description, Family, within};
use nn::{Groups, Module, Sequential};
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
/// Misra et al. 2016, section 3: `x~_i = sum_j A_ij x_j`, beginning at 0.9 and 0.1. Here: one
/// mixing matrix a layer instead of one a channel; the columns begin from the same fresh weights
/// instead of from networks trained on one task each; and the mixing learns more slowly than the
/// weights, not faster: the paper's rate of the weights is far smaller than [`Recipe`](nn::train::Recipe)'s.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossStitch {
    /// What a task takes of itself at the beginning; the others share the rest.
    pub own: f64,
    /// Factor of the learning rate for the mixing matrices. An entry's gradient sums over all units
    /// of a layer, so that at the weights' own rate the entries outrun the weights. They do not decay.
    pub mixing_rate: f64,
}

impl Default for CrossStitch {
    fn default() -> Self {
        Self { own: 0.9, mixing_rate: 0.01 }
    }
}

impl<F: Float> Architecture<F> for CrossStitch {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("任务间连接"),
            paper: Some("Misra et al. 2016, Cross-stitch Networks"),
            chapter: "Task-to-task connections",
            keeps: &[BeginsAsBaseline, IgnoresOrder],
            usual: true,
            ..Description::new("task-to-task", Family::Connection)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        within("own", self.own, 0.0..=1.0, "between 0 and 1")?;
        within("mixing_rate", self.mixing_rate, 0.0..=1e6, "between 0 and 1000000")?;
        Ok(Box::new(CrossStitchNetwork::new(plan, *self)?))
    }
}
