//! Columns that mix their activations: as far as they mix, the tasks learn from each other.

use autograd::{Seed, Tape, Tensor};
use multitask::connection::{CrossStitch, CrossStitchNetwork, CrossStitchUnit};
use multitask::{Given, Joint, Network, SingleTask, Tasks};
use nn::{Groups, Parameters};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{fitted_jointly, gradients, plan, reached, run, smooth, tables};

fn network(num_tasks: usize, own: f64, seed: u64) -> CrossStitchNetwork<f64> {
    let weights = Seed::new(seed).child("weights");
    let config = CrossStitch { own, ..CrossStitch::default() };
    CrossStitchNetwork::new(&plan(&smooth(), num_tasks, weights), config).unwrap()
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn frozen_at_the_identity_the_columns_are_independent(seed: u64, num_tasks in 1_usize..4) {
        let (network, tables) = (network(num_tasks, 1.0, seed), tables(num_tasks, Seed::new(seed)));
        network.units.iter().for_each(Parameters::freeze);
        let (spec, run) = (smooth(), run(50, Seed::new(seed)));
        let tasks = Tasks::of(&Given { tables: &tables, spec: &spec }, &run).unwrap();
        let everyone: Vec<usize> = (0..num_tasks).collect();
        let mut optimizer = run.optimizer(Groups::of(&network)).unwrap();
        for step in 0..50 {
            let tape = Tape::<f64>::default();
            let losses = tasks.losses(&network, &tape, step, &everyone);
            let sum = losses.into_iter().map(|(_, loss)| loss).reduce(|a, b| a + b).unwrap();
            optimizer.step(sum.backward());
        }
        let alone = fitted_jointly(&SingleTask, &tables, &spec, &run).unwrap();
        for (task, table) in tables.iter().enumerate() {
            let (tape, x) = (Tape::<f64>::predicting(), &table.data.features);
            let joint = network.forward(tape.constant(x), &[task])[0].value();
            prop_assert_eq!(joint, alone.predict(task, x));
        }
    }

    #[test]
    fn alone_to_the_end_the_columns_are_those_of_single_tasks(seed: u64, num_tasks in 1_usize..4) {
        let (spec, run) = (smooth(), run(20, Seed::new(seed)));
        let tables = tables::<f64>(num_tasks, Seed::new(seed));
        let strategy = Joint::of(CrossStitch { alone: 1.0, ..CrossStitch::default() });
        let joint = fitted_jointly(&strategy, &tables, &spec, &run).unwrap().network.state_dict();
        let alone = fitted_jointly(&SingleTask, &tables, &spec, &run).unwrap().network.state_dict();
        let own = joint.iter().filter(|(name, _)| !name.starts_with("units"));
        // Bit for bit: the sum of the losses has each task's own gradient.
        for ((name, there), (_, here)) in own.zip(alone.iter()) {
            let found = joint.get(name).map(Tensor::shape);
            prop_assert_eq!(found, Some(there.shape()));
            let of_alone = alone.iter().any(|(_, value)| value == there);
            prop_assert!(of_alone, "{name} of {:?} is no single task's", here.shape());
        }
        let fresh = CrossStitchUnit::<f64>::new(num_tasks, 0.9).mixing.value();
        prop_assert_eq!(joint.get("units.0.mixing"), Some(&fresh));
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
        let gradients = gradients(&network, &tables(2, Seed::new(seed)), 0);
        prop_assert!(reached(&gradients, &network.columns[0]));
        prop_assert_eq!(reached(&gradients, &network.columns[1]), takes.contains(&true));
    }

    #[test]
    fn two_tasks_in_another_order_learn_the_same(seed: u64) {
        let (spec, run) = (smooth(), run(20, Seed::new(seed)));
        let mut tables = tables::<f64>(2, Seed::new(seed));
        let strategy = Joint::of(CrossStitch { mixing_rate: 1.0, ..CrossStitch::default() });
        let there = fitted_jointly(&strategy, &tables, &spec, &run).unwrap();
        let x = tables[0].data.features.clone();
        tables.swap(0, 1);
        let back = fitted_jointly(&strategy, &tables, &spec, &run).unwrap();
        // Bit for bit: a sum of two does not depend on their order.
        prop_assert_eq!(there.predict(0, &x), back.predict(1, &x));
        prop_assert_eq!(there.predict(1, &x), back.predict(0, &x));
    }
}

#[test]
fn the_columns_decay_and_the_units_do_not() {
    let (spec, tables) = (smooth(), tables::<f64>(2, Seed::new(3)));
    let after_a_step = |weight_decay| {
        let mut run = run(1, Seed::new(3));
        run.recipe.weight_decay = weight_decay;
        let strategy = Joint::of(CrossStitch { alone: 0.0, ..CrossStitch::default() });
        let fitted = fitted_jointly(&strategy, &tables, &spec, &run).unwrap();
        let state = fitted.network.state_dict();
        let of = |name: &str| state.get(name).unwrap().clone();
        (of("units.0.mixing"), of("units.2.mixing"), of("columns.0.0.0.weight"))
    };
    // The first gradients are alike: what differs after a step, the decay has moved.
    let (without, with) = (after_a_step(0.0), after_a_step(0.5));
    assert_eq!((without.0, without.1), (with.0, with.1));
    assert_ne!(without.2, with.2);
}

#[test]
fn the_units_learn_and_with_rate_0_they_do_not() {
    let (spec, tables, run) = (smooth(), tables::<f64>(2, Seed::new(3)), run(20, Seed::new(3)));
    let mixing = |mixing_rate| {
        let strategy = Joint::of(CrossStitch { mixing_rate, ..CrossStitch::default() });
        let fitted = fitted_jointly(&strategy, &tables, &spec, &run).unwrap();
        fitted.network.state_dict().get("units.0.mixing").unwrap().clone()
    };
    let fresh = CrossStitchUnit::new(2, 0.9).mixing.value();
    assert_eq!(mixing(0.0), fresh);
    assert_ne!(mixing(0.01), fresh);
}

#[test]
fn half_of_the_steps_pass_before_the_units_come_in() {
    let (spec, tables) = (smooth(), tables::<f64>(2, Seed::new(3)));
    let unit = |steps| {
        let strategy = Joint::of(CrossStitch::default());
        let fitted = fitted_jointly(&strategy, &tables, &spec, &run(steps, Seed::new(3))).unwrap();
        fitted.network.state_dict().get("units.0.mixing").unwrap().clone()
    };
    // Of one step the only one is alone, of two the second is not.
    let fresh = CrossStitchUnit::new(2, 0.9).mixing.value();
    assert_eq!(unit(1), fresh);
    assert_ne!(unit(2), fresh);
}

#[test]
fn an_option_out_of_its_range_is_refused() {
    let (spec, tables, run) = (smooth(), tables::<f64>(2, Seed::new(3)), run(2, Seed::new(3)));
    let refused = |strategy: CrossStitch| {
        let refused = fitted_jointly(&Joint::of(strategy), &tables, &spec, &run);
        refused.err().map(|error| error.to_string())
    };
    let default = CrossStitch::default();
    for own in [0.0, 1.0] {
        assert_eq!(refused(CrossStitch { own, ..default }), None);
    }
    for (own, shown) in [(-0.1, "-0.1"), (1.1, "1.1"), (f64::NAN, "NaN")] {
        let sentence = format!("own is {shown}, but must be between 0 and 1");
        assert_eq!(refused(CrossStitch { own, ..default }), Some(sentence));
    }
    for alone in [0.0, 1.0] {
        assert_eq!(refused(CrossStitch { alone, ..default }), None);
    }
    for (alone, shown) in [(-0.1, "-0.1"), (1.1, "1.1"), (f64::NAN, "NaN")] {
        let sentence = format!("alone is {shown}, but must be between 0 and 1");
        assert_eq!(refused(CrossStitch { alone, ..default }), Some(sentence));
    }
    for mixing_rate in [0.0, 1.0] {
        assert_eq!(refused(CrossStitch { mixing_rate, ..default }), None);
    }
    for (mixing_rate, shown) in [(-1.0, "-1"), (1e7, "10000000"), (f64::INFINITY, "inf")] {
        let sentence = format!("mixing_rate is {shown}, but must be between 0 and 1000000");
        assert_eq!(refused(CrossStitch { mixing_rate, ..default }), Some(sentence));
    }
}
