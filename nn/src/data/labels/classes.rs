//! Labels that are classes, and splits that respect them.

use std::collections::HashSet;

use autograd::{Float, Seed, Tensor};
use rand::seq::SliceRandom;

use crate::data::split::split_strata;
use crate::error::shown;
use crate::{Error, generator};

/// Labels that are classes: the classes' names, and the class of each row where it is known.
///
/// With [`complete`](Labels::complete) labels a loss is `cross_entropy`; where some are missing,
/// `cross_entropy_with` takes [`of_row`](Labels::of_row) as it is. Rows without a label then count
/// for nothing, and a batch without any label gives no gradient and moves nothing.
///
/// ```
/// use autograd::{CrossEntropyConfig, Tape, Tensor};
/// use nn::{Dataset, Labels, Linear, Module, Optimizer, Seed, Sgd};
/// let labels = Labels::of_text("kind", &["moon", "", "sun", "moon"]);   // the second is missing
/// let data = Dataset::new(Tensor::<f32>::from_fn([4, 2], |i| i as f32), vec![labels])?;
/// let model = Linear::new(2, 2, Seed::new(1));
/// let mut optimizer = Sgd::new(&model, 0.1);
/// for (step, batch) in [[0, 1], [1, 1], [2, 3]].iter().enumerate() {
///     let (tape, rows) = (Tape::training(Seed::new(step as u64)), data.rows(batch));
///     let logits = model.forward(tape.constant(&rows.features));
///     let config = CrossEntropyConfig::default();
///     let loss = logits.cross_entropy_with(&rows.labels().of_row, &config);
///     assert_eq!(loss.backward().is_empty(), step == 1);
///     optimizer.step(nn::finite(&model, loss, step)?.backward());
/// }
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// The label column's name.
    pub name: String,
    /// The classes' names; a class is its place in this list.
    pub classes: Vec<String>,
    /// The class of each row; `None` where the label is missing.
    pub of_row: Vec<Option<usize>>,
}

impl Labels {
    /// Labels given as classes, all of them known.
    ///
    /// # Errors
    /// If a label is none of the classes, or two classes have one name.
    pub fn of_classes(name: &str, labels: &[usize], classes: &[&str]) -> Result<Self, Error> {
        let labels = Labels {
            name: name.to_owned(),
            classes: classes.iter().map(|&class| class.to_owned()).collect(),
            of_row: labels.iter().copied().map(Some).collect(),
        };
        labels.check()?;
        Ok(labels)
    }

    /// Labels given as text, an empty one missing; the classes are the texts that occur, sorted.
    #[doc(alias = "LabelEncoder")]
    pub fn of_text(name: &str, labels: &[impl AsRef<str>]) -> Self {
        let texts = labels.iter().map(AsRef::as_ref).filter(|text| !text.is_empty());
        let mut classes: Vec<String> = texts.map(str::to_owned).collect();
        classes.sort();
        classes.dedup();
        let class = |text: &str| classes.binary_search_by(|class| class.as_str().cmp(text)).ok();
        let of_row = labels.iter().map(|text| class(text.as_ref())).collect();
        Labels { name: name.to_owned(), classes, of_row }
    }

    /// The number of classes.
    pub fn num_classes(&self) -> usize {
        self.classes.len()
    }

    /// The class of this name.
    pub fn class(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class == name)
    }

    /// The number of rows of each class.
    #[doc(alias("bincount", "value_counts"))]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.of_row.iter().flatten().for_each(|&class| counts[class] += 1);
        counts
    }

    /// A row for each label, 1 at its class and 0 elsewhere.
    ///
    /// # Shapes
    /// Result: `[rows, classes]`.
    ///
    /// # Errors
    /// If a label is missing.
    #[doc(alias("OneHotEncoder", "get_dummies"))]
    pub fn one_hot<F: Float>(&self) -> Result<Tensor<F>, Error> {
        let (labels, classes) = (self.complete()?, self.num_classes());
        let one = |i: usize| if labels[i / classes] == i % classes { F::ONE } else { F::ZERO };
        Ok(Tensor::from_fn([labels.len(), classes], one))
    }

    /// The class of each row, all of them known.
    ///
    /// # Errors
    /// If a label is missing.
    pub fn complete(&self) -> Result<Vec<usize>, Error> {
        let known = |(row, label): (usize, &Option<usize>)| {
            label.ok_or_else(|| {
                let name = shown(&self.name);
                Error::Data(format!("row {row} of label column \"{name}\" has no label"))
            })
        };
        self.of_row.iter().enumerate().map(known).collect()
    }

    /// The labels of these rows in this order; classes and their numbers are kept.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Labels {
            name: self.name.clone(),
            classes: self.classes.clone(),
            of_row: rows.iter().map(|&row| self.of_row[row]).collect(),
        }
    }

    /// The rows of each class, each class in an order of its own drawn from the seed; rows without
    /// a label are in none.
    ///
    /// A class's order depends on the seed, the class's name and the class's rows alone.
    pub fn rows_by_class(&self, seed: Seed) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new(); self.classes.len()];
        for (row, label) in self.of_row.iter().enumerate() {
            if let Some(class) = *label {
                rows[class].push(row);
            }
        }
        for (rows, class) in rows.iter_mut().zip(&self.classes) {
            rows.shuffle(&mut generator(seed.child(class)));
        }
        rows
    }

    /// `count` rows of each class, drawn by the seed, in ascending order: the first ones of
    /// [`Labels::rows_by_class`].
    ///
    /// # Errors
    /// If a class has fewer rows.
    pub fn per_class(&self, count: usize, seed: Seed) -> Result<Vec<usize>, Error> {
        let mut taken = Vec::with_capacity(count * self.classes.len());
        for (rows, class) in self.rows_by_class(seed).iter().zip(&self.classes) {
            let Some(first) = rows.get(..count) else {
                return Err(Error::Data(format!(
                    "class \"{}\" of label column \"{}\" has {} rows, not {count}",
                    shown(class),
                    shown(&self.name),
                    rows.len()
                )));
            };
            taken.extend(first);
        }
        taken.sort_unstable();
        Ok(taken)
    }

    /// Two disjoint lists of rows, in ascending order and together all of them: of each class, and
    /// of the rows without a label, the first list has `fraction`, rounded, a half up.
    ///
    /// # Panics
    /// If the fraction is not between 0 and 1.
    #[doc(alias("train_test_split", "StratifiedShuffleSplit"))]
    #[track_caller]
    pub fn stratified_split(&self, fraction: f64, seed: Seed) -> (Vec<usize>, Vec<usize>) {
        let mut strata = self.rows_by_class(seed.child("class"));
        let mut unlabelled: Vec<usize> =
            (0..self.of_row.len()).filter(|&row| self.of_row[row].is_none()).collect();
        unlabelled.shuffle(&mut generator(seed.child("unlabelled")));
        strata.push(unlabelled);
        split_strata(strata, fraction)
    }

    /// Whether every label is a class, and every class has a name of its own.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (name, num_classes) = (shown(&self.name), self.classes.len());
        let beyond = |label: &Option<usize>| label.is_some_and(|class| class >= num_classes);
        if let Some(row) = self.of_row.iter().position(beyond) {
            let label = self.of_row[row].unwrap_or_default();
            return Err(Error::Data(format!(
                "row {row} of label column \"{name}\" has label {label}, but there are {num_classes} \
                 classes"
            )));
        }
        let mut seen = HashSet::new();
        match self.classes.iter().find(|class| !seen.insert(*class)) {
            None => Ok(()),
            Some(class) => Err(Error::Data(format!(
                "label column \"{name}\" has two classes named \"{}\"",
                shown(class)
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_per_class_are_as_many_as_asked_for() {
        let labels = Labels::of_text("kind", &["a", "b", "a", "", "b", "a"]);
        let rows = labels.per_class(2, Seed::new(3)).unwrap();
        assert_eq!(labels.rows(&rows).counts(), [2, 2]);
        assert!(rows.is_sorted());
        let error = labels.per_class(3, Seed::new(3)).unwrap_err();
        assert_eq!(error.to_string(), "class \"b\" of label column \"kind\" has 2 rows, not 3");
    }

    #[test]
    fn a_one_hot_row_has_its_1_at_the_class() {
        let labels = Labels::of_text("kind", &["b", "a", "c"]);
        let one_hot = Tensor::new([3, 3], vec![0.0_f32, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(labels.one_hot::<f32>().unwrap(), one_hot);
        assert_eq!(labels.class("c"), Some(2));
        assert!(Labels::of_text("kind", &["b", ""]).one_hot::<f32>().is_err());
    }

    #[test]
    fn a_split_is_its_seeds() {
        let labels = Labels::of_classes("kind", &[0; 40], &["a"]).unwrap();
        let split = |seed| labels.stratified_split(0.5, Seed::new(seed));
        assert_eq!(split(1), split(1));
        assert_ne!(split(1), split(2));
    }

    #[test]
    fn text_labels_are_names_and_an_empty_one_is_missing() {
        let labels = Labels::of_text("kind", &["1", "01", "", "NA", "1.0", "1"]);
        assert_eq!(labels.classes, ["01", "1", "1.0", "NA"]);
        assert_eq!(labels.of_row, [Some(1), Some(0), None, Some(3), Some(2), Some(1)]);
        let error = labels.complete().unwrap_err();
        assert_eq!(error.to_string(), "row 2 of label column \"kind\" has no label");
    }

    #[test]
    fn a_label_beyond_the_classes_is_refused() {
        let error = Labels::of_classes("kind", &[0, 3], &["a", "b"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 1 of label column \"kind\" has label 3, but there are 2 classes"
        );
        let error = Labels::of_classes("kind", &[0], &["a", "b", "a"]).unwrap_err();
        assert_eq!(error.to_string(), "label column \"kind\" has two classes named \"a\"");
    }
}
