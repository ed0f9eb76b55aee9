//! One trunk for all tasks: it learns from the weighted sum of their losses.

use autograd::{Gradients, Seed, Tape};
use multitask::shared::{Hard, HardNetwork};
use multitask::{Fitted, Given, Joint, SingleTask, Table, Tasks};
use nn::Parameters;
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{
    absent, fitted_jointly, gradients, joint_weights, plan, run, smooth, tables, values,
};

fn fitted(tables: &[Table<f64>], seed: Seed) -> Fitted<f64> {
    fitted_jointly(&Joint::of(Hard), tables, &smooth(), &run(20, seed)).unwrap()
}

fn network(num_tasks: usize, seed: Seed) -> HardNetwork<f64> {
    HardNetwork::new(&plan(&smooth(), num_tasks, seed)).unwrap()
}

/// The gradients of all tasks' weighted losses over all of their rows.
fn joint_gradients(network: &HardNetwork<f64>, tables: &[Table<f64>]) -> Gradients<f64> {
    let (spec, mut run) = (smooth(), run(1, Seed::new(0)));
    run.recipe.batch = None;
    let tasks = Tasks::of(&Given { tables, spec: &spec }, &run).unwrap();
    let (tape, everyone) = (Tape::<f64>::default(), (0..tables.len()).collect::<Vec<_>>());
    let losses = tasks.losses(network, &tape, 0, &everyone).into_iter().map(|(_, loss)| loss);
    losses.reduce(|a, b| a + b).unwrap().backward()
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn the_trunks_gradient_is_the_sum_of_the_tasks(seed: u64) {
        let (network, tables) = (network(3, Seed::new(seed)), tables::<f64>(3, Seed::new(seed)));
        let joint = joint_gradients(&network, &tables);
        let single: Vec<_> = (0..3).map(|task| gradients(&network, &tables, task)).collect();
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
        let (tables, run) = (tables::<f64>(1, Seed::new(seed)), run(steps, Seed::new(seed)));
        let hard = joint_weights(&Joint::of(Hard), &tables, &smooth(), &run);
        prop_assert_eq!(hard, joint_weights(&SingleTask, &tables, &smooth(), &run));
    }

    #[test]
    fn two_tasks_in_another_order_learn_the_same(seed: u64) {
        let (seed, mut tables) = (Seed::new(seed), tables::<f64>(2, Seed::new(seed)));
        let (there, x) = (fitted(&tables, seed), tables[0].data.features.clone());
        tables.swap(0, 1);
        let back = fitted(&tables, seed);
        // Bit for bit: the sum of two gradients does not depend on their order.
        prop_assert_eq!(there.predict(0, &x), back.predict(1, &x));
        prop_assert_eq!(there.predict(1, &x), back.predict(0, &x));
    }

    #[test]
    fn a_row_without_a_label_is_as_no_row(seed: u64, missing in 0_usize..9) {
        let (seed, mut with) = (Seed::new(seed), tables::<f64>(2, Seed::new(seed)));
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
    let (seed, mut tables) = (Seed::new(4), tables::<f64>(2, Seed::new(4)));
    tables[1].weight = 0.0;
    let network = network(2, seed.child("weights"));
    let gradients = joint_gradients(&network, &tables);
    assert!(absent(&gradients, &network.heads[1]));
    assert!(!absent(&gradients, &network.heads[0]));

    let state = fitted(&tables, seed).network.state_dict();
    let fresh = network.heads[1].state_dict();
    assert_eq!(state.get("heads.1.6.weight"), fresh.get("6.weight"));
    assert_eq!(state.get("heads.1.6.bias"), fresh.get("6.bias"));
}

#[test]
fn a_weight_is_a_factor_of_the_tasks_gradient() {
    let (network, mut tables) = (network(1, Seed::new(5)), tables::<f64>(1, Seed::new(5)));
    let plain = gradients(&network, &tables, 0);
    tables[0].weight = 4.0;
    let weighed = joint_gradients(&network, &tables);
    for (_, parameter) in network.named() {
        // A power of 2 commutes with every rounding.
        let four_times = plain.of(&parameter).unwrap().clone().map(|x| 4.0 * x);
        assert_eq!(weighed.of(&parameter), Some(&four_times));
    }
}
