//! The reverse sweep.

use crate::non_finite::NonFinite;
use crate::tape::{Edge, Lists};
use crate::{Float, Gradients, Tensor, Var, pool};

/// A cotangent for each node of a tape, where there is one yet.
pub(crate) type Cotangents<F> = Vec<Option<Tensor<F>>>;

impl<F: Float> Var<'_, F> {
    /// The gradients of this loss with respect to every leaf and parameter it depends on.
    ///
    /// One loop from this node to the beginning of the tape: no recursion, however deep. The tape
    /// stays as it is, so several losses of one tape can each be swept.
    ///
    /// # Panics
    /// If the variable is not a single number, or its tape only [predicts](crate::Tape::predicting).
    // ANCHOR: backward
    #[doc(alias = "grad")]
    #[track_caller]
    pub fn backward(self) -> Gradients<F> {
        let shape = self.shape();
        assert!(
            shape.len() == 1,
            "backward needs a loss of one number, not one of shape {shape}: reduce it, or give a \
             cotangent to `backward_from`"
        );
        self.sweep(Tensor::ones(shape))
    }
    // ANCHOR_END: backward

    /// The gradients of `sum(value * y_bar)`: the vector-Jacobian product with `y_bar`.
    ///
    /// # Panics
    /// If `y_bar` has another shape than the variable, or its tape only predicts.
    #[doc(alias = "vjp")]
    #[track_caller]
    pub fn backward_from(self, y_bar: Tensor<F>) -> Gradients<F> {
        assert!(
            y_bar.shape() == self.shape(),
            "a cotangent of shape {} does not fit a variable of shape {}",
            y_bar.shape(),
            self.shape()
        );
        self.sweep(y_bar)
    }

    // ANCHOR: begin
    #[track_caller]
    fn sweep(self, y_bar: Tensor<F>) -> Gradients<F> {
        self.tape.assert_records_edges();
        let tape = self.tape.id().get();
        self.tape.lists().sweep(tape, self.index, y_bar, |_, gradient| Some(gradient))
    }
    // ANCHOR_END: begin
}

impl<F: Float> Lists<F> {
    // ANCHOR: sweep
    /// Sweeps from node `from`. Each parameter's gradient is offered to `take` as soon as it is
    /// found; what comes back is kept.
    pub(crate) fn sweep(
        &self,
        tape: u64,
        from: u32,
        y_bar: Tensor<F>,
        mut take: impl FnMut(u64, Tensor<F>) -> Option<Tensor<F>>,
    ) -> Gradients<F> {
        let mut gradients = Gradients::of_tape(tape, Vec::with_capacity(self.leaves.len()));
        gradients.names = self.look.as_ref().map(|look| look.names.clone());
        let mut bars = pool::take_cotangents(from as usize + 1);
        bars[from as usize] = Some(y_bar);
        let mut edges = &self.edges[..self.edges_of(from as usize).end];
        for index in (0..=from).rev() {
            let node = &self.nodes[index as usize];
            let (earlier, own) = edges.split_at(node.first_edge as usize);
            edges = earlier;
            let Some(y_bar) = bars[index as usize].take() else { continue };
            let Some((last, others)) = own.split_last() else {
                match self.parameter_at(index) {
                    Some(id) => gradients.of.extend(take(id, y_bar).map(|g| (id, Some(g)))),
                    None => gradients.inner.push((index, y_bar)),
                }
                continue;
            };
            if node.kept {
                gradients.inner.push((index, y_bar.clone()));
            }
            for edge in others {
                self.pull_back(&mut bars, edge, y_bar.clone());
            }
            self.pull_back(&mut bars, last, y_bar);
            if self.checking && gradients.non_finite.is_none() {
                gradients.non_finite = self.first_non_finite(&bars, index, own).map(Box::new);
            }
        }
        pool::put_cotangents(bars);
        gradients.in_order()
    }
    // ANCHOR_END: sweep

    // ANCHOR: pull_back
    /// Pulls `y_bar` back along the edge and adds it to what its input has already. Here, and
    /// nowhere else, a cotangent is summed over the axes along which the input was stretched.
    #[inline]
    fn pull_back(&self, bars: &mut Cotangents<F>, edge: &Edge<F>, y_bar: Tensor<F>) {
        let shape = self.nodes[edge.input as usize].value.shape();
        let x_bar = (edge.pullback)(y_bar).sum_to(shape);
        let sum = &mut bars[edge.input as usize];
        *sum = Some(match sum.take() {
            None => x_bar,
            Some(sum) => sum.merge(x_bar, |sum, x_bar| sum + x_bar),
        });
    }
    // ANCHOR_END: pull_back

    /// The first cotangent that is not finite, of those that this node's pullbacks have changed.
    fn first_non_finite(
        &self,
        bars: &Cotangents<F>,
        index: u32,
        edges: &[Edge<F>],
    ) -> Option<NonFinite> {
        edges.iter().find_map(|edge| {
            let x_bar = bars[edge.input as usize].as_ref()?;
            NonFinite::find(x_bar, self.names[index as usize], true)
        })
    }
}
