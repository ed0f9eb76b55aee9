//! Cost that grows as it should: with the number of names, columns and rows, not with its square.
//!
//! The yardstick is a hash map of as many names, built beside the work in the same rounds: whatever
//! else the machine does meets both.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use autograd::Tensor;
use nn::data::{CsvConfig, LabelColumn, Labels, Scaler};
use nn::{Dataset, Seed};

/// So many names that comparing all pairs takes thousands of times as long as looking each up.
const MANY: usize = 40_000;

/// How many times the yardstick's time the work may take. The dearest here took 5 to 50 times on a
/// busy machine; the cheapest that compared all pairs took 800 times.
const MOST: u32 = 200;

/// Asserts that the work takes no more than [`MOST`] times the yardstick, each the best of rounds in
/// which both take turns.
#[track_caller]
fn assert_linear<R>(what: &str, mut work: impl FnMut() -> R) {
    let names = names(MANY);
    let yardstick = || -> HashMap<String, usize> { names.iter().cloned().zip(0..).collect() };
    let (mut best, mut unit) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        let start = Instant::now();
        std::hint::black_box(yardstick());
        let between = Instant::now();
        std::hint::black_box(work());
        (unit, best) = (unit.min(between - start), best.min(between.elapsed()));
    }
    assert!(best < unit * MOST, "{what}: {best:?}, and a map of as many names {unit:?}");
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("name {i}")).collect()
}

fn labels(n: usize) -> Labels {
    Labels { name: "kind".to_owned(), classes: names(n), of_row: (0..n).map(Some).collect() }
}

fn wide(n: usize) -> Dataset {
    let data = Dataset::new(Tensor::from_fn([2, n], |i| i as f32), Vec::<Labels>::new());
    Dataset { columns: names(n), ..data.expect("there is no label to refuse") }
}

#[test]
fn many_classes_cost_as_much_as_there_are() {
    let (own, all) = (labels(MANY), names(MANY));
    assert_linear("text as classes", || Labels::of_text("kind", &all));
    let reversed: Vec<&String> = all.iter().rev().collect();
    assert_linear("classes by a list", || own.with_classes(&reversed).expect("all are listed"));
    let data = |labels| {
        Dataset::new(Tensor::<f32>::zeros([MANY, 1]), vec![labels]).expect("every row has a class")
    };
    let others = Labels { classes: names(2 * MANY).split_off(MANY), ..own.clone() };
    let (of_own, of_others) = (data(own.clone()), data(others));
    assert_linear("classes of two data sets", || of_own.matched_to(&of_others).expect("they fit"));
    let column = LabelColumn::from(own);
    assert_linear("a split", || column.stratified_split(0.5, Seed::new(0)));
    assert_linear("what is odd", || of_own.notices());
}

#[test]
fn many_columns_cost_as_much_as_there_are() {
    let (own, mut reversed, mut strangers) = (wide(MANY), wide(MANY), wide(MANY));
    reversed.columns.reverse();
    assert_linear("columns matched", || own.matched_to(&reversed).expect("they are the same"));
    strangers.columns.iter_mut().for_each(|name| name.push('\''));
    assert_linear("columns told apart", || own.matched_to(&strangers).expect_err("none is common"));
    assert_linear("a scale for each", || Scaler::fit(&own));
}

#[test]
fn a_large_table_costs_as_much_as_it_is_long_and_wide() {
    let read = |text: &str, config: CsvConfig| {
        Dataset::<f32>::from_csv_bytes("t", text.as_bytes(), config).expect("the table is sound")
    };
    let long = (0..MANY).fold("x,kind\n".to_owned(), |text, i| text + &format!("{i},name {i}\n"));
    assert_linear("many rows", || read(&long, "kind".into()));
    let cells: [Vec<String>; 3] = [names(MANY), vec!["1".into(); MANY], vec!["2".into(); MANY]];
    let broad = cells.map(|row| row.join(",")).join("\n");
    let config = CsvConfig { numbers: names(MANY / 2), ..CsvConfig::default() };
    assert_linear("many columns", || read(&broad, config.clone()));
}
