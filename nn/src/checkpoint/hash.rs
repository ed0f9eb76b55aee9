//! The checksum that the format lacks.

use std::borrow::Cow;

use safetensors::Dtype;

/// A tensor as the file holds it.
#[derive(Clone, Debug)]
pub(super) struct RawTensor<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Cow<'a, [u8]>,
}

/// The hash's place in the text while it is computed.
pub(super) const NONE: &str = "fnv1a64:0000000000000000";

/// FNV-1a, 64 bits, over the text, then over every tensor in the order of names: the name, a zero
/// byte, the type, the number of axes and the sizes as 64-bit little-endian numbers, the bytes.
///
/// A single changed byte always gives another hash, since every step is one to one in the hash so
/// far; it guards against damage, not against malice.
pub(super) fn hash(text: &str, tensors: &[RawTensor]) -> String {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut absorb = |bytes: &[u8]| {
        for &byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
    };
    absorb(text.as_bytes());
    let mut by_name: Vec<&RawTensor> = tensors.iter().collect();
    by_name.sort_by_key(|tensor| &tensor.name);
    for tensor in by_name {
        absorb(tensor.name.as_bytes());
        absorb(&[0]);
        absorb(tensor.dtype.to_string().as_bytes());
        for size in std::iter::once(&tensor.shape.len()).chain(&tensor.shape) {
            absorb(&(*size as u64).to_le_bytes());
        }
        absorb(&tensor.bytes);
    }
    format!("fnv1a64:{hash:016x}")
}
