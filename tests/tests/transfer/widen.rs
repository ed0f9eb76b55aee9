//! Widening: the function stays, copies stay copies, and what reads units together is refused.

use autograd::{Seed, Tape, Tensor};
use nn::{LayerNormConfig, Module, NetworkSpec, Parameters};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{normalised, smooth};
use transfer::structure::{widen, widened};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn the_wider_network_computes_the_same(
        seed: u64, hidden in 0_usize..2, more in 0_usize..20, kind in 0_usize..3
    ) {
        let spec = vec![smooth(), NetworkSpec::mlp(&[6, 5, 4, 3]), normalised()].swap_remove(kind);
        let seed = Seed::new(seed);
        let (model, width) = (spec.build::<f64>(seed), [5, 4][hidden] + more);
        // Training moves running statistics, if there are any.
        let rows = nn::init::normal([9, 6], 2.0, seed.child("rows"));
        model.forward(Tape::in_training(seed).constant(rows));
        let wider = widen(&model, hidden, width, seed).unwrap();
        prop_assert_eq!(wider.spec(), Some(widened(&spec, hidden, width).unwrap()));
        let x = nn::init::normal([8, 6], 1.0, seed.child("x"));
        for (a, b) in model.predict(&x).as_slice().iter().zip(wider.predict(&x).as_slice()) {
            // Sums of up to 24 terms of size 1 in another order.
            prop_assert!((a - b).abs() < 1e-12, "{a} and {b}");
        }
    }

    #[test]
    fn copies_of_a_unit_stay_copies(seed: u64) {
        let seed = Seed::new(seed);
        let wider = widen(&smooth().build::<f64>(seed), 0, 30, seed).unwrap();
        let x = nn::init::normal::<f64>([8, 6], 1.0, seed.child("x"));
        let tape = Tape::<f64>::default();
        let loss = wider.forward(tape.constant(x)).cross_entropy(&[0, 1, 2, 0, 1, 2, 0, 1]);
        let (gradients, parameters) = (loss.backward(), wider.named());
        let rows = |tensor: &Tensor<f64>, unit| tensor.rows(&[unit]);
        let (weight, gradient) =
            (parameters[0].1.value(), gradients.of(&parameters[0].1).unwrap());
        for copy in 5..30 {
            let original = (0..5).find(|&unit| rows(&weight, unit) == rows(&weight, copy));
            let original = original.expect("every new unit is a copy of an old one");
            prop_assert_eq!(rows(gradient, original), rows(gradient, copy));
        }
    }
}

#[test]
fn what_cannot_be_widened_is_refused() {
    let refused = |hidden, width| widened(&smooth(), hidden, width).unwrap_err().to_string();
    let network = format!("the network {}", smooth());
    assert_eq!(refused(3, 9), format!("{network} has no hidden layer 3"));
    assert_eq!(refused(usize::MAX, 9), format!("{network} has no hidden layer {}", usize::MAX));
    assert_eq!(refused(0, 3), format!("{network} has 5 units in hidden layer 0, more than 3"));

    // A layer norm reads all units at once: a copy would count twice.
    let mut spec = normalised();
    spec.layers[1].1 = LayerNormConfig::new(5).into();
    let refused = widened(&spec, 0, 9).unwrap_err().to_string();
    assert!(refused.ends_with("cannot be widened before LayerNorm(5)"), "{refused}");
}
