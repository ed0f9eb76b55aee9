//! What a training step leaves for the next one: spare buffers of numbers, emptied lists of a tape,
//! room for cotangents.
//!
//! A training step asks for the same lengths again and again. The last holder of a buffer puts it
//! here instead of freeing it: a few of each length with the thread itself, where no lock is needed,
//! the others in one store for all threads. What a buffer holds when it is taken is whatever its
//! last user left: whoever builds a tensor writes every entry. Lists are kept the same way, and what
//! the store keeps of either is bounded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Float;
use crate::backward::Cotangents;
use crate::identity::ByNumber;
use crate::tape::Lists;

/// Buffers of more entries than this go to the shared store at once: to fill so many takes 1.2 us, and
/// a lock that nobody else holds costs 5 ns.
const LOCAL_ENTRIES: usize = 1 << 14;
/// How many spare buffers of one length a thread keeps for itself. One thread trains as fast with 1
/// or 64 (32 layers: within 1 %); several meet at fewer locks.
const LOCAL_SPARE: usize = 8;
/// How many lengths a thread keeps (a length has one place, given by its hash): with eight buffers of
/// each at most 32 MiB in single precision.
const LOCAL_LENGTHS: usize = 64;
/// Lists of more bytes than this go to the shared store: those of about eight thousand nodes.
const LOCAL_BYTES: usize = 1 << 20;
/// How many lists of a kind a thread keeps: as many as there are tapes alive at once.
const LOCAL_LISTS: usize = 4;
/// The most bytes of spare buffers, of lists, and of room for cotangents that the shared store keeps.
/// A tape of a million nodes leaves 190 MB for the next one, one of six million nothing of its 780.
const SHARED_BYTES: usize = 256 << 20;

static MADE: AtomicUsize = AtomicUsize::new(0);

/// How many tensor buffers this process has allocated so far; reused ones do not count.
///
/// A warm training step allocates none, and a test holds the engine to that.
pub fn buffers_made() -> usize {
    MADE.load(Ordering::Relaxed)
}

/// Frees the spare buffers that the store of all threads keeps, up to 256 MiB of each type: after
/// large tensors that will not come again, such as a table that was put on its scale.
///
/// ```
/// use autograd::{Tensor, buffers_made, free_spare_buffers};
/// let large = || drop(Tensor::<f64>::zeros([1 << 20]));
/// large();
/// let before = buffers_made();
/// large();
/// assert_eq!(buffers_made(), before);                             // in the buffer of the first
/// free_spare_buffers();
/// large();
/// assert_eq!(buffers_made(), before + 1);
/// ```
pub fn free_spare_buffers() {
    f32::shared().free();
    f64::shared().free();
}

pub(crate) fn count_made() {
    MADE.fetch_add(1, Ordering::Relaxed);
}

/// A buffer of this length, its numbers whatever its last user left.
pub(crate) fn take_buffer<F: Float>(length: usize) -> Arc<[F]> {
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
        count_made();
        std::iter::repeat_n(F::ZERO, length).collect()
    })
}

/// Keeps a buffer that nobody else holds.
pub(crate) fn put_buffer<F: Float>(buffer: Arc<[F]>) {
    let length = buffer.len();
    if length > LOCAL_ENTRIES {
        return F::shared().put(buffer);
    }
    F::local(|local| {
        let place = local.place(length);
        if place.length != length {
            place.leave_to(length);
        }
        if place.spare.len() < LOCAL_SPARE {
            place.spare.push(buffer);
        } else {
            F::shared().put(buffer);
        }
    });
}

/// Empty lists for a tape.
pub(crate) fn take_lists<F: Float>() -> Lists<F> {
    let own = F::local(|local| local.lists.pop()).flatten();
    own.or_else(|| F::shared().lists.take()).unwrap_or_default()
}

/// Keeps the empty lists of a tape that is no more.
pub(crate) fn put_lists<F: Float>(lists: Lists<F>) {
    if lists.bytes() > LOCAL_BYTES {
        return F::shared().lists.put(lists);
    }
    F::local(|local| {
        if local.lists.len() < LOCAL_LISTS {
            local.lists.push(lists);
        }
    });
}

/// Room for the cotangents of so many nodes, none of them there yet.
pub(crate) fn take_cotangents<F: Float>(nodes: usize) -> Cotangents<F> {
    let own = F::local(|local| local.cotangents.pop()).flatten();
    let mut bars = own.or_else(|| F::shared().cotangents.take()).unwrap_or_default();
    bars.resize(nodes, None);
    bars
}

/// Keeps the room of a sweep that is done.
pub(crate) fn put_cotangents<F: Float>(mut bars: Cotangents<F>) {
    bars.clear();
    if bars.bytes() > LOCAL_BYTES {
        return F::shared().cotangents.put(bars);
    }
    F::local(|local| {
        if local.cotangents.len() < LOCAL_LISTS {
            local.cotangents.push(bars);
        }
    });
}

/// What takes room even when it is empty.
pub(crate) trait Room {
    /// How much.
    fn bytes(&self) -> usize;
}
impl<T> Room for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

/// What a thread keeps for itself.
pub struct Local<F: Float> {
    places: [Place<F>; LOCAL_LENGTHS],
    lists: Vec<Lists<F>>,
    cotangents: Vec<Cotangents<F>>,
}
struct Place<F> {
    length: usize,
    spare: Vec<Arc<[F]>>,
}
impl<F: Float> Place<F> {
    /// Gives the place to another length; the buffers that are here go to the shared store.
    #[cold]
    fn leave_to(&mut self, length: usize) {
        self.length = length;
        let mut shared = F::shared();
        self.spare.drain(..).for_each(|buffer| shared.put(buffer));
    }
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

/// What all threads share: spare buffers by length, and long lists.
pub struct Shared<F: Float> {
    spare: ByNumber<usize, Vec<Arc<[F]>>>,
    bytes: usize,
    lists: Shelf<Lists<F>>,
    cotangents: Shelf<Cotangents<F>>,
}
impl<F: Float> Shared<F> {
    const fn new() -> Self {
        Shared {
            spare: HashMap::with_hasher(BuildHasherDefault::new()),
            bytes: 0,
            lists: Shelf::new(),
            cotangents: Shelf::new(),
        }
    }
    fn free(&mut self) {
        self.spare = HashMap::with_hasher(BuildHasherDefault::new());
        self.bytes = 0;
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

/// Emptied lists of one kind.
struct Shelf<T> {
    spare: Vec<T>,
    bytes: usize,
}
impl<T: Room> Shelf<T> {
    const fn new() -> Self {
        Shelf { spare: Vec::new(), bytes: 0 }
    }
    fn take(&mut self) -> Option<T> {
        let found = self.spare.pop()?;
        self.bytes -= found.bytes();
        Some(found)
    }
    fn put(&mut self, emptied: T) {
        if self.bytes + emptied.bytes() <= SHARED_BYTES {
            self.bytes += emptied.bytes();
            self.spare.push(emptied);
        }
    }
}

/// Where a numeric type's spare things are.
pub trait Store: Sized {
    /// Runs `f` on the calling thread's store; `None` while the thread ends.
    #[doc(hidden)]
    fn local<R>(f: impl FnOnce(&mut Local<Self>) -> R) -> Option<R>
    where
        Self: Float;
    /// The store of all threads.
    #[doc(hidden)]
    fn shared() -> MutexGuard<'static, Shared<Self>>
    where
        Self: Float;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    fn lists(bytes: usize) -> Lists<f64> {
        // Room is only asked for, so nothing is written to it.
        let names = Vec::with_capacity(bytes / size_of::<&str>());
        Lists { names, ..Lists::default() }
    }

    #[test]
    fn a_thread_keeps_a_few_short_lists_and_no_long_ones() {
        let kept = || f64::local(|local| local.lists.iter().map(Room::bytes).collect::<Vec<_>>());
        // In a thread of its own, which has kept nothing yet.
        let run = move || {
            put_lists(lists(LOCAL_BYTES + 16));
            put_cotangents::<f64>(Vec::with_capacity(LOCAL_BYTES));
            assert_eq!(kept(), Some(vec![]));
            assert_eq!(f64::local(|local| local.cotangents.len()), Some(0));
            (0..10).for_each(|_| put_lists(lists(LOCAL_BYTES)));
            assert_eq!(kept(), Some(vec![LOCAL_BYTES; LOCAL_LISTS]));
        };
        std::thread::spawn(run).join().expect("all held");
    }

    #[test]
    fn what_all_threads_share_of_lists_is_bounded() {
        let mut shelf = Shelf::new();
        for _ in 0..3 {
            shelf.put(lists(SHARED_BYTES / 2));
        }
        shelf.put(lists(SHARED_BYTES + 16));
        assert_eq!((shelf.spare.len(), shelf.bytes), (2, SHARED_BYTES));
        assert!(shelf.take().is_some_and(|found| found.bytes() == SHARED_BYTES / 2));
        assert_eq!(shelf.bytes, SHARED_BYTES / 2);
        shelf.put(lists(SHARED_BYTES / 2));
        assert_eq!(shelf.bytes, SHARED_BYTES);
    }

    #[test]
    fn of_a_tape_only_the_room_is_kept() {
        let tape = Tape::<f64>::default().checking().looking();
        let x = tape.leaf(-1.0);
        let y = x.ln() * tape.watch(&crate::Parameter::new(crate::Tensor::scalar(2.0)));
        drop(y.backward());
        let mut lists = std::mem::take(&mut *tape.lists_mut());
        lists.empty();
        let Lists { nodes, edges, names, watched, leaves, checking, non_finite, look } = lists;
        assert!(nodes.is_empty() && edges.is_empty() && names.is_empty());
        assert!(watched.is_empty() && leaves.is_empty());
        assert!(!checking && non_finite.is_none() && look.is_none());
        assert!(nodes.capacity() > 0 && edges.capacity() > 0);
    }
}
