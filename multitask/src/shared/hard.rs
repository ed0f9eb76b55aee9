//! Shared parameters: one trunk, a head for every task.

use autograd::{Float, Parameter, Var};
use nn::train::{Description, Family, Property};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// One trunk for all tasks; every task has only its head to itself.
#[derive(Clone)]
pub struct HardNetwork<F: Float = f32> {
    /// The layers all tasks share.
    pub trunk: Sequential<F>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
}
nn::parts!(<F> HardNetwork<F>: trunk, heads);

impl<F: Float> HardNetwork<F> {
    /// A fresh network.
    ///
    /// # Errors
    /// If the architecture cannot be built or has no head.
    pub fn new(plan: &Plan<'_>) -> Result<Self, Error> {
        Ok(Self { heads: fresh::heads(plan)?, trunk: plan.spec.split_head().0.build(plan.seed) })
    }
}

impl<F: Float> Network<F> for HardNetwork<F> {
    fn num_tasks(&self) -> usize {
        self.heads.len()
    }
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let features = self.trunk.forward(x);
        tasks.iter().map(|&task| self.heads[task].forward(features)).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&self.trunk)
    }
}

/// Hard sharing: the trunk learns from the sum of the tasks' losses, a head from its own.
///
/// # Source
/// Caruana 1997, section 2: `y_t = h_t(phi(x))`, minimising `sum_t w_t L_t`, where `L_t` is the mean
/// over the task's rows. The tasks may have different rows, which go through the trunk one task
/// after the other.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Hard;

impl<F: Float> Architecture<F> for Hard {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("共享参数"),
            paper: Some("Caruana 1997, Multitask Learning"),
            chapter: "Shared parameters",
            keeps: &[
                Property::BeginsAsBaseline,
                Property::OneTaskIsBaseline,
                Property::IgnoresOrder,
            ],
            usual: true,
            ..Description::new("shared parameters", Family::Shared)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        Ok(Box::new(HardNetwork::new(plan)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NAMES, absent, cases, gradients, recipe, smooth, tasks, values};
    use crate::{SingleTask, Strategy};
    use nn::Parameters;
    use proptest::prelude::*;

    fn fitted(tasks: &[Task<f64>], seed: Seed) -> Fitted<f64> {
        Hard.fit(tasks, &smooth(), &recipe(20), seed).unwrap()
    }

    proptest! {
        #![proptest_config(cases(16))]

        #[test]
        fn the_trunks_gradient_is_the_sum_of_the_tasks(seed: u64) {
            let (seed, tasks) = (Seed::new(seed), tasks::<f64>(3, Seed::new(seed)));
            let network = HardNetwork::new(&smooth(), &NAMES, seed).unwrap();
            let examples = Examples::of_all(&tasks, &smooth(), seed).unwrap();
            let tape = Tape::<f64>::default();
            let joint = joint_loss(&network, &examples, &tape, 0).backward();
            let single: Vec<_> = (0..3).map(|task| gradients(&network, &tasks, task)).collect();
            for (name, parameter) in network.trunk.named() {
                let mut parts = single.iter().map(|g| g.of(&parameter).unwrap().clone());
                let first = parts.next().unwrap();
                let sum = parts.fold(first, |sum, part| sum.zip(&part, |a, b| a + b));
                let joint = joint.of(&parameter).unwrap().as_slice();
                for (a, b) in joint.iter().zip(sum.as_slice()) {
                    // Three numbers of size 1 at most, added in another order.
                    prop_assert!((a - b).abs() < 1e-14, "{name}: {a} and {b}");
                }
            }
        }

        #[test]
        fn one_task_is_learnt_as_if_alone(seed: u64, steps in 0_usize..30) {
            let (seed, tasks) = (Seed::new(seed), tasks::<f64>(1, Seed::new(seed)));
            let hard = Hard.fit(&tasks, &smooth(), &recipe(steps), seed).unwrap();
            let alone = SingleTask.fit(&tasks, &smooth(), &recipe(steps), seed).unwrap();
            prop_assert_eq!(values(&*hard.network), values(&*alone.network));
        }

        #[test]
        fn two_tasks_in_another_order_learn_the_same(seed: u64) {
            let (seed, mut tasks) = (Seed::new(seed), tasks::<f64>(2, Seed::new(seed)));
            let (there, x) = (fitted(&tasks, seed), tasks[0].data.features.clone());
            tasks.swap(0, 1);
            let back = fitted(&tasks, seed);
            // Bit for bit: the sum of two gradients does not depend on their order.
            prop_assert_eq!(there.predict(0, &x), back.predict(1, &x));
            prop_assert_eq!(there.predict(1, &x), back.predict(0, &x));
        }

        #[test]
        fn a_row_without_a_label_is_as_no_row(seed: u64, missing in 0_usize..9) {
            let (seed, mut with) = (Seed::new(seed), tasks::<f64>(2, Seed::new(seed)));
            let mut without = with.clone();
            with[0].data.label_columns[0].forget(missing);
            let others: Vec<usize> = (0..9).filter(|&row| row != missing).collect();
            without[0].data = without[0].data.rows(&others);
            let (with, without) = (fitted(&with, seed), fitted(&without, seed));
            prop_assert_eq!(values(&*with.network), values(&*without.network));
        }
    }

    #[test]
    fn a_task_of_weight_0_has_no_gradient_at_its_head_and_does_not_move_it() {
        let (seed, mut tasks) = (Seed::new(4), tasks::<f64>(2, Seed::new(4)));
        tasks[1].weight = 0.0;
        let network = HardNetwork::new(&smooth(), &NAMES[..2], seed.child("weights")).unwrap();
        let examples = Examples::of_all(&tasks, &smooth(), seed).unwrap();
        let tape = Tape::<f64>::default();
        let gradients = joint_loss(&network, &examples, &tape, 0).backward();
        assert!(absent(&gradients, &network.heads[1]));
        assert!(!absent(&gradients, &network.heads[0]));

        let state = fitted(&tasks, seed).network.state_dict();
        let fresh = network.heads[1].state_dict();
        assert_eq!(state.get("heads.1.6.weight"), fresh.get("6.weight"));
        assert_eq!(state.get("heads.1.6.bias"), fresh.get("6.bias"));
    }

    #[test]
    fn a_weight_is_a_factor_of_the_tasks_gradient() {
        let (seed, mut tasks) = (Seed::new(5), tasks::<f64>(1, Seed::new(5)));
        let network = HardNetwork::new(&smooth(), &NAMES[..1], seed).unwrap();
        let plain = gradients(&network, &tasks, 0);
        tasks[0].weight = 4.0;
        let examples = Examples::of_all(&tasks, &smooth(), seed).unwrap();
        let tape = Tape::<f64>::default();
        let weighed = joint_loss(&network, &examples, &tape, 0).backward();
        for (_, parameter) in network.named() {
            // A power of 2 commutes with every rounding.
            let four_times = plain.of(&parameter).unwrap().clone().map(|x| 4.0 * x);
            assert_eq!(weighed.of(&parameter), Some(&four_times));
        }
    }
}
