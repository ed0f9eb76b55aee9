//! The answers: the same functions as in `stubs`, solved.

pub(crate) mod chapter_02;
pub(crate) mod chapter_03;
pub(crate) mod chapter_04;
