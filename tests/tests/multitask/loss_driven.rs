//! The loss-driven sampler: its probabilities, its draws, and whom it visits.

use autograd::{Seed, Tensor};
use multitask::schedule::LossDriven;
use multitask::shared::Hard;
use multitask::{Joint, Sampler};
use nn::{Dataset, Labels, generator};
use proptest::collection::vec;
use proptest::prelude::*;
use rand::RngExt;
use tests::draw::cases;
use tests::strategies::{CLASSES, fitted_jointly, run, smooth, tables, values};

/// The tasks of so many steps of a sampling of these tasks, of which each has its loss of now.
fn visits(seed: u64, steps: usize, loss: impl Fn(usize, usize) -> f64) -> Vec<Vec<usize>> {
    let mut sampling = LossDriven::default().begin(&[9, 9, 9], steps, Seed::new(seed)).unwrap();
    let mut last = [None; 3];
    let visit = |step| {
        let tasks = sampling.tasks(step, &last);
        tasks.iter().for_each(|&task| last[task] = Some(loss(step, task)));
        tasks
    };
    (0..steps).map(visit).collect()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_probability_is_a_tenth_even_and_the_rest_by_what_is_left(left in vec(0.01..3.0_f64, 1..8)) {
        let p = LossDriven::default().probabilities(&left);
        let (tasks, sum) = (left.len() as f64, left.iter().sum::<f64>());
        for (p, left) in p.iter().zip(&left) {
            prop_assert!((p - (0.1 / tasks + 0.9 * left / sum)).abs() < 1e-15); // a few roundings
        }
        prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn tasks_with_equally_much_left_are_drawn_evenly(tasks in 1..9_usize, left in 0.0..3.0) {
        for p in LossDriven::default().probabilities(&vec![left; tasks]) {
            prop_assert!((p * tasks as f64 - 1.0).abs() < 1e-15 * tasks as f64); // roundings of a sum
        }
    }

    #[test]
    fn its_draws_are_those_of_its_definition(seed: u64, falls in vec(0.5..1.1_f64, 3)) {
        let loss = |step: usize, task: usize| (task + 1) as f64 * falls[task].powi(step as i32);
        // The naive twin: every running mean anew from all of the task's losses.
        let mut seen: [Vec<f64>; 3] = [0, 1, 2].map(|task| vec![loss(0, task)]);
        for (step, tasks) in visits(seed, 60, loss).into_iter().enumerate().skip(1) {
            let left = seen.each_ref().map(|losses| {
                let mean = losses.iter().skip(1).fold(losses[0], |mean, x| 0.9 * mean + 0.1 * x);
                mean / losses[0]
            });
            let p = left.map(|r| 0.1 / 3.0 + 0.9 * r / left.iter().sum::<f64>());
            let u = generator(Seed::new(seed).child(step)).random::<f64>();
            let drawn = if u < p[0] { 0 } else if u < p[0] + p[1] { 1 } else { 2 };
            prop_assert_eq!(tasks, vec![drawn], "step {}", step);
            seen[drawn].push(loss(step, drawn));
        }
    }
}

#[test]
fn tasks_are_visited_as_often_as_their_probabilities_say() {
    // Constant losses after a first one: 1, a half and nothing of it are left.
    let loss = |step: usize, task: usize| if step == 0 { 1.0 } else { [1.0, 0.5, 0.0][task] };
    let (steps, warm) = (41_000, 1000);
    let mut counts = [0; 3];
    for tasks in &visits(7, steps, loss)[warm..] {
        counts[tasks[0]] += 1;
    }
    // By then the running means have forgotten the first losses: a task is visited at least once in
    // sixty steps, and 0.9^16 of the first loss is left of its running mean, which counts for less
    // than a draw's deviation.
    let p = [0.1 / 3.0 + 0.9 / 1.5, 0.1 / 3.0 + 0.45 / 1.5, 0.1 / 3.0];
    let draws = (steps - warm) as f64;
    for (count, p) in counts.into_iter().zip(p) {
        let (expected, deviation) = (draws * p, (draws * p * (1.0 - p)).sqrt());
        // Four standard deviations of a binomial.
        assert!((f64::from(count) - expected).abs() < 4.0 * deviation, "{count}, not {expected}");
    }
}

#[test]
fn all_are_visited_until_all_have_a_first_loss() {
    let mut sampling = LossDriven::default().begin(&[5, 5, 5], 9, Seed::new(1)).unwrap();
    assert_eq!(sampling.tasks(0, &[None, None, None]), [0, 1, 2]);
    // No row of the last task's batch had a label.
    assert_eq!(sampling.tasks(1, &[Some(1.0), Some(1.0), None]), [0, 1, 2]);
    assert_eq!(sampling.tasks(2, &[Some(1.0), Some(1.0), Some(1.0)]).len(), 1);
}

#[test]
fn losses_of_nothing_leave_the_visits_even() {
    let p = LossDriven::default().probabilities(&[0.0, 0.0]);
    assert_eq!(p, [0.5, 0.5]);
    let mut counts = [0; 3];
    for tasks in &visits(3, 3001, |_, _| 0.0)[1..] {
        counts[tasks[0]] += 1;
    }
    // Four deviations of 26 about 1000.
    assert!(counts.iter().all(|count| (896..=1104).contains(count)), "{counts:?}");
}

#[test]
fn a_first_loss_of_0_leaves_nothing_to_learn() {
    let loss = |step: usize, task: usize| if step == 0 && task == 1 { 0.0 } else { 1.0 };
    let visits = visits(4, 6001, loss);
    let count = visits[1..].iter().filter(|tasks| tasks[0] == 1).count();
    // A thirtieth of all, within four deviations of 14.
    assert!((144..=256).contains(&count), "{count} of 6000");
}

/// How often a training visits each task.
fn counts(fitted: &multitask::Fitted<f64>, tasks: usize) -> Vec<usize> {
    let visited = |task: usize| fitted.log.iter().filter(|r| r.losses[task].is_some()).count();
    (0..tasks).map(visited).collect()
}

#[test]
fn a_task_with_nothing_left_to_learn_is_visited_least() {
    let (seed, mut tables) = (Seed::new(5), tables::<f64>(3, Seed::new(5)));
    // Every row of the second task is of one class: its loss falls to nothing at once.
    let rows = tables[1].data.num_rows();
    let labels = Labels::of_classes("kind", &vec![0; rows], &CLASSES).unwrap();
    tables[1].data = Dataset::new(tables[1].data.features.clone(), vec![labels]).unwrap();
    let joint = Joint::of(Hard).visiting(LossDriven::default());
    let fitted = fitted_jointly(&joint, &tables, &smooth(), &run(300, seed)).unwrap();
    let counts = counts(&fitted, 3);
    // All are visited in the first step, one in every other.
    assert_eq!(counts.iter().sum::<usize>(), 3 + 299);
    assert!(counts[1] * 3 < counts[0].min(counts[2]), "{counts:?}");
}

#[test]
fn a_task_of_weight_0_is_not_visited_and_not_waited_for() {
    let (seed, mut tables) = (Seed::new(6), tables::<f64>(3, Seed::new(6)));
    tables[1].weight = 0.0;
    let joint = Joint::of(Hard).visiting(LossDriven::default());
    let fitted = fitted_jointly(&joint, &tables, &smooth(), &run(40, seed)).unwrap();
    let counts = counts(&fitted, 3);
    assert_eq!(counts[1], 0);
    assert_eq!(counts[0] + counts[2], 2 + 39);
}

#[test]
fn what_is_not_visited_does_not_move() {
    let (seed, mut tables) = (Seed::new(7), tables::<f64>(2, Seed::new(7)));
    tables[0].data.features = Tensor::zeros([9, 6]);
    let joint = Joint::of(Hard).visiting(LossDriven::default());
    let heads = |steps| {
        let fitted = fitted_jointly(&joint, &tables, &smooth(), &run(steps, seed)).unwrap();
        let visited = fitted.log.last().map(|record| record.losses.clone());
        let state = fitted.network.state_dict();
        let head = |task| state.get(&format!("heads.{task}.6.weight")).unwrap().clone();
        (visited, [head(0), head(1)])
    };
    for steps in 1..12 {
        let ((_, before), (visited, after)) = (heads(steps), heads(steps + 1));
        let visited = visited.unwrap();
        for task in 0..2 {
            assert_eq!(before[task] != after[task], visited[task].is_some(), "step {steps}");
        }
    }
}

#[test]
fn one_task_is_visited_in_every_step() {
    let (tables, run) = (tables::<f64>(1, Seed::new(8)), run(20, Seed::new(8)));
    let joint = Joint::of(Hard).visiting(LossDriven::default());
    let visiting = fitted_jointly(&joint, &tables, &smooth(), &run).unwrap();
    let plain = fitted_jointly(&Joint::of(Hard), &tables, &smooth(), &run).unwrap();
    assert_eq!(values(&*visiting.network), values(&*plain.network));
}

#[test]
fn options_out_of_range_are_refused() {
    let begin = |explored, kept| {
        let begun = LossDriven { explored, kept }.begin(&[1, 1], 1, Seed::new(0));
        begun.err().map(|error| error.to_string())
    };
    assert_eq!(begin(1.5, 0.0).unwrap(), "explored is 1.5, but must be between 0 and 1");
    assert_eq!(begin(-0.1, 0.0).unwrap(), "explored is -0.1, but must be between 0 and 1");
    assert_eq!(begin(0.1, 1.0).unwrap(), "kept is 1, but must be at least 0 and below 1");
    assert!(begin(0.0, 0.0).is_none() && begin(1.0, 0.999).is_none());
}
