//! Chapter 13: the parallel product.

use autograd::Tensor;

// ANCHOR: three
/// Three numbers whose sum depends on where the brackets stand.
pub(crate) fn three() -> [f32; 3] {
    // todo: these do not.
    [1.0, 2.0, 3.0]
}
// ANCHOR_END: three

// ANCHOR: cut
/// Where a side of this size is cut: half of it, rounded up to a
/// multiple of 16.
pub(crate) fn cut(size: usize) -> usize {
    todo!("exercise 13.2")
}
// ANCHOR_END: cut

// ANCHOR: in_pieces
/// The product, computed in pieces of the result: the same bits as
/// `a.matmul(b)`, from products of at most 32 rows each.
pub(crate) fn in_pieces(a: &Tensor, b: &Tensor) -> Tensor {
    todo!("exercise 13.3")
}
// ANCHOR_END: in_pieces

// ANCHOR: total
/// A sum in single precision that stays right for ten million numbers,
/// in an order that the length alone decides.
pub(crate) fn total(x: &[f32]) -> f32 {
    todo!("exercise 13.4")
}
// ANCHOR_END: total
