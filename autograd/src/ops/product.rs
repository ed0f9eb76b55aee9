//! Matrix products; all of them, and their pullbacks, go through one parallel product.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::elementwise::passed;
use crate::{Float, Shape, Tensor, Var, parallel};

/// A matrix given as stored or to be read transposed.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    AsStored,
    Transposed,
}
use Form::{AsStored, Transposed};

/// `A B`, the views transposed at will, in a reused buffer.
pub(crate) fn product<F: Float>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>) -> Tensor<F> {
    let dim = (a.nrows(), b.ncols());
    Tensor::build(Shape::from([dim.0, dim.1]), |c| parallel::product(a, b, F::ZERO, matrix(c, dim)))
}

fn matrix<F>(c: &mut [F], dim: (usize, usize)) -> ArrayViewMut2<'_, F> {
    ArrayViewMut2::from_shape(dim, c).expect("the buffer has as many entries as the matrix")
}

/// Leading axes, rows, columns.
fn parts(shape: Shape) -> (Vec<usize>, usize, usize) {
    let mut sizes = shape.to_vec();
    let columns = sizes.pop().unwrap_or(1);
    let rows = sizes.pop().unwrap_or(1);
    (sizes, rows, columns)
}

/// The shape of a product; panics with both shapes if there is none.
#[track_caller]
fn product_shape(a: Shape, a_form: Form, b: Shape, b_form: Form) -> (Shape, usize) {
    let of = |form| if form == Transposed { " transposed" } else { "" };
    assert!(
        a.rank() >= 2 && b.rank() >= 2,
        "cannot multiply {a}{} by {b}{}: a matrix has two axes or more",
        of(a_form),
        of(b_form)
    );
    let turn = |(batch, rows, columns), form| match form {
        AsStored => (batch, rows, columns),
        Transposed => (batch, columns, rows),
    };
    let (a_batch, m, k): (Vec<usize>, usize, usize) = turn(parts(a), a_form);
    let (b_batch, inner, n): (Vec<usize>, usize, usize) = turn(parts(b), b_form);
    assert!(
        k == inner,
        "cannot multiply {a}{} by {b}{}: the inner sizes {k} and {inner} differ",
        of(a_form),
        of(b_form)
    );
    let Some(batch) = Shape::from(&a_batch).stretched(Shape::from(&b_batch)) else {
        panic!(
            "cannot multiply {a}{} by {b}{}: the leading axes {a_batch:?} and {b_batch:?} do not \
             broadcast",
            of(a_form),
            of(b_form)
        )
    };
    let sizes: Vec<usize> = batch.sizes().chain([m, n]).collect();
    (Shape::from(sizes), k)
}

/// The product over broadcast leading axes.
#[track_caller]
fn multiply<F: Float>(a: &Tensor<F>, a_form: Form, b: &Tensor<F>, b_form: Form) -> Tensor<F> {
    let (shape, _) = product_shape(a.shape(), a_form, b.shape(), b_form);
    let seen = |view, form| if form == Transposed { ArrayView2::reversed_axes(view) } else { view };
    if a.shape().rank() == 2 && b.shape().rank() == 2 {
        return product(seen(a.matrix(), a_form), seen(b.matrix(), b_form));
    }
    if a_form == AsStored && b.shape().rank() == 2 {
        // A stack of matrices times one matrix is one tall matrix times it.
        return product(a.matrix(), seen(b.matrix(), b_form)).reshape(shape);
    }
    let ((a_batch, a_rows, a_columns), (b_batch, b_rows, b_columns)) =
        (parts(a.shape()), parts(b.shape()));
    let (batch, m, n) = parts(shape);
    let batch = Shape::from(batch);
    let strides = [&a_batch, &b_batch].map(|own| Shape::from(own).strides_in(batch));
    let (a_len, b_len) = (a_rows * a_columns, b_rows * b_columns);
    Tensor::build(shape, |out| {
        let mut pieces = out.chunks_exact_mut((m * n).max(1));
        let mut one = |a_at: usize, b_at: usize| {
            let a = &a.as_slice()[a_at * a_len..(a_at + 1) * a_len];
            let b = &b.as_slice()[b_at * b_len..(b_at + 1) * b_len];
            let a = ArrayView2::from_shape((a_rows, a_columns), a).expect("one whole matrix");
            let b = ArrayView2::from_shape((b_rows, b_columns), b).expect("one whole matrix");
            if let Some(piece) = pieces.next() {
                parallel::product(seen(a, a_form), seen(b, b_form), F::ZERO, matrix(piece, (m, n)));
            }
        };
        let last = batch.rank().checked_sub(1);
        crate::tensor::for_each_row(batch, strides, |row, [a, b]| {
            for i in 0..row.len() {
                let step = |strides: &[usize]| last.map_or(0, |last| strides[last] * i);
                one(a + step(&strides[0]), b + step(&strides[1]));
            }
        });
    })
}

impl<F: Float> Tensor<F> {
    /// The matrix product over the last two axes; leading axes broadcast.
    ///
    /// # Shapes
    /// `self`: `[.., m, k]`; `b`: `[.., k, n]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// If an operand has fewer than two axes, or the sizes do not fit.
    #[track_caller]
    pub fn matmul(&self, b: &Self) -> Self {
        multiply(self, AsStored, b, AsStored)
    }

    /// `A^T B`, without copying the transpose.
    ///
    /// # Shapes
    /// `self`: `[.., k, m]`; `b`: `[.., k, n]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// As [`Tensor::matmul`].
    #[track_caller]
    pub fn matmul_tn(&self, b: &Self) -> Self {
        multiply(self, Transposed, b, AsStored)
    }

    /// `A B^T`, without copying the transpose.
    ///
    /// # Shapes
    /// `self`: `[.., m, k]`; `b`: `[.., n, k]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// As [`Tensor::matmul`].
    #[track_caller]
    pub fn matmul_nt(&self, b: &Self) -> Self {
        multiply(self, AsStored, b, Transposed)
    }
}

impl<F: Float> Var<'_, F> {
    /// The matrix product over the last two axes; leading axes broadcast: for `C = A B`,
    /// `A_bar = C_bar B^T` and `B_bar = A^T C_bar`.
    ///
    /// # Shapes
    /// `self`: `[.., m, k]`; `b`: `[.., k, n]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// If an operand has fewer than two axes, or the sizes do not fit.
    #[track_caller]
    pub fn matmul(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        self.tape()
            .record("matmul", x.matmul(&y))
            .pullback(self, move |z_bar| z_bar.matmul_nt(&y))
            .pullback(b, move |z_bar| x.matmul_tn(&z_bar))
    }

    /// `A^T B`: `A_bar = B C_bar^T` and `B_bar = A C_bar`.
    ///
    /// # Shapes
    /// `self`: `[.., k, m]`; `b`: `[.., k, n]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// As [`Var::matmul`].
    #[track_caller]
    pub fn matmul_tn(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        self.tape()
            .record("matmul_tn", x.matmul_tn(&y))
            .pullback(self, move |z_bar| y.matmul_nt(&z_bar))
            .pullback(b, move |z_bar| x.matmul(&z_bar))
    }

    /// `A B^T`: `A_bar = C_bar B` and `B_bar = C_bar^T A`.
    ///
    /// # Shapes
    /// `self`: `[.., m, k]`; `b`: `[.., n, k]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// As [`Var::matmul`].
    #[track_caller]
    pub fn matmul_nt(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        self.tape()
            .record("matmul_nt", x.matmul_nt(&y))
            .pullback(self, move |z_bar| z_bar.matmul(&y))
            .pullback(b, move |z_bar| z_bar.matmul_tn(&x))
    }

    /// `x W^T + b` in one node: `W_bar = y_bar^T x`, `x_bar = y_bar W`, and `b_bar` is the sum of
    /// `y_bar` over the rows (which the sweep takes).
    ///
    /// # Shapes
    /// `self`: `[.., inputs]`; `weight`: `[outputs, inputs]`; `bias`: `[outputs]`; result:
    /// `[.., outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[inline]
    #[track_caller]
    pub fn linear(self, weight: Self, bias: Self) -> Self {
        let (x, w) = (self.value(), weight.value());
        let y = affine(&x, &w, &bias.value());
        self.record_linear("linear", y, (x, w), [weight, bias])
    }

    /// `max(x W^T + b, 0)`: the value of [`Var::linear`] and then [`Var::relu`], bit for bit, in one
    /// buffer instead of two. (One to two percent of a step with a hundred units.)
    ///
    /// # Shapes
    /// As [`Var::linear`].
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[inline]
    #[track_caller]
    pub fn linear_relu(self, weight: Self, bias: Self) -> Self {
        let (x, w) = (self.value(), weight.value());
        let y = affine(&x, &w, &bias.value()).relu();
        // Of the linear node nobody sees the value, only the sweep its cotangent.
        let z = self.record_linear("linear", y.clone(), (x, w), [weight, bias]);
        self.tape().record("linear_relu", y.clone()).pullback(z, move |y_bar| passed(y_bar, &y))
    }

    #[inline]
    #[track_caller]
    fn record_linear(
        self,
        name: &'static str,
        y: Tensor<F>,
        (x, w): (Tensor<F>, Tensor<F>),
        [weight, bias]: [Self; 2],
    ) -> Self {
        let shape = x.shape();
        self.tape()
            .record(name, y)
            .pullback(weight, move |y_bar| product(y_bar.matrix_t(), x.matrix()))
            .pullback(bias, |y_bar| y_bar)
            .pullback(self, move |y_bar| product(y_bar.matrix(), w.matrix()).reshape(shape))
    }

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
            .record("linear_no_bias", product(x.matrix(), w.matrix_t()).reshape(shape))
            .pullback(weight, move |y_bar| product(y_bar.matrix_t(), x.matrix()))
            .pullback(self, move |y_bar| product(y_bar.matrix(), w.matrix()).reshape(x_shape))
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
        parallel::product(x.matrix(), w.matrix_t(), F::ONE, matrix(out, shape.rows_columns()));
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
