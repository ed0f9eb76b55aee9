//! Chapter 8: structure transfer.

use super::{Wrong, wrong};
use crate::answers::chapter_08 as answers;
use crate::checks::chapter_08 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("copies", "the unit itself is not counted", || {
        checks::copies(|choice, units| {
            let all = answers::copies(choice, units).into_iter();
            all.map(|copies| copies - 1).collect()
        })
    }),
    wrong("copies", "a copy is counted where it stands", || {
        checks::copies(|choice, units| {
            (0..units).map(|unit| choice.len() - unit).collect()
        })
    }),
    wrong("widened", "the outgoing weights are not divided", || {
        checks::widened(|reads, read_by, choice| {
            let [wider, _] = answers::widened(reads, read_by, choice);
            let copy = |output: &Vec<f64>| {
                choice.iter().map(|&unit| output[unit]).collect()
            };
            [wider, read_by.iter().map(copy).collect()]
        })
    }),
    wrong("widened", "divided by one count for all", || {
        checks::widened(|reads, read_by, choice| {
            let [wider, _] = answers::widened(reads, read_by, choice);
            let count = choice.len() as f64 / reads.len() as f64;
            let share = |output: &Vec<f64>| {
                choice
                    .iter()
                    .map(|&unit| output[unit] / count)
                    .collect()
            };
            [wider, read_by.iter().map(share).collect()]
        })
    }),
    wrong("speeds", "the same speed as before", || {
        checks::speeds(|_| [1.0, 1.0])
    }),
    wrong("speeds", "the other way round", || {
        checks::speeds(|copies| [1.0 / copies as f64, copies as f64])
    }),
    wrong("deeper", "all units to all", || {
        checks::deeper(|units| {
            let row = vec![1.0 / units as f64; units];
            (vec![row; units], vec![0.0; units])
        })
    }),
    wrong("deeper", "a bias that lifts what was cut", || {
        checks::deeper(|units| {
            (answers::deeper(units).0, vec![0.1; units])
        })
    }),
    wrong("shares", "equal ones, whose copies never part", || {
        checks::shares(|copies| vec![1.0 / copies as f64; copies])
    }),
    wrong(
        "shares",
        "different ones that sum to something else",
        || {
            checks::shares(|copies| {
                (1..=copies).map(|part| part as f64).collect()
            })
        },
    ),
];
