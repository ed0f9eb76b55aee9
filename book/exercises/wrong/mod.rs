//! Answers that are plausible and wrong: each check must refuse them.

use crate::table::Verdict;

mod chapter_01;
mod chapter_02;
mod chapter_03;
mod chapter_04;
mod chapter_05;
mod chapter_06;
mod chapter_07;
mod chapter_08;
mod chapter_09;
mod chapter_10;
mod chapter_11;
mod chapter_12;
mod chapter_13;

/// A wrong answer: of which exercise, what is wrong with it, and what
/// the exercise's check says.
pub(crate) struct Wrong {
    pub(crate) exercise: &'static str,
    pub(crate) fault: &'static str,
    pub(crate) check: fn() -> Verdict,
}

const fn wrong(
    exercise: &'static str,
    fault: &'static str,
    check: fn() -> Verdict,
) -> Wrong {
    Wrong { exercise, fault, check }
}

/// All of them, a list a chapter.
pub(crate) const WRONG: &[&[Wrong]] = &[
    chapter_01::WRONG,
    chapter_02::WRONG,
    chapter_03::WRONG,
    chapter_04::WRONG,
    chapter_05::WRONG,
    chapter_06::WRONG,
    chapter_07::WRONG,
    chapter_08::WRONG,
    chapter_09::WRONG,
    chapter_10::WRONG,
    chapter_11::WRONG,
    chapter_12::WRONG,
    chapter_13::WRONG,
];
