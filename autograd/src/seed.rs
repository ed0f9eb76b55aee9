//! Where all randomness comes from.

use crate::Fnv1a;

/// A source of randomness that is a value: everything random is a function of a seed argument.
///
/// Different uses take different children, `seed.child("weights")`, `seed.child(3)`; there is no
/// arithmetic on seeds, so one run's second layer cannot share numbers with the next run's first.
///
/// ```
/// use autograd::Seed;
/// let seed = Seed::new(7);
/// assert_eq!(seed.child("weights"), Seed::new(7).child("weights"));
/// assert_ne!(seed.child("weights"), seed.child("order"));
/// assert_ne!(seed.child(1).child(2), seed.child(2).child(1));
/// ```
///
/// # Source
/// Names and numbers are hashed by FNV-1a (64 bits) over a tag and their bytes, beginning from the
/// parent's value; the result is mixed by the finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Seed(u64);

impl Seed {
    /// The seed with this number.
    #[doc(alias = "manual_seed")]
    #[doc(alias = "random_state")]
    pub fn new(value: u64) -> Self {
        Seed(value)
    }

    /// The number behind the seed, to begin a generator with.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The seed of a part or a use, by name or by index.
    pub fn child(self, key: impl SeedKey) -> Self {
        let mut z = key.feed(Fnv1a::new().with(&self.0.to_le_bytes())).value();
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Seed(z ^ (z >> 31))
    }
}

/// What names a child of a [`Seed`]: a string or a number.
pub trait SeedKey {
    /// The hash with the key's bytes.
    #[doc(hidden)]
    fn feed(&self, hash: Fnv1a) -> Fnv1a;
}
impl SeedKey for &str {
    fn feed(&self, hash: Fnv1a) -> Fnv1a {
        hash.with(b"s").with(self.as_bytes())
    }
}
impl SeedKey for &String {
    fn feed(&self, hash: Fnv1a) -> Fnv1a {
        self.as_str().feed(hash)
    }
}
impl SeedKey for u64 {
    fn feed(&self, hash: Fnv1a) -> Fnv1a {
        hash.with(b"n").with(&self.to_le_bytes())
    }
}
impl SeedKey for usize {
    fn feed(&self, hash: Fnv1a) -> Fnv1a {
        (*self as u64).feed(hash)
    }
}
impl SeedKey for i32 {
    fn feed(&self, hash: Fnv1a) -> Fnv1a {
        (i64::from(*self) as u64).feed(hash)
    }
}
