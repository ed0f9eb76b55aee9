//! Tasks taken for one: one network, one head.

use autograd::Seed;
use multitask::shared::Pooled;
use multitask::{Joint, SingleTask, Table};
use nn::Dataset;
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{
    CLASSES, as_numbers, data, fitted_jointly, joint_weights, run, smooth, tables,
};

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn every_task_reads_the_same_outputs(seed: u64, num_tasks in 1_usize..4) {
        let (tables, run) = (tables::<f64>(num_tasks, Seed::new(seed)), run(5, Seed::new(seed)));
        let fitted = fitted_jointly(&Joint::of(Pooled), &tables, &smooth(), &run).unwrap();
        let x = &tables[0].data.features;
        for task in 1..num_tasks {
            prop_assert_eq!(fitted.predict(0, x), fitted.predict(task, x));
        }
    }

    /// The mean over two halves is the mean of their means.
    #[test]
    fn two_halves_of_a_table_are_learnt_as_the_table_at_twice_the_rate(seed: u64) {
        let seed = Seed::new(seed);
        let whole = data::<f64>(12, &CLASSES, seed);
        let half = |name: &str, rows: std::ops::Range<usize>| {
            Table::new(name, whole.rows(&rows.collect::<Vec<_>>()))
        };
        let mut run = run(10, seed);
        run.recipe = nn::train::Recipe { steps: 10, ..nn::train::Recipe::at_rate(0.01) };
        let halves = [half("b", 0..6), half("a", 6..12)];
        let halves = fitted_jointly(&Joint::of(Pooled), &halves, &smooth(), &run).unwrap();
        run.recipe = nn::train::Recipe { steps: 10, ..nn::train::Recipe::at_rate(0.02) };
        // The head is picked by the names in the order of the alphabet.
        let table = [Table::new("a b", whole.clone())];
        let table = fitted_jointly(&SingleTask, &table, &smooth(), &run).unwrap();
        let (halves, table) = (halves.predict(0, &whole.features), table.predict(0, &whole.features));
        for (a, b) in halves.as_slice().iter().zip(table.as_slice()) {
            // Ten steps of sums added in another order.
            prop_assert!((a - b).abs() < 1e-12, "{a} and {b}");
        }
    }

    #[test]
    fn a_task_alone_is_learnt_as_by_the_baseline(seed: u64) {
        let (tables, run) = (tables::<f64>(1, Seed::new(seed)), run(10, Seed::new(seed)));
        let pooled = joint_weights(&Joint::of(Pooled), &tables, &smooth(), &run);
        prop_assert_eq!(pooled, joint_weights(&SingleTask, &tables, &smooth(), &run));
    }
}

#[test]
fn tasks_of_numbers_are_pooled_each_in_its_own_unit_and_never_with_classes() {
    let seed = Seed::new(1);
    let classes = data::<f64>(9, &CLASSES, seed);
    let [a, b] =
        [(1.0, 0.0), (1e3, 500.0)].map(|(factor, shift)| as_numbers(&classes, factor, shift));
    let pool = |a: &Dataset<f64>, b: &Dataset<f64>| {
        let tables = [Table::new("a", a.clone()), Table::new("b", b.clone())];
        fitted_jointly(&Joint::of(Pooled), &tables, &smooth(), &run(5, seed))
    };
    let fitted = pool(&a, &b).unwrap();
    let [of_a, of_b] = [0, 1].map(|task| fitted.predict(task, &classes.features));
    for (a, b) in of_a.as_slice().iter().zip(of_b.as_slice()) {
        // One network, read on two scales: each is left with a few roundings.
        assert!((1e3 * a + 500.0 - b).abs() < 1e-9, "{a} and {b}");
    }
    let refused = pool(&a, &classes).err().unwrap().to_string();
    assert!(
        refused.starts_with("pooled needs labels of one meaning, not the numbers of"),
        "{refused}"
    );
}

#[test]
fn tasks_of_other_classes_are_refused() {
    let seed = Seed::new(1);
    let tables = [
        Table::new("a", data::<f64>(9, &["x", "y", "z"], seed)),
        Table::new("b", data::<f64>(9, &["x", "z", "y"], seed)),
    ];
    let refused = fitted_jointly(&Joint::of(Pooled), &tables, &smooth(), &run(1, seed));
    assert_eq!(
        refused.err().unwrap().to_string(),
        "pooled needs labels of one meaning, not the classes x, y, z of \"kind\" and the classes x, z, y \
         of \"kind\""
    );
}
