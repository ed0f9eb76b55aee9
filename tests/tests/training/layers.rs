//! Layers against their definitions.

use autograd::{Seed, Tape, Tensor};
use nn::{
    BatchNorm, Combine, Dropout, Embedding, LayerNorm, Linear, Module, Parallel, Parameters,
    Residual, Sequential, Tanh,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use tests::compare::panic_of;

use super::bits;

fn matrix() -> impl Strategy<Value = Tensor<f64>> {
    (2_usize..9, 1_usize..6).prop_flat_map(|(rows, units)| {
        let entries = prop::collection::vec(-3.0..3.0, rows * units);
        entries.prop_map(move |entries| Tensor::new([rows, units], entries))
    })
}

/// The mean of a list and the sum of its squared distances from it.
fn moments(list: &[f64]) -> (f64, f64) {
    let mean = list.iter().sum::<f64>() / list.len() as f64;
    (mean, list.iter().map(|x| (x - mean).powi(2)).sum())
}

fn column(x: &Tensor<f64>, column: usize) -> Vec<f64> {
    x.as_slice().iter().copied().skip(column).step_by(x.size(1)).collect()
}

fn training() -> Tape<f64> {
    Tape::in_training(Seed::new(5))
}

/// What the panic of `f` says; it must blame this file.
fn refusal(f: impl FnOnce()) -> String {
    let blame = panic_of(f);
    assert!(blame.file.ends_with("training/layers.rs"), "{blame:?}");
    blame.message
}

/// Sums of a few numbers below 10, divided by a deviation that is at least `sqrt(epsilon)`.
const TOLERANCE: f64 = 1e-11;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn batch_statistics_match_their_definition(x in matrix(), momentum in 0.0..=1.0) {
        let (rows, units) = (x.size(0), x.size(1));
        let layer = BatchNorm { momentum, ..BatchNorm::<f64>::new(units) };
        layer.weight.set(Tensor::from_fn([units], |i| 1.0 + i as f64));
        layer.bias.set(Tensor::from_fn([units], |i| 0.5 - i as f64));
        let tape = training();
        let y = layer.forward(tape.constant(&x)).value();
        for unit in 0..units {
            let (mean, squares) = moments(&column(&x, unit));
            let deviation = (squares / rows as f64 + 1e-5).sqrt();
            for (x, y) in column(&x, unit).into_iter().zip(column(&y, unit)) {
                let expected = (x - mean) / deviation * (1.0 + unit as f64) + 0.5 - unit as f64;
                prop_assert!((y - expected).abs() < TOLERANCE, "{y} is not {expected}");
            }
            let unbiased = squares / (rows - 1) as f64;
            let running_mean = layer.running_mean.value().as_slice()[unit];
            let running_var = layer.running_var.value().as_slice()[unit];
            prop_assert!((running_mean - momentum * mean).abs() < TOLERANCE);
            let expected = (1.0 - momentum) + momentum * unbiased;
            prop_assert!((running_var - expected).abs() < TOLERANCE);
        }
    }

    #[test]
    fn evaluation_uses_the_running_statistics_and_leaves_them(x in matrix()) {
        let units = x.size(1);
        let layer = BatchNorm::<f64>::new(units);
        layer.forward(training().constant(&x));
        let before = bits(&layer.state_dict());
        let state = layer.state_dict();
        let statistic = |name: &str, unit: usize| state.get(name).unwrap().as_slice()[unit];
        let expected = Tensor::from_fn(x.shape(), |i| {
            let (x, unit) = (x.as_slice()[i], i % units);
            (x - statistic("running_mean", unit)) / (statistic("running_var", unit) + 1e-5).sqrt()
        });
        layer.freeze(); // a frozen layer in training is one in evaluation
        for y in [layer.predict(&x), layer.forward(training().constant(&x)).value()] {
            let mut pairs = y.as_slice().iter().zip(expected.as_slice());
            prop_assert!(pairs.all(|(y, expected)| (y - expected).abs() < TOLERANCE));
        }
        prop_assert_eq!(bits(&layer.state_dict()), before);
    }

    #[test]
    fn layer_norm_normalises_every_row_in_both_modes(x in matrix()) {
        let units = x.size(1);
        let layer = LayerNorm::<f64>::new(units);
        layer.weight.set(Tensor::from_fn([units], |i| 1.0 + i as f64));
        layer.bias.set(Tensor::from_fn([units], |i| 0.5 - i as f64));
        let y = layer.predict(&x);
        prop_assert_eq!(&layer.forward(training().constant(&x)).value(), &y);
        let lines = x.as_slice().chunks(units).zip(y.as_slice().chunks(units));
        for (x, y) in lines {
            let (mean, squares) = moments(x);
            let deviation = (squares / units as f64 + 1e-5).sqrt();
            for (unit, (x, y)) in x.iter().zip(y).enumerate() {
                let expected = (x - mean) / deviation * (1.0 + unit as f64) + 0.5 - unit as f64;
                prop_assert!((y - expected).abs() < TOLERANCE);
            }
        }
    }

    #[test]
    fn dropout_in_evaluation_is_the_identity(x in matrix(), rate in 0.0..1.0) {
        let layer = Dropout::new(rate);
        prop_assert_eq!(layer.predict(&x), x.clone());
        let tape = Tape::<f64>::default();
        prop_assert_eq!(layer.forward(tape.constant(&x)).value(), x);
    }

    #[test]
    fn dropout_in_training_drops_or_scales_and_so_does_its_gradient(
        x in matrix(), rate in 0.0..0.9, seed: u64
    ) {
        let tape = Tape::<f64>::in_training(Seed::new(seed));
        let input = tape.leaf(&x);
        let y = Dropout::new(rate).forward(input);
        let gradients = y.sum().backward();
        let slopes = gradients.wrt(input).unwrap();
        for ((x, y), slope) in x.as_slice().iter().zip(y.value().as_slice()).zip(slopes.as_slice()) {
            let kept = 1.0 / (1.0 - rate);
            prop_assert!(*slope == 0.0 || *slope == kept);
            prop_assert_eq!(*y, x * slope);
        }
        let again = Tape::<f64>::in_training(Seed::new(seed));
        prop_assert_eq!(Dropout::new(rate).forward(again.constant(&x)).value(), y.value());
    }
}

#[test]
fn dropout_keeps_the_mean_in_training() {
    const ENTRIES: usize = 40_000;
    for rate in [0.0, 0.1, 0.5, 0.9] {
        let tape = training();
        let y = Dropout::new(rate).forward(tape.constant(Tensor::ones([ENTRIES])));
        let mean = y.value().sum().item() / ENTRIES as f64;
        // An entry is 1 / (1 - rate) or 0, of variance rate / (1 - rate); four standard errors.
        let bound = 4.0 * (rate / (1.0 - rate) / ENTRIES as f64).sqrt() + 1e-9;
        assert!((mean - 1.0).abs() < bound, "rate {rate}: mean {mean}");
    }
}

#[test]
fn two_dropouts_of_a_tape_and_two_steps_drop_other_entries() {
    let x = Tensor::<f64>::ones([50]);
    let dropped = |tape: &Tape<f64>| Dropout::new(0.5).forward(tape.constant(&x)).value();
    let tape = training();
    let first = dropped(&tape);
    assert_ne!(dropped(&tape), first);
    assert_ne!(dropped(&Tape::in_training(Seed::new(6))), first);
    assert_eq!(dropped(&training()), first);
}

#[test]
fn a_batch_of_one_row_has_no_statistics() {
    let (layer, x) = (BatchNorm::<f64>::new(2), Tensor::new([1, 2], vec![1.0, 2.0]));
    let refused = refusal(|| drop(layer.forward(training().constant(&x)).value()));
    let message = "batch normalisation in training needs at least two rows, not those of [1, 2]";
    assert_eq!(refused, message);
    assert_eq!(layer.state_dict(), BatchNorm::new(2).state_dict());
    assert_eq!(layer.predict(&x).shape(), [1, 2]);
    layer.freeze();
    assert_eq!(layer.forward(training().constant(&x)).shape(), [1, 2]);
}

#[test]
fn pytorchs_count_of_batches_is_listed_as_ignored_and_not_saved() {
    let layer = BatchNorm::<f64>::new(2);
    let mut state = layer.state_dict();
    assert_eq!(
        state.names().collect::<Vec<_>>(),
        ["weight", "bias", "running_mean", "running_var"]
    );
    state.insert("num_batches_tracked", Tensor::scalar(7.0));
    state.insert("running_mean", Tensor::new([2], vec![3.0, 4.0]));
    let report = layer.load_state_dict(&state).unwrap();
    assert_eq!(report.ignored, ["num_batches_tracked"]);
    assert_eq!(layer.running_mean.value().as_slice(), [3.0, 4.0]);
}

#[test]
fn a_linear_layer_without_a_bias_is_one_whose_bias_is_0() {
    let with: Linear<f64> = Linear::new(3, 2, Seed::new(7));
    let without = with.clone().without_bias();
    assert_eq!(without.weight.value(), with.weight.value());
    with.bias.as_ref().unwrap().set(Tensor::zeros([2]));
    let x = Tensor::from_fn([4, 3], |i| (i as f64).sin());
    assert_eq!(without.predict(&x), with.predict(&x));
    let gradient = |layer: &Linear<f64>| {
        let tape = training();
        let loss = layer.forward(tape.constant(&x)).square().sum();
        loss.backward().of(&layer.weight).unwrap().clone()
    };
    assert_eq!(gradient(&without), gradient(&with));
    let names: Vec<String> = without.named().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["weight"]);
    let network = Sequential::new().then(without).then(nn::Relu);
    assert_eq!(network.forward(training().constant(&x)).value(), network.predict(&x));
    assert_eq!(network.spec().unwrap().build::<f64>(Seed::new(1)).named().len(), 1);
}

#[test]
fn residual_and_parallel_layers_are_their_formulas() {
    let seed = Seed::new(3);
    let a: Linear<f64> = Linear::new(3, 3, seed.child("a"));
    let b: Linear<f64> = Linear::new(3, 3, seed.child("b"));
    let x = Tensor::from_fn([4, 3], |i| (i as f64).sin());
    let [of_a, of_b] = [&a, &b].map(|layer| layer.predict(&x));

    let residual = Residual::new(Sequential::new().then(a.clone()).then(Tanh));
    assert_eq!(residual.predict(&x), x.clone() + of_a.clone().tanh());
    let branches = [Sequential::new().then(a), Sequential::new().then(b), Sequential::new()];
    let sum = Parallel::new(branches.clone(), Combine::Sum);
    assert_eq!(sum.predict(&x), of_a.clone() + of_b.clone() + x.clone());
    let beside = Parallel::new(branches, Combine::Concatenate);
    assert_eq!(beside.predict(&x), Tensor::concatenate(&[of_a, of_b, x], 1));
}

#[test]
fn layers_whose_outputs_have_no_sum_are_refused() {
    let narrow = || Sequential::new().then(Linear::<f64>::new(3, 1, Seed::new(1)));
    let x = Tensor::zeros([4, 3]);
    let residual = refusal(|| drop(Residual::new(narrow()).predict(&x)));
    assert_eq!(residual, "a residual's layers made [4, 1] of [4, 3], which have no sum");
    let sum = Parallel::new([narrow(), Sequential::new()], Combine::Sum);
    let parallel = refusal(|| drop(sum.predict(&x)));
    assert_eq!(parallel, "parallel branches of outputs [4, 1] and [4, 3] have no sum");
}

#[test]
fn an_embedding_is_a_linear_layer_on_one_hot_rows() {
    let table = Embedding::<f64>::new(4, 3, Seed::new(1));
    let (tape, indices) = (Tape::<f64>::default(), [2, 0, 2]);
    let one_hot = Tensor::identity(4).rows(&indices);
    let rows = table.forward(&tape, &indices);
    let product = tape.constant(one_hot).matmul(tape.watch(&table.weight));
    assert_eq!(rows.value(), product.value());
    let cotangent = Tensor::from_fn([3, 3], |i| i as f64);
    let gradient = |y: autograd::Var<'_, f64>| {
        y.backward_from(cotangent.clone()).of(&table.weight).unwrap().clone()
    };
    assert_eq!(gradient(rows), gradient(product));
    assert_eq!(table.named()[0].0, "weight");
}
