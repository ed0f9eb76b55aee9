//! PCGrad: published numbers, the algorithm on the gradients themselves, two tasks, many tasks.

use autograd::{Parameter, Seed, Tape, Tensor, task_gradients};
use multitask::balance::PcGrad;
use multitask::shared::{Hard, HardNetwork};
use multitask::{Balancer, Joint, Losses, Network, SingleTask, Weights};
use nn::Parameters;
use nn::train::{Recipe, Rule, Run};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tests::draw::cases;
use tests::strategies::{fitted_jointly, plan, run, smooth, tables};

/// A row of gradient entries for each task.
type Jacobian = Vec<Vec<f64>>;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn gramian(rows: &[Vec<f64>]) -> Vec<f64> {
    rows.iter().flat_map(|a| rows.iter().map(|b| dot(a, b))).collect()
}

fn combined(rows: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let entry = |i| rows.iter().zip(weights).map(|(row, w)| w * row[i]).sum();
    (0..rows[0].len()).map(entry).collect()
}

/// For each task the others, in the order of random keys.
fn orders(tasks: usize, seed: u64) -> Vec<Vec<usize>> {
    let order = |task: usize| {
        let mut others: Vec<usize> = (0..tasks).filter(|&other| other != task).collect();
        others.sort_by_key(|&other| Seed::new(seed).child(task).child(other));
        others
    };
    (0..tasks).map(order).collect()
}

fn jacobians(tasks: std::ops::Range<usize>) -> impl Strategy<Value = Jacobian> {
    (tasks, 1..6_usize).prop_flat_map(|(tasks, entries)| vec(vec(-3.0..3.0, entries), tasks))
}

/// The exact UPGrad of two tasks: the sum of the tasks' gradients, each projected onto the cone of
/// all that sets no task back. A projection is `v^T J` for the smallest `v^T G v` with `v >= e_i`,
/// which lies where one of the bounds is met or none.
fn upgrad_of_two(gramian: &[f64]) -> Vec<f64> {
    let (a, b, c) = (gramian[0], gramian[1], gramian[3]);
    let of_task = |least: [f64; 2]| {
        let candidates = [least, [least[0], -b * least[0] / c], [-b * least[1] / a, least[1]]];
        let feasible = candidates.into_iter().filter(|v| v[0] >= least[0] && v[1] >= least[1]);
        let size = |v: &[f64; 2]| a * v[0] * v[0] + 2.0 * b * v[0] * v[1] + c * v[1] * v[1];
        feasible.min_by(|v, w| size(v).total_cmp(&size(w))).unwrap()
    };
    let (first, second) = (of_task([1.0, 0.0]), of_task([0.0, 1.0]));
    vec![first[0] + second[0], first[1] + second[1]]
}

#[test]
fn the_published_matrix_gives_the_published_vector() {
    let rows = [[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]];
    let shared = Parameter::new(Tensor::<f64>::zeros([3]));
    let tape = Tape::<f64>::default();
    let loss =
        |row: [f64; 3]| (tape.watch(&shared) * tape.constant(Tensor::new([3], row.to_vec()))).sum();
    let tasks = task_gradients(&rows.map(loss), &[shared.share()]);
    let weights = PcGrad::weights(tasks.gramian().as_slice(), &[vec![1], vec![0]]);
    // A sum and a quotient of integers.
    for (weight, exact) in weights.iter().zip([20.0 / 9.0, 30.0 / 19.0]) {
        assert!((weight - exact).abs() < 1e-15, "{weight} and {exact}");
    }
    let combined = tasks.combined(&weights, &[1.0, 1.0]);
    // The fourth digit is the last one that is published.
    for (entry, published) in
        combined.of(&shared).unwrap().as_slice().iter().zip([0.5848, 3.8012, 3.8012])
    {
        assert!((entry - published).abs() < 5e-5, "{entry} and {published}");
    }
}

#[test]
fn it_is_as_many_times_the_reference_upgrad_as_there_are_tasks_up_to_two() {
    let file = include_str!("../../fixtures/aggregation.json");
    let cases: Value = serde_json::from_str(file).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let matrices = cases["matrices"].as_array().unwrap();
    assert_eq!(matrices.len(), 3);
    for case in matrices {
        let (tasks, entries) = (&case["jacobian"]["shape"][0], &case["jacobian"]["shape"][1]);
        let (tasks, entries) =
            (tasks.as_u64().unwrap() as usize, entries.as_u64().unwrap() as usize);
        let rows = numbers(&case["jacobian"]["data"]);
        let rows: Jacobian = rows.chunks(entries).map(<[f64]>::to_vec).collect();
        let own = combined(&rows, &PcGrad::weights(&gramian(&rows), &orders(tasks, 0)));
        for (own, upgrad) in own.iter().zip(numbers(&case["results"]["upgrad"])) {
            // Its regularisation of 1e-4 relative to products of 40 moves weights of 2 by 1e-3.
            let times = tasks as f64 * upgrad;
            assert!((own - times).abs() < 2e-3, "{}: {own} and {times}", case["name"]);
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn it_is_the_published_algorithm_on_the_gradients_themselves(
        rows in jacobians(1..6), seed: u64
    ) {
        let orders = orders(rows.len(), seed);
        let mut sum = vec![0.0; rows[0].len()];
        for (row, order) in rows.iter().zip(&orders) {
            let mut projected = row.clone();
            for other in order.iter().map(|&other| &rows[other]) {
                let inner = dot(&projected, other);
                if inner < 0.0 {
                    let factor = inner / dot(other, other);
                    projected.iter_mut().zip(other).for_each(|(x, o)| *x -= factor * o);
                }
            }
            sum.iter_mut().zip(projected).for_each(|(sum, x)| *sum += x);
        }
        let weights = PcGrad::weights(&gramian(&rows), &orders);
        // Twenty projections, each by a weight that may be large where a gradient is small.
        let scale = weights.iter().fold(1.0, |m: f64, w| m.max(w.abs()));
        for (x, y) in combined(&rows, &weights).iter().zip(sum) {
            prop_assert!((x - y).abs() < 1e-12 * scale, "{x} and {y}");
        }
    }

    #[test]
    fn of_two_tasks_neither_is_set_back(rows in jacobians(2..3)) {
        let step = combined(&rows, &PcGrad::weights(&gramian(&rows), &[vec![1], vec![0]]));
        for row in &rows {
            // Opposite gradients cancel up to the rounding of their entries.
            let rounding = 1e-14 * dot(row, row).sqrt() * rows.iter().map(|r| dot(r, r)).sum::<f64>();
            prop_assert!(dot(&step, row) >= -rounding, "{:?}", step);
        }
    }

    #[test]
    fn two_tasks_change_places_with_their_weights(rows in jacobians(2..3)) {
        let there = PcGrad::weights(&gramian(&rows), &[vec![1], vec![0]]);
        let back: Jacobian = rows.into_iter().rev().collect();
        let mut back = PcGrad::weights(&gramian(&back), &[vec![1], vec![0]]);
        back.reverse();
        prop_assert_eq!(there, back); // bit for bit: a sum of two does not depend on its order
    }

    #[test]
    fn of_two_tasks_it_is_twice_upgrad(rows in jacobians(2..3)) {
        let gramian = gramian(&rows);
        prop_assume!(gramian[0] > 1e-9 && gramian[3] > 1e-9); // the oracle divides by squares
        let weights = PcGrad::weights(&gramian, &[vec![1], vec![0]]);
        for (weight, upgrad) in weights.iter().zip(upgrad_of_two(&gramian)) {
            // UPGrad is the mean of the two projections: their sum here is twice that.
            prop_assert!((weight - upgrad).abs() < 1e-12 * weight.abs().max(1.0));
        }
    }

    #[test]
    fn without_a_conflict_it_is_the_plain_sum(
        rows in (2..6_usize, 1..6_usize).prop_flat_map(|(k, d)| vec(vec(0.0..3.0_f64, d), k)),
        seed: u64
    ) {
        let weights = PcGrad::weights(&gramian(&rows), &orders(rows.len(), seed));
        prop_assert_eq!(weights, vec![1.0; rows.len()]);
    }

    #[test]
    fn tasks_permuted_with_their_orders_permute_the_weights(
        rows in jacobians(2..6), seed: u64, shift in 1..5_usize
    ) {
        let tasks = rows.len();
        let to = |task: usize| (task + shift) % tasks;
        let orders = orders(tasks, seed);
        let (mut moved_rows, mut moved_orders) = (rows.clone(), orders.clone());
        for task in 0..tasks {
            moved_rows[to(task)].clone_from(&rows[task]);
            moved_orders[to(task)] = orders[task].iter().map(|&other| to(other)).collect();
        }
        let there = PcGrad::weights(&gramian(&rows), &orders);
        let moved = PcGrad::weights(&gramian(&moved_rows), &moved_orders);
        let scale = there.iter().fold(1.0, |m: f64, w| m.max(w.abs()));
        for task in 0..tasks {
            // The same products, summed in another order.
            prop_assert!((there[task] - moved[to(task)]).abs() < 1e-12 * scale);
        }
    }

    #[test]
    fn a_gradient_of_0_changes_nothing(rows in jacobians(1..5), seed: u64) {
        let mut with = rows.clone();
        with.push(vec![0.0; rows[0].len()]);
        let all = PcGrad::weights(&gramian(&with), &orders(with.len(), seed));
        let others = PcGrad::weights(&gramian(&rows), &orders(rows.len(), seed));
        prop_assert_eq!(all, [others, vec![1.0]].concat());
    }
}

#[test]
fn a_gradient_whose_square_is_too_small_for_a_number_conflicts_with_none() {
    // Of entries 1e10 and -1e-190: the product is a number, the second's square is 0.
    let weights = PcGrad::weights(&[1e20, -1e-180, -1e-180, 0.0], &[vec![1], vec![0]]);
    assert_eq!(weights, [1.0, 1.0]);
}

#[test]
fn the_orders_are_drawn_anew_in_every_step_and_follow_from_seed_and_step() {
    // Three gradients of which every two conflict, of unequal sizes.
    let rows = [vec![3.0, 0.0], vec![-1.0, 1.0], vec![-1.0, -2.0]];
    let of_gradients = || gramian(&rows);
    let weights = |seed: u64, steps: std::ops::Range<usize>| -> Vec<Weights> {
        let mut weighing = PcGrad.begin(3, Seed::new(seed)).unwrap();
        let (tasks, values) = (&[0, 1, 2], &[1.0, 1.0, 1.0]);
        steps
            .map(|step| {
                weighing.weights(&Losses { step, tasks, values, of_gradients: &of_gradients })
            })
            .collect::<Result<_, _>>()
            .unwrap()
    };
    let steps = weights(1, 0..20);
    assert!(steps.iter().any(|other| *other != steps[0]), "one order in twenty steps");
    assert_ne!(steps, weights(2, 0..20));
    // Nothing is carried along: a step's order is that step's wherever training begins.
    assert_eq!(steps[7..], weights(1, 7..20));
}

#[test]
fn the_trunk_follows_the_projections_and_each_head_its_own_loss() {
    let (seed, tables) = (Seed::new(6), tables::<f64>(2, Seed::new(6)));
    let rule = Rule::Sgd { momentum: 0.0, nesterov: false };
    let run = Run::new(Recipe { steps: 1, rule, ..Recipe::at_rate(0.1) }, seed);
    let fitted =
        fitted_jointly(&Joint::of(Hard).balanced_by(PcGrad), &tables, &smooth(), &run).unwrap();

    let network = HardNetwork::<f64>::new(&plan(&smooth(), 2, run.weights())).unwrap();
    let tape = Tape::<f64>::default();
    let loss = |task: usize| {
        let data = &tables[task].data;
        let labels = data.labels().complete().unwrap();
        network.forward(tape.constant(&data.features), &[task])[0].cross_entropy(&labels)
    };
    let tasks = task_gradients(&[loss(0), loss(1)], &network.shared());
    let weights = PcGrad::weights(tasks.gramian().as_slice(), &[vec![1], vec![0]]);
    assert!(weights[0] > 1.0, "the tasks of this seed conflict");
    let gradients = tasks.combined(&weights, &[1.0, 1.0]);
    for (name, parameter) in network.named() {
        let gradient = gradients.of(&parameter).unwrap();
        let moved = parameter.value().zip(gradient, |x, g| x - 0.1 * g);
        assert_eq!(fitted.network.state_dict().get(&name), Some(&moved), "{name}");
    }
}

#[test]
fn tasks_that_share_nothing_have_no_gradients_to_compare() {
    let tables = tables::<f32>(2, Seed::new(1));
    let joint = Joint::of(SingleTask).balanced_by(PcGrad);
    let refused = fitted_jointly(&joint, &tables, &smooth(), &run(1, Seed::new(1)));
    assert_eq!(refused.err().unwrap().to_string(), "PCGrad needs parameters that the tasks share");
}
