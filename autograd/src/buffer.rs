//! Shared buffers of numbers, and the bounded store that lets them be used again.
//!
//! A training step asks for the same lengths again and again. The last holder of a buffer puts it
//! into a store instead of freeing it: a few of each length with the thread itself, where no lock
//! is needed, the others in one store for all threads. What a buffer holds when it is taken is
//! whatever its last user left: whoever builds a tensor writes every entry.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Float;
use crate::backward::Cotangents;
use crate::tape::{IdHasher, Lists};

/// Buffers of more entries than this go to the shared store at once: their work dwarfs a lock.
const LOCAL_ENTRIES: usize = 1 << 14;
/// How many spare buffers of one length a thread keeps for itself.
const LOCAL_SPARE: usize = 8;
/// How many lengths a thread keeps (a length has one place, given by its hash).
const LOCAL_LENGTHS: usize = 64;
/// The most bytes of spare buffers the shared store keeps.
const SHARED_BYTES: usize = 256 << 20;

static MADE: AtomicUsize = AtomicUsize::new(0);

/// How many tensor buffers this process has allocated so far; reused ones do not count.
///
/// A warm training step allocates none, and a test holds the engine to that.
pub fn buffers_made() -> usize {
    MADE.load(Ordering::Relaxed)
}

/// Frees the spare buffers that the calling thread and the shared store keep.
pub fn trim_buffers() {
    fn of<F: Float>() {
        F::local(|local| *local = Local::new());
        *F::shared() = Shared::new();
    }
    of::<f32>();
    of::<f64>();
}

/// What a thread keeps for its next tape and its next tensors.
pub struct Local<F: Float> {
    places: [Place<F>; LOCAL_LENGTHS],
    pub(crate) lists: Vec<Lists<F>>,
    pub(crate) cotangents: Cotangents<F>,
}
struct Place<F> {
    length: usize,
    spare: Vec<Arc<[F]>>,
}
impl<F: Float> Local<F> {
    const fn new() -> Self {
        Local {
            places: [const { Place { length: 0, spare: Vec::new() } }; LOCAL_LENGTHS],
            lists: Vec::new(),
            cotangents: Vec::new(),
        }
    }
    #[inline]
    fn place(&mut self, length: usize) -> &mut Place<F> {
        const GOLDEN: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let bits = LOCAL_LENGTHS.trailing_zeros();
        &mut self.places[length.wrapping_mul(GOLDEN) >> (usize::BITS - bits)]
    }
}

/// Spare buffers of all threads, by length.
pub struct Shared<F> {
    spare: HashMap<usize, Vec<Arc<[F]>>, BuildHasherDefault<IdHasher>>,
    bytes: usize,
}
impl<F> Shared<F> {
    const fn new() -> Self {
        Shared { spare: HashMap::with_hasher(BuildHasherDefault::new()), bytes: 0 }
    }
    fn take(&mut self, length: usize) -> Option<Arc<[F]>> {
        let found = self.spare.get_mut(&length)?.pop()?;
        self.bytes -= length * size_of::<F>();
        Some(found)
    }
    fn put(&mut self, buffer: Arc<[F]>) {
        let bytes = buffer.len() * size_of::<F>();
        if self.bytes + bytes <= SHARED_BYTES {
            self.bytes += bytes;
            self.spare.entry(buffer.len()).or_default().push(buffer);
        }
    }
}

/// Where the spare buffers of a numeric type are.
pub trait Store: Sized {
    /// Runs `f` on the calling thread's store; `None` while the thread ends.
    #[doc(hidden)]
    fn local<R>(f: impl FnOnce(&mut Local<Self>) -> R) -> Option<R>
    where
        Self: Float;
    /// The store of all threads.
    #[doc(hidden)]
    fn shared() -> MutexGuard<'static, Shared<Self>>;
}
macro_rules! store {
    ($type:ty) => {
        impl Store for $type {
            #[inline]
            fn local<R>(f: impl FnOnce(&mut Local<Self>) -> R) -> Option<R> {
                thread_local!(static LOCAL: RefCell<Local<$type>> =
                    const { RefCell::new(Local::new()) });
                LOCAL.try_with(|local| f(&mut local.borrow_mut())).ok()
            }
            fn shared() -> MutexGuard<'static, Shared<Self>> {
                static SHARED: Mutex<Shared<$type>> = Mutex::new(Shared::new());
                SHARED.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    };
}
store!(f32);
store!(f64);

fn take<F: Float>(length: usize) -> Arc<[F]> {
    if length <= LOCAL_ENTRIES {
        let found = F::local(|local| {
            let place = local.place(length);
            if place.length == length { place.spare.pop() } else { None }
        });
        if let Some(found) = found.flatten() {
            return found;
        }
    }
    F::shared().take(length).unwrap_or_else(|| {
        MADE.fetch_add(1, Ordering::Relaxed);
        std::iter::repeat_n(F::ZERO, length).collect()
    })
}

fn put<F: Float>(buffer: Arc<[F]>) {
    let length = buffer.len();
    if length > LOCAL_ENTRIES {
        return F::shared().put(buffer);
    }
    // The two options hold what this thread has no room for.
    let left = F::local(|local| {
        let place = local.place(length);
        let evicted = if place.length == length {
            Vec::new()
        } else {
            place.length = length;
            std::mem::take(&mut place.spare)
        };
        if place.spare.len() < LOCAL_SPARE {
            place.spare.push(buffer);
            (evicted, None)
        } else {
            (evicted, Some(buffer))
        }
    });
    if let Some((evicted, rest)) = left
        && (rest.is_some() || !evicted.is_empty())
    {
        let mut shared = F::shared();
        evicted.into_iter().chain(rest).for_each(|buffer| shared.put(buffer));
    }
}

/// Numbers that several tensors may share; a single number needs no heap.
#[derive(Clone)]
pub(crate) enum Buffer<F: Float> {
    One(F),
    Many(Many<F>),
}

/// `None` only while it is dropped.
#[derive(Clone)]
pub(crate) struct Many<F: Float>(Option<Arc<[F]>>);

impl<F: Float> Drop for Many<F> {
    #[inline]
    fn drop(&mut self) {
        // No weak handles exist, so a count of one means that nobody else can make a clone.
        if let Some(buffer) = self.0.take()
            && Arc::strong_count(&buffer) == 1
        {
            put(buffer);
        }
    }
}

impl<F: Float> Buffer<F> {
    /// A buffer of `length` numbers, every one of which `fill` writes.
    #[inline]
    pub(crate) fn build(length: usize, fill: impl FnOnce(&mut [F])) -> Self {
        if length == 1 {
            let mut x = F::ZERO;
            fill(std::slice::from_mut(&mut x));
            return Buffer::One(x);
        }
        let mut buffer = take(length);
        fill(Arc::get_mut(&mut buffer).expect("a spare buffer has one holder"));
        Buffer::Many(Many(Some(buffer)))
    }

    /// The numbers, to be changed, if nobody else holds them.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut [F]> {
        match self {
            Buffer::One(x) => Some(std::slice::from_mut(x)),
            Buffer::Many(many) => Arc::get_mut(many.0.as_mut()?),
        }
    }
}
impl<F: Float> Deref for Buffer<F> {
    type Target = [F];
    #[inline]
    fn deref(&self) -> &[F] {
        match self {
            Buffer::One(x) => std::slice::from_ref(x),
            Buffer::Many(many) => many.0.as_deref().unwrap_or(&[]),
        }
    }
}
impl<F: Float> From<Vec<F>> for Buffer<F> {
    fn from(from: Vec<F>) -> Self {
        if let [x] = from[..] {
            return Buffer::One(x);
        }
        MADE.fetch_add(1, Ordering::Relaxed);
        Buffer::Many(Many(Some(from.into())))
    }
}
