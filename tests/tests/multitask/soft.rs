//! Soft sharing: from tasks alone, over the closed form of linear tasks, to one network for all.

use autograd::{Seed, Tape, Tensor};
use multitask::shared::{Soft, SoftNetwork};
use multitask::{Fitted, Joint, Network, SingleTask, Table};
use nn::data::Numbers;
use nn::train::{Recipe, Run};
use nn::{Dataset, LinearConfig, NetworkSpec, Optimizer, Parameters, Sgd};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{NAMES, fitted_jointly, plan, run, smooth, tables};

fn fitted(config: Soft, tables: &[Table<f64>], seed: Seed) -> Fitted<f64> {
    fitted_jointly(&Joint::of(config), tables, &smooth(), &run(20, seed)).unwrap()
}

/// A network whose tasks have moved apart.
fn network(config: Soft, seed: u64) -> SoftNetwork<f64> {
    let network = SoftNetwork::new(&plan(&smooth(), 3, Seed::new(seed)), config).unwrap();
    for (name, parameter) in network.named() {
        let seed = Seed::new(seed).child("apart").child(&name);
        parameter.set(nn::init::normal(parameter.shape(), 1.0, seed));
    }
    network
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn without_strength_the_tasks_are_learnt_as_if_alone(seed: u64) {
        let (seed, tables) = (Seed::new(seed), tables::<f64>(3, Seed::new(seed)));
        let soft = fitted(Soft { strength: 0.0, heads: true }, &tables, seed);
        let alone = fitted_jointly(&SingleTask, &tables, &smooth(), &run(20, seed)).unwrap();
        for (task, table) in tables.iter().enumerate() {
            let x = &table.data.features;
            prop_assert_eq!(soft.predict(task, x), alone.predict(task, x)); // bit for bit
        }
    }

    #[test]
    fn two_tasks_in_another_order_learn_the_same(seed: u64, heads: bool) {
        let (seed, mut tables) = (Seed::new(seed), tables::<f64>(2, Seed::new(seed)));
        let (config, x) = (Soft { strength: 0.1, heads }, tables[0].data.features.clone());
        let there = fitted(config, &tables, seed);
        tables.swap(0, 1);
        let back = fitted(config, &tables, seed);
        prop_assert_eq!(there.predict(0, &x), back.predict(1, &x));
        prop_assert_eq!(there.predict(1, &x), back.predict(0, &x));
    }

    #[test]
    fn the_penalty_is_the_squared_distance_of_every_two_networks(
        seed: u64, heads: bool, strength in 0.01..10.0
    ) {
        let network = network(Soft { strength, heads }, seed);
        let of_task = |task: usize| {
            let trunk = network.trunks[task].named();
            let head = network.heads[task].named().into_iter().filter(|_| heads);
            trunk.into_iter().chain(head).map(|(_, parameter)| parameter).collect::<Vec<_>>()
        };
        let tape = Tape::<f64>::default();
        let penalty = network.penalty(&tape).unwrap();
        let gradients = penalty.backward();
        let mut distances = 0.0;
        for (task, other) in [(0, 1), (0, 2), (1, 2)] {
            for (a, b) in of_task(task).iter().zip(of_task(other)) {
                let squares = a.value().zip(&b.value(), |a, b| (a - b) * (a - b));
                distances += squares.as_slice().iter().sum::<f64>();
            }
        }
        let value = penalty.value().item();
        // Some hundred squares, summed in another order.
        prop_assert!((value - strength * distances).abs() < 1e-12 * value);
        for task in 0..3 {
            for (place, parameter) in of_task(task).iter().enumerate() {
                let gradient = gradients.of(parameter).unwrap();
                for (i, entry) in gradient.as_slice().iter().enumerate() {
                    let at = |task: usize| of_task(task)[place].value().as_slice()[i];
                    let pulls: f64 = (0..3).map(|other| at(task) - at(other)).sum();
                    // Three numbers of size 1.
                    prop_assert!((entry - 2.0 * strength * pulls).abs() < 1e-13 * strength.max(1.0));
                }
            }
        }
    }
}

#[test]
fn heads_are_pulled_only_if_asked_and_running_statistics_never() {
    let spec = tests::strategies::normalised();
    for heads in [false, true] {
        let config = Soft { strength: 1.0, heads };
        let network = SoftNetwork::<f64>::new(&plan(&spec, 2, Seed::new(1)), config).unwrap();
        let tape = Tape::<f64>::default();
        let gradients = network.penalty(&tape).unwrap().backward();
        for (name, parameter) in network.named() {
            let pulled = !parameter.is_buffer() && (heads || name.starts_with("trunks."));
            assert_eq!(gradients.of(&parameter).is_some(), pulled, "{name}");
        }
    }
}

#[test]
fn nothing_is_pulled_without_strength_or_by_one_task_alone() {
    let tape = Tape::<f64>::default();
    assert!(network(Soft { strength: 0.0, heads: true }, 1).penalty(&tape).is_none());
    let one = SoftNetwork::<f64>::new(&plan(&smooth(), 1, Seed::new(1)), Soft::default()).unwrap();
    assert!(one.penalty(&tape).is_none());
    assert!(one.shared().is_empty());
}

#[test]
fn heads_of_several_sizes_cannot_be_pulled_together() {
    let (spec, config) = (smooth(), Soft { strength: 1.0, heads: true });
    let tasks = [NAMES[0], ("b", 5)];
    let plan = multitask::Plan { spec: &spec, tasks: &tasks, seed: Seed::new(1) };
    let refused = SoftNetwork::<f64>::new(&plan, config).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "soft sharing can pull only heads of one size together, not 3 and 5"
    );
    assert!(SoftNetwork::<f64>::new(&plan, Soft { heads: false, ..config }).is_ok());
}

#[test]
fn a_step_along_the_penalty_is_stable_below_strength_times_tasks_times_rate_of_1() {
    let distance = |product: f64| {
        let config = Soft { strength: 2.0, heads: true };
        let network = network(config, 2);
        let rate = product / (2.0 * 3.0);
        let mut penalties = vec![];
        for _ in 0..20 {
            let tape = Tape::<f64>::default();
            let penalty = network.penalty(&tape).unwrap();
            penalties.push(penalty.value().item());
            Sgd::new(&network, rate).step(penalty.backward());
        }
        penalties[19] / penalties[0]
    };
    // A step multiplies what is apart by 1 - 2 strength tasks rate.
    assert!(distance(0.9) < 1.0 && distance(1.1) > 1.0);
}

#[test]
fn a_strength_out_of_range_is_refused() {
    let tables = tables::<f32>(2, Seed::new(1));
    for strength in [-0.5, 2e6, f64::NAN] {
        let joint = Joint::of(Soft { strength, heads: false });
        let refused = fitted_jointly(&joint, &tables, &smooth(), &run(1, Seed::new(1)));
        let expected = format!("strength is {strength}, but must be between 0 and 1000000");
        assert_eq!(refused.err().unwrap().to_string(), expected);
    }
}

const COLUMNS: usize = 4;
const TASKS: usize = 3;

/// Three linear tasks of numbers with noise, of unequal numbers of rows, to be learnt unscaled.
fn linear_tables(seed: Seed) -> Vec<Table<f64>> {
    let table = |task: usize| {
        let (rows, seed) = (10 + 5 * task, seed.child(task));
        let features = nn::init::normal::<f64>([rows, COLUMNS], 1.0, seed.child("features"));
        let numbers = nn::init::normal::<f64>([rows], 2.0, seed.child("numbers"));
        let numbers = Numbers::of_values("y", numbers.as_slice()).unwrap().unscaled();
        Table::new(NAMES[task].0, Dataset::new(features, vec![numbers]).unwrap())
    };
    (0..TASKS).map(table).collect()
}

/// `A_t = X_t^T X_t / n_t` and `b_t = X_t^T y_t / n_t` of every task.
fn moments(tables: &[Table<f64>]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let of_table = |Table { data, .. }: &Table<f64>| {
        let (x, n) = (&data.features, data.num_rows() as f64);
        let y = data.label_columns[0].as_numbers().unwrap().complete().unwrap();
        let y = Tensor::new([y.len(), 1], y);
        let scaled = |product: Tensor<f64>| product.as_slice().iter().map(|x| x / n).collect();
        (scaled(x.matmul_tn(x)), scaled(x.matmul_tn(&y)))
    };
    tables.iter().map(of_table).collect()
}

/// The solution of a system of linear equations, by elimination with the largest pivot.
fn solved(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()));
        let pivot = pivot.unwrap();
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in (0..n).filter(|&row| row != column) {
            let factor = a[row][column] / a[column][column];
            let upper = a[column].clone();
            a[row].iter_mut().zip(upper).for_each(|(x, u)| *x -= factor * u);
            b[row] -= factor * b[column];
        }
    }
    (0..n).map(|i| b[i] / a[i][i]).collect()
}

/// The weights of all tasks that minimise
/// `sum_t |X_t w_t - y_t|^2 / n_t + strength sum_(i < j) |w_i - w_j|^2`.
fn closed_form(tables: &[Table<f64>], strength: f64) -> Vec<Vec<f64>> {
    let size = TASKS * COLUMNS;
    let (mut a, mut b) = (vec![vec![0.0; size]; size], vec![0.0; size]);
    for (task, (squares, products)) in moments(tables).into_iter().enumerate() {
        for i in 0..COLUMNS {
            let row = task * COLUMNS + i;
            b[row] = products[i];
            for j in 0..COLUMNS {
                a[row][task * COLUMNS + j] = squares[i * COLUMNS + j];
            }
            a[row][row] += strength * TASKS as f64;
            (0..TASKS).for_each(|other| a[row][other * COLUMNS + i] -= strength);
        }
    }
    solved(a, b).chunks(COLUMNS).map(<[f64]>::to_vec).collect()
}

/// A linear network without a bias, whose head is all there is.
fn linear() -> NetworkSpec {
    let layer = LinearConfig { bias: false, ..LinearConfig::new(COLUMNS, 1) };
    NetworkSpec { layers: vec![(None, layer.into())] }
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn linear_tasks_are_learnt_as_the_closed_form_says() {
    let (seed, tables) = (Seed::new(9), linear_tables(Seed::new(9)));
    let spec = linear();
    for strength in [0.1, 1.0, 10.0] {
        let recipe = Recipe { steps: 2000, ..Recipe::at_rate(0.02) };
        let joint = Joint::of(Soft { strength, heads: true });
        let fitted = fitted_jointly(&joint, &tables, &spec, &Run::new(recipe, seed)).unwrap();
        for (task, expected) in closed_form(&tables, strength).iter().enumerate() {
            // Without a bias the outputs for the unit vectors are the weights.
            let unit = |entry: usize| if entry / COLUMNS == entry % COLUMNS { 1.0 } else { 0.0 };
            let weights = fitted.predict(task, &Tensor::from_fn([COLUMNS, COLUMNS], unit));
            let difference = largest_difference(weights.as_slice(), expected);
            assert!(difference < 1e-6, "strength {strength}, task {task}: {difference}");
        }
    }
}

#[test]
fn the_closed_form_lies_between_tasks_alone_and_one_task_of_all() {
    let tables = linear_tables(Seed::new(10));
    let rows = |entries: &[f64]| entries.chunks(COLUMNS).map(<[f64]>::to_vec).collect::<Vec<_>>();
    let moments = moments(&tables);
    for (own, (a, b)) in closed_form(&tables, 0.0).iter().zip(&moments) {
        let alone = solved(rows(a), b.clone());
        assert!(largest_difference(own, &alone) < 1e-13); // the same elimination, in blocks
    }
    let sum = |parts: Vec<&Vec<f64>>| {
        let entry = |i: usize| parts.iter().map(|part| part[i]).sum::<f64>();
        (0..parts[0].len()).map(entry).collect::<Vec<_>>()
    };
    let a = sum(moments.iter().map(|(a, _)| a).collect());
    let b = sum(moments.iter().map(|(_, b)| b).collect());
    let pooled = solved(rows(&a), b);
    for own in closed_form(&tables, 1e9) {
        // 1 / strength, and the rounding of a system of condition 1e9.
        assert!(largest_difference(&own, &pooled) < 1e-6);
    }
}
