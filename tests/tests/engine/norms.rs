//! Lengths and normalised rows of numbers of any size: no square overflows or vanishes, and large
//! numbers close together keep their differences.

#![expect(clippy::float_cmp, reason = "what is claimed is equality, not nearness")]

use autograd::{Gradients, Parameter, Seed, Tape, Tensor};
use nn::{BatchNorm, LayerNorm, Module};
use proptest::prelude::*;
use tests::draw::cases;

/// The rounding of one operation in single precision.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// The gradients of parameters, given as such.
fn gradients(parts: &[Tensor]) -> (Vec<Parameter>, Gradients) {
    let parameters: Vec<_> = parts.iter().cloned().map(Parameter::new).collect();
    let mut gradients = Gradients::empty();
    for (parameter, part) in parameters.iter().zip(parts) {
        gradients.insert(parameter, part.clone());
    }
    (parameters, gradients)
}

fn row(entries: &[f32]) -> Tensor {
    Tensor::new([entries.len()], entries.to_vec())
}

/// Clips the gradients of one parameter.
fn clipped(entries: &[f32], most: f32) -> Vec<f32> {
    let (parameters, gradients) = gradients(&[row(entries)]);
    gradients.clip_norm(most).of(&parameters[0]).unwrap().as_slice().to_vec()
}

/// Normalises one row as `LayerNorm`, and as `BatchNorm` normalises a column.
fn normalised(entries: &[f32]) -> [Vec<f32>; 2] {
    let n = entries.len();
    let tape = Tape::training(Seed::new(1));
    let rows = LayerNorm::new(n).forward(tape.constant(Tensor::new([1, n], entries.to_vec())));
    let columns = BatchNorm::new(1).forward(tape.constant(Tensor::new([n, 1], entries.to_vec())));
    [rows, columns].map(|y| y.value().as_slice().to_vec())
}

/// Mean and population variance in double precision, centred twice.
fn moments(x: &[f32]) -> (f64, f64) {
    let n = x.len() as f64;
    let shift = f64::from(x[0]);
    let mean = x.iter().map(|&x| f64::from(x) - shift).sum::<f64>() / n;
    let squares = x.iter().map(|&x| (f64::from(x) - shift - mean).powi(2));
    (shift + mean, squares.sum::<f64>() / n)
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_norm_is_that_of_exact_arithmetic_at_any_size(
        parts in prop::collection::vec(prop::collection::vec(-1.0..1.0_f32, 0..40), 1..4),
        exponent in -30..=30_i32,
        most in 1e-30..1e30_f32,
    ) {
        let scale = 10_f32.powi(exponent);
        let parts: Vec<Tensor> = parts.iter().map(|part| row(part).scale(scale)).collect();
        let squares = parts.iter().flat_map(Tensor::as_slice).map(|&x| f64::from(x).powi(2));
        let exact = squares.sum::<f64>().sqrt();
        let (parameters, gradients) = gradients(&parts);
        // One rounding, to single precision.
        let near = |found: f32, exact: f64| (f64::from(found) - exact).abs() <= 2.0 * ROUNDING * exact;
        prop_assert!(near(gradients.norm(), exact), "{} for {exact}", gradients.norm());
        if let [part] = &parts[..] {
            let tape = Tape::new();
            prop_assert_eq!(part.norm().item().to_bits(), gradients.norm().to_bits());
            prop_assert_eq!(tape.leaf(part).norm().value(), part.norm());
        }
        let clipped = gradients.clone().clip_norm(most);
        for (parameter, part) in parameters.iter().zip(&parts) {
            let clipped = clipped.of(parameter).unwrap();
            for (&x, &y) in part.as_slice().iter().zip(clipped.as_slice()) {
                let factor = (f64::from(most) / exact).min(1.0);
                // A number below the normal ones has an absolute rounding.
                let exact = f64::from(x) * factor;
                let fits = (f64::from(y) - exact).abs() <= 2.0 * ROUNDING * exact.abs() + 1e-45;
                prop_assert!(fits, "{y} for {exact}");
            }
        }
    }

    #[test]
    fn equal_numbers_are_normalised_to_exactly_zero(
        n in 2..3000_usize, x in prop_oneof![-3.0..3.0_f64, Just(0.0)], exponent in -30..=30_i32,
    ) {
        let x = x * 10_f64.powi(exponent);
        for y in normalised(&vec![x as f32; n]) {
            prop_assert!(y.iter().all(|&y| y == 0.0), "{y:?}");
        }
        let tape = Tape::<f64>::default();
        let y = tape.constant(Tensor::full([n, 2], x)).normalize_axes(&[0], 1e-5).value();
        prop_assert!(y.as_slice().iter().all(|&y| y == 0.0), "{y:?}");
        prop_assert_eq!(Tensor::full([n], x).var_axes(&[0], 1).item(), 0.0);
    }

    #[test]
    fn large_numbers_close_together_keep_their_differences(
        deviations in prop::collection::vec(-1.0..1.0_f32, 2..200),
        offset in -1e8..1e8_f32,
        exponent in -30..=20_i32,
    ) {
        let scale = 10_f32.powi(exponent);
        let x: Vec<f32> = deviations.iter().map(|d| (offset + d) * scale).collect();
        let (mean, variance) = moments(&x);
        for y in normalised(&x) {
            for (&x, &y) in x.iter().zip(&y) {
                let exact = (f64::from(x) - mean) / (variance + 1e-5).sqrt();
                // The roundings of two differences, of the divisor and of the product.
                let error = (f64::from(y) - exact).abs();
                prop_assert!(error <= 8.0 * ROUNDING * (1.0 + exact.abs()), "{y} for {exact}");
            }
        }
        // The variance itself may lie outside the range of the numbers.
        let found = row(&x).var_axes(&[0], 0).item();
        let near = (f64::from(found) - variance).abs() <= 8.0 * ROUNDING * variance + 1e-45;
        prop_assert!(near || found == variance as f32, "{found} for {variance}");
    }
}

#[test]
fn gradients_are_clipped_where_their_squares_overflow_or_vanish() {
    assert_eq!(gradients(&[row(&[2e19])]).1.norm(), 2e19);
    assert_eq!(clipped(&[2e19], 1.0), [1.0]);
    assert_eq!(clipped(&[3e-25, 4e-25], 5e-26), [3e-26, 4e-26]);
    let (_, ones) = gradients(&[Tensor::ones([1 << 25])]);
    assert_eq!(ones.norm(), 5792.6187); // 2^12.5
    // The norm itself may be out of the range of the numbers.
    assert_eq!(gradients(&[row(&[3e38; 4])]).1.norm(), f32::INFINITY);
    assert_eq!(clipped(&[3e38; 4], 1.0), [0.5; 4]);
    assert_eq!(clipped(&[1e-45; 4], 1e-45), [0.0; 4], "half of the least number rounds to even");
    let tape = Tape::<f64>::default();
    for (entry, norm) in [(1.5e308, f64::INFINITY), (5e-324, 1e-323)] {
        let x = tape.leaf(Tensor::full([4], entry));
        assert_eq!(x.norm().value().item(), norm);
        let found = x.norm().backward();
        assert_eq!(found.wrt(x).unwrap().as_slice(), [0.5; 4]);
    }
}

#[test]
fn gradients_at_the_ends_of_clipping() {
    // At the limit nothing changes; a limit of 0 leaves nothing.
    assert_eq!(clipped(&[3.0, 4.0], 5.0), [3.0, 4.0]);
    assert_eq!(clipped(&[3.0, 4.0], 0.0), [0.0, 0.0]);
    assert_eq!(clipped(&[0.0, 0.0], 0.0), [0.0, 0.0]);
    assert_eq!(clipped(&[], 1.0), [0.0; 0]);
    // An infinite entry or NaN stays, and so does everything beside it.
    assert_eq!(clipped(&[f32::INFINITY, 4.0], 1.0), [f32::INFINITY, 4.0]);
    let nan = clipped(&[f32::NAN, 4.0], 1.0);
    assert!(nan[0].is_nan() && nan[1] == 4.0);
}

#[test]
fn rows_that_were_normalised_to_their_rounding_are_zero() {
    for x in [10000.1, 1e7 + 3.0, 14.62, 1e30, -1e-30] {
        for y in normalised(&[x; 10]) {
            assert_eq!(y, [0.0; 10], "ten times {x}");
        }
    }
}

#[test]
fn batch_statistics_of_a_large_mean_and_a_small_deviation_are_followed() {
    // 5000 pairs of 1e5 - 1 and 1e5 + 1: mean 1e5, unbiased variance 10000 / 9999.
    let x = Tensor::from_fn([10_000, 1], |i| if i % 2 == 0 { 99_999.0 } else { 100_001.0 });
    let layer: BatchNorm = BatchNorm::new(1);
    let y = layer.forward(Tape::training(Seed::new(1)).constant(&x)).value();
    let near = |x: f32, exact: f64| (f64::from(x) / exact - 1.0).abs() <= 4.0 * ROUNDING;
    assert!(near(layer.running_mean.value().item(), 1e4));
    assert!(near(layer.running_var.value().item(), 0.9 + 0.1 * 10_000.0 / 9999.0));
    assert!(near(y.as_slice()[1], 1.0 / (1.0 + 1e-5_f64).sqrt()));
}

// In double precision the sweep of a row is that of its definition; here its digits count.
#[test]
fn the_sweep_of_a_normalised_row_keeps_its_digits_beside_a_large_mean() {
    let (n, offset) = (1000, 1e5);
    let x = Tensor::from_fn([1, n], |i| offset + (i * i % 17) as f32);
    let y_bar = Tensor::from_fn([1, n], |i| (i % 13) as f32 - 3.0);
    let swept = |x: Tensor, y_bar: &Tensor| {
        let tape = Tape::new();
        let x = tape.leaf(x);
        let y = x.normalize_axes(&[1], 1e-5);
        y.backward_from(y_bar.clone()).wrt(x).unwrap().clone()
    };
    // The same row without its mean has the same derivative.
    let (far, near) = (swept(x.clone(), &y_bar), swept(x.map(|x| x - offset), &y_bar));
    for (far, near) in far.as_slice().iter().zip(near.as_slice()) {
        assert!((far - near).abs() <= 16.0 * ROUNDING as f32, "{far} and {near}");
    }
}
