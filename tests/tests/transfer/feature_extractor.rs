//! The frozen trunk: caching its features changes nothing, and nothing of it moves.

use autograd::{Seed, Tape};
use nn::train::Recipe;
use nn::{Groups, Module, Parameters};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{fitted, recipe, source, target, values};
use transfer::Given;
use transfer::feature::FeatureExtractor;

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn training_on_cached_features_is_training_above_a_frozen_trunk(
        seed: u64, batch in prop::option::of(2_usize..30)
    ) {
        let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
        let target = target(&["p", "q"], seed);
        let run = nn::train::Run::new(Recipe { batch, ..recipe(20) }, seed);

        // The naive twin: every step runs the trunk again.
        let spec = source.spec.clone().with_outputs(2);
        let (_, head) = spec.build_task::<f64>(seed.child("weights"), "target").split_head();
        let (trunk, _) = source.model.clone().split_head();
        trunk.freeze();
        let model = trunk.clone().followed_by(head);
        let sources = [source.clone()];
        let examples = Given::new(&sources, &target).examples(&run).unwrap();
        let mut optimizer = run.optimizer(Groups::of(&model)).unwrap();
        for step in 0..20 {
            let (x, labels) = examples.batch(step);
            let tape = Tape::default();
            let gradients = labels.loss(model.forward(tape.constant(x))).backward();
            for (_, parameter) in &model.named()[..6] {
                prop_assert!(gradients.of(parameter).is_none(), "absent, not zero");
            }
            optimizer.step(gradients);
        }

        let cached = fitted(&FeatureExtractor::default(), &source, &target, &run).unwrap();
        prop_assert_eq!(values(cached.model().unwrap()), values(&model));
        prop_assert_eq!(&values(&model)[..6], &values(&trunk)[..], "momentum, decay: frozen");
        prop_assert_eq!(cached.trained, 2 * 4 + 2);
    }
}

#[test]
fn the_source_can_still_be_trained() {
    let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
    let before = values(&source.model);
    let run = nn::train::Run::new(recipe(5), seed);
    fitted(&FeatureExtractor::default(), &source, &target(&["x"], seed), &run).unwrap();
    assert_eq!(values(&source.model), before);
    assert_eq!(source.model.num_trainable(), source.model.num_parameters());
}
