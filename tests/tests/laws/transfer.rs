//! For each law of transfer a strategy that breaks it, and it alone.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::transfer::parameter::{Head, fine_tune};
use ::transfer::{Error, Fitted, Given, Learnt, Strategy};
use autograd::{Parameter, Tape, Var, parallel};
use nn::data::{LabelColumn, Scale};
use nn::train::{Description, Examples, Family, Needs, Outputs, Property, Recipe, Run, Step};
use nn::{Groups, LayerSpec, Module, Optimizer, Parameters, Schedule, Seed, Sequential, Tanh};
use tests::laws::{list, transfer, transfer_laws};

use Property::{BeginsAsBaseline, BeginsAsSource, IgnoresSources};

type Fit = fn(&Description, &Given<'_, f64>, &Run<'_, f64>) -> Result<Fitted<f64>, Error>;

/// A strategy that says this of itself and does that.
struct Planted {
    known: Description,
    fit: Fit,
}

impl Strategy<f64> for Planted {
    fn describe(&self) -> Description {
        self.known.clone()
    }
    fn fit(&self, given: &Given<'_, f64>, run: &Run<'_, f64>) -> Result<Fitted<f64>, Error> {
        (self.fit)(&self.known, given, run)
    }
}

/// The tape that a step has.
fn of_step(step: &Step<'_, '_, f64>) -> Tape<f64> {
    step.tape()
}

/// What [`honest`] may say of itself.
fn known() -> Description {
    let keeps = &[IgnoresSources, BeginsAsBaseline];
    Description { keeps, ..Description::new("planted", Family::Baseline) }
}

/// Training from scratch, written out: it keeps every law.
fn honest(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
) -> Result<Fitted<f64>, Error> {
    given.check(known)?;
    learn(known, given, run, of_step)
}

/// The same without a look at the needs, on tapes of this kind.
fn learn(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
    tape: fn(&Step<'_, '_, f64>) -> Tape<f64>,
) -> Result<Fitted<f64>, Error> {
    let run = run.of(known.name);
    let examples = given.examples(&run)?;
    let spec = examples.fitting(given.spec)?;
    let model = spec.build_task::<f64>(run.weights(), &given.target.task);
    train(&model, &examples, &run, tape)?;
    Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
}

fn train(
    model: &Sequential<f64>,
    examples: &Examples<f64>,
    run: &Run<'_, f64>,
    tape: fn(&Step<'_, '_, f64>) -> Tape<f64>,
) -> Result<(), Error> {
    let mut optimizer: Box<dyn Optimizer<f64>> = run.optimizer(Groups::of(model))?;
    for step in run.steps(model) {
        let (x, labels) = examples.batch(step.number());
        let tape = tape(&step);
        let loss = labels.loss(model.forward(tape.constant(x)));
        step.descend(&mut *optimizer, loss)?;
    }
    Ok(())
}

/// The run with another recipe.
fn bent<'r>(run: &Run<'r, f64>, bend: impl Fn(&mut Recipe)) -> Run<'r, f64> {
    let mut recipe = run.recipe.clone();
    bend(&mut recipe);
    run.phase("", recipe)
}

/// A layer that says it is another one.
#[derive(Clone)]
struct Liar;
impl Parameters<f64> for Liar {
    fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<f64>)) {}
}
impl Module<f64> for Liar {
    fn forward<'t>(&self, x: Var<'t, f64>) -> Var<'t, f64> {
        x * 2.0
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(Tanh.into())
    }
}

/// Each law with what breaks it.
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn planted() -> Vec<(&'static str, Planted)> {
    let plant = |law, known, fit: Fit| (law, Planted { known, fit });
    let keeping = |keeps| Description { keeps, ..known() };
    let ignoring: &[Property] = &[IgnoresSources];
    vec![
        plant("its description says what it is", Description { name: " ", ..known() }, honest),
        plant(
            "its description says what it is",
            Description { article_term: Some("参数迁移"), ..known() },
            honest,
        ),
        plant(
            "its description says what it is",
            keeping(&[IgnoresSources, BeginsAsBaseline, IgnoresSources]),
            honest,
        ),
        plant(
            "what does not meet its needs is refused before training",
            Description { needs: Needs { unlabelled: true, ..Needs::LABELS }, ..known() },
            |known, given, run| {
                honest(&Description { needs: Needs::LABELS, ..known.clone() }, given, run)
            },
        ),
        plant(
            "what meets its needs is learnt",
            Description { needs: Needs { labelled: false, ..Needs::LABELS }, ..known() },
            honest,
        ),
        plant(
            "rows that cannot be learnt are refused before training",
            known(),
            |known, given, run| match given.target.labelled {
                Some(_) => learn(known, given, run, of_step),
                None => honest(known, given, run),
            },
        ),
        plant("the sources stay as they were", known(), |known, given, run| {
            given.sources.iter().for_each(|source| source.model.freeze());
            honest(known, given, run)
        }),
        plant(
            "another source changes what is learnt unless it says otherwise",
            keeping(&[BeginsAsBaseline]),
            honest,
        ),
        plant(
            "another source changes what is learnt unless it says otherwise",
            Description { needs: Needs::ONE_SOURCE, ..keeping(&[IgnoresSources, BeginsAsSource]) },
            |known, given, run| fine_tune(known, Head::Kept, None, given, run),
        ),
        plant(
            "it begins as the source exactly if it says so",
            keeping(&[IgnoresSources, BeginsAsBaseline, BeginsAsSource]),
            honest,
        ),
        plant(
            "it begins as the source exactly if it says so",
            Description { needs: Needs::ONE_SOURCE, ..keeping(&[]) },
            |known, given, run| fine_tune(known, Head::Kept, None, given, run),
        ),
        plant(
            "a recipe out of its range is refused before training",
            known(),
            |known, given, run| {
                honest(
                    known,
                    given,
                    &bent(run, |recipe| recipe.weight_decay = recipe.weight_decay.max(0.0)),
                )
            },
        ),
        plant(
            "a network that cannot be built is refused before training",
            known(),
            |known, given, run| {
                assert!(given.spec.head().is_some(), "every network has a head");
                honest(known, given, run)
            },
        ),
        plant("batches of one row are no reason to panic", known(), |known, given, run| {
            if run.recipe.batch != Some(1) {
                return honest(known, given, run);
            }
            let run = run.of(known.name);
            let examples = given.examples(&run)?;
            let spec = given.spec.clone().with_outputs(3);
            let model = spec.build_task::<f64>(run.weights(), &given.target.task);
            train(&model, &examples, &run, of_step)?;
            Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
        }),
        plant("a loss that is not finite stops it at its step", known(), |known, given, run| {
            match honest(known, given, run) {
                Err(Error::Loss { .. }) => {
                    honest(known, given, &bent(run, |recipe| recipe.steps = 0))
                }
                result => result,
            }
        }),
        plant("a loss that is not finite stops it at its step", known(), |known, given, run| {
            honest(known, given, run).map_err(|error| match error {
                Error::Loss { step, loss, .. } => Error::Loss { strategy: None, step, loss },
                other => other,
            })
        }),
        plant("it stops when it is told to", known(), |known, given, run| {
            match honest(known, given, run) {
                Err(Error::Stopped { .. }) => {
                    honest(known, given, &bent(run, |recipe| recipe.steps = 0))
                }
                result => result,
            }
        }),
        plant("the same arguments learn the same", known(), |known, given, run| {
            static FITS: AtomicUsize = AtomicUsize::new(0);
            let multiply_adds = FITS.fetch_add(1, Ordering::Relaxed);
            Ok(Fitted { multiply_adds, ..honest(known, given, run)? })
        }),
        plant(
            "another seed, number of steps or label learns another",
            keeping(ignoring),
            |known, given, run| honest(known, given, &run.with_seed(Seed::new(0))),
        ),
        plant(
            "another seed, number of steps or label learns another",
            known(),
            |known, given, run| {
                honest(known, given, &bent(run, |recipe| recipe.steps = recipe.steps.min(3)))
            },
        ),
        plant("a row without a label is as no row", known(), |known, given, run| {
            let mut target = given.target.clone();
            if let Some(LabelColumn::Classes(labels)) =
                target.labelled.as_mut().and_then(|data| data.label_columns.first_mut())
                && labels.of_row.iter().any(Option::is_some)
            {
                labels.of_row.iter_mut().for_each(|class| *class = class.or(Some(0)));
            }
            honest(known, &Given { target: &target, ..*given }, run)
        }),
        plant("any number of threads learns the same", known(), |known, given, run| {
            let faster = |recipe: &mut Recipe| {
                if recipe.schedule == (Schedule::Constant { rate: 0.1 })
                    && parallel::num_threads() == 3
                {
                    recipe.schedule = Schedule::Constant { rate: 0.2 };
                }
            };
            honest(known, given, &bent(run, faster))
        }),
        plant(
            "every step trains in training and has a seed of its own",
            known(),
            |known, given, run| {
                given.check(known)?;
                learn(known, given, run, |_| Tape::default())
            },
        ),
        plant(
            "every step trains in training and has a seed of its own",
            known(),
            |known, given, run| {
                given.check(known)?;
                learn(known, given, run, |_| Tape::in_training(Seed::new(1)))
            },
        ),
        plant("every step is in the log, with its losses", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            fitted.log.pop();
            Ok(fitted)
        }),
        plant("what moves is counted and nothing else moves", known(), |known, given, run| {
            let fitted = honest(known, given, run)?;
            Ok(Fitted { trained: fitted.trained + 1, ..fitted })
        }),
        plant(
            "what is saved predicts the same when it is loaded",
            keeping(ignoring),
            |known, given, run| {
                let fitted = honest(known, given, run)?;
                let learnt = match fitted.learnt {
                    Learnt::Network(model) => Learnt::Network(model.then(Liar)),
                    other @ Learnt::Ensemble(_) => other,
                };
                // Twice the outputs are no numbers of a unit: these keep theirs.
                let outputs = fitted.outputs;
                Ok(Fitted { learnt, outputs, ..fitted })
            },
        ),
        plant("numbers are learnt in their own unit", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            if let Outputs::Numbers { scale, .. } = &mut fitted.outputs {
                *scale = Scale::UNSCALED;
            }
            Ok(fitted)
        }),
        plant("it begins as the baseline exactly if it says so", known(), |known, given, run| {
            honest(known, given, &run.with_seed(run.seed.child("other")))
        }),
        plant("it begins as the baseline exactly if it says so", keeping(ignoring), honest),
    ]
}

#[test]
fn a_strategy_without_a_fault_keeps_every_law() {
    let broken = transfer(&Planted { known: known(), fit: honest });
    assert!(broken.is_empty(), "{}", list(&broken));
}

#[test]
fn a_strategy_with_a_fault_breaks_the_law_against_it_and_no_other() {
    for (law, planted) in planted() {
        let broken = transfer(&planted);
        let laws: Vec<&str> = broken.iter().map(|broken| broken.law).collect();
        assert_eq!(laws, [law], "{}", list(&broken));
    }
}

#[test]
fn every_law_has_a_strategy_that_breaks_it() {
    for law in transfer_laws() {
        assert!(planted().iter().any(|(broken, _)| *broken == law), "nothing breaks: {law}");
    }
}
