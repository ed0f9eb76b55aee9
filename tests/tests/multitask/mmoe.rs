//! A mixture of experts: one expert is hard sharing, gates are shares, and names mean nothing.

use autograd::{Seed, Tape, Tensor, Var};
use multitask::connection::{Gate, Mmoe, MmoeNetwork};
use multitask::shared::Hard;
use multitask::{Joint, Network};
use nn::{Module, NetworkSpec, Parameters};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{
    absent, fitted_jointly, gradients, normalised, plan, reached, run, smooth, tables, values,
};

/// A network of three tasks whose gates are no longer even.
fn network(experts: usize, seed: u64) -> MmoeNetwork<f64> {
    let seed = Seed::new(seed);
    let network = MmoeNetwork::new(&plan(&smooth(), 3, seed), experts).unwrap();
    for (task, gate) in network.gates.iter().enumerate() {
        gate.weight.set(nn::init::normal([experts, 6], 1.0, seed.child("gate").child(task)));
    }
    network
}

fn rows(seed: u64) -> Tensor<f64> {
    nn::init::normal([7, 6], 1.0, Seed::new(seed).child("rows"))
}

fn outputs(network: &MmoeNetwork<f64>, x: &Tensor<f64>) -> Vec<Tensor<f64>> {
    let tape = Tape::<f64>::predicting();
    network.forward(tape.constant(x), &[0, 1, 2]).into_iter().map(Var::value).collect()
}

fn one_expert_is_hard_sharing(spec: &NetworkSpec, seed: u64) {
    let (tables, run) = (tables::<f64>(3, Seed::new(seed)), run(20, Seed::new(seed)));
    let mixed = fitted_jointly(&Joint::of(Mmoe { experts: 1 }), &tables, spec, &run).unwrap();
    let hard = fitted_jointly(&Joint::of(Hard), &tables, spec, &run).unwrap();
    for (task, table) in tables.iter().enumerate() {
        let x = &table.data.features;
        assert_eq!(mixed.predict(task, x), hard.predict(task, x)); // bit for bit
    }
    let without_gates = |(name, _): &(String, _)| !name.starts_with("gates.");
    let mixed: Vec<_> = mixed.network.named().into_iter().filter(without_gates).collect();
    let mixed: Vec<_> = mixed.into_iter().map(|(_, parameter)| parameter.value()).collect();
    assert_eq!(mixed, values(&*hard.network));
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn one_expert_is_hard_sharing_bit_for_bit(seed: u64) {
        one_expert_is_hard_sharing(&smooth(), seed);
        one_expert_is_hard_sharing(&normalised(), seed);
    }

    #[test]
    fn the_shares_of_a_gate_are_positive_and_sum_to_1(seed: u64, experts in 1..9_usize) {
        let network = network(experts, seed);
        let tape = Tape::<f64>::predicting();
        let shares = network.gates[1].shares(tape.constant(rows(seed))).value();
        prop_assert_eq!(shares.shape(), [7, experts]);
        for row in shares.as_slice().chunks(experts) {
            prop_assert!(row.iter().all(|&share| share > 0.0));
            prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-15 * experts as f64);
        }
    }

    #[test]
    fn experts_in_another_order_give_the_same_outputs(seed: u64, shift in 1..4_usize) {
        let (network, x) = (network(4, seed), rows(seed));
        let mut moved = network.clone();
        moved.experts.rotate_left(shift);
        let order: Vec<usize> = (0..4).map(|expert| (expert + shift) % 4).collect();
        for gate in &moved.gates {
            gate.weight.set(gate.weight.value().index_select(0, &order));
        }
        for (there, moved) in outputs(&network, &x).iter().zip(outputs(&moved, &x)) {
            for (a, b) in there.as_slice().iter().zip(moved.as_slice()) {
                // Four products of size 1, added in another order.
                prop_assert!((a - b).abs() < 1e-14, "{a} and {b}");
            }
        }
    }

    #[test]
    fn tasks_in_another_order_have_the_same_outputs(seed: u64) {
        let (network, x) = (network(3, seed), rows(seed));
        let mut moved = network.clone();
        moved.gates.rotate_left(1);
        moved.heads.rotate_left(1);
        let (there, mut back) = (outputs(&network, &x), outputs(&moved, &x));
        back.rotate_right(1);
        prop_assert_eq!(there, back);
    }

    #[test]
    fn all_tasks_asked_for_take_one_pass_through_the_experts(seed: u64) {
        let (network, x) = (network(3, seed), rows(seed));
        let nodes = |tasks: &[usize]| {
            let tape = Tape::<f64>::default();
            let outputs = network.forward(tape.constant(&x), tasks);
            let outputs: Vec<_> = outputs.into_iter().map(Var::value).collect();
            (tape.len(), outputs)
        };
        let alone: Vec<_> = (0..3).map(|task| nodes(&[task])).collect();
        let (all, together) = nodes(&[0, 1, 2]);
        let (two, _) = nodes(&[0, 1]);
        for (task, (_, outputs)) in alone.iter().enumerate() {
            prop_assert_eq!(&together[task], &outputs[0], "the outputs are those of one asked alone");
        }
        // A further task adds its gate, its mixture and its head, the third as many as the second.
        prop_assert_eq!(all - two, two - alone[0].0);
        let experts = Tape::<f64>::default();
        for expert in &network.experts {
            expert.forward(experts.constant(&x));
        }
        prop_assert!(all - two <= alone[0].0 - experts.len());
    }

    #[test]
    fn a_certain_gate_gives_the_expert_it_is_certain_of(seed: u64, chosen in 0..3_usize) {
        let (network, x) = (network(3, seed), rows(seed).abs());
        // Logits so far apart that the softmax is 1 and 0 in every bit; |x| is never 0.
        let certain = |entry: usize| if entry / 6 == chosen { 1e9 } else { 0.0 };
        network.gates[2].weight.set(Tensor::from_fn([3, 6], certain));
        let alone = network.heads[2].predict(&network.experts[chosen].predict(&x));
        prop_assert_eq!(&outputs(&network, &x)[2], &alone);
    }

    #[test]
    fn a_task_reaches_every_expert_its_own_gate_and_no_others(seed: u64, task in 0..3_usize) {
        let network = network(3, seed);
        let gradients = gradients(&network, &tables(3, Seed::new(seed)), task);
        prop_assert!(network.experts.iter().all(|expert| reached(&gradients, expert)));
        for other in 0..3 {
            prop_assert_eq!(reached(&gradients, &network.gates[other]), other == task);
            prop_assert_eq!(absent(&gradients, &network.gates[other]), other != task);
            prop_assert_eq!(absent(&gradients, &network.heads[other]), other != task);
        }
    }
}

#[test]
fn the_experts_are_what_is_shared_and_no_two_begin_alike() {
    let network = MmoeNetwork::<f64>::new(&plan(&smooth(), 2, Seed::new(1)), 3).unwrap();
    let (shared, experts) = (network.shared(), network.experts.named());
    assert_eq!(shared.len(), experts.len());
    for (shared, (name, parameter)) in shared.iter().zip(&experts) {
        assert!(shared.is_same(parameter), "{name}");
    }
    assert_ne!(values(&network.experts[0]), values(&network.experts[1]));
    assert_ne!(values(&network.experts[1]), values(&network.experts[2]));
}

#[test]
fn fresh_gates_are_even_and_learn_to_differ() {
    let (tables, seed) = (tables::<f64>(2, Seed::new(2)), Seed::new(2));
    let weights = |steps| {
        let fitted =
            fitted_jointly(&Joint::of(Mmoe::default()), &tables, &smooth(), &run(steps, seed));
        let state = fitted.unwrap().network.state_dict();
        ["gates.0.weight", "gates.1.weight"].map(|name| state.get(name).unwrap().clone())
    };
    let even = values(&Gate::<f64>::even(4, 6)).remove(0);
    assert_eq!(weights(0), [even.clone(), even]);
    let learnt = weights(5);
    assert_ne!(learnt[0], learnt[1]);
}

#[test]
fn no_experts_are_refused_and_more_than_a_thousand() {
    let tables = tables::<f32>(2, Seed::new(1));
    for experts in [0, 1001] {
        let refused =
            fitted_jointly(&Joint::of(Mmoe { experts }), &tables, &smooth(), &run(1, Seed::new(1)));
        let expected = format!("experts is {experts}, but must be between 1 and 1000");
        assert_eq!(refused.err().unwrap().to_string(), expected);
    }
}
