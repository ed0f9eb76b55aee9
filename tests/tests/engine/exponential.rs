//! The vectorised `e^x` and the `ln(1 + x)` of single precision against `libm`'s of double precision.

#![expect(clippy::float_cmp, reason = "what is claimed is equality, not nearness")]

use autograd::{Float, Tensor};

/// The distance of `y` from the exact value, in units in the last place of single precision there.
fn error_in_places(y: f32, exact: f64) -> f64 {
    const SMALLEST_NORMAL: i32 = -126;
    const DIGITS: i32 = 23;
    let exponent = if exact == 0.0 { SMALLEST_NORMAL } else { libm::ilogb(exact) };
    let place = libm::ldexp(1.0, exponent.max(SMALLEST_NORMAL) - DIGITS);
    (f64::from(y) - exact).abs() / place
}

/// Checks `e^x` for all given numbers; the largest error.
fn largest_error(numbers: impl Iterator<Item = f32>) -> f64 {
    let mut largest = 0.0_f64;
    let mut numbers = numbers.peekable();
    while numbers.peek().is_some() {
        let x: Vec<f32> = numbers.by_ref().take(4096).collect();
        let y = Tensor::new([x.len()], x.clone()).exp();
        for (&x, &y) in x.iter().zip(y.as_slice()) {
            let exact = libm::exp(f64::from(x));
            if x.is_nan() {
                assert!(y.is_nan(), "e^NaN is {y}");
            } else if exact >= 2.0 * f64::from(f32::MAX) {
                assert!(y.is_infinite() && y > 0.0, "e^{x} is {y}, but overflows");
            } else if y.is_infinite() {
                // Between the largest number and its double, rounding up is the rounding there is.
                assert!(exact > f64::from(f32::MAX), "e^{x} is {y}");
            } else {
                largest = largest.max(error_in_places(y, exact));
            }
        }
    }
    largest
}

#[test]
fn exp_is_within_two_units_in_the_last_place_over_the_whole_range() {
    // Every 97th bit pattern: each exponent, both signs, infinities and NaN among them.
    const STEP: usize = 97;
    let whole_range = (0..=u32::MAX).step_by(STEP).map(f32::from_bits);
    let error = largest_error(whole_range);
    assert!(error <= 2.0, "{error} places");
}

#[test]
fn exp_is_within_two_units_where_results_are_subnormal_or_overflow() {
    // e^x is subnormal below -87.3 and 0 below -103.97; it overflows above 88.72.
    let between = |low: f32, high: f32| {
        let (low, high) = (low.abs().to_bits(), high.abs().to_bits());
        low.min(high)..=low.max(high)
    };
    let error = largest_error(between(-87.0, -105.0).step_by(3).map(|bits| -f32::from_bits(bits)));
    assert!(error <= 2.0, "{error} places");
    let error = largest_error(between(88.0, 90.0).map(f32::from_bits));
    assert!(error <= 2.0, "{error} places");
}

#[test]
fn exp_of_the_ends_is_exact() {
    let x = vec![0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN];
    let y = Tensor::new([6], x).exp();
    assert_eq!(y.as_slice(), [1.0, 1.0, f32::INFINITY, 0.0, f32::INFINITY, 0.0]);
}

#[test]
fn ln_1p_is_within_three_units_in_the_last_place_over_the_whole_range() {
    const STEP: usize = 97;
    let mut largest = 0.0_f64;
    for x in (0..=u32::MAX).step_by(STEP).map(f32::from_bits) {
        let (y, exact) = (Float::ln_1p(x), libm::log1p(f64::from(x)));
        if exact.is_finite() {
            largest = largest.max(error_in_places(y, exact));
        } else {
            assert!((exact.is_nan() && y.is_nan()) || f64::from(y) == exact, "ln_1p({x}) is {y}");
        }
    }
    assert!(largest <= 3.0, "{largest} places");
    let ends = [-1.0, 0.0, f32::INFINITY].map(Float::ln_1p);
    assert_eq!(ends, [f32::NEG_INFINITY, 0.0, f32::INFINITY]);
}
