//! The embedded sets: handwritten digits, and words in two languages.

mod tags;

use autograd::Float;

use super::Dataset;

pub use tags::{TaggedText, tags_es, tags_pt};

/// Handwritten digits: 1797 rows of 64 counts in 0..=16, an 8 x 8 image row by row, ten classes.
///
/// # Source
/// The test part of UCI "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak,
/// 1998; CC BY 4.0.
#[doc(alias = "load_digits")]
pub fn digits<F: Float>() -> Dataset<F> {
    embedded("digits", include_str!("../../../data/digits.csv"))
}

/// Other people's digits in the form of [`digits`]: 200 rows of each class.
///
/// # Source
/// MNIST, Y. LeCun and C. Cortes: the first 200 images of each class of the test set, cropped to
/// the ink, scaled to 32 x 32 with the aspect kept, thresholded at half, and inked pixels counted in
/// 4 x 4 blocks; CC BY-SA 3.0.
#[expect(clippy::doc_markdown, reason = "LeCun is a name")]
pub fn mnist8<F: Float>() -> Dataset<F> {
    embedded("mnist8", include_str!("../../../data/mnist8.csv"))
}

fn embedded<F: Float>(name: &str, text: &str) -> Dataset<F> {
    Dataset::from_csv_bytes(name, text.as_bytes(), "label").expect("the embedded tables are sound")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn the_embedded_sets_are_whole() {
        for (set, rows) in [(digits::<f32>(), 1797), (mnist8::<f32>(), 2000)] {
            assert_eq!(set.features.shape(), [rows, 64]);
            assert_eq!(set.columns[..2], ["p00", "p01"]);
            let counts = set.features.as_slice();
            assert!(counts.iter().all(|&x| (0.0..=16.0).contains(&x) && x.fract() == 0.0));
            assert_eq!(set.labels().name, "label");
            assert_eq!(set.labels().classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
            assert_eq!(set.labels().complete().unwrap().len(), rows);
        }
        let of_each = mnist8::<f64>().labels().rows_by_class(Seed::new(1));
        assert!(of_each.iter().all(|rows| rows.len() == 200));
    }

    #[test]
    fn the_comparison_has_seventeen_disjoint_training_sets() {
        let (test, rest) = digits::<f32>().labels().stratified_split(0.5, Seed::new(0));
        assert_eq!(test.len(), 901);
        let rest = digits::<f32>().rows(&rest);
        let smallest = rest.labels().rows_by_class(Seed::new(0)).iter().map(Vec::len).min();
        assert_eq!(smallest.unwrap() / 5, 17);
    }
}
