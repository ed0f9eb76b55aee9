//! A group is an optimiser of its own at a fixed ratio.

use autograd::{Gradients, Parameter, Seed, Tensor};
use nn::{Groups, NetworkSpec, Parameters, Sequential};

use super::RULES;

fn network() -> Sequential<f64> {
    NetworkSpec::mlp(&[4, 3, 2]).build(Seed::new(6))
}

/// Fixed, unequal gradients of all parameters.
fn gradients(network: &Sequential<f64>, step: usize) -> Gradients<f64> {
    let mut gradients = Gradients::empty();
    for (_, p) in network.named() {
        let entry = |i| (1.3 * i as f64 + step as f64).cos();
        gradients.insert(&p, Tensor::from_fn(p.shape(), entry));
    }
    gradients
}

#[test]
fn a_group_moves_as_under_an_optimiser_with_its_rate_and_decay() {
    for rule in RULES {
        let (joint, apart) = (network(), network());
        let groups = Groups::of(&joint).rate(joint.layer(0), 0.1).decay_weights_only();
        let mut optimizer = rule.with(groups, 0.5, 0.25);
        let single = |name: &str| -> Parameter<f64> {
            apart.named().into_iter().find(|(known, _)| known == name).unwrap().1
        };
        let own = |name: &str, rate, decay| rule.with(Groups::of(&single(name)), rate, decay);
        let mut others = [
            own("0.weight", 0.5 * 0.1, 0.25),
            own("0.bias", 0.5 * 0.1, 0.0),
            own("2.weight", 0.5, 0.25),
            own("2.bias", 0.5, 0.0),
        ];
        for step in 0..4 {
            if step == 2 {
                // The schedule moves all groups; they keep their ratio.
                optimizer.set_learning_rate(0.25);
                for (other, ratio) in others.iter_mut().zip([0.1, 0.1, 1.0, 1.0]) {
                    other.set_learning_rate(0.25 * ratio);
                }
            }
            optimizer.step(gradients(&joint, step));
            others.iter_mut().for_each(|other| other.step(gradients(&apart, step)));
            assert_eq!(joint.state_dict(), apart.state_dict(), "{rule:?}, step {step}");
        }
    }
}

#[test]
fn one_group_at_the_rate_1_is_no_group() {
    for rule in RULES {
        let (plain, grouped) = (network(), network());
        let mut optimizer = rule.on(&plain);
        let mut with_groups = rule.with(Groups::of(&grouped).rate(&grouped, 1.0), 0.02, 0.01);
        for step in 0..3 {
            optimizer.step(gradients(&plain, step));
            with_groups.step(gradients(&grouped, step));
        }
        assert_eq!(plain.state_dict(), grouped.state_dict(), "{rule:?}");
    }
}

#[test]
fn layers_further_from_the_output_move_less_by_a_fixed_factor() {
    let network = network();
    let before = network.state_dict();
    let groups = Groups::of(&network).rate_by_depth(|above| 2.0_f64.powi(-(above as i32)));
    super::Rule::Plain.with(groups, 0.5, 0.0).step(gradients(&network, 0));
    let after = network.state_dict();
    for (name, rate) in [("0.weight", 0.25), ("0.bias", 0.25), ("2.weight", 0.5), ("2.bias", 0.5)] {
        let expected = |i| (1.3 * i as f64).cos() * rate;
        let (old, new) = (before.get(name).unwrap(), after.get(name).unwrap());
        for (i, (old, new)) in old.as_slice().iter().zip(new.as_slice()).enumerate() {
            assert_eq!(*new, old - expected(i), "{name}");
        }
    }
}
