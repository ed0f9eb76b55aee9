//! The answers: the same functions as in `stubs`, solved.

pub(crate) mod chapter_02;
pub(crate) mod chapter_03;
pub(crate) mod chapter_04;
pub(crate) mod chapter_10;
pub(crate) mod chapter_11;
pub(crate) mod chapter_12;
pub(crate) mod chapter_13;
