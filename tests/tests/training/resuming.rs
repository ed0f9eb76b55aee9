//! Training that is stopped and goes on gives the bits of training that does not stop.

use autograd::{Parameter, Seed, Tape, Tensor};
use nn::data::Batches;
use nn::{Dataset, Module, Optimizer, OptimizerState, Parameters, Schedule, Sequential, StateDict};

use super::{RULES, Rule, bits, every_layer, rows, train};

const STEPS: usize = 20;

fn network(seed: u64) -> Sequential<f64> {
    every_layer().build(Seed::new(seed))
}

/// Everything that changes from step to step: the rate, the order of rows, dropout, statistics.
fn run(network: &Sequential<f64>, optimizer: &mut dyn Optimizer<f64>, from: usize, to: usize) {
    let (x, labels) = rows(30, super::INPUTS);
    let (seed, schedule) = (Seed::new(8), Schedule::slanted_triangular(0.05, STEPS));
    let batches = Batches::new(30, 8, seed.child("order")); // an epoch ends within a batch
    for step in from..to {
        let batch = batches.at(step);
        let tape = Tape::<f64>::in_training(seed.child("dropout").child(step));
        let chosen: Vec<usize> = batch.iter().map(|&row| labels[row]).collect();
        let loss = network.forward(tape.constant(x.rows(&batch))).cross_entropy(&chosen);
        optimizer.set_learning_rate(schedule.at(step));
        optimizer.step(nn::finite(network, loss, step).unwrap().backward());
    }
}

/// What a checkpoint holds at this step.
fn stopped(rule: Rule, at: usize) -> (StateDict<f64>, OptimizerState<f64>) {
    let network = network(1);
    let mut optimizer = rule.on(&network);
    run(&network, &mut *optimizer, 0, at);
    (network.state_dict(), optimizer.state())
}

#[test]
fn resumed_is_uninterrupted_and_is_not_weights_alone() {
    for rule in RULES {
        let uninterrupted = stopped(rule, STEPS);
        for at in [0, 1, 7, 13, STEPS] {
            let (weights, state) = stopped(rule, at);
            let resume = |with_state: bool| {
                let network = network(2); // other weights, until they are loaded
                network.load_state_dict(&weights).unwrap();
                let mut optimizer = rule.on(&network);
                if with_state {
                    optimizer.load_state(&state).unwrap();
                }
                run(&network, &mut *optimizer, at, STEPS);
                (network.state_dict(), optimizer.state())
            };
            let resumed = resume(true);
            assert_eq!(bits(&resumed.0), bits(&uninterrupted.0), "{rule:?} at {at}");
            assert_eq!(resumed.1, uninterrupted.1, "{rule:?} at {at}");
            // Plain descent carries nothing, and at step 0 there is nothing to carry yet.
            let carries = !matches!(rule, Rule::Plain) && (1..STEPS).contains(&at);
            assert_eq!(bits(&resume(false).0) != bits(&resumed.0), carries, "{rule:?} at {at}");
        }
    }
}

#[test]
fn a_state_lists_what_the_next_step_would_use() {
    let network = network(1);
    let mut optimizer = Rule::Adam.on(&network);
    assert!(optimizer.state().tensors.is_empty());
    network.layer(0).freeze();
    (0..3).for_each(|step| train(&network, &mut *optimizer, step));
    let state = optimizer.state();
    assert_eq!(state.rule, "adam");
    assert_eq!(state.tensors.names().next(), Some("1.weight.exp_avg"));
    assert_eq!(state.steps.get("0.weight"), None);
    assert_eq!(state.steps.get("3.0.weight"), Some(&3));

    network.layer(0).unfreeze();
    train(&network, &mut *optimizer, 3);
    let state = optimizer.state();
    assert_eq!(state.steps.get("0.weight"), Some(&1));
    assert_eq!(state.steps.get("3.0.weight"), Some(&4));
    network.layer(3).freeze();
    network.layer(3).unfreeze();
    assert_eq!(optimizer.state().steps.get("3.0.weight"), None); // it would begin afresh
}

#[test]
fn freezing_across_a_stop_changes_nothing() {
    for rule in RULES {
        let go = |stop: bool| {
            let mut network = network(1);
            let mut optimizer = rule.on(&network);
            run(&network, &mut *optimizer, 0, 5);
            network.layer(3).freeze();
            run(&network, &mut *optimizer, 5, 10);
            if stop {
                let (weights, state) = (network.state_dict(), optimizer.state());
                network = self::network(2);
                network.load_state_dict(&weights).unwrap();
                optimizer = rule.on(&network);
                optimizer.load_state(&state).unwrap();
                network.layer(3).freeze();
            }
            run(&network, &mut *optimizer, 10, 12);
            network.layer(3).unfreeze();
            run(&network, &mut *optimizer, 12, 15);
            bits(&network.state_dict())
        };
        assert_eq!(go(true), go(false), "{rule:?}");
    }
}

#[test]
fn what_a_state_does_not_name_begins_afresh() {
    for rule in RULES {
        let (network, twin) = (network(1), network(1));
        let mut optimizer = rule.on(&network);
        (0..3).for_each(|step| train(&network, &mut *optimizer, step));
        let mut state = optimizer.state();
        state.steps.retain(|name, _| !name.starts_with("0."));
        let kept = state.tensors.iter().filter(|(name, _)| !name.starts_with("0."));
        state.tensors = kept.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        // One that has moved all goes on as one that has moved nothing does.
        twin.load_state_dict(&network.state_dict()).unwrap();
        let mut fresh = rule.on(&twin);
        optimizer.load_state(&state).unwrap();
        fresh.load_state(&state).unwrap();
        assert_eq!(optimizer.state(), state, "{rule:?}");
        train(&network, &mut *optimizer, 3);
        train(&twin, &mut *fresh, 3);
        assert_eq!(bits(&network.state_dict()), bits(&twin.state_dict()), "{rule:?}");
    }
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let pair = || {
        let fresh = |x| Parameter::new(Tensor::new([2], vec![x, x]));
        vec![fresh(1.0), fresh(2.0)]
    };
    let moved = |model: &Vec<Parameter<f64>>| {
        let mut optimizer = Rule::Adam.on(model);
        let tape = Tape::<f64>::default();
        let loss = (tape.watch(&model[0]) * tape.watch(&model[1])).sum();
        optimizer.step(loss.backward());
        optimizer
    };
    let model = pair();
    let mut optimizer = moved(&model);
    let good = optimizer.state();
    let mut refused = |change: &dyn Fn(&mut OptimizerState<f64>)| {
        let mut state = good.clone();
        change(&mut state);
        let message = optimizer.load_state(&state).unwrap_err().to_string();
        assert_eq!(optimizer.state(), good);
        message.strip_prefix("the optimiser cannot go on from this state: ").unwrap().to_owned()
    };
    let adamw = refused(&|state| state.rule = "adamw".to_owned());
    assert_eq!(adamw, "it is of \"adamw\", not of \"adam\"");
    assert_eq!(refused(&|state| state.learning_rate = f64::NAN), "its learning rate is NaN");
    let missing = refused(&|state| drop(state.tensors.remove("1.exp_avg_sq")));
    assert_eq!(missing, "\"1.exp_avg_sq\" is missing");
    let uncounted = refused(&|state| state.steps.retain(|name, _| name != "0"));
    assert_eq!(uncounted, "\"0\" has no number of steps");
    let misshapen = refused(&|state| drop(state.tensors.insert("0.exp_avg", Tensor::zeros([3]))));
    assert_eq!(misshapen, "\"0.exp_avg\" is [3], its parameter [2]");
    let foreign = refused(&|state| drop(state.tensors.insert("2.exp_avg", Tensor::zeros([2]))));
    assert_eq!(foreign, "\"2.exp_avg\" is of no parameter here");
    let counted = refused(&|state| state.steps.extend([("2".to_owned(), 1)]));
    assert_eq!(counted, "it counts steps of \"2\", no parameter here");
}

#[test]
fn the_order_of_rows_and_the_labels_of_a_batch_go_together() {
    let (x, labels) = rows::<f64>(30, super::INPUTS);
    let names: Vec<String> = labels.iter().map(usize::to_string).collect();
    let data = Dataset::new(x, vec![nn::Labels::of_text("kind", &names)]).unwrap();
    for step in 0..8 {
        let batch = Batches::new(30, 8, Seed::new(1)).at(step);
        let part = data.rows(&batch);
        for (place, &row) in batch.iter().enumerate() {
            assert_eq!(part.labels().of_row[place], Some(labels[row]));
        }
    }
}
