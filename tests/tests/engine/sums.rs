//! Long sums: their rounding grows with the logarithm of their length, at any size and value, and
//! so does that of every mean and loss, and of the gradient of what was broadcast.

#![expect(clippy::float_cmp, reason = "what is claimed is equality, not nearness")]

use autograd::{CrossEntropyConfig, Reduction, Tape, Tensor};
use proptest::prelude::*;
use tests::draw::cases;

/// Half the distance from 1 to the next number of single precision: the rounding of one addition.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// What a sum of `n` numbers may be off by, for each unit of their magnitudes' sum: the roundings
/// on the way of a number into the sum. A block has sixteen of groups of four, the narrow rows that
/// are read as one have eight more, blocks and lanes are added in pairs.
fn bound(n: usize) -> f64 {
    const BLOCK: f64 = 16.0 + 2.0;
    const NARROW: f64 = 8.0 + 2.0;
    ROUNDING * (BLOCK + NARROW + ((n + 1) as f64).log2() + 4.0)
}

/// Numbers of either sign between 1e-30 and 1e30.
fn numbers(shape: &[usize], seed: u64) -> Tensor {
    let seed = autograd::Seed::new(seed);
    Tensor::from_fn(shape, |i| {
        let bits = seed.child(i).value();
        let exponent = (bits >> 40) as f64 / f64::from(1 << 24) * 60.0 - 30.0;
        let sign = if bits & 1 == 0 { 1.0 } else { -1.0 };
        (sign * 10_f64.powf(exponent)) as f32
    })
}

/// Compares a sum over the middle axis with one in double precision, whose own rounding is a
/// millionth of what is allowed.
fn check_middle(x: &Tensor, [outer, n, inner]: [usize; 3]) -> Result<(), TestCaseError> {
    let found = x.clone().sum_axes_keep(&[1]);
    for (i, &sum) in found.as_slice().iter().enumerate() {
        let (block, column) = (i / inner, i % inner);
        let entry = |row: usize| f64::from(x.as_slice()[(block * n + row) * inner + column]);
        let exact: f64 = (0..n).map(entry).sum();
        let size: f64 = (0..n).map(|row| entry(row).abs()).sum();
        let error = (f64::from(sum) - exact).abs();
        prop_assert!(error <= bound(n) * size, "[{outer}, {n}, {inner}]: {sum} for {exact}");
    }
    Ok(())
}

/// Few or many rows, narrow or wide, of at most about 20 000 entries.
fn sizes() -> impl Strategy<Value = [usize; 3]> {
    let few = || prop_oneof![0..3_usize, 1..20_usize];
    prop_oneof![
        (few(), 0..1000_usize, Just(1)).prop_map(|(a, b, c)| [a, b, c]),
        (few(), few(), few()).prop_map(|(a, b, c)| [a, b, c]),
        (1..3_usize, 0..600_usize, few()).prop_map(|(a, b, c)| [a, b, c]),
        (0..3_usize, 0..4_usize, 200..1200_usize).prop_map(|(a, b, c)| [a, b, c]),
        (Just(1), 60..70_usize, 250..300_usize).prop_map(|(a, b, c)| [a, b, c]),
    ]
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn sums_over_any_axes_err_with_the_logarithm_of_their_length(sizes in sizes(), seed: u64) {
        let x = numbers(&sizes, seed);
        check_middle(&x, sizes)?;
        let [outer, n, inner] = sizes;
        // Over all axes, and over the first and the last around one that stays.
        let whole = Tensor::new([1, x.len(), 1], x.as_slice().to_vec());
        check_middle(&whole, [1, x.len(), 1])?;
        prop_assert_eq!(x.sum().item().to_bits(), whole.sum_axes_keep(&[1]).item().to_bits());
        let around = x.clone().sum_axes_keep(&[0, 2]);
        let together = x.permute(&[1, 0, 2]).reshape([n, outer * inner, 1]);
        let straight = together.clone().sum_axes_keep(&[1]);
        let size = together.abs().sum_axes_keep(&[1]);
        for i in 0..n {
            let [a, b, size] = [&around, &straight, &size].map(|x| f64::from(x.as_slice()[i]));
            prop_assert!((a - b).abs() <= 3.0 * bound(outer * inner) * size, "{a} and {b}");
        }
    }

    #[test]
    fn maxima_over_any_axes_are_entries_that_no_other_exceeds(sizes in sizes(), seed: u64) {
        let x = numbers(&sizes, seed);
        let [_, n, inner] = sizes;
        for (i, &max) in x.clone().max_axes_keep(&[1]).as_slice().iter().enumerate() {
            let entry = |row: usize| x.as_slice()[(i / inner * n + row) * inner + i % inner];
            let expected = (0..n).map(entry).fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(max.to_bits(), expected.to_bits());
        }
    }
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn very_long_sums_err_with_the_logarithm_of_their_length(
        n in 1_000_000..3_000_000_usize, inner in 1..4_usize, seed: u64,
    ) {
        // A thousand numbers, over and over: most of the time would go into drawing them.
        let few = numbers(&[1009], seed);
        let x = Tensor::from_fn([1, n, inner], |i| few.as_slice()[i % 1009]);
        check_middle(&x, [1, n, inner])?;
    }
}

#[test]
fn a_sum_of_nothing_is_zero_and_not_minus_zero() {
    let nothing = Tensor::<f32>::zeros([3, 0, 2]);
    let bits = |x: Tensor| x.as_slice().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(nothing.sum()), [0]);
    assert_eq!(bits(nothing.clone().sum_axes_keep(&[1])), [0; 6]);
    assert_eq!(bits(Tensor::<f32>::zeros([0, 1]).sum_axes_keep(&[0])), [0]);
    assert_eq!(bits(nothing.norm()), [0]);
}

#[test]
fn means_over_tens_of_millions_of_equal_numbers_are_that_number() {
    let tape = Tape::predicting();
    let mean = |shape: [usize; 2]| {
        tape.constant(Tensor::<f32>::ones(shape)).mean_axes(&[0]).value().as_slice().to_vec()
    };
    assert_eq!(mean([1 << 25, 1]), [1.0]);
    assert_eq!(mean([20_000_000, 2]), [1.0, 1.0]);
    // In single precision 0.1 is a little more.
    let sum = f64::from(Tensor::full([10_000_000], 0.1_f32).sum().item());
    let exact = 1e7 * f64::from(0.1_f32);
    assert!((sum - exact).abs() <= bound(10_000_000) * exact, "{sum}");
}

#[test]
fn the_gradient_of_a_bias_counts_tens_of_millions_of_rows() {
    let tape = Tape::new();
    let (x, bias) = (tape.constant(Tensor::zeros([20_000_000, 1])), tape.leaf(Tensor::zeros([1])));
    let gradients = (x + bias).sum().backward();
    assert_eq!(gradients.wrt(bias).unwrap().item(), 2e7);
}

#[test]
fn the_gradient_of_an_entry_that_is_selected_again_and_again_keeps_its_digits() {
    const TIMES: usize = 1_000_000;
    let tape = Tape::new();
    let table = tape.leaf(Tensor::ones([2, 2]));
    let y_bar = Tensor::full([TIMES, 2], 0.1);
    let rows = table.index_select(0, &vec![1; TIMES]).backward_from(y_bar.clone());
    let entries = table.gather_rows(&vec![1; 2 * TIMES]).backward_from(y_bar.reshape([2, TIMES]));
    let exact = 0.1_f32 * TIMES as f32;
    // Two roundings, and that of the product.
    let near = |x: f32| (x - exact).abs() <= 3.0 * ROUNDING as f32 * exact;
    let (rows, entries) = (rows.wrt(table).unwrap(), entries.wrt(table).unwrap());
    assert!(rows.as_slice()[..2] == [0.0; 2] && rows.as_slice()[2..].iter().all(|&x| near(x)));
    let gathered = entries.as_slice();
    assert!(gathered[0] == 0.0 && near(gathered[1]) && gathered[2] == 0.0 && near(gathered[3]));
    // An infinite cotangent is infinite, not NaN, whatever follows.
    let infinite = Tensor::from_fn([3, 2], |i| [1.0, f32::INFINITY, 1.0][i / 2]);
    let found = table.index_select(0, &[0; 3]).backward_from(infinite);
    assert_eq!(found.wrt(table).unwrap().as_slice(), [f32::INFINITY, f32::INFINITY, 0.0, 0.0]);
}

#[test]
fn losses_of_millions_of_rows_are_the_loss_of_one() {
    const ROWS: usize = 3_000_000;
    let tape = Tape::predicting();
    let logits = tape.constant(Tensor::<f32>::zeros([ROWS, 2]));
    let ln_2 = std::f64::consts::LN_2;
    let check = |name: &str, loss: f32| {
        let error = (f64::from(loss) / ln_2 - 1.0).abs();
        assert!(error <= bound(ROWS), "{name} is {loss}");
    };
    check("cross_entropy", logits.cross_entropy(&vec![0; ROWS]).value().item());
    let half = Tensor::full([ROWS, 2], 0.5);
    check("bce_with_logits", logits.bce_with_logits(&half, Reduction::Mean).value().item());
    let (few, config) = (1 << 20, CrossEntropyConfig::default());
    let few = logits.slice(0, 0..few).cross_entropy_with(&vec![Some(1); few], &config);
    check("cross_entropy_with", few.value().item());
}

#[test]
fn the_variance_of_a_constant_over_a_million_rows_is_zero() {
    let x = Tensor::full([1_000_000, 1], 100.0_f32);
    assert_eq!(x.var_axes(&[0], 0).as_slice(), [0.0]);
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = x.var_axes(&[0], 1);
    assert_eq!(y.value().as_slice(), [0.0]);
    let found = y.sum().backward();
    assert!(found.wrt(x).unwrap().as_slice().iter().all(|&x| x == 0.0));
}

#[test]
fn the_gradient_of_a_mixing_weight_is_summed_in_blocks() {
    const N: usize = 2_500_000;
    let tape = Tape::new();
    let weights = tape.leaf(Tensor::ones([1]));
    let x = tape.constant(Tensor::full([N], 0.1_f32));
    let y = autograd::weighted_sum(weights, &[x]);
    let sum = f64::from(y.sum().backward().wrt(weights).unwrap().item());
    let exact = N as f64 * f64::from(0.1_f32);
    // A block adds 64 products one after the other.
    assert!((sum - exact).abs() <= (bound(N) + 64.0 * ROUNDING) * exact, "{sum} for {exact}");
}
