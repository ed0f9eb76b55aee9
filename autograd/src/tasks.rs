//! Several losses: their gradients apart from each other, and their work side by side.

use crate::tape::Lists;
use crate::{Float, Parameter, Tape, Tensor, Var, parallel};

/// The matrix of all tasks' gradients over shared parameters, from one forward pass: row `k` holds
/// the gradient of `losses[k]`, the parameters' entries one after the other in the order given.
///
/// Each loss is swept apart, side by side on several threads, and only along edges that lead to one
/// of the parameters. A parameter that a loss does not depend on has zeros in its row.
///
/// # Shapes
/// Each loss: one number; result: `[losses, entries of all parameters]`.
///
/// # Panics
/// If there is no loss, one is not a single number, or they are of several tapes.
///
/// ```
/// use autograd::{Parameter, Tape, Tensor, task_gradients};
/// let w = Parameter::new(Tensor::new([2], vec![1.0, 2.0]));
/// let tape = Tape::new();
/// let x = tape.watch(&w);
/// let losses = [x.sum(), (x * x).sum()];
/// let matrix = task_gradients(&losses, &[&w]);
/// assert_eq!(matrix, Tensor::new([2, 2], vec![1.0, 1.0, 2.0, 4.0]));
/// ```
#[track_caller]
pub fn task_gradients<F: Float>(losses: &[Var<'_, F>], parameters: &[&Parameter<F>]) -> Tensor<F> {
    let Some(first) = losses.first() else { panic!("there are no losses to sweep") };
    for loss in losses {
        assert!(std::ptr::eq(first.tape, loss.tape), "the losses are of several tapes");
        let shape = loss.shape();
        assert!(shape.len() == 1, "a task's loss must be one number, not of shape {shape}");
    }
    let starts: Vec<_> = losses.iter().map(|loss| (loss.index, loss.shape())).collect();
    let width = parameters.iter().map(|parameter| parameter.shape().len()).sum::<usize>();
    let (tape, lists) = (first.tape.id().get(), first.tape.lists());
    let lists: &Lists<F> = &lists;
    let wanted = lists.leading_to(parameters);
    Tensor::build([losses.len(), width].into(), |out| {
        if width == 0 {
            return;
        }
        parallel::pieces(out, width, |i, mut row| {
            let (index, shape) = starts[i];
            let found = lists.sweep_from(tape, index, Tensor::ones(shape), Some(&wanted));
            for parameter in parameters {
                let (part, rest) = row.split_at_mut(parameter.shape().len());
                match found.of(parameter) {
                    Some(gradient) => part.copy_from_slice(gradient.as_slice()),
                    None => part.fill(F::ZERO),
                }
                row = rest;
            }
        });
    })
}

impl<F: Float> Lists<F> {
    /// For each node whether a leaf of one of the parameters lies below it.
    fn leading_to(&self, parameters: &[&Parameter<F>]) -> Vec<bool> {
        let mut leads = vec![false; self.nodes.len()];
        for parameter in parameters {
            if let Some(&leaf) = self.watched.get(&parameter.id()) {
                leads[leaf as usize] = true;
            }
        }
        for index in 0..self.nodes.len() {
            let edges = &self.edges[self.edges_of(index)];
            let below = edges.iter().any(|edge| leads[edge.input as usize]);
            leads[index] |= below;
        }
        leads
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// A loss for each item, all computed from this value side by side: the heads of a shared
    /// trunk, say. Each item's forward pass **and** sweep run on a tape of its own, and this tape
    /// receives one node a loss, whose pullbacks scale the gradients that were found; a sweep is
    /// linear, so the result is the same as on one tape.
    ///
    /// Tapes inherit whether this one trains. The losses come in the items' order and have the same
    /// bits on any number of threads.
    ///
    /// # Panics
    /// If an item's loss is not a single number.
    ///
    /// ```
    /// use autograd::{Parameter, Tape, Tensor};
    /// let heads = [2.0, 3.0].map(|w| Parameter::new(Tensor::scalar(w)));
    /// let tape = Tape::new();
    /// let z = tape.leaf(5.0);
    /// let losses = z.losses(&heads, |head, z| z * z.tape().watch(head));
    /// let gradients = (losses[0] + losses[1]).backward();
    /// assert_eq!(gradients.of(&heads[1]).unwrap().item(), 5.0);
    /// assert_eq!(gradients.wrt(z).unwrap().item(), 2.0 + 3.0);
    /// ```
    #[track_caller]
    pub fn losses<T: Sync>(
        self,
        items: &[T],
        loss: impl for<'a> Fn(&T, Var<'a, F>) -> Var<'a, F> + Sync + Send,
    ) -> Vec<Self> {
        struct Done<F: Float> {
            loss: Tensor<F>,
            x_bar: Option<Tensor<F>>,
            found: Vec<(u64, Tensor<F>, Tensor<F>)>,
        }
        let (value, active) = (self.value(), self.is_active());
        let mode = self.tape.mode_beside();
        let indexed: Vec<(usize, &T)> = items.iter().enumerate().collect();
        let done = parallel::map(&indexed, |&(place, item)| {
            let tape = Tape::beside(mode, place);
            let x = if active { tape.leaf(&value) } else { tape.constant(&value) };
            let y = loss(item, x);
            assert!(
                std::ptr::eq(y.tape, &raw const tape),
                "the loss of an item must be made on the tape of the variable it was given"
            );
            if y.shape().len() != 1 {
                return Err(y.shape()); // refused below, where the caller is to blame
            }
            let gradients = y.backward();
            let x_bar = gradients.wrt(x).cloned();
            let watched = &tape.lists().watched;
            let value_of = |id: &u64| tape.lists().nodes[watched[id] as usize].value.clone();
            let found = gradients.into_parts().map(|(id, g)| (id, value_of(&id), g)).collect();
            Ok(Done { loss: y.value(), x_bar, found })
        });
        let record = |done: Done<F>| {
            let inputs: Vec<_> = done
                .found
                .into_iter()
                .map(|(id, value, gradient)| (self.tape.watch_as(id, || value), gradient))
                .chain(done.x_bar.map(|x_bar| (self, x_bar)))
                .collect();
            let y = self.tape.record("loss", done.loss);
            inputs.into_iter().fold(y, |y, (input, gradient)| {
                y.pullback(input, move |y_bar| gradient.clone().scale(y_bar.item()))
            })
        };
        let mut losses = Vec::with_capacity(done.len());
        for done in done {
            match done {
                Ok(done) => losses.push(record(done)),
                Err(shape) => panic!("an item's loss must be one number, not of shape {shape}"),
            }
        }
        losses
    }
}
