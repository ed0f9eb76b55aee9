//! A law: what a row is told does not depend on the rows beside it.

use autograd::{Float, Tensor};
use transfer::Fitted;

/// Whether each row's outputs are those it gets when it is predicted alone, up to the rounding of
/// another order of sums.
///
/// # Errors
/// The first row whose outputs differ, in a sentence.
// ANCHOR: law
pub fn predicts_alone_as_together<F: Float>(
    fitted: &Fitted<F>,
    x: &Tensor<F>,
    tolerance: f64,
) -> Result<(), String> {
    let together = fitted.predict(x);
    let outputs = together.size(1);
    for (row, together) in together.as_slice().chunks_exact(outputs.max(1)).enumerate() {
        let alone = fitted.predict(&x.rows(&[row]));
        for (a, b) in alone.as_slice().iter().zip(together) {
            let (a, b) = (a.to_f64(), b.to_f64());
            if (a - b).abs() > tolerance * a.abs().max(1.0) {
                return Err(format!("row {row} alone gives {a}, among others {b}"));
            }
        }
    }
    Ok(())
}
// ANCHOR_END: law
