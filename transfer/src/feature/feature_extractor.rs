//! Feature transfer: the source's trunk, frozen, turns rows into features.

use autograd::Float;
use nn::train::{Description, Family, Needs, Outputs, Run};
use nn::{Module, Parameters};

use crate::parameter::{Over, tune};
use crate::{Error, Fitted, Given, Strategy};

/// A frozen trunk with a new head: the head alone learns the target, on features computed once.
///
/// Frozen is out of the tape and out of the optimiser: the trunk has no gradient, no momentum and
/// no decay, and its running statistics stand still. So the features of a row never change, and
/// they are computed before the training instead of at every step of it.
///
/// # Source
/// Donahue et al. 2014 (`DeCAF`), section 3: a network's inner activations as fixed features for a
/// linear classifier. Here: of the last hidden layer, and the classifier is trained by gradient
/// descent with the same recipe as the other strategies.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeatureExtractor;

impl<F: Float> Strategy<F> for FeatureExtractor {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("特征迁移"),
            paper: Some("Donahue et al. 2014, DeCAF"),
            chapter: "Feature transfer",
            needs: Needs::ONE_SOURCE,
            usual: true,
            ..Description::new("features", Family::Feature)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let known = Strategy::<F>::describe(self);
        given.check(&known)?;
        let run = run.of(known.name);
        let examples = given.examples(&run)?;
        let source = given.source(known.name)?;
        let spec = examples.fitting(&source.spec)?;
        let (_, head) = spec.build_task::<F>(run.weights(), &given.target.task).split_head();
        let (trunk, _) = source.parts()?;
        trunk.freeze();
        let outputs = Outputs::of(&examples, 0);
        let features = examples.mapped(|x| trunk.predict(x));
        tune(&head, &Over { trunk: &trunk, head: &head }, &features, &run, None)?;
        Ok(Fitted::network(trunk.followed_by(head), outputs, given, &run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Strategy;
    use crate::testing::{cases, recipe, source, target, values};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(16))]

        #[test]
        fn training_on_cached_features_is_training_above_a_frozen_trunk(
            seed: u64, batch in prop::option::of(2_usize..30)
        ) {
            let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
            let target = target(&["p", "q"], seed);
            let recipe = Recipe { batch, ..recipe(20) };

            // The naive twin: every step runs the trunk again.
            let spec = source.spec.clone().with_outputs(2);
            let (_, head) = spec.build_task::<f64>(seed.child("weights"), "target").split_head();
            let (trunk, _) = source.model.clone().split_head();
            trunk.freeze();
            let model = trunk.clone().followed_by(head);
            let examples = Examples::of_target(&source, &target, batch, seed).unwrap();
            let mut optimizer = Sgd::with_config(&model, recipe.sgd().unwrap());
            for step in 0..recipe.steps {
                let (x, labels) = examples.batch(step);
                let tape = Tape::default();
                let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
                let gradients = loss.backward();
                for (_, parameter) in &model.named()[..4] {
                    prop_assert!(gradients.of(parameter).is_none(), "absent, not zero");
                }
                optimizer.step(gradients);
            }

            let cached = FeatureExtractor.fit(&source, &target, &recipe, seed).unwrap();
            prop_assert_eq!(values(&*cached.model), values(&model));
            prop_assert_eq!(&values(&model)[..4], &values(&trunk)[..], "momentum, decay: frozen");
            prop_assert_eq!(cached.trained, 2 * 4 + 2);
        }
    }

    #[test]
    fn the_source_can_still_be_trained() {
        let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
        let before = values(&source.model);
        FeatureExtractor.fit(&source, &target(&["x"], seed), &recipe(5), seed).unwrap();
        assert_eq!(values(&source.model), before);
        assert_eq!(source.model.num_trainable(), source.model.num_parameters());
    }
}
