//! The tape: a list of values and a list of edges. An edge knows its input and its pullback.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::num::NonZeroU64;
use std::ops::Range;

use crate::identity::{ByNumber, next_identity};
use crate::look::Look;
use crate::non_finite::NonFinite;
use crate::pool::Room;
use crate::{Float, Parameter, Seed, Tensor, Var, pool};

/// The record of a computation, in the order in which it was made, for one reverse sweep or many.
///
/// [`Tape::new`] is for `f32`, so that a program of literals does not slip into `f64`; generic code
/// and `f64` say `Tape::<F>::default()`.
///
/// The tape also says whether modules train or evaluate: [`Tape::training`] switches dropout and
/// batch statistics on, with a seed.
///
/// ```
/// use autograd::{Tape, Tensor};
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([2], vec![3.0, 4.0]));
/// let y = (x * x).sum();
/// assert_eq!(y.value().item(), 25.0);
/// assert_eq!(y.backward().wrt(x).unwrap().as_slice(), [6.0, 8.0]);
/// ```
// ANCHOR: tape
pub struct Tape<F: Float = f32> {
    lists: RefCell<Lists<F>>,
    id: NonZeroU64,
    mode: Mode,
    draws: Cell<usize>,
}
// ANCHOR_END: tape

// ANCHOR: begin
impl Tape<f32> {
    /// An empty tape that evaluates.
    #[doc(alias = "eval")]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty tape that trains: dropout and the like are on, drawing from `seed`.
    #[doc(alias = "train")]
    pub fn training(seed: Seed) -> Self {
        Self::in_training(seed)
    }
}

impl<F: Float> Default for Tape<F> {
    /// An empty tape that evaluates.
    fn default() -> Self {
        Self::in_mode(Mode::Evaluating)
    }
}
// ANCHOR_END: begin

impl<F: Float> Tape<F> {
    // ANCHOR: modes
    /// As [`Tape::training`], for either numeric type.
    pub fn in_training(seed: Seed) -> Self {
        Self::in_mode(Mode::Training(seed))
    }

    /// A tape that only evaluates: leaves and parameters are constants on it, so that no edge is
    /// recorded and nothing has a gradient; a sweep on it is refused.
    #[doc(alias = "no_grad")]
    #[doc(alias = "inference_mode")]
    pub fn predicting() -> Self {
        Self::in_mode(Mode::Predicting)
    }

    fn in_mode(mode: Mode) -> Self {
        let lists = RefCell::new(pool::take_lists());
        Tape { lists, id: next_identity(), mode, draws: Cell::new(0) }
    }

    // ANCHOR_END: modes

    // ANCHOR: training
    /// Whether modules should train on this tape.
    pub fn is_training(&self) -> bool {
        matches!(self.mode, Mode::Training(_))
    }

    /// The seed for the next random operation on a training tape: a child of the tape's seed for
    /// every use, in the order of uses. `None` on a tape that does not train.
    pub fn next_seed(&self) -> Option<Seed> {
        let Mode::Training(seed) = self.mode else { return None };
        Some(seed.child(self.draws.replace(self.draws.get() + 1)))
    }
    // ANCHOR_END: training

    // ANCHOR: beside
    pub(crate) fn is_predicting(&self) -> bool {
        self.mode == Mode::Predicting
    }
    /// Panics on a tape that only predicts, from which a sweep would find nothing.
    #[track_caller]
    pub(crate) fn assert_records_edges(&self) {
        assert!(
            !self.is_predicting(),
            "a predicting tape has no gradients: record the loss on `Tape::training(seed)` to train, \
             or on `Tape::new()`"
        );
    }
    /// A tape of the same mode for work beside this one; training ones draw from a child seed each.
    pub(crate) fn beside(mode: Mode, place: usize) -> Self {
        Self::in_mode(match mode {
            Mode::Training(seed) => Mode::Training(seed.child(place)),
            mode => mode,
        })
    }
    /// The mode for tapes beside this one: when training, with a seed that nobody else draws.
    pub(crate) fn mode_beside(&self) -> Mode {
        self.next_seed().map_or(self.mode, Mode::Training)
    }
    // ANCHOR_END: beside

    /// How many values the tape holds.
    pub fn len(&self) -> usize {
        self.lists.borrow().nodes.len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges the tape holds: pullbacks that a sweep may run.
    pub fn num_edges(&self) -> usize {
        self.lists.borrow().edges.len()
    }

    // ANCHOR: inputs
    /// An input without a gradient: data.
    pub fn constant(&self, x: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push("constant", x.into(), false)
    }

    /// An input whose gradient is wanted.
    #[doc(alias = "requires_grad")]
    pub fn leaf(&self, x: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push("leaf", x.into(), !self.is_predicting())
    }

    // ANCHOR_END: inputs

    // ANCHOR: watch
    /// The parameter as a leaf of this tape, with the value it has at the first watch; watched
    /// twice, it is one leaf and its gradients add. A frozen parameter and a buffer are constants.
    #[track_caller]
    pub fn watch(&self, parameter: &Parameter<F>) -> Var<'_, F> {
        if parameter.is_trainable() && !self.is_predicting() {
            return self.watch_as(parameter.id(), || parameter.value());
        }
        let constant = self.push("constant", parameter.value(), false);
        self.lists.borrow_mut().show_parameter(constant.index, parameter.id());
        constant
    }

    pub(crate) fn watch_as(&self, id: u64, value: impl FnOnce() -> Tensor<F>) -> Var<'_, F> {
        if let Some(&index) = self.lists.borrow().watched.get(&id) {
            return Var { tape: self, index };
        }
        let leaf = self.push("parameter", value(), true);
        let lists = &mut *self.lists.borrow_mut();
        lists.watched.insert(id, leaf.index);
        lists.leaves.push((leaf.index, id));
        lists.show_parameter(leaf.index, id);
        leaf
    }
    // ANCHOR_END: watch

    /// Records a value that the named operation computed; its pullbacks follow, one an input.
    ///
    /// This is how every operation of this crate is made, and one outside of it just so:
    ///
    /// ```
    /// use autograd::{Float, Tape, Var};
    /// /// The cube, entry by entry.
    /// fn cube<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    ///     let value = x.value();
    ///     x.tape().record("cube", value.clone().map(|x| x * x * x)).pullback(x, move |y_bar| {
    ///         y_bar.zip(&value, |y_bar, x| F::of(3.0) * x * x * y_bar)
    ///     })
    /// }
    /// let tape = Tape::new();
    /// let x = tape.leaf(2.0);
    /// assert_eq!(cube(x).backward().wrt(x).unwrap().item(), 12.0);
    /// ```
    // ANCHOR: record
    #[doc(alias = "autograd.Function")]
    #[inline]
    pub fn record(&self, operation: &'static str, value: Tensor<F>) -> Var<'_, F> {
        self.push(operation, value, false)
    }

    #[inline]
    fn push(&self, name: &'static str, value: Tensor<F>, active: bool) -> Var<'_, F> {
        let lists = &mut *self.lists.borrow_mut();
        let first_edge = lists.edges.len() as u32;
        let index = lists.nodes.len() as u32;
        if lists.checking && lists.non_finite.is_none() {
            lists.non_finite = NonFinite::find(&value, name, false).map(Box::new);
        }
        lists.names.push(name);
        lists.nodes.push(Node { value, first_edge, active, kept: false });
        Var { tape: self, index }
    }
    // ANCHOR_END: record

    pub(crate) fn lists_mut(&self) -> RefMut<'_, Lists<F>> {
        self.lists.borrow_mut()
    }
    pub(crate) fn lists(&self) -> Ref<'_, Lists<F>> {
        self.lists.borrow()
    }
    pub(crate) fn id(&self) -> NonZeroU64 {
        self.id
    }
}
// ANCHOR: drop
/// A next tape takes over the emptied lists.
impl<F: Float> Drop for Tape<F> {
    fn drop(&mut self) {
        let lists = self.lists.get_mut();
        lists.empty();
        pool::put_lists(std::mem::take(lists));
    }
}
// ANCHOR_END: drop

// ANCHOR: node
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Evaluating,
    Training(Seed),
    Predicting,
}

/// What pulls a cotangent of an operation's value back to one of its inputs.
pub(crate) type Pullback<F> = dyn Fn(Tensor<F>) -> Tensor<F> + Send + Sync;

pub(crate) struct Node<F: Float> {
    pub(crate) value: Tensor<F>,
    /// Where this node's edges begin; they end where the next node's begin.
    pub(crate) first_edge: u32,
    /// Whether a gradient with respect to this value is wanted by itself or by something below it.
    pub(crate) active: bool,
    pub(crate) kept: bool,
}
pub(crate) struct Edge<F: Float> {
    pub(crate) input: u32,
    pub(crate) pullback: Box<Pullback<F>>,
}
// ANCHOR_END: node

// ANCHOR: lists
#[derive(Default)]
pub(crate) struct Lists<F: Float> {
    pub(crate) nodes: Vec<Node<F>>,
    pub(crate) edges: Vec<Edge<F>>,
    /// What made each node's value.
    pub(crate) names: Vec<&'static str>,
    /// Where a parameter's leaf is.
    pub(crate) watched: ByNumber<u64, u32>,
    /// The watched leaves in order, and whose they are.
    pub(crate) leaves: Vec<(u32, u64)>,
    /// Whether values and cotangents are searched for the first that is not finite.
    pub(crate) checking: bool,
    pub(crate) non_finite: Option<Box<NonFinite>>,
    /// What a tape that is looked at knows besides.
    pub(crate) look: Option<Box<Look>>,
}
// ANCHOR_END: lists

impl<F: Float> Lists<F> {
    // ANCHOR: edges
    /// The places of a node's edges.
    pub(crate) fn edges_of(&self, index: usize) -> Range<usize> {
        let end = self.nodes.get(index + 1).map_or(self.edges.len(), |n| n.first_edge as usize);
        self.nodes[index].first_edge as usize..end
    }

    /// The parameter whose leaf this node is.
    pub(crate) fn parameter_at(&self, index: u32) -> Option<u64> {
        let leaf = self.leaves.binary_search_by_key(&index, |leaf| leaf.0).ok()?;
        Some(self.leaves[leaf].1)
    }
    // ANCHOR_END: edges

    /// Forgets all that the tape knew; the room of its lists stays.
    pub(crate) fn empty(&mut self) {
        let Lists { nodes, edges, names, watched, leaves, checking, non_finite, look } = self;
        nodes.clear();
        edges.clear();
        names.clear();
        watched.clear();
        leaves.clear();
        (*checking, *non_finite, *look) = (false, None, None);
    }
}
impl<F: Float> Room for Lists<F> {
    fn bytes(&self) -> usize {
        let watched = self.watched.capacity() * size_of::<(u64, u32)>();
        let long = self.nodes.bytes() + self.edges.bytes() + self.names.bytes();
        long + watched + self.leaves.bytes()
    }
}
