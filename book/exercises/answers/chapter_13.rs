//! Chapter 13: the parallel product.

use autograd::Tensor;

// ANCHOR: three
/// Three numbers whose sum depends on where the brackets stand.
pub(crate) fn three() -> [f32; 3] {
    [1e8, -1e8, 1.0]
}
// ANCHOR_END: three

// ANCHOR: cut
/// Where a side of this size is cut: half of it, rounded up to a
/// multiple of 16.
pub(crate) fn cut(size: usize) -> usize {
    (size / 2).div_ceil(16) * 16
}
// ANCHOR_END: cut

// ANCHOR: in_pieces
/// The product, computed in pieces of the result: the same bits as
/// `a.matmul(b)`, from products of at most 32 rows each.
pub(crate) fn in_pieces(a: &Tensor, b: &Tensor) -> Tensor {
    let (rows, columns) = (a.size(0), b.size(1));
    let mut entries = Vec::with_capacity(rows * columns);
    for start in (0..rows).step_by(32) {
        let piece = a.slice(0, start..rows.min(start + 32)).matmul(b);
        entries.extend_from_slice(piece.as_slice());
    }
    Tensor::new([rows, columns], entries)
}
// ANCHOR_END: in_pieces

// ANCHOR: total
/// A sum in single precision that stays right for ten million numbers,
/// in an order that the length alone decides.
pub(crate) fn total(x: &[f32]) -> f32 {
    if x.len() <= 64 {
        return x.iter().sum();
    }
    let (left, right) = x.split_at(x.len() / 2);
    total(left) + total(right)
}
// ANCHOR_END: total
