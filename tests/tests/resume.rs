//! Training that is stopped and resumed is, bit for bit, training that is not.
//!
//! Each law has three runs or more: without those that lack something and must differ, a file that
//! holds nothing would pass.

use nn::{Schedule, Seed, checkpoint};
use tests::files::Folder;
use tests::stopping::{BATCH, ROWS, Rule, Training};

const STEPS: usize = 20;
/// Before the first step, after it, later, in the middle of an epoch, and at the end of one.
const STOPS: [usize; 5] = [0, 1, 7, 13, 10];

fn start(rule: Rule) -> Training {
    Training::start(rule, Seed::new(1), Seed::new(2))
}

#[test]
fn the_stops_are_where_their_names_say() {
    assert_ne!(13 * BATCH % ROWS, 0);
    assert_eq!(10 * BATCH % ROWS, 0);
}

#[test]
fn resumed_training_is_uninterrupted_training_and_weights_alone_are_not() {
    let folder = Folder::new();
    let (file, weights) = (folder.file("training.safetensors"), folder.file("model.safetensors"));
    for rule in Rule::ALL {
        let mut uninterrupted = start(rule);
        uninterrupted.train(STEPS);
        for stop in STOPS {
            let mut stopped = start(rule);
            stopped.train(stop);
            stopped.save(&file).unwrap();
            checkpoint::save(&weights, &stopped.model).unwrap();
            drop(stopped);

            let mut resumed = Training::resume(rule, &file).unwrap();
            resumed.train(STEPS - stop);
            assert_eq!(resumed.losses, uninterrupted.losses[stop..], "{rule:?} at {stop}");
            assert_eq!(resumed.state(), uninterrupted.state(), "{rule:?} at {stop}");

            let mut others = Training::start(rule, Seed::new(3), Seed::new(4));
            checkpoint::load(&weights, &others.model).unwrap();
            others.train(STEPS - stop);
            let (model, uninterrupted) = (others.state().0, uninterrupted.state().0);
            assert_ne!(model, uninterrupted, "{rule:?} at {stop}");
        }
    }
}

/// A change to training that was resumed, after which it must go another way.
type Loss = (&'static str, fn(&mut Training));

#[test]
fn every_part_of_the_file_is_needed() {
    let losses: [Loss; 4] = [
        ("the optimiser's state", |training| {
            training.optimizer = training.rule.optimizer(&training.model);
        }),
        ("the step", |training| training.progress.step = 0),
        ("the schedule", |training| {
            training.progress.schedule = Schedule::Constant { rate: 0.05 };
        }),
        ("the seed", |training| training.progress.seed = Seed::new(4)),
    ];
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    for rule in Rule::ALL {
        let mut uninterrupted = start(rule);
        uninterrupted.train(STEPS);
        for stop in STOPS.into_iter().filter(|&stop| stop > 0) {
            let mut stopped = start(rule);
            stopped.train(stop);
            stopped.save(&file).unwrap();
            for (part, lose) in losses {
                let mut resumed = Training::resume(rule, &file).unwrap();
                lose(&mut resumed);
                resumed.train(STEPS - stop);
                let same = resumed.state().0 == uninterrupted.state().0;
                // Plain descent remembers nothing.
                let nothing = rule == Rule::Sgd && part == "the optimiser's state";
                assert_eq!(same, nothing, "{rule:?} at {stop} without {part}");
            }
        }
    }
}

#[test]
fn training_may_be_stopped_after_every_step() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    for rule in Rule::ALL {
        let mut uninterrupted = start(rule);
        uninterrupted.train(STEPS);
        start(rule).save(&file).unwrap();
        for _ in 0..STEPS {
            let mut resumed = Training::resume(rule, &file).unwrap();
            resumed.train(1);
            resumed.save(&file).unwrap();
        }
        let resumed = Training::resume(rule, &file).unwrap();
        assert_eq!(resumed.state(), uninterrupted.state(), "{rule:?}");
    }
}

#[test]
fn a_resumed_optimiser_has_what_the_file_says_and_not_what_it_had() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    for rule in Rule::ALL {
        let mut stopped = start(rule);
        stopped.save(&file).unwrap(); // before the first step: no numbers yet
        let before = stopped.state();
        stopped.train(5);
        stopped.restore(&file).unwrap();
        assert_eq!(stopped.state(), before, "{rule:?}");
    }
}

#[test]
fn a_file_of_another_rule_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    for rule in [Rule::Momentum, Rule::Adam, Rule::AdamW] {
        let mut stopped = start(rule);
        stopped.train(3);
        stopped.save(&file).unwrap();
        // Plain descent is the rule of momentum with another option, and options are the program's.
        let same = |other| other == rule || (rule, other) == (Rule::Momentum, Rule::Sgd);
        for other in Rule::ALL.into_iter().filter(|&other| !same(other)) {
            let mut training = Training::start(other, Seed::new(5), Seed::new(6));
            training.train(2);
            let before = training.state();
            let message = training.restore(&file).unwrap_err().to_string();
            assert!(message.starts_with(&file.display().to_string()), "{message}");
            assert!(message.contains("the optimiser cannot go on from this state"), "{message}");
            assert_eq!(training.state(), before, "{rule:?} into {other:?}");
        }
    }
}
