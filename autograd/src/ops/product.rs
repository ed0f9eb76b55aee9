//! Matrix products; all of them, and their pullbacks, go through one parallel product.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::{Float, Shape, Tensor, Var, parallel};

impl<F: Float> Tensor<F> {
    /// The matrix product over the last two axes; leading axes broadcast.
    ///
    /// The inner axis is summed as the product's kernel goes along it, piece after piece, and not in
    /// pairs as [`Tensor::sum`]: over 20 million rows of `f32`, 0.1 times 1 is off by 7e-4 of the sum,
    /// random numbers in (0, 1) by 8e-7. Over a million it is 4e-5, over 10 000 it is 2e-6.
    ///
    /// # Shapes
    /// `self`: `[.., m, k]`; `b`: `[.., k, n]`; result: `[.., m, n]`.
    ///
    /// # Panics
    /// If an operand has fewer than two axes, or the sizes do not fit.
    #[doc(alias = "mm")]
    #[doc(alias = "bmm")]
    #[doc(alias = "dot")]
    #[track_caller]
    pub fn matmul(&self, b: &Self) -> Self {
        stacked_product(self, AsStored, b, AsStored)
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
        stacked_product(self, Transposed, b, AsStored)
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
        stacked_product(self, AsStored, b, Transposed)
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
    #[doc(alias = "mm")]
    #[doc(alias = "bmm")]
    #[doc(alias = "dot")]
    #[track_caller]
    // ANCHOR: matmul
    pub fn matmul(self, b: Self) -> Self {
        let (x, y) = (self.value(), b.value());
        self.tape()
            .record("matmul", x.matmul(&y))
            .pullback(self, move |z_bar| z_bar.matmul_nt(&y))
            .pullback(b, move |z_bar| x.matmul_tn(&z_bar))
    }
    // ANCHOR_END: matmul

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
}

/// How the numbers of a matrix are read.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    AsStored,
    Transposed,
}
use Form::{AsStored, Transposed};

/// The product over broadcast leading axes.
#[track_caller]
fn stacked_product<F: Float>(
    a: &Tensor<F>,
    a_form: Form,
    b: &Tensor<F>,
    b_form: Form,
) -> Tensor<F> {
    let shape = product_shape(a.shape(), a_form, b.shape(), b_form);
    let seen = |view, form| if form == Transposed { ArrayView2::reversed_axes(view) } else { view };
    if a.shape().rank() == 2 && b.shape().rank() == 2 {
        return matrix_product(seen(a.matrix(), a_form), seen(b.matrix(), b_form));
    }
    if a_form == AsStored && b.shape().rank() == 2 {
        // A stack of matrices times one matrix is one tall matrix times it.
        return matrix_product(a.matrix(), seen(b.matrix(), b_form)).reshape(shape);
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
                parallel::product(
                    seen(a, a_form),
                    seen(b, b_form),
                    F::ZERO,
                    matrix_mut(piece, (m, n)),
                );
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

/// The shape of a product; panics with both shapes if there is none.
#[track_caller]
fn product_shape(a: Shape, a_form: Form, b: Shape, b_form: Form) -> Shape {
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
    Shape::from(batch.sizes().chain([m, n]).collect::<Vec<usize>>())
}

/// Leading axes, rows, columns.
fn parts(shape: Shape) -> (Vec<usize>, usize, usize) {
    let mut sizes = shape.to_vec();
    let columns = sizes.pop().unwrap_or(1);
    let rows = sizes.pop().unwrap_or(1);
    (sizes, rows, columns)
}

/// `A B`, the views transposed at will, in a reused buffer.
pub(super) fn matrix_product<F: Float>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>) -> Tensor<F> {
    let sizes = (a.nrows(), b.ncols());
    Tensor::build([sizes.0, sizes.1].into(), |c| {
        parallel::product(a, b, F::ZERO, matrix_mut(c, sizes));
    })
}

/// The numbers of a matrix, to be written.
pub(super) fn matrix_mut<F>(c: &mut [F], sizes: (usize, usize)) -> ArrayViewMut2<'_, F> {
    ArrayViewMut2::from_shape(sizes, c).expect("the buffer has as many entries as the matrix")
}
