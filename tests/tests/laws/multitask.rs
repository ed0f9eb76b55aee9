//! For each law of learning together a strategy that breaks it, and it alone.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::multitask::shared::Hard;
use ::multitask::{Error, Fitted, Given, Strategy, Table, Tasks};
use autograd::{Gradients, Tape, parallel};
use nn::data::{LabelColumn, Scale};
use nn::train::{Description, Family, Needs, Outputs, Property, Recipe, Run, Step};
use nn::{Schedule, Seed};
use tests::laws::{list, multitask, multitask_laws};

use Property::{BeginsAsBaseline, IgnoresOrder, OneTaskIsBaseline};

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
    let keeps = &[BeginsAsBaseline, OneTaskIsBaseline, IgnoresOrder];
    Description { keeps, ..Description::new("planted", Family::Shared) }
}

/// Hard sharing, written out: it keeps every law.
fn honest(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
) -> Result<Fitted<f64>, Error> {
    learn(known, given, run, of_step)
}

/// The same on tapes of this kind.
fn learn(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
    tape: fn(&Step<'_, '_, f64>) -> Tape<f64>,
) -> Result<Fitted<f64>, Error> {
    let run = run.of(known.name);
    let tasks = Tasks::of(given, &run)?;
    tasks.check(known)?;
    let network = tasks.network(&Hard, given, &run)?;
    let everyone: Vec<usize> = (0..tasks.all.len()).collect();
    let mut optimizer = run.optimizer(network.groups())?;
    for step in run.steps(&network) {
        let tape = tape(&step);
        let losses = tasks.losses(&*network, &tape, step.number(), &everyone);
        let mut values = vec![None; everyone.len()];
        losses.iter().for_each(|(task, loss)| values[*task] = Some(loss.value().item()));
        step.finite(&values)?;
        let sum = losses.into_iter().map(|(_, loss)| loss).reduce(|a, b| a + b);
        let gradients = sum.map_or_else(Gradients::empty, |sum| sum.backward());
        step.apply(&mut *optimizer, &values, gradients)?;
    }
    Ok(Fitted::of(network, &Hard, given, &tasks, &run))
}

/// The run with another recipe.
fn bent<'r>(run: &Run<'r, f64>, bend: impl Fn(&mut Recipe)) -> Run<'r, f64> {
    let mut recipe = run.recipe.clone();
    bend(&mut recipe);
    run.phase("", recipe)
}

/// What is learnt of other tables.
fn of_others(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
    change: impl Fn(&mut Vec<Table<f64>>),
) -> Result<Fitted<f64>, Error> {
    let mut tables = given.tables.to_vec();
    change(&mut tables);
    honest(known, &Given { tables: &tables, ..*given }, run)
}

/// Each law with what breaks it.
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn planted() -> Vec<(&'static str, Planted)> {
    let plant = |law, known, fit: Fit| (law, Planted { known, fit });
    let keeping = |keeps| Description { keeps, ..known() };
    let needing = |needs| Description { needs, ..known() };
    vec![
        plant("its description says what it is", Description { name: " ", ..known() }, honest),
        plant(
            "what does not meet its needs is refused before training",
            needing(Needs { sources: 0..=2, ..Needs::LABELS }),
            |known, given, run| {
                honest(&Description { needs: Needs::LABELS, ..known.clone() }, given, run)
            },
        ),
        plant("what meets its needs is learnt", known(), |known, given, run| {
            let needs = Needs { sources: 0..=1, ..Needs::LABELS };
            honest(&Description { needs, ..known.clone() }, given, run)
        }),
        plant(
            "tables that cannot be learnt are refused before training",
            known(),
            |known, given, run| {
                of_others(known, given, run, |tables| {
                    let none = tables.iter().all(|table| table.weight == 0.0);
                    tables.iter_mut().filter(|_| none).for_each(|table| table.weight = 1.0);
                })
            },
        ),
        plant("each column of a table is a task", known(), |known, given, run| {
            of_others(known, given, run, |tables| {
                for table in tables {
                    let rows = table.data.num_rows();
                    let columns = &mut table.data.label_columns;
                    let several = columns.len() > 1;
                    for row in (0..rows).filter(|_| several) {
                        if columns.iter().any(|column| !column.is_known(row)) {
                            columns.iter_mut().for_each(|column| column.forget(row));
                        }
                    }
                }
            })
        }),
        plant("a task of weight 0 teaches nothing", known(), |known, given, run| {
            of_others(known, given, run, |tables| {
                let any = tables.iter().any(|table| table.weight > 0.0);
                let little = |table: &mut Table<f64>| table.weight = table.weight.max(1e-3);
                tables.iter_mut().filter(|table| any && table.weight == 0.0).for_each(little);
            })
        }),
        plant(
            "rows of another width are learnt behind an adapter",
            known(),
            |known, given, run| {
                of_others(known, given, run, |tables| {
                    tables.iter_mut().for_each(|table| table.adapted = false);
                })
            },
        ),
        plant(
            "a task alone is learnt as by the baseline exactly if it says so",
            keeping(&[BeginsAsBaseline, IgnoresOrder]),
            honest,
        ),
        plant(
            "a task alone is learnt as by the baseline exactly if it says so",
            known(),
            |known, given, run| {
                let alone =
                    given.tables.len() == 1 && given.tables[0].data.label_columns.len() == 1;
                let longer = |recipe: &mut Recipe| recipe.steps += usize::from(alone);
                honest(known, given, &bent(run, longer))
            },
        ),
        plant(
            "the order of tasks changes something unless it says otherwise",
            keeping(&[BeginsAsBaseline, OneTaskIsBaseline]),
            honest,
        ),
        plant(
            "the order of tasks changes something unless it says otherwise",
            known(),
            |known, given, run| {
                of_others(known, given, run, |tables| {
                    let several = tables.len() > 1 && tables[0].weight > 0.0;
                    tables.iter_mut().take(usize::from(several)).for_each(|table| {
                        table.weight *= 1.5;
                    });
                })
            },
        ),
        plant(
            "a recipe out of its range is refused before training",
            known(),
            |known, given, run| {
                let bend = |recipe: &mut Recipe| recipe.weight_decay = recipe.weight_decay.max(0.0);
                honest(known, given, &bent(run, bend))
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
            assert!(run.recipe.batch != Some(1), "one row has no variance");
            honest(known, given, run)
        }),
        plant("a loss that is not finite stops it at its step", known(), |known, given, run| {
            match honest(known, given, run) {
                Err(Error::Loss { .. }) => {
                    honest(known, given, &bent(run, |recipe| recipe.steps = 0))
                }
                result => result,
            }
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
            let mut fitted = honest(known, given, run)?;
            fitted.multiply_adds = multiply_adds;
            Ok(fitted)
        }),
        plant(
            "another seed, number of steps or label learns another",
            keeping(&[IgnoresOrder]),
            |known, given, run| honest(known, given, &run.with_seed(Seed::new(0))),
        ),
        plant("a row without a label is as no row", known(), |known, given, run| {
            of_others(known, given, run, |tables| {
                for table in tables.iter_mut().filter(|table| table.data.label_columns.len() == 1) {
                    if let LabelColumn::Classes(labels) = &mut table.data.label_columns[0]
                        && labels.of_row.iter().any(Option::is_some)
                    {
                        labels.of_row.iter_mut().for_each(|class| *class = class.or(Some(0)));
                    }
                }
            })
        }),
        plant("any number of threads learns the same", known(), |known, given, run| {
            let faster = |recipe: &mut Recipe| {
                let usual = recipe.schedule == Schedule::Constant { rate: 0.1 };
                if usual && parallel::num_threads() == 3 {
                    recipe.schedule = Schedule::Constant { rate: 0.2 };
                }
            };
            honest(known, given, &bent(run, faster))
        }),
        plant(
            "every step trains in training and has a seed of its own",
            known(),
            |known, given, run| match given.tables.len() {
                1 => honest(known, given, run),
                _ => learn(known, given, run, |_| Tape::default()),
            },
        ),
        plant(
            "every step trains in training and has a seed of its own",
            known(),
            |known, given, run| match given.tables.len() {
                1 => honest(known, given, run),
                _ => learn(known, given, run, |_| Tape::in_training(Seed::new(1))),
            },
        ),
        plant("every step is in the log, with its losses", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            fitted.log.pop();
            Ok(fitted)
        }),
        plant("what moves is counted and nothing else moves", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            fitted.trained += 1;
            Ok(fitted)
        }),
        plant("what is saved predicts the same when it is loaded", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            let tasks = fitted.tasks.iter_mut().filter(|_| !given.tables[0].adapted);
            tasks.for_each(|(name, _)| name.push('?'));
            Ok(fitted)
        }),
        plant("numbers are learnt in their own unit", known(), |known, given, run| {
            let mut fitted = honest(known, given, run)?;
            for (_, outputs) in &mut fitted.tasks {
                if let Outputs::Numbers { scale, .. } = outputs {
                    *scale = Scale::UNSCALED;
                }
            }
            Ok(fitted)
        }),
        plant(
            "it begins as the baseline exactly if it says so",
            keeping(&[BeginsAsBaseline, IgnoresOrder]),
            |known, given, run| honest(known, given, &run.with_seed(run.seed.child("other"))),
        ),
        plant(
            "it begins as the baseline exactly if it says so",
            keeping(&[OneTaskIsBaseline, IgnoresOrder]),
            honest,
        ),
    ]
}

#[test]
fn a_strategy_without_a_fault_keeps_every_law() {
    let broken = multitask(&Planted { known: known(), fit: honest });
    assert!(broken.is_empty(), "{}", list(&broken));
}

#[test]
fn a_strategy_with_a_fault_breaks_the_law_against_it_and_no_other() {
    for (law, planted) in planted() {
        let broken = multitask(&planted);
        let laws: Vec<&str> = broken.iter().map(|broken| broken.law).collect();
        assert_eq!(laws, [law], "{}", list(&broken));
    }
}

#[test]
fn every_law_has_a_strategy_that_breaks_it() {
    for law in multitask_laws() {
        assert!(planted().iter().any(|(broken, _)| *broken == law), "nothing breaks: {law}");
    }
}
