//! Runs: their seeds, phases, steps, log, and who watches.

use std::sync::Mutex;

use autograd::{Tape, Tensor};
use nn::train::{At, Examples, Go, Recipe, Record, Run, Watch};
use nn::{BatchNormConfig, Error, Groups, LayerSpec, Module, NetworkSpec, Seed, Sequential};
use tests::strategies::{CLASSES, data, recipe, smooth, values};

/// Trains the network of a seed for the run's steps.
fn train(run: &Run<'_, f64>, model: &Sequential<f64>) -> Result<(), Error> {
    let rows = data(12, &CLASSES, Seed::new(3));
    let examples = Examples::of("rows", &rows, run.recipe.batch, run.order("rows"))?;
    let mut optimizer = run.optimizer(Groups::of(model))?;
    for step in run.steps(model) {
        let (x, labels) = examples.batch(step.number());
        let tape = step.tape();
        step.descend(&mut *optimizer, labels.loss(model.forward(tape.constant(x))))?;
    }
    Ok(())
}

fn run(steps: usize) -> Run<'static, f64> {
    Run::new(recipe(steps), Seed::new(1))
}

fn model(run: &Run<'_, f64>) -> Sequential<f64> {
    smooth().build(run.weights())
}

fn places(log: &[Record]) -> Vec<(&str, usize)> {
    log.iter().map(|record| (record.phase.as_str(), record.step)).collect()
}

/// Says something after the step of this number.
struct After(usize, Go);
impl Watch<f64> for After {
    fn after(&self, at: &At<'_, f64>) -> Go {
        if at.record.step == self.0 { self.1 } else { Go::On }
    }
}

#[test]
fn weights_orders_and_tapes_come_from_seeds_of_their_own() {
    let (run, seed) = (run(3), Seed::new(1));
    assert_eq!(run.weights(), seed.child("weights"));
    assert_eq!(run.order("a"), seed.child("order").child("a"));
    let phase = run.phase("probe", recipe(3));
    assert_eq!((phase.weights(), phase.order("a")), (run.weights(), run.order("a")));
    let model = model(&run);
    for (number, (step, of_phase)) in run.steps(&model).zip(phase.steps(&model)).enumerate() {
        assert_eq!((step.number(), step.done()), (number, number as f64 / 3.0));
        let next = |seed: Seed| Tape::<f64>::in_training(seed).next_seed();
        let tapes = seed.child("tape");
        assert!(step.tape().is_training());
        assert_eq!(step.tape().next_seed(), next(tapes.child(number)));
        assert_eq!(of_phase.tape().next_seed(), next(tapes.child("probe").child(number)));
    }
    assert_eq!(run.with_seed(Seed::new(2)).weights(), Seed::new(2).child("weights"));
}

#[test]
fn phases_count_their_own_steps_and_write_one_log() {
    let run = run(2).of("outer");
    let model = model(&run);
    train(&run, &model).unwrap();
    train(&run.phase("probe", recipe(3)), &model).unwrap();
    // A strategy that is called by another one goes on in its log.
    train(&run.of("inner"), &model).unwrap();
    let expected = [("", 0), ("", 1), ("probe", 0), ("probe", 1), ("probe", 2), ("", 0), ("", 1)];
    assert_eq!(places(&run.log()), expected);
    assert!(run.log().iter().all(|record| record.losses.len() == 1));
    // One that nobody called begins its own.
    assert!(Run::<f64>::new(recipe(1), Seed::new(1)).of("other").log().is_empty());
}

#[test]
fn who_watches_is_told_of_every_step_and_sees_the_model_after_it() {
    type Told = (String, Record, usize, Tensor<f64>);
    #[derive(Default)]
    struct Notes(Mutex<Vec<Told>>);
    impl Watch<f64> for Notes {
        fn after(&self, at: &At<'_, f64>) -> Go {
            let outputs = at.learner.outputs(0, &Tensor::ones([1, 6]));
            let note = (at.strategy.to_owned(), at.record.clone(), at.steps, outputs);
            self.0.lock().unwrap().push(note);
            Go::On
        }
    }
    let notes = Notes::default();
    let run = run(3).watched_by(&notes).of("watched");
    let model = model(&run);
    train(&run, &model).unwrap();
    let notes = notes.0.lock().unwrap();
    let told: Vec<Record> = notes.iter().map(|(_, record, ..)| record.clone()).collect();
    assert_eq!(told, run.log());
    assert!(notes.iter().all(|(strategy, _, steps, _)| strategy == "watched" && *steps == 3));
    assert_eq!(notes[2].3, model.predict(&Tensor::ones([1, 6])));
    assert_ne!(notes[1].3, notes[2].3);
}

#[test]
fn finish_ends_a_phase_with_the_model_as_it_is_and_the_next_phase_begins() {
    let watch = After(1, Go::Finish);
    let run = run(5).watched_by(&watch).of("finishing");
    let (finished, two_steps) = (model(&run), model(&run));
    train(&run, &finished).unwrap();
    train(&Run::new(recipe(2), Seed::new(1)), &two_steps).unwrap();
    assert_eq!(values(&finished), values(&two_steps));
    train(&run.phase("probe", recipe(5)), &finished).unwrap();
    let expected = [("", 0), ("", 1), ("probe", 0), ("probe", 1)];
    assert_eq!(places(&run.log()), expected);
}

#[test]
fn stop_ends_all_with_an_error_that_names_strategy_and_step() {
    let watch = After(1, Go::Stop);
    let run = run(5).watched_by(&watch).of("stopping");
    let model = model(&run);
    let stopped = train(&run, &model).unwrap_err();
    assert_eq!(stopped.to_string(), "stopping: stopped after step 1");
    assert!(matches!(stopped, Error::Stopped { strategy: "stopping", step: 1 }));
    assert_eq!(places(&run.log()), [("", 0), ("", 1)], "the step itself is done");
}

#[test]
fn a_loss_that_is_not_finite_leaves_the_model_as_it_was() {
    let run = run(3).of("failing");
    let model = model(&run);
    let before = values(&model);
    let mut optimizer = run.optimizer(Groups::of(&model)).unwrap();
    for (loss, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let step = run.steps(&model).nth(2).unwrap();
        let tape = step.tape();
        let refused = step.descend(&mut *optimizer, tape.constant(loss)).unwrap_err().to_string();
        let sentence = format!("failing: the loss of step 2 is {shown}, not a finite number");
        assert!(refused.starts_with(&sentence), "{refused}");
        assert_eq!(values(&model), before);
    }
    assert!(run.log().is_empty());
}

#[test]
fn gradients_of_a_loss_that_is_not_finite_are_not_applied() {
    let run = run(3).of("failing");
    let model = model(&run);
    let before = values(&model);
    let mut optimizer = run.optimizer(Groups::of(&model)).unwrap();
    let step = run.steps(&model).nth(2).unwrap();
    let gradients = || {
        let tape = step.tape();
        model.forward(tape.constant(Tensor::ones([1, 6]))).sum().backward()
    };
    for losses in [vec![Some(f64::NAN)], vec![None, Some(1.0), Some(f64::INFINITY)]] {
        let refused = step.apply(&mut *optimizer, &losses, gradients()).unwrap_err().to_string();
        assert!(refused.starts_with("failing: the loss of"), "{refused}");
        assert_eq!(values(&model), before);
    }
    assert!(run.log().is_empty());
    step.apply(&mut *optimizer, &[None, Some(1.0)], gradients()).unwrap();
    assert_ne!(values(&model), before);
}

#[test]
fn a_running_statistic_that_is_not_finite_is_refused_by_its_name() {
    let linear = LayerSpec::linear;
    let spec = NetworkSpec::new().then(linear(6, 5)).then_named("norm", BatchNormConfig::new(5));
    let run = Run::<f64>::new(Recipe { steps: 1, ..Recipe::default() }, Seed::new(1)).of("failing");
    let model = spec.then(linear(5, 3)).build::<f64>(run.weights());
    let mut optimizer = run.optimizer(Groups::of(&model)).unwrap();
    let step = run.steps(&model).next().unwrap();
    let tape = step.tape();
    // Rows so far apart that the square of their distance is beyond every number.
    let x = Tensor::from_fn([4, 6], |i| if i < 6 { 1e200 } else { -1e200 });
    let loss = model.forward(tape.constant(x)).detach().sum() * 0.0 + tape.constant(1.0);
    let refused = step.descend(&mut *optimizer, loss).unwrap_err().to_string();
    assert!(refused.contains("failing") && refused.contains("norm.running_"), "{refused}");
}
