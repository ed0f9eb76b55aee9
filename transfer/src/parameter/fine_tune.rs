//! Parameter transfer: the source's weights are where the target's training begins.

use autograd::Float;
use nn::data::LabelColumn;
use nn::train::{Description, Examples, Family, Needs, Outputs, Property, Run};
use nn::{Parameters, Sequential, StateDict};

use crate::parameter::tuning::{Penalty, tune};
use crate::{Error, Fitted, Given, Source, Strategy};

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
        let (name, keeps): (_, &[Property]) = match self.head {
            Head::Kept => ("fine-tuned", &[Property::BeginsAsSource]),
            Head::New => ("fine-tuned, new head", &[]),
        };
        Description {
            article_term: Some("参数迁移"),
            paper: Some("Yosinski et al. 2014, How transferable are features"),
            chapter: "Parameter transfer",
            needs: Needs::ONE_SOURCE,
            keeps,
            usual: self.head == Head::Kept,
            ..Description::new(name, Family::Parameter)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        fine_tune(&Strategy::<F>::describe(self), self.head, None, given, run)
    }
}

/// Fine-tuning as strategies share it: the source's weights, then training on the target with a
/// penalty at most.
///
/// # Errors
/// If what is given does not meet the needs, the weights do not fit the source's architecture, a
/// class is not the kept head's, or a loss is not finite.
pub fn fine_tune<F: Float>(
    known: &Description,
    head: Head,
    penalty: Option<&dyn Penalty<F>>,
    given: &Given<'_, F>,
    run: &Run<'_, F>,
) -> Result<Fitted<F>, Error> {
    given.check(known)?;
    let run = run.of(known.name);
    let examples = given.examples(&run)?;
    let model = start(head, &examples, given, &run)?;
    let penalty = penalty.map(|penalty| penalty.begin(given, &model, &run)).transpose()?;
    tune(&model, &model, &examples, &run, penalty.as_deref())?;
    Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
}

/// The source's network for the target's outputs, with parameters of its own.
///
/// # Errors
/// If the weights do not fit the source's architecture, or a class is not the kept head's.
pub fn start<F: Float>(
    head: Head,
    examples: &Examples<F>,
    given: &Given<'_, F>,
    run: &Run<'_, F>,
) -> Result<Sequential<F>, Error> {
    let source = given.source("fine-tuning")?;
    let spec = examples.fitting(&source.spec)?;
    let model = spec.build_task::<F>(run.weights(), &given.target.task);
    let (trunk, old) = source.parts()?;
    let head = match head {
        Head::Kept => rows_of(&old.state_dict(), &places(&examples.labels()[0], source)?),
        Head::New => model.clone().split_head().1.state_dict(),
    };
    // Strict: a tensor that found no place, or a place that found no tensor, is an error.
    model.load_state_dict(&trunk.state_dict().into_iter().chain(head).collect())?;
    Ok(model)
}

/// Where each of the target's outputs stands among the source's: classes by name, a number first.
fn places<F: Float>(target: &LabelColumn, source: &Source<F>) -> Result<Vec<usize>, Error> {
    let known = source.data.label_columns.first().and_then(LabelColumn::as_classes);
    let known = known.map_or(&[][..], |labels| &labels.classes);
    let Some(labels) = target.as_classes() else { return Ok(vec![0]) };
    let place = |class: &String| {
        let found = known.iter().position(|known| known == class);
        found.ok_or_else(|| Error::UnknownClass { class: class.clone() })
    };
    labels.classes.iter().map(place).collect()
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
