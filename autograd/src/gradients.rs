//! What a sweep finds.

use std::fmt;
use std::ops::Add;
use std::sync::Arc;

use crate::identity::ByNumber;
use crate::non_finite::NonFinite;
use crate::sum::Length;
use crate::{Float, Parameter, Tensor, Var};

/// What a sweep found: a gradient for each parameter and each input that the loss depends on.
///
/// Absent is not zero. A parameter that the loss does not depend on has no gradient here, and an
/// optimiser leaves it untouched. Entries are kept in the order in which the parameters were made.
#[derive(Clone)]
pub struct Gradients<F: Float = f32> {
    /// By parameter identity, ascending; `None` where the gradient was taken.
    pub(crate) of: Vec<(u64, Option<Tensor<F>>)>,
    /// By node, ascending: leaves that are no parameters, and inner values that were kept.
    pub(crate) inner: Vec<(u32, Tensor<F>)>,
    tape: u64,
    pub(crate) non_finite: Option<Box<NonFinite>>,
    /// What the parameters are called, if the tape was told.
    pub(crate) names: Option<Arc<ByNumber<u64, String>>>,
}

impl<F: Float> Gradients<F> {
    /// No gradients at all.
    pub fn empty() -> Self {
        Self::of_tape(0, vec![])
    }

    /// Parameters' gradients from the tape of that identity.
    pub(crate) fn of_tape(tape: u64, of: Vec<(u64, Option<Tensor<F>>)>) -> Self {
        Gradients { of, inner: vec![], tape, non_finite: None, names: None }
    }

    /// The same, sorted: a sweep finds them from the end of the tape.
    pub(crate) fn in_order(mut self) -> Self {
        self.of.sort_unstable_by_key(|entry| entry.0);
        self.inner.reverse();
        self
    }

    fn place(&self, parameter: &Parameter<F>) -> Result<usize, usize> {
        self.of.binary_search_by_key(&parameter.id(), |entry| entry.0)
    }

    /// The gradient with respect to a parameter; `None` if the loss does not depend on it.
    pub fn of(&self, parameter: &Parameter<F>) -> Option<&Tensor<F>> {
        self.of[self.place(parameter).ok()?].1.as_ref()
    }

    /// Removes and returns the gradient with respect to a parameter.
    pub fn take(&mut self, parameter: &Parameter<F>) -> Option<Tensor<F>> {
        let i = self.place(parameter).ok()?;
        self.of[i].1.take()
    }

    /// Sets the gradient with respect to a parameter.
    ///
    /// # Panics
    /// If its shape is not the parameter's.
    #[track_caller]
    pub fn insert(&mut self, parameter: &Parameter<F>, gradient: Tensor<F>) {
        assert!(
            gradient.shape() == parameter.shape(),
            "a gradient of shape {} does not fit a parameter of shape {}",
            gradient.shape(),
            parameter.shape()
        );
        match self.place(parameter) {
            Ok(i) => self.of[i].1 = Some(gradient),
            Err(i) => self.of.insert(i, (parameter.id(), Some(gradient))),
        }
    }

    /// The gradient with respect to a leaf, a watched parameter, or an inner value that was
    /// [kept](Var::keep); `None` if the loss does not depend on it.
    ///
    /// # Panics
    /// If `x` is of another tape than the loss, or an inner value that was not kept.
    #[track_caller]
    pub fn wrt(&self, x: Var<'_, F>) -> Option<&Tensor<F>> {
        assert!(x.tape.id().get() == self.tape, "these gradients are of another tape");
        let lists = x.tape.lists();
        if let Ok(i) = lists.leaves.binary_search_by_key(&x.index, |leaf| leaf.0) {
            let id = lists.leaves[i].1;
            let place = self.of.binary_search_by_key(&id, |g| g.0).ok()?;
            return self.of[place].1.as_ref();
        }
        assert!(
            lists.nodes[x.index as usize].kept || lists.edges_of(x.index as usize).is_empty(),
            "the gradient of an inner value is kept only if asked for: call `keep` before the sweep"
        );
        self.inner.binary_search_by_key(&x.index, |g| g.0).ok().map(|i| &self.inner[i].1)
    }

    /// The parameters' identities and gradients, handed over.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = (u64, Tensor<F>)> {
        self.of.into_iter().filter_map(|(id, gradient)| Some((id, gradient?)))
    }

    /// The first cotangent of the sweep that was not finite, if the tape is
    /// [`checking`](crate::Tape::checking).
    pub fn first_non_finite(&self) -> Option<&NonFinite> {
        self.non_finite.as_deref()
    }

    /// How many parameters have a gradient.
    pub fn len(&self) -> usize {
        self.present().count()
    }

    /// Whether no parameter has a gradient.
    pub fn is_empty(&self) -> bool {
        self.present().next().is_none()
    }

    fn present(&self) -> impl Iterator<Item = (u64, &Tensor<F>)> + Clone {
        self.of.iter().filter_map(|(id, gradient)| Some((*id, gradient.as_ref()?)))
    }

    /// All gradients times `c`, those of leaves and of kept values too.
    pub fn scale(self, c: F) -> Self {
        self.changed(|gradient| gradient.scale(c))
    }

    /// `f` of all gradients, those of leaves and of kept values too.
    fn changed(mut self, f: impl Fn(Tensor<F>) -> Tensor<F>) -> Self {
        for (_, gradient) in &mut self.of {
            *gradient = gradient.take().map(&f);
        }
        self.inner = self.inner.into_iter().map(|(index, gradient)| (index, f(gradient))).collect();
        self
    }

    /// Scaled to the norm `most` if their [`norm`](Gradients::norm) is above it, else as they are.
    ///
    /// Finite gradients are scaled even where their norm lies outside the range of their numbers;
    /// if an entry is infinite or NaN, none is scaled.
    ///
    /// # Panics
    /// If `most` is negative or not finite.
    #[doc(alias = "clip_grad_norm_")]
    #[track_caller]
    pub fn clip_norm(self, most: F) -> Self {
        assert!(most.is_finite() && most >= F::ZERO, "gradients have no norm of at most {most}");
        let (norm, limit) = (self.length(), most.to_f64());
        if !norm.root.is_finite() || norm.value() <= limit {
            return self;
        }
        self.changed(|gradient| gradient.map(|x| F::of(norm.part(x) * limit)))
    }

    /// Every entry of the parameters' gradients held between `-most` and `most`; NaN stays NaN.
    ///
    /// # Panics
    /// If `most` is negative or not finite.
    #[doc(alias = "clip_grad_value_")]
    #[track_caller]
    pub fn clip_value(mut self, most: F) -> Self {
        assert!(most.is_finite() && most >= F::ZERO, "gradients have no entries of at most {most}");
        for (_, gradient) in &mut self.of {
            let held = |x: F| x.maximum(-most).minimum(most);
            *gradient = gradient.take().map(|g| g.map(held));
        }
        self
    }

    /// The Euclidean norm of all parameters' gradients together; no square overflows or vanishes.
    pub fn norm(&self) -> F {
        F::of(self.length().value())
    }

    fn length(&self) -> Length {
        Length::of(self.present().map(|(_, gradient)| gradient.as_slice()))
    }
}

/// The sum of both: what only one of them has is taken as it is. The gradients of leaves and kept
/// values are summed too if both are of one tape; else they are dropped.
impl<F: Float> Add for Gradients<F> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (inner, tape) = match (self.tape, other.tape) {
            (one, 0) => (self.inner, one),
            (0, one) => (other.inner, one),
            (one, same) if one == same => {
                (merged(self.inner, other.inner, |a, b| a.merge(b, |a, b| a + b)), one)
            }
            _ => (vec![], 0),
        };
        let of = merged(self.of, other.of, |a, b| match (a, b) {
            (Some(a), Some(b)) => Some(a.merge(b, |a, b| a + b)),
            (a, b) => a.or(b),
        });
        let (non_finite, names) =
            (self.non_finite.or(other.non_finite), self.names.or(other.names));
        Gradients { of, inner, tape, non_finite, names }
    }
}

/// A line for each parameter, in the order in which they were made, and for each leaf and kept value:
/// its name where the tape was [told](crate::Tape::naming), its shape, and its entries, or how large
/// the largest is where they are many.
///
/// ```
/// use autograd::{Tape, Tensor};
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([2], vec![3.0, 4.0]));
/// let gradients = (x * x).sum().backward();
/// assert_eq!(format!("{gradients:?}"), "node 0 [2]: [6.0, 8.0]\n");
/// ```
impl<F: Float> fmt::Debug for Gradients<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, gradient) in self.present() {
            let name = self.names.as_ref().and_then(|names| names.get(&id));
            let name = name.map_or_else(String::new, |name| format!(" {name:?}"));
            write_line(f, &format!("parameter{name}"), gradient)?;
        }
        self.inner
            .iter()
            .try_for_each(|(node, x_bar)| write_line(f, &format!("node {node}"), x_bar))
    }
}

fn write_line<F: Float>(f: &mut fmt::Formatter<'_>, what: &str, x: &Tensor<F>) -> fmt::Result {
    const FEW: usize = 8;
    write!(f, "{what} {}: ", x.shape())?;
    if x.len() <= FEW {
        return writeln!(f, "{:?}", x.as_slice());
    }
    let largest = x.as_slice().iter().fold(F::ZERO, |largest, x| largest.maximum(x.abs()));
    writeln!(f, "{} entries, the largest of size {largest}", x.len())
}

/// Two ascending lists made one; what both have is summed by `add`.
fn merged<K: Ord + Copy, V>(
    left: Vec<(K, V)>,
    right: Vec<(K, V)>,
    add: impl Fn(V, V) -> V,
) -> Vec<(K, V)> {
    let mut all = Vec::with_capacity(left.len().max(right.len()));
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some((a, _)), Some((b, _))) = (left.peek(), right.peek()) {
        let order = a.cmp(b);
        let first = if order.is_gt() { None } else { left.next() };
        let second = if order.is_lt() { None } else { right.next() };
        all.extend(match (first, second) {
            (Some((key, a)), Some((_, b))) => Some((key, add(a, b))),
            (one, other) => one.or(other),
        });
    }
    all.extend(left.chain(right));
    all
}
