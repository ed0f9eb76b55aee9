//! The one hash of the workspace.

/// Fowler, Noll and Vo's hash, variant 1a, 64 bits: equal bytes give equal numbers on every machine
/// and in every release. It tells damage and names apart, and keeps no secret.
///
/// ```
/// use autograd::Fnv1a;
/// assert_eq!(Fnv1a::new().with(b"foo").with(b"bar").value(), 0x8594_4171_F739_67E8);
/// ```
///
/// # Source
/// Fowler, Noll and Vo: a byte is joined to the hash by exclusive or, which is then multiplied by
/// 2^40 + 2^8 + 0xB3, modulo 2^64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fnv1a(u64);

impl Fnv1a {
    /// The hash of no bytes.
    pub fn new() -> Self {
        Fnv1a(0xCBF2_9CE4_8422_2325)
    }

    /// The hash of the bytes so far and of these.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        let absorb = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        Fnv1a(bytes.iter().fold(self.0, absorb))
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }
}

impl Default for Fnv1a {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv1a;

    /// Values published with the hash.
    #[test]
    fn the_hash_is_fnv_1a() {
        let of = |text: &str| Fnv1a::new().with(text.as_bytes()).value();
        assert_eq!(of(""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(of("a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(of("foobar"), 0x8594_4171_F739_67E8);
    }
}
