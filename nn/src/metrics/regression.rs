//! Predicted numbers against true ones.

use autograd::{Float, Tensor};

use crate::data::Scale;

/// The root of the mean squared error, in the numbers' own unit.
///
/// An output that is not a number makes it NaN, an infinite one infinite.
///
/// ```
/// use autograd::Tensor;
/// let outputs = Tensor::new([4, 1], vec![1.0_f32, 2.0, 3.0, 4.0]);
/// assert_eq!(nn::metrics::rmse(&outputs, &[3.0, 4.0, 1.0, 2.0]), 2.0);
/// ```
///
/// # Shapes
/// `outputs`: `[rows, 1]`; `numbers`: one a row.
///
/// # Panics
/// If there is no row, or another number of numbers than rows.
#[doc(alias("root_mean_squared_error", "mean_squared_error"))]
#[track_caller]
pub fn rmse<F: Float>(outputs: &Tensor<F>, numbers: &[f64]) -> f64 {
    let errors = errors("the root of the mean squared error", outputs, numbers);
    errors.norm().item() / (numbers.len() as f64).sqrt()
}

/// The share of the numbers' variance that the outputs explain, R²: 1 minus the mean squared error
/// over the variance (divisor `n`).
///
/// It is 1 if all outputs are right, 0 if they are as good as the numbers' mean, below 0 if worse.
/// Numbers that are all equal, such as a single one, have no variance to explain: the value is then
/// 1 if all outputs are right and 0 otherwise, as scikit-learn's.
///
/// ```
/// use autograd::Tensor;
/// let outputs = Tensor::new([4, 1], vec![1.0_f32, 1.0, 3.0, 2.0]);
/// assert_eq!(nn::metrics::r_squared(&outputs, &[1.0, 1.0, 3.0, 3.0]), 0.75);
/// ```
///
/// # Shapes
/// `outputs`: `[rows, 1]`; `numbers`: one a row.
///
/// # Panics
/// If there is no row, or another number of numbers than rows.
#[doc(alias = "r2_score")]
#[track_caller]
pub fn r_squared<F: Float>(outputs: &Tensor<F>, numbers: &[f64]) -> f64 {
    let errors = errors("the share of the variance", outputs, numbers);
    let mean = Scale::of(numbers.iter().copied()).mean; // exact, if the numbers are equal
    let rests = Tensor::from(numbers.to_vec()).map(|number| number - mean);
    match (errors.norm().item(), rests.norm().item()) {
        (0.0, _) => 1.0,
        (error, 0.0) if !error.is_nan() => 0.0,
        (error, deviation) => 1.0 - (error / deviation).powi(2),
    }
}

/// Output less number of each row, of both of which there is one.
#[track_caller]
fn errors<F: Float>(what: &str, outputs: &Tensor<F>, numbers: &[f64]) -> Tensor<f64> {
    let shape = outputs.shape();
    assert!(
        shape.rank() == 2 && shape.axis(1) == 1,
        "outputs that are numbers are of shape [rows, 1], not {shape}"
    );
    assert!(
        shape.axis(0) == numbers.len() && !numbers.is_empty(),
        "{what} needs one number a row, not {} numbers for outputs of shape {shape}",
        numbers.len(),
    );
    let pairs = outputs.as_slice().iter().zip(numbers);
    Tensor::from(pairs.map(|(output, number)| output.to_f64() - number).collect::<Vec<_>>())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "powers of two, zero and infinity are exact")]
mod tests {
    use super::*;

    fn column(outputs: &[f64]) -> Tensor<f64> {
        Tensor::new([outputs.len(), 1], outputs.to_vec())
    }

    #[test]
    fn squares_beyond_the_range_of_numbers_are_no_errors_beyond_it() {
        for size in [2.0_f64.powi(600), 2.0_f64.powi(-600)] {
            let outputs = column(&[size, size, 0.0, 0.0]);
            assert_eq!(rmse(&outputs, &[0.0, 0.0, size, size]), size);
            let r_squared = r_squared(&outputs, &[0.0, 0.0, 2.0 * size, 2.0 * size]);
            assert!((r_squared + 1.5).abs() < 1e-15, "{r_squared}"); // two roots, squared again
        }
        assert_eq!(rmse(&column(&[f64::INFINITY]), &[0.0]), f64::INFINITY);
        assert_eq!(r_squared(&column(&[f64::INFINITY, 1.0]), &[0.0, 1.0]), f64::NEG_INFINITY);
        assert!(rmse(&column(&[f64::NAN, f64::INFINITY]), &[0.0, 0.0]).is_nan());
        assert!(r_squared(&column(&[f64::NAN, 1.0]), &[0.0, 0.0]).is_nan());
    }

    #[test]
    fn equal_numbers_are_explained_fully_or_not_at_all() {
        assert_eq!(r_squared(&column(&[0.1; 3]), &[0.1; 3]), 1.0);
        assert_eq!(r_squared(&column(&[0.1, 0.1, 0.2]), &[0.1; 3]), 0.0);
        assert_eq!(r_squared(&column(&[4.0]), &[5.0]), 0.0);
    }

    #[test]
    #[should_panic(expected = "not 0 numbers for outputs of shape [0, 1]")]
    fn no_numbers_have_no_error() {
        rmse(&Tensor::<f32>::zeros([0, 1]), &[]);
    }

    #[test]
    #[should_panic(expected = "outputs that are numbers are of shape [rows, 1], not [2, 2]")]
    fn two_outputs_a_row_are_no_number() {
        r_squared(&Tensor::<f32>::zeros([2, 2]), &[0.0, 0.0]);
    }
}
