//! Where all randomness comes from.

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
    pub fn new(value: u64) -> Self {
        Seed(value)
    }

    /// The number behind the seed, to begin a generator with.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The seed of a part or a use, by name or by index.
    pub fn child(self, key: impl SeedKey) -> Self {
        let mut hash = 0xCBF2_9CE4_8422_2325;
        let mut absorb = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        self.0.to_le_bytes().into_iter().for_each(&mut absorb);
        key.feed(&mut absorb);
        let mut z: u64 = hash;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Seed(z ^ (z >> 31))
    }
}

/// What names a child of a [`Seed`]: a string or a number.
pub trait SeedKey {
    /// Gives the key's bytes to `absorb`.
    #[doc(hidden)]
    fn feed(&self, absorb: &mut dyn FnMut(u8));
}
impl SeedKey for &str {
    fn feed(&self, absorb: &mut dyn FnMut(u8)) {
        absorb(b's');
        self.bytes().for_each(absorb);
    }
}
impl SeedKey for &String {
    fn feed(&self, absorb: &mut dyn FnMut(u8)) {
        self.as_str().feed(absorb);
    }
}
impl SeedKey for u64 {
    fn feed(&self, absorb: &mut dyn FnMut(u8)) {
        absorb(b'n');
        self.to_le_bytes().into_iter().for_each(absorb);
    }
}
impl SeedKey for usize {
    fn feed(&self, absorb: &mut dyn FnMut(u8)) {
        (*self as u64).feed(absorb);
    }
}
impl SeedKey for i32 {
    fn feed(&self, absorb: &mut dyn FnMut(u8)) {
        (i64::from(*self) as u64).feed(absorb);
    }
}
