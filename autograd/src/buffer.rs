//! The numbers of a tensor, which several tensors may share.

use std::ops::Deref;
use std::sync::Arc;

use crate::{Float, pool};

/// Numbers that several tensors may share; a single number needs no heap.
#[derive(Clone)]
pub(crate) enum Buffer<F: Float> {
    One(F),
    Many(Many<F>),
}

/// `None` only while it is dropped.
#[derive(Clone)]
pub(crate) struct Many<F: Float>(Option<Arc<[F]>>);

impl<F: Float> Drop for Many<F> {
    #[inline]
    fn drop(&mut self) {
        // No weak handles exist, so a count of one means that nobody else can make a clone.
        if let Some(buffer) = self.0.take()
            && Arc::strong_count(&buffer) == 1
        {
            pool::put_buffer(buffer);
        }
    }
}

impl<F: Float> Buffer<F> {
    /// A buffer of `length` numbers, every one of which `fill` writes.
    #[inline]
    pub(crate) fn build(length: usize, fill: impl FnOnce(&mut [F])) -> Self {
        if length == 1 {
            let mut x = F::ZERO;
            fill(std::slice::from_mut(&mut x));
            return Buffer::One(x);
        }
        let mut buffer = pool::take_buffer(length);
        fill(Arc::get_mut(&mut buffer).expect("a spare buffer has one holder"));
        Buffer::Many(Many(Some(buffer)))
    }

    /// The numbers, to be changed, if nobody else holds them.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut [F]> {
        match self {
            Buffer::One(x) => Some(std::slice::from_mut(x)),
            Buffer::Many(many) => Arc::get_mut(many.0.as_mut()?),
        }
    }
}
impl<F: Float> Deref for Buffer<F> {
    type Target = [F];
    #[inline]
    fn deref(&self) -> &[F] {
        match self {
            Buffer::One(x) => std::slice::from_ref(x),
            Buffer::Many(many) => many.0.as_deref().unwrap_or(&[]),
        }
    }
}
impl<F: Float> From<Vec<F>> for Buffer<F> {
    fn from(from: Vec<F>) -> Self {
        if let [x] = from[..] {
            return Buffer::One(x);
        }
        pool::count_made();
        Buffer::Many(Many(Some(from.into())))
    }
}
