//! Losses of logits against labels.

use crate::{Float, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// The mean over rows of `-log softmax(z)[label]`, in one node whose forward pass leaves the
    /// cotangent of the logits, `(softmax(z) - one-hot(label)) / rows`, behind.
    ///
    /// # Shapes
    /// `self`, the logits `z`: `[rows, classes]`; `labels`: a class index for each row; result: `[]`.
    ///
    /// # Panics
    /// If the logits are no matrix, the numbers of rows differ or are 0, or a label is not below the
    /// number of classes. (Labels that come from outside are checked where they are read.)
    #[inline]
    #[track_caller]
    pub fn cross_entropy(self, labels: &[usize]) -> Self {
        let z = self.value();
        let shape = z.shape();
        assert!(
            shape.rank() == 2 && shape.axis(0) == labels.len() && !labels.is_empty(),
            "cross-entropy needs logits [rows, classes] and a label for each of at least one row, \
             not logits {shape} and {} labels",
            labels.len()
        );
        let classes = shape.axis(1);
        if let Some((row, label)) = labels.iter().enumerate().find(|&(_, &label)| label >= classes)
        {
            panic!("the label {label} of row {row} is not below the {classes} classes of {shape}");
        }
        let mean = F::ONE / F::of(labels.len() as f64);
        let mut loss = F::ZERO;
        let slope = Tensor::build(shape, |out| {
            let rows = z.as_slice().chunks_exact(classes).zip(labels);
            for (out, (z, &label)) in out.chunks_exact_mut(classes).zip(rows) {
                let max = z.iter().fold(F::NEG_INFINITY, |max, &z| max.maximum(z));
                out.iter_mut().zip(z).for_each(|(out, &z)| *out = z - max);
                loss -= out[label];
            }
            // One pass over all rows keeps the vector lanes full even with few classes.
            out.iter_mut().for_each(|x| *x = x.exp());
            for (out, &label) in out.chunks_exact_mut(classes).zip(labels) {
                let sum: F = out.iter().copied().sum();
                loss += sum.ln();
                let factor = mean / sum;
                out.iter_mut().for_each(|x| *x *= factor);
                out[label] -= mean;
            }
        });
        self.tape()
            .record(Tensor::scalar(loss * mean))
            .pullback(self, move |l_bar| slope.clone().scale(l_bar.item()))
    }
}
