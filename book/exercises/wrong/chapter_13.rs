//! Chapter 13: the parallel product.

use autograd::Tensor;

use super::{Wrong, wrong};
use crate::answers::chapter_13 as answers;
use crate::checks::chapter_13 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("three", "whole numbers are added exactly", || {
        checks::three(|| [3.0, 1.0, 2.0])
    }),
    wrong("three", "an infinity is no sum", || {
        checks::three(|| [f32::MAX, f32::MAX, -f32::MAX])
    }),
    wrong("cut", "half, wherever that is", || {
        checks::cut(|size| size / 2)
    }),
    wrong("cut", "rounded down", || {
        checks::cut(|size| size / 2 / 16 * 16)
    }),
    wrong("in_pieces", "the inner axis is cut", || {
        checks::in_pieces(|a, b| {
            let (inner, half) = (a.size(1), a.size(1) / 2);
            let left = a.slice(1, 0..half).matmul(&b.slice(0, 0..half));
            let right = a
                .slice(1, half..inner)
                .matmul(&b.slice(0, half..inner));
            left + right
        })
    }),
    wrong("in_pieces", "the last piece is left out", || {
        checks::in_pieces(|a, b| {
            let whole = answers::in_pieces(a, b);
            let kept = (a.size(0) - 1) / 32 * 32;
            let rows = whole.slice(0, 0..kept);
            let missing = [a.size(0) - kept, b.size(1)];
            let zeros = Tensor::zeros(missing);
            let all = [rows.as_slice(), zeros.as_slice()].concat();
            Tensor::new(whole.shape(), all)
        })
    }),
    wrong("total", "one after another", || {
        checks::total(|x| x.iter().sum())
    }),
    wrong("total", "as many pieces as there are threads", || {
        checks::total(|x| {
            let pieces = autograd::parallel::num_threads();
            let length = x.len().div_ceil(pieces).max(1);
            x.chunks(length).map(answers::total).sum()
        })
    }),
];
