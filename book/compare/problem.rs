//! Which rows are learnt from and which are tested on. No strategy sees the test part.

use std::ops::Range;

use autograd::{Fnv1a, Seed};
use nn::{Dataset, Labels};
use serde::Serialize;

use crate::failure::Failure;

/// Labelled rows of each class in a training set of the target.
pub(crate) const LABELS: usize = 5;
/// The largest count in the data: inputs are divided by it.
const LARGEST: f32 = 16.0;

/// How the target's rows are parted into those of the test and the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Split {
    /// Halves of each class at random, by this number; the comparison's own is 0.
    Halves(usize),
    /// The first half of each class in the file's order, and the second: other writers.
    Blocks,
}

impl Split {
    /// The comparison's own test part, of which the mirror holds no row.
    pub(crate) const OWN: Self = Self::Halves(0);
}

/// A source, a target, and the target's rows in parts.
pub(crate) struct Problem {
    pub(crate) source_name: &'static str,
    pub(crate) target_name: &'static str,
    pub(crate) split: Split,
    /// The seeds to be run.
    pub(crate) seeds: Range<usize>,
    /// How many rows of each class a training set has.
    pub(crate) labels: usize,
    /// By what features are divided; nothing is, if they have their scale.
    pub(crate) largest: Option<f32>,
    /// All rows of the source, and of the target, as they are in the data sets.
    pub(crate) source: Dataset,
    pub(crate) target: Dataset,
    /// Rows of the target's test part: the same for every seed.
    pub(crate) test: Vec<usize>,
    /// Rows of the target's training set of each seed; no two share a row.
    pub(crate) training: Vec<Vec<usize>>,
    /// All rows of the target outside the test part: what may be seen without its labels.
    pub(crate) seen: Vec<usize>,
}

impl Problem {
    /// `digits` with the knowledge of `mnist8`; refuses more seeds than there are disjoint training
    /// sets.
    pub(crate) fn embedded(split: Split, seeds: usize) -> Result<Self, Failure> {
        let (source, target): (Dataset, Dataset) = (nn::data::mnist8(), nn::data::digits());
        let order = match split {
            Split::Halves(number) => Seed::new(number as u64).child("split"),
            Split::Blocks => Seed::new(0).child("split"),
        };
        let (test, seen) = match split {
            Split::Halves(_) => target.labels().stratified_split(0.5, order),
            Split::Blocks => second_half(&target),
        };
        let training = training(&target, &seen, seeds, order)?;
        let (source_name, target_name) = ("mnist8", "digits");
        let (seeds, labels, largest) = (0..seeds, LABELS, Some(LARGEST));
        Ok(Self {
            source_name,
            target_name,
            split,
            seeds,
            labels,
            largest,
            source,
            target,
            test,
            training,
            seen,
        })
    }

    /// Of a seed's training set the first so many rows of each class, or of all rows with a number.
    pub(crate) fn fewer(&self, seed: usize, labels: usize) -> Dataset {
        let classes = self.target.label_columns[0].as_classes();
        let mut counts = vec![0; classes.map_or(1, Labels::num_classes)];
        let mut taken = |row: &&usize| {
            let class = classes.map_or(Some(0), |classes| classes.of_row[**row]);
            class.is_some_and(|class| {
                counts[class] += 1;
                counts[class] <= labels
            })
        };
        let rows: Vec<usize> =
            self.training[seed].iter().filter(|row| taken(row)).copied().collect();
        self.target.rows(&rows)
    }

    /// The other way round: half of `mnist8` with the knowledge of the half of `digits` that is no
    /// test part of the comparison.
    ///
    /// Its source holds the rows from which the seeds of the comparison draw their labels; its
    /// target and its test part have none of them.
    pub(crate) fn mirror(seeds: usize) -> Result<Self, Failure> {
        let split = Split::OWN;
        let direct = Self::embedded(split, 1)?;
        let (source, target) = (direct.target.rows(&direct.seen), direct.source);
        let order = Seed::new(0).child("mirror");
        let (test, seen) = target.labels().stratified_split(0.5, order);
        let training = training(&target, &seen, seeds, order)?;
        let (source_name, target_name) = (direct.target_name, direct.source_name);
        let (seeds, labels, largest) = (0..seeds, LABELS, Some(LARGEST));
        Ok(Self {
            source_name,
            target_name,
            split,
            seeds,
            labels,
            largest,
            source,
            target,
            test,
            training,
            seen,
        })
    }

    /// Features on the scale they are learnt on.
    pub(crate) fn scaled(&self, data: Dataset) -> Dataset {
        match self.largest {
            Some(largest) => data.map(|count| count / largest),
            None => data,
        }
    }

    /// In a line.
    pub(crate) fn says(&self) -> String {
        format!(
            "{} with {} labels a class, helped by {} labels of {}, tested on {} rows",
            self.target_name,
            self.labels,
            self.source.num_rows(),
            self.source_name,
            self.test.len()
        )
    }
}

/// Of each class the second half of its rows in the file's order, then the other rows.
fn second_half(data: &Dataset) -> (Vec<usize>, Vec<usize>) {
    let of_row = &data.labels().of_row;
    let (mut test, mut seen) = (vec![], vec![]);
    for class in 0..data.labels().num_classes() {
        let rows: Vec<usize> =
            (0..of_row.len()).filter(|&row| of_row[row] == Some(class)).collect();
        let (first, second) = rows.split_at(rows.len() / 2);
        seen.extend(first);
        test.extend(second);
    }
    test.sort_unstable();
    seen.sort_unstable();
    (test, seen)
}

/// A training set for each seed, of the seen rows.
fn training(
    target: &Dataset,
    seen: &[usize],
    seeds: usize,
    order: Seed,
) -> Result<Vec<Vec<usize>>, Failure> {
    let of_class = target.rows(seen).labels().rows_by_class(order);
    let smallest = of_class.iter().map(Vec::len).min().unwrap_or(0);
    if seeds > smallest / LABELS {
        return Err(Failure::Usage(format!(
            "{seeds} seeds need as many disjoint training sets, but the smallest class has \
             {smallest} rows outside the test part, enough for {} sets with {LABELS} rows of each class",
            smallest / LABELS
        )));
    }
    let of_seed = |seed| -> Vec<usize> {
        let labelled = LABELS * seed..LABELS * (seed + 1);
        of_class.iter().flat_map(|class| &class[labelled.clone()]).map(|&row| seen[row]).collect()
    };
    Ok((0..seeds).map(of_seed).collect())
}

/// A number for what is in a data set: FNV-1a, 64 bits, over its shape, features and labels.
pub(crate) fn hash(data: &Dataset) -> u64 {
    let absorb = |hash: Fnv1a, number: u64| hash.with(&number.to_le_bytes());
    let sizes = [data.num_rows() as u64, data.num_columns() as u64].into_iter();
    let features = data.features.as_slice().iter().map(|&x| u64::from(x.to_bits()));
    let labels = data.labels().of_row.iter();
    let labels = labels.map(|label| label.map_or(u64::MAX, |class| class as u64));
    sizes.chain(features).chain(labels).fold(Fnv1a::new(), absorb).value()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SPLITS: [Split; 3] = [Split::Halves(0), Split::Halves(3), Split::Blocks];

    #[test]
    fn no_row_is_in_two_training_sets_or_in_the_test_part() {
        for split in SPLITS {
            let problem = Problem::embedded(split, 17).expect("the data allow 17 seeds");
            let parts = problem.training.iter().chain([&problem.test]);
            let rows: Vec<usize> = parts.flatten().copied().collect();
            assert_eq!(rows.len(), 17 * 50 + problem.test.len());
            assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
            let (seen, test) = (&problem.seen, &problem.test);
            let all: BTreeSet<_> = seen.iter().chain(test).collect();
            assert_eq!((all.len(), seen.len() + test.len()), (1797, 1797));
            for rows in &problem.training {
                let classes = problem.target.rows(rows).labels().complete().expect("labels");
                for class in 0..10 {
                    assert_eq!(classes.iter().filter(|&&of| of == class).count(), LABELS);
                }
            }
        }
    }

    #[test]
    fn a_seed_has_the_same_rows_however_many_there_are() {
        for split in SPLITS {
            let [few, many] = [2, 17].map(|seeds| Problem::embedded(split, seeds).expect("seeds"));
            assert_eq!(few.training, many.training[..2]);
            assert_eq!(few.test, many.test);
        }
    }

    #[test]
    fn blocks_leave_the_rows_of_each_class_in_the_files_order() {
        let problem = Problem::embedded(Split::Blocks, 1).expect("a seed");
        let of_row = &problem.target.labels().of_row;
        for class in 0..10 {
            let of = |rows: &[usize]| -> Vec<usize> {
                rows.iter().copied().filter(|&row| of_row[row] == Some(class)).collect()
            };
            let (seen, test) = (of(&problem.seen), of(&problem.test));
            assert!(seen.last() < test.first(), "{class}");
            assert!(test.len() - seen.len() <= 1, "{class}");
        }
    }

    #[test]
    fn the_mirror_has_no_row_of_the_test_part() {
        let direct = Problem::embedded(Split::Halves(0), 17).expect("seeds");
        let mirror = Problem::mirror(10).expect("seeds");
        let test = direct.target.rows(&direct.test);
        let rows = |data: &Dataset| -> Vec<Vec<u32>> {
            let bits = |row: usize| data.features.slice(0, row..row + 1);
            (0..data.num_rows())
                .map(|row| bits(row).as_slice().iter().map(|x| x.to_bits()).collect())
                .collect()
        };
        let tested: BTreeSet<_> = rows(&test).into_iter().collect();
        assert!(rows(&mirror.source).iter().all(|row| !tested.contains(row)));
        assert!(rows(&mirror.target).iter().all(|row| !tested.contains(row)));
    }

    #[test]
    fn the_hash_tells_data_sets_apart() {
        let digits: Dataset = nn::data::digits();
        let other = digits.clone().map(|count| count.min(15.0));
        assert_eq!(hash(&digits), hash(&nn::data::digits()));
        assert_ne!(hash(&digits), hash(&other));
    }
}
