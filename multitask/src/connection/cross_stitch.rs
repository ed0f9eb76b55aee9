//! Task-to-task connections: columns that mix their activations.

use autograd::{Float, Parameter, Var};
use nn::train::{Description, Family, Property, within};
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
    /// A fresh network, every unit as [`CrossStitchUnit::new`] makes it of `own`. The columns begin
    /// with equal weights.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(plan: &Plan<'_>, own: f64) -> Result<Self, Error> {
        let (heads, tasks) = (fresh::heads(plan)?, plan.tasks);
        let layers = fresh::hidden_layers(plan.spec);
        let column = || layers.iter().map(|layer| layer.build(plan.seed)).collect();
        Ok(Self {
            columns: tasks.iter().map(|_| column()).collect(),
            units: layers.iter().map(|_| CrossStitchUnit::new(tasks.len(), own)).collect(),
            heads,
            mixing_rate: CrossStitch::default().mixing_rate,
        })
    }
}

impl<F: Float> Network<F> for CrossStitchNetwork<F> {
    fn num_tasks(&self) -> usize {
        self.heads.len()
    }
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let mut streams = vec![x; self.num_tasks()];
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
        Groups::of(self).rate_of(units, *mixing_rate).decay_of(units, 0.0)
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
            keeps: &[
                Property::BeginsAsBaseline,
                Property::OneTaskIsBaseline,
                Property::IgnoresOrder,
            ],
            usual: true,
            ..Description::new("task-to-task", Family::Connection)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        within("own", self.own, 0.0..=1.0, "between 0 and 1")?;
        within("mixing_rate", self.mixing_rate, 0.0..=1e6, "between 0 and 1000000")?;
        let network = CrossStitchNetwork::new(plan, self.own)?;
        Ok(Box::new(CrossStitchNetwork { mixing_rate: self.mixing_rate, ..network }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NAMES, cases, gradients, reached, recipe, smooth, tasks};
    use crate::{SingleTask, Strategy};
    use autograd::Tensor;
    use nn::Parameters;
    use proptest::prelude::*;

    fn network(num_tasks: usize, own: f64, seed: u64) -> CrossStitchNetwork<f64> {
        let names = &NAMES[..num_tasks];
        CrossStitchNetwork::new(&smooth(), names, own, Seed::new(seed).child("weights")).unwrap()
    }

    proptest! {
        #![proptest_config(cases(16))]

        #[test]
        fn frozen_at_the_identity_the_columns_are_independent(seed: u64, num_tasks in 1_usize..4) {
            let (network, tasks) = (network(num_tasks, 1.0, seed), tasks(num_tasks, Seed::new(seed)));
            network.units.iter().for_each(Parameters::freeze);
            let seed = Seed::new(seed);
            let recipe = recipe(100);
            let examples = Examples::of_all(&tasks, &smooth(), seed).unwrap();
            let mut optimizer = Sgd::with_config(&network, recipe.sgd().unwrap());
            for step in 0..100 {
                let tape = Tape::<f64>::default();
                optimizer.step(joint_loss(&network, &examples, &tape, step).backward());
            }
            let alone = SingleTask.fit(&tasks, &smooth(), &recipe, seed).unwrap();
            for (task, Task { data, .. }) in tasks.iter().enumerate() {
                let tape = Tape::<f64>::predicting();
                let joint = network.forward(tape.constant(&data.features), task).value();
                prop_assert_eq!(joint, alone.predict(task, &data.features));
            }
        }

        #[test]
        fn a_loss_reaches_another_column_iff_some_layer_takes_from_it(
            seed: u64, takes in prop::collection::vec(any::<bool>(), 3)
        ) {
            let network = network(2, 0.7, seed);
            for (unit, &takes) in network.units.iter().zip(&takes) {
                let other = if takes { 0.3 } else { 0.0 };
                unit.mixing.set(Tensor::new([2, 2], vec![0.7, other, 0.3, 0.7]));
            }
            let gradients = gradients(&network, &tasks(2, Seed::new(seed)), 0);
            prop_assert!(reached(&gradients, &network.columns[0]));
            prop_assert_eq!(
                reached(&gradients, &network.columns[1]), takes.contains(&true)
            );
        }

        #[test]
        fn two_tasks_in_another_order_learn_the_same(seed: u64) {
            let (seed, mut tasks) = (Seed::new(seed), tasks::<f64>(2, Seed::new(seed)));
            let strategy = CrossStitch { mixing_rate: 1.0, ..CrossStitch::default() };
            let there = strategy.fit(&tasks, &smooth(), &recipe(20), seed).unwrap();
            let x = tasks[0].data.features.clone();
            tasks.swap(0, 1);
            let back = strategy.fit(&tasks, &smooth(), &recipe(20), seed).unwrap();
            // Bit for bit: a sum of two does not depend on their order.
            prop_assert_eq!(there.predict(0, &x), back.predict(1, &x));
            prop_assert_eq!(there.predict(1, &x), back.predict(0, &x));
        }
    }

    #[test]
    fn the_units_learn_and_with_rate_0_they_do_not() {
        let (tasks, seed) = (tasks::<f64>(2, Seed::new(3)), Seed::new(3));
        let mixing = |mixing_rate| {
            let strategy = CrossStitch { mixing_rate, ..CrossStitch::default() };
            let fitted = strategy.fit(&tasks, &smooth(), &recipe(20), seed).unwrap();
            fitted.network.state_dict().get("units.0.mixing").unwrap().clone()
        };
        let fresh = CrossStitchUnit::new(2, 0.9).mixing.value();
        assert_eq!(mixing(0.0), fresh);
        assert_ne!(mixing(0.01), fresh);
    }
}
