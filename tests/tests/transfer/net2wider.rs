//! The widened network and its control, which has the width and none of the knowledge.

use autograd::Seed;
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{CLASSES, fitted, run, source, target, values, weights};
use transfer::Strategy;
use transfer::baseline::Scratch;
use transfer::parameter::FineTune;
use transfer::structure::{FreshStructure, Net2Wider, Widening};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn the_control_has_the_architecture_and_none_of_the_weights(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let (target, run) = (target(&CLASSES, seed), run(0, seed));
        let widening = Widening { hidden: 1, factor: 2.0 };
        let fit = |strategy: &dyn Strategy<f64>| {
            fitted(strategy, &source, &target, &run).unwrap()
        };
        let (grown, control) = (fit(&Net2Wider { widening }), fit(&FreshStructure { widening }));
        prop_assert_eq!(grown.trained, control.trained);
        let expected = (6 * 5 + 5) + (5 * 8 + 8) + (8 * 4 + 4) + (4 * 3 + 3);
        prop_assert_eq!(grown.trained, expected);
        let (grown, control) = (grown.model().unwrap(), control.model().unwrap());
        for (grown, control) in values(grown).iter().zip(values(control)) {
            prop_assert_eq!(grown.shape(), control.shape());
            prop_assert_ne!(grown, &control);
        }
    }
}

#[test]
fn with_factor_1_they_are_fine_tuning_and_the_baseline() {
    let (seed, source) = (Seed::new(2), source::<f64>(Seed::new(2)));
    let (target, run) = (target(&CLASSES, seed), run(9, seed));
    let fit = |strategy: &dyn Strategy<f64>| weights(strategy, &source, &target, &run);
    let widening = Widening { hidden: 0, factor: 1.0 };
    assert_eq!(fit(&Net2Wider { widening }), fit(&FineTune::default()));
    assert_eq!(fit(&FreshStructure { widening }), fit(&Scratch));
}

#[test]
fn a_factor_out_of_its_range_is_refused() {
    let (seed, source) = (Seed::new(3), source::<f32>(Seed::new(3)));
    for (factor, shown) in [(0.5, "0.5"), (1001.0, "1001"), (f64::NAN, "NaN")] {
        let widening = Widening { hidden: 0, factor };
        let strategies: [&dyn Strategy; 2] =
            [&Net2Wider { widening }, &FreshStructure { widening }];
        for strategy in strategies {
            let refused = fitted(strategy, &source, &target(&["x"], seed), &run(1, seed));
            assert_eq!(
                refused.err().unwrap().to_string(),
                format!("factor is {shown}, but must be between 1 and 1000")
            );
        }
    }
}
