//! Trainable tensors, which outlive tapes.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use crate::identity::next_identity;
use crate::{Float, Shape, Tensor, parallel};

/// A tensor that is trained (or, as a *buffer*, kept): it has an identity and outlives tapes.
///
/// [`Tape::watch`](crate::Tape::watch) makes it a leaf of a tape; [`Gradients`](crate::Gradients)
/// are asked for it by identity. Cloning gives a **new** parameter with an equal value, so that
/// copying a model never shares a weight by accident; [`Parameter::share`] is the explicit second
/// handle.
///
/// ```
/// use autograd::{Parameter, Tensor};
/// let weight = Parameter::new(Tensor::new([2], vec![1.0_f32, 2.0]));
/// let (copy, shared) = (weight.clone(), weight.share());
/// weight.update(Tensor::new([2], vec![10.0, 10.0]), |p, g| p - 0.1 * g);
/// assert_eq!(weight.value().as_slice(), [0.0, 1.0]);
/// assert_eq!(shared.value(), weight.value());
/// assert_eq!(copy.value().as_slice(), [1.0, 2.0]);
/// ```
pub struct Parameter<F: Float = f32>(Arc<Cell<F>>);

struct Cell<F: Float> {
    id: NonZeroU64,
    buffer: bool,
    frozen: AtomicBool,
    thaws: AtomicU32,
    shape: Shape,
    value: RwLock<Held<F>>,
}

enum Held<F: Float> {
    Value(Tensor<F>),
    /// A job has taken it out to write in place. No lock is held meanwhile: the job may wait for
    /// others, and run one that wants this parameter.
    TakenOut,
    /// A rule panicked while it wrote.
    Lost,
}

impl<F: Float> Parameter<F> {
    /// A parameter of its own identity with this value.
    pub fn new(value: Tensor<F>) -> Self {
        Self::of_kind(value, false)
    }

    /// A buffer: part of a model's state, but never a leaf of a tape nor touched by an optimiser.
    #[doc(alias = "register_buffer")]
    pub fn buffer(value: Tensor<F>) -> Self {
        Self::of_kind(value, true)
    }

    fn of_kind(value: Tensor<F>, buffer: bool) -> Self {
        Parameter(Arc::new(Cell {
            id: next_identity(),
            buffer,
            frozen: AtomicBool::new(false),
            thaws: AtomicU32::new(0),
            shape: value.shape(),
            value: RwLock::new(Held::Value(value)),
        }))
    }

    /// A second handle to the same parameter.
    pub fn share(&self) -> Self {
        Parameter(self.0.clone())
    }

    /// The identity: equal for shared handles alone, and larger for parameters made later.
    pub fn id(&self) -> u64 {
        self.0.id.get()
    }

    /// Whether both are handles to one parameter.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id() == other.id()
    }

    /// Whether this is a buffer.
    pub fn is_buffer(&self) -> bool {
        self.0.buffer
    }

    /// The present value; the handle stays as it is when the parameter changes.
    ///
    /// # Panics
    /// If another job is [updating](Parameter::update) the parameter, or a rule panicked while it
    /// did and no value was [set](Parameter::set) since.
    #[inline]
    #[track_caller]
    pub fn value(&self) -> Tensor<F> {
        match &*self.0.value.read().unwrap_or_else(PoisonError::into_inner) {
            Held::Value(value) => value.clone(),
            other => self.refuse(other),
        }
    }

    /// The value's shape.
    pub fn shape(&self) -> Shape {
        self.0.shape
    }

    /// Replaces the value.
    ///
    /// # Panics
    /// If the shape is another one, or another job is updating the parameter.
    #[track_caller]
    pub fn set(&self, value: Tensor<F>) {
        assert!(
            value.shape() == self.shape(),
            "cannot set a parameter of shape {} to a value of shape {}",
            self.shape(),
            value.shape()
        );
        let mut held = self.lock();
        match &*held {
            Held::TakenOut => self.refuse(&held),
            Held::Value(_) | Held::Lost => *held = Held::Value(value),
        }
    }

    /// Takes the parameter out of every later tape and every optimiser; its bits stay the same.
    #[doc(alias = "requires_grad_")]
    pub fn freeze(&self) {
        self.0.frozen.store(true, Ordering::Relaxed);
    }

    /// Lets the parameter be trained again; optimisers begin afresh with it.
    pub fn unfreeze(&self) {
        if self.0.frozen.swap(false, Ordering::Relaxed) {
            self.0.thaws.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        self.0.frozen.load(Ordering::Relaxed)
    }

    /// How often it was unfrozen; an optimiser drops a state that is older.
    pub fn thaws(&self) -> u32 {
        self.0.thaws.load(Ordering::Relaxed)
    }

    /// Whether a tape makes it a leaf: neither frozen nor a buffer.
    pub fn is_trainable(&self) -> bool {
        !self.is_buffer() && !self.is_frozen()
    }

    /// Replaces every entry `p` by `rule(p, g)`, `g` the entry of `gradient`.
    ///
    /// Never a copy: the result goes into the parameter's buffer or, while a tape still holds that
    /// one, into the gradient's. A tape recorded before keeps the old value and stays right.
    ///
    /// # Panics
    /// If the shapes differ, another job is updating the parameter, or a rule panicked while it did.
    #[track_caller]
    pub fn update(&self, gradient: Tensor<F>, rule: impl Fn(F, F) -> F + Sync) {
        assert!(
            gradient.shape() == self.shape(),
            "cannot update a parameter of shape {} by a gradient of shape {}",
            self.shape(),
            gradient.shape()
        );
        self.write(|value| value.merge(gradient, rule));
    }

    /// As [`Parameter::update`], with a state for every entry that the optimiser keeps.
    ///
    /// # Panics
    /// As [`Parameter::update`], or if the number of states is another one.
    #[track_caller]
    pub fn update_with<S: Send>(
        &self,
        mut gradient: Tensor<F>,
        states: &mut [S],
        rule: impl Fn(F, F, &mut S) -> F + Sync,
    ) {
        let shape = self.shape();
        assert!(
            gradient.shape() == shape && states.len() == shape.len(),
            "cannot update a parameter of shape {shape} by a gradient of shape {} and {} states",
            gradient.shape(),
            states.len()
        );
        self.write(|mut value| {
            if let Some(own) = value.as_mut_slice() {
                let g = gradient.as_slice();
                parallel::with_states(own, g, states, |p, &g, state| *p = rule(*p, g, state));
                return value;
            }
            if gradient.as_mut_slice().is_none() {
                gradient = Tensor::from(gradient.view());
            }
            let own = gradient.as_mut_slice().expect("a fresh copy has one holder");
            let p = value.as_slice();
            parallel::with_states(own, p, states, |g, &p, state| *g = rule(p, *g, state));
            gradient
        });
    }

    /// Replaces the value by `f` of it. Nobody holds a second handle meanwhile, so that `f` can write
    /// in place, and nobody holds a lock. Shapes are checked before: a panic in `f` loses the value.
    #[inline]
    #[track_caller]
    fn write(&self, f: impl FnOnce(Tensor<F>) -> Tensor<F>) {
        struct MarkLost<'p, F: Float>(&'p Parameter<F>);
        impl<F: Float> Drop for MarkLost<'_, F> {
            fn drop(&mut self) {
                *self.0.lock() = Held::Lost;
            }
        }
        let value = self.take_out();
        let in_a_panic = MarkLost(self);
        let value = f(value);
        std::mem::forget(in_a_panic);
        *self.lock() = Held::Value(value);
    }

    #[inline]
    #[track_caller]
    fn take_out(&self) -> Tensor<F> {
        let mut held = self.lock();
        match std::mem::replace(&mut *held, Held::TakenOut) {
            Held::Value(value) => value,
            other => {
                *held = other;
                self.refuse(&held)
            }
        }
    }

    #[inline]
    fn lock(&self) -> RwLockWriteGuard<'_, Held<F>> {
        self.0.value.write().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    #[track_caller]
    fn refuse(&self, held: &Held<F>) -> ! {
        let shape = self.shape();
        if matches!(held, Held::Lost) {
            panic!(
                "the parameter of shape {shape} was lost when a rule panicked in its update: set \
                 it to a value first"
            )
        }
        panic!("the parameter of shape {shape} is being updated by another job")
    }
}

/// A new parameter with an equal value; a frozen one gives a frozen one.
impl<F: Float> Clone for Parameter<F> {
    #[track_caller]
    fn clone(&self) -> Self {
        let copy = Self::of_kind(self.value(), self.is_buffer());
        copy.0.frozen.store(self.is_frozen(), Ordering::Relaxed);
        copy
    }
}
impl<F: Float> fmt::Debug for Parameter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_buffer() { "Buffer" } else { "Parameter" };
        write!(f, "{kind} {}{}", self.shape(), if self.is_frozen() { " (frozen)" } else { "" })
    }
}
