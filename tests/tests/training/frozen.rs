//! Frozen means frozen, and thawed means begun afresh.

use autograd::{Parameter, Seed};
use nn::{Parameters, Sequential};

use super::{RULES, bits, every_layer, train};

/// Tensors frozen one by one: those of even or of odd place, so that each is frozen in some run.
fn freeze_every_second(network: &Sequential<f64>, odd: usize) -> Vec<(String, Parameter<f64>)> {
    let named = network.named().into_iter().skip(odd).step_by(2);
    named.inspect(|(_, parameter)| parameter.freeze()).collect()
}

fn values(named: &[(String, Parameter<f64>)]) -> Vec<(String, Vec<u64>)> {
    bits(&named.iter().map(|(name, parameter)| (name.clone(), parameter.value())).collect())
}

#[test]
fn a_frozen_tensor_keeps_its_bits_through_a_thousand_steps() {
    for rule in RULES {
        for odd in [0, 1] {
            let network = every_layer().build::<f64>(Seed::new(4));
            let mut optimizer = rule.on(&network);
            // Buffers and moments are full when the freezing begins.
            (0..5).for_each(|step| train(&network, &mut *optimizer, step));
            let frozen = freeze_every_second(&network, odd);
            let (before, all_before) = (values(&frozen), bits(&network.state_dict()));
            (5..1005).for_each(|step| train(&network, &mut *optimizer, step));
            assert_eq!(values(&frozen), before, "{rule:?}");

            let all = network.state_dict();
            let moved = bits(&all).iter().zip(&all_before).filter(|(a, b)| a != b).count();
            // All others move, but for a running statistic whose twin is frozen: two are used
            // together or not at all.
            let norms = network.named().iter().filter(|(_, p)| p.is_buffer()).count();
            let unmoved = norms / 2;
            assert_eq!(moved, all.len() - frozen.len() - unmoved, "{rule:?}");
        }
    }
}

#[test]
fn a_frozen_layer_keeps_its_bits_and_its_statistics() {
    for rule in RULES {
        let network = every_layer().build::<f64>(Seed::new(4));
        let mut optimizer = rule.on(&network);
        (0..5).for_each(|step| train(&network, &mut *optimizer, step));
        for layer in 0..network.len() {
            let own = network.layer(layer);
            own.freeze();
            let before = bits(&own.state_dict());
            (5..105).for_each(|step| train(&network, &mut *optimizer, step));
            assert_eq!(bits(&own.state_dict()), before, "{rule:?}, layer {layer}");
            own.unfreeze();
            train(&network, &mut *optimizer, 105);
            let moves = own.num_parameters() > 0;
            assert_eq!(bits(&own.state_dict()) != before, moves, "{rule:?}, layer {layer}");
        }
    }
}

#[test]
fn a_thawed_tensor_moves_as_if_its_optimiser_were_new() {
    for rule in RULES {
        for odd in [0, 1] {
            let network = every_layer().build::<f64>(Seed::new(4));
            let mut optimizer = rule.on(&network);
            (0..5).for_each(|step| train(&network, &mut *optimizer, step));
            let thawed = freeze_every_second(&network, odd);
            (5..10).for_each(|step| train(&network, &mut *optimizer, step));
            network.unfreeze();

            let twin = network.clone();
            train(&network, &mut *optimizer, 10);
            train(&twin, &mut *rule.on(&twin), 10);
            let (ours, twins) = (network.state_dict(), twin.state_dict());
            for (name, _) in thawed {
                assert_eq!(ours.get(&name), twins.get(&name), "{rule:?}, {name}");
            }
        }
    }
}

#[test]
fn a_gradient_that_was_found_before_the_freezing_moves_nothing_after_it() {
    for rule in RULES {
        let p = Parameter::new(autograd::Tensor::new([2], vec![1.0, -2.0]));
        let mut optimizer = rule.on(&p);
        let mut gradients = autograd::Gradients::empty();
        gradients.insert(&p, autograd::Tensor::new([2], vec![1.0, 1.0]));
        p.freeze();
        optimizer.step(gradients);
        assert_eq!(p.value().as_slice(), [1.0, -2.0]);
    }
}
