//! Splits that keep together what belongs together.

use autograd::Seed;
use rand::seq::SliceRandom;

use crate::generator;

/// Two disjoint lists of rows, in ascending order and together all of them, neither of which holds a
/// part of a group: the first has `fraction` of the groups, rounded, a half up.
///
/// `group_of_row` gives each row's group, such as the sentence of a word: rows of one group are so
/// alike that a test part must not share it with the training part.
///
/// ```
/// use nn::{Seed, data::split_groups};
/// let (first, second) = split_groups(&[7, 7, 8, 9, 9, 9], 0.34, Seed::new(0));
/// assert!([vec![0, 1], vec![2], vec![3, 4, 5]].contains(&first));
/// assert_eq!(first.len() + second.len(), 6);
/// ```
///
/// # Panics
/// If the fraction is not between 0 and 1.
#[doc(alias = "GroupShuffleSplit")]
#[track_caller]
pub fn split_groups(group_of_row: &[usize], fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
    assert!((0.0..=1.0).contains(&fraction), "{fraction} is no fraction of the groups");
    let mut groups = group_of_row.to_vec();
    groups.sort_unstable();
    groups.dedup();
    groups.shuffle(&mut generator(seed));
    groups.truncate((fraction * groups.len() as f64).round() as usize);
    groups.sort_unstable();
    (0..group_of_row.len()).partition(|&row| groups.binary_search(&group_of_row[row]).is_ok())
}

/// Of each of these lists of rows the first part, and the rest, in ascending order.
#[track_caller]
pub(super) fn split_strata(
    strata: impl IntoIterator<Item = Vec<usize>>,
    fraction: f64,
) -> (Vec<usize>, Vec<usize>) {
    assert!((0.0..=1.0).contains(&fraction), "{fraction} is no fraction of the rows");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for rows in strata {
        let (left, right) = rows.split_at((fraction * rows.len() as f64).round() as usize);
        first.extend(left);
        second.extend(right);
    }
    first.sort_unstable();
    second.sort_unstable();
    (first, second)
}
