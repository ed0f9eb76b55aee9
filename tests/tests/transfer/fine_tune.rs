//! Fine-tuning: what it begins with, what moves, and what cannot be kept.

use autograd::Seed;
use nn::Module;
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{CLASSES, fitted, run, source, target, values, weights};
use transfer::baseline::Scratch;
use transfer::parameter::{FineTune, Head};

const KEPT: FineTune = FineTune { head: Head::Kept };
const NEW: FineTune = FineTune { head: Head::New };

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn with_its_head_kept_it_begins_as_the_source(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let target = target(&CLASSES, seed);
        let x = &target.labelled.as_ref().unwrap().features;
        let fitted = fitted(&KEPT, &source, &target, &run(0, seed)).unwrap();
        prop_assert_eq!(fitted.predict(x), source.model.predict(x));
    }

    #[test]
    fn a_kept_head_follows_the_classes_names(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let target = target(&["z", "x"], seed);
        let x = &target.labelled.as_ref().unwrap().features;
        let fitted = fitted(&KEPT, &source, &target, &run(0, seed)).unwrap();
        prop_assert_eq!(fitted.predict(x), source.model.predict(x).index_select(1, &[2, 0]));
    }

    #[test]
    fn a_new_head_is_the_baselines_and_the_trunk_the_sources(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let (target, run) = (target(&["p", "q"], seed), run(0, seed));
        let own = weights(&NEW, &source, &target, &run);
        let fresh = weights(&Scratch, &source, &target, &run);
        prop_assert_eq!(&own[..6], &values(&source.model)[..6]);
        prop_assert_eq!(&own[6..], &fresh[6..]);
    }

    #[test]
    fn all_of_the_target_moves_and_nothing_of_the_source(seed: u64) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let (target, before) = (target(&CLASSES, seed), values(&source.model));
        for strategy in [KEPT, NEW] {
            let fitted = fitted(&strategy, &source, &target, &run(5, seed)).unwrap();
            prop_assert_eq!(&values(&source.model), &before);
            prop_assert_eq!(fitted.trained, source.spec.num_parameters());
            for (after, before) in values(fitted.model().unwrap()).iter().zip(&before) {
                prop_assert_ne!(after, before);
            }
        }
    }
}

#[test]
fn a_class_that_the_source_has_not_cannot_keep_its_head() {
    let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
    let refused = fitted(&KEPT, &source, &target(&["x", "w"], seed), &run(1, seed));
    assert_eq!(
        refused.err().unwrap().to_string(),
        "the source's head cannot be kept for class \"w\", which the source has not: take \
         `Head::New`"
    );
}

#[test]
fn a_source_whose_weights_are_not_its_specs_is_an_error_and_not_a_fresh_start() {
    let (seed, mut source) = (Seed::new(1), source::<f32>(Seed::new(1)));
    source.spec.layers[0].0 = Some("fc1".to_owned());
    let target = target(&["x", "y"], seed);
    let message = fitted(&KEPT, &source, &target, &run(1, seed)).err().unwrap().to_string();
    assert!(message.contains("missing: \"fc1.weight\""), "{message}");
    assert!(message.contains("unexpected: \"0.weight\""), "{message}");

    source.spec.layers.truncate(3);
    assert_eq!(
        fitted(&KEPT, &source, &target, &run(1, seed)).err().unwrap().to_string(),
        "the source's network has 7 layers, but its architecture is fc1: Linear(6 -> 5), Tanh, \
         Linear(5 -> 4)"
    );
}
