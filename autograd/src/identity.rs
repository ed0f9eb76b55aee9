//! Identities of parameters and tapes, and maps by them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// The next identity of a parameter or a tape; 0 is nobody's.
pub(crate) fn next_identity() -> NonZeroU64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).expect("2^64 identities are enough")
}

/// A map by identity or another number.
pub(crate) type ByNumber<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Identities are counted up, so a multiplication spreads them well enough.
#[derive(Default)]
pub(crate) struct NumberHasher(u64);
impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = (self.0 << 8) | u64::from(byte));
    }
    fn write_u32(&mut self, x: u32) {
        self.0 = u64::from(x);
    }
    fn write_u64(&mut self, x: u64) {
        self.0 = x;
    }
    fn write_usize(&mut self, x: usize) {
        self.0 = x as u64;
    }
}
