//! The answers: the same functions as in `stubs`, solved.

pub(crate) mod chapter_01;
pub(crate) mod chapter_02;
pub(crate) mod chapter_03;
pub(crate) mod chapter_04;
pub(crate) mod chapter_05;
pub(crate) mod chapter_06;
pub(crate) mod chapter_07;
pub(crate) mod chapter_08;
pub(crate) mod chapter_09;
pub(crate) mod chapter_10;
pub(crate) mod chapter_11;
pub(crate) mod chapter_12;
pub(crate) mod chapter_13;
