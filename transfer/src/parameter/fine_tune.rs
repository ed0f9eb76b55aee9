//! Parameter transfer: the source's weights are where the target's training begins.

use autograd::{Float, Seed, Tape};
use nn::{Module, Optimizer, Parameters, Sgd, StateDict};

use crate::examples::Examples;
use crate::{Description, Error, Fitted, Recipe, Source, Strategy, Training};

/// What becomes of the source's last layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// It is kept: each class of the target begins with the weights of the source's class of the
    /// same **name**. Right when the tasks agree and the domains differ mildly.
    #[default]
    Kept,
    /// A fresh one takes its place. Needed when the classes are others, right when the domains
    /// differ strongly.
    New,
}

/// Fine-tuning: copies the source's weights, then trains all of them on the target.
///
/// # Source
/// Yosinski et al. 2014, section 2 (the transferred layers fine-tuned: `AnB+`, all layers but the
/// head copied). Here also with the head kept, as the two tasks may have the same classes.
#[derive(Clone, Copy, Debug, Default)]
pub struct FineTune {
    /// What becomes of the source's last layer.
    pub head: Head,
}

impl<F: Float> Strategy<F> for FineTune {
    fn describe(&self) -> Description {
        let name = match self.head {
            Head::Kept => "fine-tuned",
            Head::New => "fine-tuned, new head",
        };
        Description {
            name,
            article_term: Some("参数迁移"),
            paper: Some("Yosinski et al. 2014, How transferable are features"),
            chapter: "Parameter transfer",
        }
    }

    fn fit(
        &self,
        source: &Source<F>,
        target: &Training<F>,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let config = recipe.sgd()?;
        let examples = Examples::of_target(source, target, recipe.batch, seed)?;
        let spec = examples.fitting(&source.spec)?;
        let model = spec.build_task::<F>(seed.child("weights"), &target.task);
        let (trunk, head) = source.parts()?;
        let head = match self.head {
            Head::Kept => rows_of(&head.state_dict(), &examples.places_in(source)?),
            Head::New => model.clone().split_head().1.state_dict(),
        };
        // Strict: a tensor that found no place, or a place that found no tensor, is an error.
        model.load_state_dict(&trunk.state_dict().into_iter().chain(head).collect())?;

        let mut optimizer = Sgd::with_config(&model, config);
        for step in 0..recipe.steps {
            let (x, labels) = examples.batch(step);
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = model.forward(tape.constant(x)).cross_entropy(&labels);
            Error::check(loss, Strategy::<F>::describe(self).name, step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(model))
    }
}

/// The rows of a head's weight and bias that belong to these classes.
fn rows_of<F: Float>(head: &StateDict<F>, classes: &[usize]) -> StateDict<F> {
    head.iter().map(|(name, value)| (name.to_owned(), value.index_select(0, classes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Strategy;
    use crate::testing::{cases, recipe, source, target, values};
    use proptest::prelude::*;

    const KEPT: FineTune = FineTune { head: Head::Kept };
    const NEW: FineTune = FineTune { head: Head::New };

    proptest! {
        #![proptest_config(cases(16))]

        #[test]
        fn with_its_head_kept_it_begins_as_the_source(seed: u64) {
            let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
            let target = target(&["x", "y", "z"], seed);
            let x = target.labelled.features.clone();
            let fitted = KEPT.fit(&source, &target, &recipe(0), seed).unwrap();
            prop_assert_eq!(fitted.predict(&x), source.model.predict(&x));
        }

        #[test]
        fn a_kept_head_follows_the_classes_names(seed: u64) {
            let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
            let target = target(&["z", "x"], seed);
            let x = target.labelled.features.clone();
            let fitted = KEPT.fit(&source, &target, &recipe(0), seed).unwrap();
            prop_assert_eq!(
                fitted.predict(&x), source.model.predict(&x).index_select(1, &[2, 0])
            );
        }

        #[test]
        fn a_new_head_is_the_baselines_and_the_trunk_the_sources(seed: u64) {
            let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
            let target = target(&["p", "q"], seed);
            let fitted = NEW.fit(&source, &target, &recipe(0), seed).unwrap();
            let fresh = crate::Scratch.fit(&source, &target, &recipe(0), seed).unwrap();
            let (own, fresh) = (values(&*fitted.model), values(&*fresh.model));
            prop_assert_eq!(&own[..4], &values(&source.model)[..4]);
            prop_assert_eq!(&own[4..], &fresh[4..]);
        }

        #[test]
        fn all_of_the_target_moves_and_nothing_of_the_source(seed: u64) {
            let (seed, source) = (Seed::new(seed), source::<f64>(Seed::new(seed)));
            let (target, before) = (target(&["x", "y", "z"], seed), values(&source.model));
            for strategy in [KEPT, NEW] {
                let fitted = strategy.fit(&source, &target, &recipe(5), seed).unwrap();
                prop_assert_eq!(&values(&source.model), &before);
                prop_assert_eq!(fitted.trained, source.spec.num_parameters());
                for (after, before) in values(&*fitted.model).iter().zip(&before) {
                    prop_assert_ne!(after, before);
                }
            }
        }
    }

    #[test]
    fn a_class_that_the_source_has_not_cannot_keep_its_head() {
        let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
        let refused = KEPT.fit(&source, &target(&["x", "w"], seed), &recipe(1), seed);
        assert_eq!(
            refused.err().unwrap().to_string(),
            "the source's head cannot be kept for class \"w\", which the source has not"
        );
    }

    #[test]
    fn a_source_whose_weights_are_not_its_specs_is_an_error_and_not_a_fresh_start() {
        let (seed, mut source) = (Seed::new(1), source::<f32>(Seed::new(1)));
        source.spec.layers[0].0 = Some("fc1".to_owned());
        let refused = KEPT.fit(&source, &target(&["x", "y"], seed), &recipe(1), seed);
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("missing: \"fc1.weight\""), "{message}");
        assert!(message.contains("unexpected: \"0.weight\""), "{message}");

        source.spec.layers.truncate(3);
        let refused = KEPT.fit(&source, &target(&["x", "y"], seed), &recipe(1), seed);
        assert_eq!(
            refused.err().unwrap().to_string(),
            "the source's network has 5 layers, but its architecture is fc1: Linear(6 -> 5), Tanh, \
             Linear(5 -> 4)"
        );
    }
}
