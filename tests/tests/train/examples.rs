//! Labelled rows in batches: which rows, which labels, and the loss they know.

use autograd::{Tape, Tensor, Var};
use nn::data::{LabelColumn, Numbers, Scale};
use nn::train::{BatchLabels, Examples, Run};
use nn::{Dataset, Labels, NetworkSpec, Relu, Seed};
use proptest::prelude::*;
use tests::draw::cases;
use tests::strategies::{CLASSES, as_numbers, data, normalised, recipe, smooth};

fn run() -> Run<'static, f64> {
    Run::new(recipe(1), Seed::new(1))
}

fn examples(data: &Dataset<f64>, batch: Option<usize>) -> Examples<f64> {
    Examples::of("rows", data, batch, run().order("rows")).unwrap()
}

fn rows(seed: u64) -> Dataset<f64> {
    data(8, &CLASSES, Seed::new(seed))
}

/// Outputs at random, as a network gives them.
fn outputs(rows: usize, columns: usize, seed: u64) -> Tensor<f64> {
    nn::init::normal([rows, columns], 2.0, Seed::new(seed).child("outputs"))
}

/// The loss of these outputs and its gradient with respect to them.
fn loss(labels: &BatchLabels<f64>, outputs: &Tensor<f64>) -> (f64, Option<Tensor<f64>>) {
    let tape = Tape::<f64>::default();
    let outputs = tape.leaf(outputs);
    let loss = labels.loss(outputs);
    (loss.value().item(), loss.backward().wrt(outputs).cloned())
}

fn close(a: f64, b: f64) -> bool {
    // A dozen terms of size 10 at most, added in another order.
    (a - b).abs() < 1e-13
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_weighted_row_is_a_row_repeated(
        seed: u64, counts in prop::collection::vec(0_usize..4, 8), numbers: bool
    ) {
        prop_assume!(counts.iter().sum::<usize>() > 0);
        let mut once = rows(seed);
        if numbers {
            once = as_numbers(&once, 1.0, 0.0);
        }
        let scale = Scale { mean: 1.0, divisor: 2.0 };
        let weights = counts.iter().map(|&count| count as f64).collect();
        let weighted = examples(&once, None).on_scale(scale).weighted(weights).unwrap();
        let repeat: Vec<usize> =
            (0..8).flat_map(|row| std::iter::repeat_n(row, counts[row])).collect();
        let repeated = examples(&once.rows(&repeat), None).on_scale(scale);
        let y = outputs(8, if numbers { 1 } else { 3 }, seed);
        let (weighted, gradient) = loss(&weighted.batch(0).1, &y);
        let (repeated, of_repeated) = loss(&repeated.batch(0).1, &y.rows(&repeat));
        prop_assert!(close(weighted, repeated), "{weighted} and {repeated}");
        let (gradient, of_repeated) = (gradient.unwrap(), of_repeated.unwrap());
        for row in 0..8 {
            let of_row: Vec<usize> = (0..repeat.len()).filter(|&i| repeat[i] == row).collect();
            let sum = of_repeated.rows(&of_row).sum_axes_keep(&[0]);
            let own = gradient.rows(&[row]);
            for (a, b) in own.as_slice().iter().zip(sum.as_slice()) {
                prop_assert!(close(*a, *b), "row {row}: {a} and {b}");
            }
        }
    }

    #[test]
    fn a_row_of_weight_0_is_as_no_row(seed: u64, none in 0_usize..8) {
        let with = rows(seed);
        let others: Vec<usize> = (0..8).filter(|&row| row != none).collect();
        let weight = |row: usize| if row == none { 0.0 } else { 1.0 + row as f64 };
        let weights = |rows: &[usize]| rows.iter().map(|&row| weight(row)).collect::<Vec<_>>();
        let all: Vec<usize> = (0..8).collect();
        let without = examples(&with.rows(&others), None).weighted(weights(&others)).unwrap();
        let with = examples(&with, None).weighted(weights(&all)).unwrap();
        let (labels, of_others) = (with.batch(0).1, without.batch(0).1);
        prop_assert_eq!(labels.num_known(), 7);
        let y = outputs(8, 3, seed);
        prop_assert_eq!(loss(&labels, &y).0, loss(&of_others, &y.rows(&others)).0);
    }

    #[test]
    fn the_loss_of_classes_is_the_weighted_mean_of_their_surprise(
        seed: u64, weights in prop::collection::vec(0.1_f64..9.0, 8)
    ) {
        let (data, y) = (rows(seed), outputs(8, 3, seed));
        let classes = data.labels().complete().unwrap();
        let examples = examples(&data, None).weighted(weights.clone()).unwrap();
        let surprise = |row: usize| {
            let logits = &y.as_slice()[3 * row..3 * row + 3];
            logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[classes[row]]
        };
        let sum: f64 = (0..8).map(|row| weights[row] * surprise(row)).sum();
        let expected = sum / weights.iter().sum::<f64>();
        let found = loss(&examples.batch(0).1, &y).0;
        prop_assert!(close(found, expected), "{found} and {expected}");
    }

    #[test]
    fn the_loss_of_numbers_is_the_weighted_mean_of_squares_on_their_scale(
        seed: u64, weights in prop::collection::vec(0.1_f64..9.0, 8)
    ) {
        let (data, y) = (as_numbers(&rows(seed), 4.0, 7.0), outputs(8, 1, seed));
        let scale = Scale { mean: 7.0, divisor: 4.0 };
        let numbers = data.label_columns[0].as_numbers().unwrap().complete().unwrap();
        let square = |row: usize| (y.as_slice()[row] - (numbers[row] - 7.0) / 4.0).powi(2);
        let plain = examples(&data, None).on_scale(scale);
        let found = loss(&plain.batch(0).1, &y).0;
        let expected = (0..8).map(square).sum::<f64>() / 8.0;
        // Squares of up to 100 and their mean.
        prop_assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
        let weighted = plain.weighted(weights.clone()).unwrap();
        let found = loss(&weighted.batch(0).1, &y).0;
        let sum: f64 = (0..8).map(|row| weights[row] * square(row)).sum();
        let expected = sum / weights.iter().sum::<f64>();
        prop_assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
    }

    #[test]
    fn rows_without_a_label_are_left_out_of_the_loss(seed: u64, missing in 1_usize..8) {
        let mut data = rows(seed);
        let mut both = data.clone();
        both.label_columns.push(data.label_columns[0].clone());
        for row in 0..missing {
            data.label_columns[0].forget(row);
            both.label_columns[1].forget(row);
        }
        let known: Vec<usize> = (missing..8).collect();
        let dealt = examples(&data, None);
        prop_assert_eq!(dealt.num_rows(), 8 - missing);
        prop_assert_eq!(dealt.features(), &data.features.rows(&known));

        // Where another column knows the row, it stays, and has no part in this column's loss.
        let all = Examples::of_all("rows", &both, None, run().order("rows")).unwrap();
        prop_assert_eq!(all.num_rows(), 8);
        let (x, labels) = all.batch_of_all(0);
        prop_assert_eq!(&x, &both.features);
        prop_assert_eq!((labels[0].num_known(), labels[1].num_known()), (8, 8 - missing));
        let y = outputs(8, 3, seed);
        let of_known = loss(&dealt.batch(0).1, &y.rows(&known)).0;
        let (found, gradient) = loss(&labels[1], &y);
        prop_assert_eq!(found, of_known);
        let without = gradient.unwrap().rows(&(0..missing).collect::<Vec<_>>());
        prop_assert!(without.as_slice().iter().all(|&slope| slope == 0.0));
    }
}

#[test]
fn a_batch_without_a_label_has_a_loss_of_0_that_moves_nothing() {
    let mut data = rows(1);
    data.label_columns.push(data.label_columns[0].clone());
    (1..8).for_each(|row| data.label_columns[1].forget(row));
    let examples = Examples::of_all("rows", &data, Some(1), run().order("rows")).unwrap();
    let without = (0..8)
        .map(|step| examples.batch_of_all(step))
        .find(|(_, labels)| labels[1].num_known() == 0);
    let (_, labels) = without.expect("seven of eight rows have none");
    assert_eq!(loss(&labels[1], &outputs(1, 3, 1)), (0.0, None));
    let tape = Tape::<f64>::default();
    let y: Var<'_, f64> = tape.leaf(outputs(1, 3, 1));
    assert!(!labels[1].loss(y).is_active(), "nothing leads from it");
}

#[test]
fn what_cannot_be_dealt_is_refused() {
    let (data, run) = (rows(1), run());
    let refused = |data: &Dataset<f64>, batch| {
        Examples::of("rows", data, batch, run.order("rows")).err().unwrap().to_string()
    };
    let of_all = |data: &Dataset<f64>| {
        Examples::of_all("rows", data, None, run.order("rows")).err().unwrap().to_string()
    };
    assert_eq!(refused(&data, Some(0)), "batch is 0, but must be at least 1");
    assert!(Examples::of("rows", &data, Some(1), run.order("rows")).is_ok());
    let mut none = data.clone();
    none.label_columns.clear();
    let sentence = "task \"rows\" needs one column of labels, but its data have 0";
    assert_eq!((refused(&none, None), of_all(&none)), (sentence.into(), sentence.into()));
    let mut two = data.clone();
    two.label_columns.push(data.label_columns[0].clone());
    assert_eq!(refused(&two, None), sentence.replace("have 0", "have 2"));
    assert!(Examples::of_all("rows", &two, None, run.order("rows")).is_ok());
    let mut unknown = two.clone();
    (0..8).for_each(|row| unknown.label_columns[1].forget(row));
    assert_eq!(of_all(&unknown), "task \"kind\" has no row with a label");
    unknown.label_columns.remove(0);
    assert_eq!(refused(&unknown, None), "task \"rows\" has no row with a label");
}

#[test]
fn a_weight_a_row_none_below_0_and_none_infinite() {
    let weighted = |weights: &[f64]| {
        let weighted = examples(&rows(1), None).weighted(weights.to_vec());
        weighted.err().map(|error| error.to_string())
    };
    assert_eq!(weighted(&[1.0; 7]).unwrap(), "there are 7 weights for 8 rows");
    for (weight, shown) in [(-f64::from_bits(1), "-0."), (f64::NAN, "NaN"), (f64::INFINITY, "inf")]
    {
        let mut weights = [1.0; 8];
        weights[3] = weight;
        let refused = weighted(&weights).unwrap();
        assert!(refused.starts_with(&format!("weight is {shown}")), "{refused}");
        assert!(refused.ends_with("must be at least 0"), "{refused}");
    }
    // At the upper end too only their shares count.
    let y = outputs(8, 3, 1);
    let of = |weight: f64| {
        let examples = examples(&rows(1), None).weighted(vec![weight; 8]).unwrap();
        loss(&examples.batch(0).1, &y).0
    };
    assert!(close(of(f64::MAX), of(1.0)), "{} and {}", of(f64::MAX), of(1.0));
    assert!(close(of(f64::from_bits(1)), of(1.0)), "{}", of(f64::from_bits(1)));
    assert_eq!(of(0.0), 0.0, "no row counts");
}

#[test]
fn batches_are_a_function_of_seed_and_table_alone() {
    let (data, other) = (rows(1), Run::<f64>::new(recipe(9), Seed::new(2)));
    let order = |table: &str, run: &Run<'_, f64>| -> Vec<Tensor<f64>> {
        let examples = Examples::of(table, &data, Some(3), run.order(table)).unwrap();
        (0..6).map(|step| examples.batch(step).0).collect()
    };
    assert_eq!(order("a", &run()), order("a", &run().phase("probe", recipe(2))));
    assert_ne!(order("a", &run()), order("b", &run()));
    assert_ne!(order("a", &run()), order("a", &other));
    assert!(order("a", &run()).iter().all(|x| x.shape() == [3, 6]));
}

#[test]
fn mapped_rows_keep_labels_and_order() {
    let (data, doubled) = (rows(1), |x: &Tensor<f64>| x.clone().map(|x| 2.0 * x));
    let (plain, mapped) = (examples(&data, Some(3)), examples(&data, Some(3)).mapped(doubled));
    for step in 0..4 {
        let ((x, labels), (other_x, other_labels)) = (plain.batch(step), mapped.batch(step));
        assert_eq!(doubled(&x), other_x);
        let y = outputs(3, 3, step as u64);
        assert_eq!(loss(&labels, &y), loss(&other_labels, &y));
    }
}

#[test]
fn numbers_are_learnt_on_the_scale_they_have_or_else_on_their_own() {
    let data = as_numbers(&rows(1), 4.0, 7.0);
    let numbers = data.label_columns[0].as_numbers().unwrap().clone();
    let own = Scale::of(numbers.known());
    let scale_of = |examples: Examples<f64>| examples.labels()[0].as_numbers().unwrap().scale;
    assert_eq!(scale_of(examples(&data, None)), Some(own));
    let scale = Scale { mean: 1.0, divisor: 3.0 };
    assert_eq!(scale_of(examples(&data, None).on_scale(scale)), Some(scale));
    let with = |numbers: Numbers| Dataset {
        label_columns: vec![LabelColumn::from(numbers)],
        ..data.clone()
    };
    let given = with(numbers.clone().on_scale(scale));
    assert_eq!(scale_of(examples(&given, None)), Some(scale));
    assert_eq!(scale_of(examples(&with(numbers.unscaled()), None)), Some(Scale::UNSCALED));
}

#[test]
fn an_architecture_is_made_to_fit_or_refused() {
    let data = rows(1);
    let (whole, single) = (examples(&data, None), examples(&data, Some(1)));
    let two = Labels::of_classes("kind", &[0, 1, 0, 1, 0, 1, 0, 1], &["a", "b"]).unwrap();
    let of_two = Dataset { label_columns: vec![two.into()], ..data.clone() };
    assert_eq!(examples(&of_two, None).fitting(&smooth()).unwrap().outputs(), Some(2));
    let of_numbers = as_numbers(&data, 1.0, 0.0);
    assert_eq!(examples(&of_numbers, None).fitting(&smooth()).unwrap().outputs(), Some(1));

    let refused = |spec: &NetworkSpec| whole.fitting(spec).unwrap_err().to_string();
    let narrow = NetworkSpec::mlp(&[5, 4, 3]);
    assert_eq!(refused(&narrow), "task \"rows\" has rows of 6 columns, but the network takes 5");
    assert!(whole.check_spec(&narrow, true).is_ok(), "an adapter brings them there");
    assert_eq!(
        refused(&NetworkSpec::new().then(Relu)),
        "the network Relu has no linear layer to be a head"
    );
    assert!(refused(&NetworkSpec::new()).contains("no linear layer"));
    assert!(whole.check_spec(&NetworkSpec::new().then(Relu), true).is_err());
    let broken = NetworkSpec::mlp(&[6, 5]).then(nn::LayerSpec::linear(4, 3));
    assert!(refused(&broken).starts_with("layer "), "{}", refused(&broken));

    assert!(whole.fitting(&normalised()).is_ok());
    assert!(single.fitting(&smooth()).is_ok());
    assert_eq!(
        single.fitting(&normalised()).unwrap_err().to_string(),
        "task \"rows\" has batches of one row, which have no variance for batch normalisation"
    );
    assert!(examples(&data.rows(&[0]), None).fitting(&normalised()).is_err());
    assert!(examples(&data.rows(&[0, 1]), None).fitting(&normalised()).is_ok());
}
