//! A value on a tape, and how it says what it depends on.

use std::fmt;

use crate::tape::Edge;
use crate::{Float, Shape, Tape, Tensor};

/// A value on a tape: a tensor whose making the tape remembers.
///
/// A small `Copy` handle, so that formulas read as in a book. Variables of two tapes cannot be
/// mixed, and a variable cannot outlive its tape.
pub struct Var<'t, F: Float = f32> {
    pub(crate) tape: &'t Tape<F>,
    pub(crate) index: u32,
}
#[expect(clippy::expl_impl_clone_on_copy, reason = "deriving would ask for `F: Copy` of the tape")]
impl<F: Float> Clone for Var<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Float> Copy for Var<'_, F> {}

impl<'t, F: Float> Var<'t, F> {
    /// The tape it is on.
    #[inline]
    pub fn tape(self) -> &'t Tape<F> {
        self.tape
    }

    /// The value, without history.
    #[inline]
    pub fn value(self) -> Tensor<F> {
        self.tape.lists().nodes[self.index as usize].value.clone()
    }

    /// The number in a variable of one entry, such as a loss.
    ///
    /// # Panics
    /// If it has another number of entries.
    #[track_caller]
    pub fn item(self) -> F {
        self.value().item()
    }

    /// The value's shape.
    #[inline]
    pub fn shape(self) -> Shape {
        self.tape.lists().nodes[self.index as usize].value.shape()
    }

    /// Whether a gradient can reach something through this variable.
    pub fn is_active(self) -> bool {
        self.tape.lists().nodes[self.index as usize].active
    }

    /// Has every sweep keep the gradient with respect to this inner value (leaves keep theirs).
    #[doc(alias = "retain_grad")]
    pub fn keep(self) -> Self {
        self.tape.lists_mut().nodes[self.index as usize].kept = true;
        self
    }

    /// The same value without history: no gradient flows through it.
    #[doc(alias = "stop_gradient")]
    pub fn detach(self) -> Self {
        self.tape.constant(self.value())
    }

    /// States how the newest value depends on `input`: `pullback` maps the value's cotangent to the
    /// input's. The cotangent it returns may have the broadcast shape; the sweep sums it to the
    /// input's. An edge to a constant is dropped at once, with all that it captured.
    ///
    /// # Panics
    /// If another value was recorded in between, or `input` is of another tape.
    #[inline]
    #[track_caller]
    pub fn pullback(
        self,
        input: Self,
        pullback: impl Fn(Tensor<F>) -> Tensor<F> + Send + Sync + 'static,
    ) -> Self {
        let lists = &mut *self.tape.lists_mut();
        assert!(
            std::ptr::eq(self.tape, input.tape),
            "{} cannot take variables of two tapes",
            lists.names[self.index as usize]
        );
        assert!(
            self.index as usize + 1 == lists.nodes.len(),
            "pullbacks must follow their `record` before anything else is recorded"
        );
        if lists.nodes[input.index as usize].active {
            lists.edges.push(Edge { input: input.index, pullback: Box::new(pullback) });
            lists.nodes[self.index as usize].active = true;
        } else if lists.look.is_some() {
            lists.show_constant(self.index, input.index);
        }
        self
    }

    /// Its place on the tape, from 0: that of [`Recorded`](crate::Recorded).
    pub fn place(self) -> usize {
        self.index as usize
    }

    /// Tells a tape that is looked at the number that stands behind the input, as in `x * 2`.
    #[inline]
    pub(crate) fn number(self, c: F) -> Self {
        if let Some(look) = &mut self.tape.lists_mut().look {
            look.show_number(self.index, c.to_f64());
        }
        self
    }

    /// Tells a tape that is looked at the inputs' order where that of the pullbacks is another one.
    #[inline]
    pub(crate) fn arguments(self, inputs: &[Self]) -> Self {
        if let Some(look) = &mut self.tape.lists_mut().look {
            look.show_order(self.index, inputs.iter().map(|input| input.index as usize).collect());
        }
        self
    }
}

/// The shape and the value.
impl<F: Float> fmt::Debug for Var<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Var {:?}", self.value())
    }
}
