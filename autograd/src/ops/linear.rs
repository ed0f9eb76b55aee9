//! Linear maps: a product with a weight that is stored `[outputs, inputs]`, and a bias.

use super::product::{matrix_mut, matrix_product};
use crate::{Float, Shape, Tensor, Var, parallel};

impl<F: Float> Var<'_, F> {
    /// `x W^T + b` in one node: `W_bar = y_bar^T x`, `x_bar = y_bar W`, and `b_bar` is the sum of
    /// `y_bar` over the rows (which the sweep takes).
    ///
    /// # Shapes
    /// `self`: `[.., inputs]`; `weight`: `[outputs, inputs]`; `bias`: `[outputs]`; result:
    /// `[.., outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[doc(alias = "addmm")]
    #[inline]
    #[track_caller]
    // ANCHOR: linear
    pub fn linear(self, weight: Self, bias: Self) -> Self {
        let (x, w) = (self.value(), weight.value());
        let y = affine(&x, &w, &bias.value());
        let shape = x.shape();
        // The input's cotangent is made last, since the next pullback reads it.
        self.tape()
            .record("linear", y)
            .pullback(weight, move |y_bar| matrix_product(y_bar.matrix_t(), x.matrix()))
            .pullback(bias, |y_bar| y_bar)
            .pullback(self, move |y_bar| matrix_product(y_bar.matrix(), w.matrix()).reshape(shape))
            .arguments(&[self, weight, bias])
    }
    // ANCHOR_END: linear

    /// `x W^T`, as [`Var::linear`] without a bias.
    ///
    /// # Shapes
    /// `self`: `[.., inputs]`; `weight`: `[outputs, inputs]`; result: `[.., outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear_no_bias(self, weight: Self) -> Self {
        let (x, w) = (self.value(), weight.value());
        let (shape, x_shape) = (linear_shape(x.shape(), w.shape()), x.shape());
        self.tape()
            .record("linear_no_bias", matrix_product(x.matrix(), w.matrix_t()).reshape(shape))
            .pullback(weight, move |y_bar| matrix_product(y_bar.matrix_t(), x.matrix()))
            .pullback(self, move |y_bar| {
                matrix_product(y_bar.matrix(), w.matrix()).reshape(x_shape)
            })
            .arguments(&[self, weight])
    }
}

/// `x W^T + b`: the bias is written into every row first, and the product added to it.
#[inline]
#[track_caller]
fn affine<F: Float>(x: &Tensor<F>, w: &Tensor<F>, b: &Tensor<F>) -> Tensor<F> {
    assert!(
        w.shape().rank() == 2 && b.shape() == [w.shape().axis(0)],
        "a linear map of weight {} needs a bias of its outputs, not one of shape {}",
        w.shape(),
        b.shape()
    );
    let shape = linear_shape(x.shape(), w.shape());
    Tensor::build(shape, |out| {
        repeat(b.as_slice(), out);
        parallel::product(x.matrix(), w.matrix_t(), F::ONE, matrix_mut(out, shape.rows_columns()));
    })
}

/// Fills `out` with copies of `row`, doubling what is there: a few long copies instead of one a row.
fn repeat<F: Float>(row: &[F], out: &mut [F]) {
    let mut filled = row.len().min(out.len());
    out[..filled].copy_from_slice(&row[..filled]);
    while 0 < filled && filled < out.len() {
        let more = filled.min(out.len() - filled);
        out.copy_within(..more, filled);
        filled += more;
    }
}

/// The shape of a linear map's result; panics with both shapes if there is none.
#[inline]
#[track_caller]
fn linear_shape(x: Shape, weight: Shape) -> Shape {
    let Some(last) = x.rank().checked_sub(1) else {
        panic!("a linear map needs inputs of shape [.., inputs], not a single number")
    };
    assert!(
        weight.rank() == 2 && weight.axis(1) == x.axis(last),
        "cannot apply a linear map of weight {weight} [outputs, inputs] to {x}: the sizes of the \
         inputs differ"
    );
    x.with(last, weight.axis(0))
}
