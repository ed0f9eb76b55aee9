//! The tape: a list of values and a list of edges. An edge knows its input and its pullback.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;

use crate::non_finite::NonFinite;
use crate::parameter::next_identity;
use crate::{Float, Parameter, Seed, Shape, Tensor};

/// What pulls a cotangent of an operation's value back to one of its inputs.
pub(crate) type Pullback<F> = dyn Fn(Tensor<F>) -> Tensor<F> + Send + Sync;

/// Identities are counted up, so a multiplication spreads them well enough.
#[derive(Default)]
pub(crate) struct IdHasher(u64);
impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = (self.0 << 8) | u64::from(byte));
    }
    fn write_u64(&mut self, x: u64) {
        self.0 = x;
    }
    fn write_usize(&mut self, x: usize) {
        self.0 = x as u64;
    }
}

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
pub(crate) struct Lists<F: Float> {
    pub(crate) nodes: Vec<Node<F>>,
    pub(crate) edges: Vec<Edge<F>>,
    /// Where a parameter's leaf is.
    pub(crate) watched: HashMap<u64, u32, BuildHasherDefault<IdHasher>>,
    /// The watched leaves in order, and whose they are.
    pub(crate) leaves: Vec<(u32, u64)>,
    /// What made each node's value.
    pub(crate) names: Vec<&'static str>,
    /// Whether values and cotangents are searched for the first that is not finite.
    pub(crate) checking: bool,
    pub(crate) non_finite: Option<NonFinite>,
}
impl<F: Float> Lists<F> {
    fn new() -> Self {
        Lists {
            nodes: vec![],
            edges: vec![],
            watched: HashMap::default(),
            leaves: vec![],
            names: vec![],
            checking: false,
            non_finite: None,
        }
    }
    fn clear(&mut self) {
        self.nodes.clear();
        self.edges.clear();
        self.watched.clear();
        self.leaves.clear();
        self.names.clear();
        self.checking = false;
        self.non_finite = None;
    }

    /// The places of a node's edges.
    pub(crate) fn edges_of(&self, index: usize) -> std::ops::Range<usize> {
        let end = self.nodes.get(index + 1).map_or(self.edges.len(), |n| n.first_edge as usize);
        self.nodes[index].first_edge as usize..end
    }
}

/// How many emptied tapes a thread keeps for the next ones: as many as are alive at once.
const SPARE_LISTS: usize = 4;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Evaluating,
    Training(Seed),
    Predicting,
}

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
pub struct Tape<F: Float = f32> {
    lists: RefCell<Lists<F>>,
    id: NonZeroU64,
    mode: Mode,
    draws: Cell<usize>,
}

impl Tape<f32> {
    /// An empty tape that evaluates.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty tape that trains: dropout and the like are on, drawing from `seed`.
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

impl<F: Float> Tape<F> {
    /// As [`Tape::training`], for either numeric type.
    pub fn in_training(seed: Seed) -> Self {
        Self::in_mode(Mode::Training(seed))
    }

    /// A tape that only evaluates: leaves and parameters are constants on it, so that no edge is
    /// recorded and nothing has a gradient.
    pub fn predicting() -> Self {
        Self::in_mode(Mode::Predicting)
    }

    fn in_mode(mode: Mode) -> Self {
        let lists = F::local(|local| local.lists.pop()).flatten().unwrap_or_else(Lists::new);
        Tape { lists: RefCell::new(lists), id: next_identity(), mode, draws: Cell::new(0) }
    }

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

    /// The same tape, which from here on looks at every value it records, and at every cotangent of
    /// its sweeps, for the first that is infinite or NaN. Costs a pass over each.
    ///
    /// ```
    /// use autograd::{Tape, Tensor};
    /// let tape = Tape::new().checking();
    /// let x = tape.leaf(Tensor::new([2], vec![1.0, 0.0]));
    /// let loss = (x.ln() * x).sum();
    /// let found = tape.first_non_finite().unwrap();
    /// assert_eq!(found.to_string(), "ln gave -inf at entry 1 of shape [2]");
    /// ```
    pub fn checking(mut self) -> Self {
        self.lists.get_mut().checking = true;
        self
    }

    /// The first value that was not finite on a tape that is [`checking`](Tape::checking).
    pub fn first_non_finite(&self) -> Option<NonFinite> {
        self.lists.borrow().non_finite.clone()
    }

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

    /// An input without a gradient: data.
    pub fn constant(&self, x: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push("constant", x.into(), false)
    }

    /// An input whose gradient is wanted.
    pub fn leaf(&self, x: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push("leaf", x.into(), self.mode != Mode::Predicting)
    }

    /// The parameter as a leaf of this tape, with the value it has at the first watch; watched
    /// twice, it is one leaf and its gradients add. A frozen parameter and a buffer are constants.
    pub fn watch(&self, parameter: &Parameter<F>) -> Var<'_, F> {
        if !parameter.is_trainable() || self.mode == Mode::Predicting {
            return self.push("constant", parameter.value(), false);
        }
        self.watch_as(parameter.id(), || parameter.value())
    }

    pub(crate) fn watch_as(&self, id: u64, value: impl FnOnce() -> Tensor<F>) -> Var<'_, F> {
        if let Some(&index) = self.lists.borrow().watched.get(&id) {
            return Var { tape: self, index };
        }
        let leaf = self.push("parameter", value(), true);
        let lists = &mut *self.lists.borrow_mut();
        lists.watched.insert(id, leaf.index);
        lists.leaves.push((leaf.index, id));
        leaf
    }

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
            lists.non_finite = NonFinite::find(&value, name, false);
        }
        lists.names.push(name);
        lists.nodes.push(Node { value, first_edge, active, kept: false });
        Var { tape: self, index }
    }

    pub(crate) fn lists(&self) -> std::cell::Ref<'_, Lists<F>> {
        self.lists.borrow()
    }
    pub(crate) fn id(&self) -> NonZeroU64 {
        self.id
    }
}

/// A line for each node: its place, what made it of which nodes, and its shape.
///
/// ```
/// let tape = autograd::Tape::new();
/// let x = tape.leaf(3.0);
/// let y = (x * x).ln();
/// assert_eq!(format!("{tape:?}"), "0: leaf []\n1: mul(0, 0) []\n2: ln(1) []\n");
/// ```
impl<F: Float> std::fmt::Debug for Tape<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lists = self.lists.borrow();
        for (index, (node, name)) in lists.nodes.iter().zip(&lists.names).enumerate() {
            let inputs = &lists.edges[lists.edges_of(index)];
            let inputs: Vec<_> = inputs.iter().map(|edge| edge.input.to_string()).collect();
            let inputs =
                if inputs.is_empty() { String::new() } else { format!("({})", inputs.join(", ")) };
            writeln!(f, "{index}: {name}{inputs} {}", node.value.shape())?;
        }
        Ok(())
    }
}

/// The next tape of this thread takes over the emptied lists.
impl<F: Float> Drop for Tape<F> {
    fn drop(&mut self) {
        let mut lists = std::mem::replace(self.lists.get_mut(), Lists::new());
        lists.clear();
        F::local(|local| {
            if local.lists.len() < SPARE_LISTS {
                local.lists.push(lists);
            }
        });
    }
}

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
        self.tape.lists.borrow().nodes[self.index as usize].value.clone()
    }

    /// The value's shape.
    #[inline]
    pub fn shape(self) -> Shape {
        self.tape.lists.borrow().nodes[self.index as usize].value.shape()
    }

    /// Whether a gradient can reach something through this variable.
    pub fn is_active(self) -> bool {
        self.tape.lists.borrow().nodes[self.index as usize].active
    }

    /// Has every sweep keep the gradient with respect to this inner value (leaves keep theirs).
    pub fn keep(self) -> Self {
        self.tape.lists.borrow_mut().nodes[self.index as usize].kept = true;
        self
    }

    /// The same value without history: no gradient flows through it.
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
        let lists = &mut *self.tape.lists.borrow_mut();
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
        }
        self
    }
}

/// The shape and the value.
impl<F: Float> std::fmt::Debug for Var<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Var {:?}", self.value())
    }
}
