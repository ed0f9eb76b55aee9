//! The checksum that the format lacks.

use autograd::Fnv1a;

use super::raw::RawTensor;

/// What a hash begins with.
pub(super) const KIND: &str = "fnv1a64:";

/// The hash's place in the text while it is computed.
pub(super) const NONE: &str = "fnv1a64:0000000000000000";

/// FNV-1a, 64 bits, over the text, then over every tensor in the order of names: the name, a zero
/// byte, the type, the number of axes and the sizes as 64-bit little-endian numbers, the bytes.
///
/// A single changed byte always gives another hash, since every step is one to one in the hash so
/// far; it guards against damage, not against malice.
pub(super) fn hash(text: &str, tensors: &[RawTensor]) -> String {
    let mut by_name: Vec<&RawTensor> = tensors.iter().collect();
    by_name.sort_by_key(|tensor| &tensor.name);
    let mut hash = Fnv1a::new().with(text.as_bytes());
    for tensor in by_name {
        hash = hash.with(tensor.name.as_bytes()).with(&[0]);
        hash = hash.with(tensor.dtype.to_string().as_bytes());
        for size in std::iter::once(&tensor.shape.len()).chain(&*tensor.shape) {
            hash = hash.with(&(*size as u64).to_le_bytes());
        }
        hash = hash.with(&tensor.bytes);
    }
    format!("{KIND}{:016x}", hash.value())
}
