//! Losses computed side by side, each on a tape of its own.

use crate::non_finite::NonFinite;
use crate::{Float, Tape, Tensor, Var, parallel};

impl<'t, F: Float> Var<'t, F> {
    /// A loss for each item, all computed from this value side by side: the heads of a shared
    /// trunk, say. Each item's forward pass **and** sweep run on a tape of its own, and this tape
    /// receives one node a loss, whose pullbacks scale the gradients that were found; a sweep is
    /// linear, so the result is the same as on one tape.
    ///
    /// Tapes inherit whether this one trains, from a seed of their own each, and whether it
    /// [checks](Tape::checking). The losses come in the items' order and have the same bits on any
    /// number of threads.
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
        let (value, active) = (self.value(), self.is_active());
        let (mode, checking) = (self.tape.mode_beside(), self.tape.lists().checking);
        let indexed: Vec<(usize, &T)> = items.iter().enumerate().collect();
        let done = parallel::map(&indexed, |&(place, item)| {
            let tape = Tape::beside(mode, place);
            tape.lists_mut().checking = checking;
            let x = if active { tape.leaf(&value) } else { tape.constant(&value) };
            let y = loss(item, x);
            assert!(
                std::ptr::eq(y.tape, &raw const tape),
                "the loss of an item must be made on the tape of the variable it was given"
            );
            Done::sweep(x, y)
        });
        let mut losses = Vec::with_capacity(done.len());
        for done in done {
            let shape = done.loss.shape();
            assert!(shape.len() == 1, "an item's loss must be one number, not of shape {shape}");
            losses.push(done.record(self));
        }
        losses
    }
}

/// What is left of an item's tape.
struct Done<F: Float> {
    loss: Tensor<F>,
    x_bar: Option<Tensor<F>>,
    /// Of each parameter its identity, value and gradient.
    found: Vec<(u64, Tensor<F>, Tensor<F>)>,
    non_finite: Option<NonFinite>,
}

impl<F: Float> Done<F> {
    fn sweep(x: Var<'_, F>, y: Var<'_, F>) -> Self {
        let (tape, loss) = (y.tape, y.value());
        let mut done =
            Done { loss, x_bar: None, found: vec![], non_finite: tape.first_non_finite() };
        // A loss of several numbers is refused by the caller, who is to blame.
        if tape.is_predicting() || done.loss.len() != 1 {
            return done;
        }
        let gradients = y.backward();
        let in_sweep = gradients.first_non_finite().cloned();
        done.non_finite = done.non_finite.or(in_sweep);
        done.x_bar = gradients.wrt(x).cloned();
        let lists = tape.lists();
        let value_of = |id: u64| lists.nodes[lists.watched[&id] as usize].value.clone();
        done.found = gradients.into_parts().map(|(id, g)| (id, value_of(id), g)).collect();
        done
    }

    /// A node on the tape of `x` whose pullbacks scale what was found.
    fn record(self, x: Var<'_, F>) -> Var<'_, F> {
        let tape = x.tape;
        let mut inputs: Vec<_> = self.x_bar.into_iter().map(|x_bar| (x, x_bar)).collect();
        for (id, value, gradient) in self.found {
            inputs.push((tape.watch_as(id, || value), gradient));
        }
        if let Some(found) = self.non_finite {
            tape.lists_mut().non_finite.get_or_insert_with(|| Box::new(found));
        }
        let y = tape.record("loss", self.loss);
        inputs.into_iter().fold(y, |y, (input, gradient)| {
            y.pullback(input, move |y_bar| gradient.clone().scale(y_bar.item()))
        })
    }
}
