//! What the reader is to write: a file a chapter, a function an
//! exercise. A stub says `todo` until it is solved.
#![allow(
    unused_variables,
    unused_imports,
    reason = "a stub uses its arguments when it is solved"
)]

pub(crate) mod chapter_02;
pub(crate) mod chapter_03;
pub(crate) mod chapter_04;
pub(crate) mod chapter_10;
pub(crate) mod chapter_11;
pub(crate) mod chapter_12;
pub(crate) mod chapter_13;
