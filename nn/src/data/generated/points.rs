//! Points of classes: round clouds and half moons.

use autograd::{Float, Seed, Tensor};

use super::normal;
use crate::data::{Dataset, Labels};
use crate::generator;

/// Classes that are round clouds of points: normal around a centre each, with one deviation.
///
/// The centres are a value, so that several samples, or a shifted domain, can have the same ones.
///
/// ```
/// use nn::{Dataset, Seed, data::generated::Blobs};
/// let source = Blobs::new(3, 2, Seed::new(1));
/// let target = source.shifted(&[1.0, 0.0]);
/// let data: Dataset = target.sample(50, Seed::new(2));
/// assert_eq!(data.features.shape(), [150, 2]);
/// assert_eq!(data.labels().counts(), [50, 50, 50]);
/// ```
#[doc(alias = "make_blobs")]
#[derive(Clone, PartialEq, Debug)]
pub struct Blobs {
    /// A centre for each class, `[classes, columns]`.
    pub centres: Tensor<f64>,
    /// How far the points of a class are from its centre, in every column.
    pub deviation: f64,
}

impl Blobs {
    /// Centres that are normal around 0 with deviation 3, and clouds with deviation 1.
    pub fn new(classes: usize, columns: usize, seed: Seed) -> Self {
        let mut random = generator(seed);
        let centres = Tensor::from_fn([classes, columns], |_| 3.0 * normal(&mut random));
        Blobs { centres, deviation: 1.0 }
    }

    /// The same clouds, all moved by one step.
    ///
    /// # Panics
    /// If the step has not a number for each column.
    #[track_caller]
    pub fn shifted(&self, by: &[f64]) -> Self {
        let columns = self.centres.size(1);
        assert!(by.len() == columns, "a step of {} numbers for {columns} columns", by.len());
        let centres = self.centres.as_slice();
        let moved = |i: usize| centres[i] + by[i % columns];
        Blobs { centres: Tensor::from_fn(self.centres.shape(), moved), ..self.clone() }
    }

    /// So many points of each class, the classes in turn; a longer sample begins with a shorter one.
    pub fn sample<F: Float>(&self, rows_per_class: usize, seed: Seed) -> Dataset<F> {
        let (classes, columns) = (self.centres.size(0), self.centres.size(1));
        let mut random = generator(seed);
        let centres = self.centres.as_slice();
        let features = Tensor::from_fn([rows_per_class * classes, columns], |i| {
            F::of(centres[i % (classes * columns)] + self.deviation * normal(&mut random))
        });
        let labels: Vec<usize> = (0..rows_per_class * classes).map(|row| row % classes).collect();
        let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
        data_set(features, &labels, &names.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Two half moons that reach into each other, with normal noise of this deviation: rows of the outer
/// one, then as many of the inner one, or one more.
///
/// # Source
/// scikit-learn's `make_moons`: the outer one is `(cos t, sin t)` and the inner one
/// `(1 - cos t, 1/2 - sin t)`, for equally spaced `t` from 0 to pi. The noise is of another
/// generator.
#[doc(alias = "make_moons")]
pub fn moons<F: Float>(rows: usize, noise: f64, seed: Seed) -> Dataset<F> {
    let outer = rows / 2;
    let mut random = generator(seed);
    let mut features = Vec::with_capacity(2 * rows);
    for row in 0..rows {
        let (i, of) = if row < outer { (row, outer) } else { (row - outer, rows - outer) };
        let t = std::f64::consts::PI * i as f64 / of.saturating_sub(1).max(1) as f64;
        let (x, y) = if row < outer { (t.cos(), t.sin()) } else { (1.0 - t.cos(), 0.5 - t.sin()) };
        features.push(F::of(x + noise * normal(&mut random)));
        features.push(F::of(y + noise * normal(&mut random)));
    }
    let labels: Vec<usize> = (0..rows).map(|row| usize::from(row >= outer)).collect();
    data_set(Tensor::new([rows, 2], features), &labels, &["outer", "inner"])
}

/// Points of the plane turned around 0, counter-clockwise.
///
/// # Panics
/// If there are not two columns.
#[track_caller]
pub fn rotated<F: Float>(data: &Dataset<F>, degrees: f64) -> Dataset<F> {
    let columns = data.num_columns();
    assert!(columns == 2, "points of the plane have 2 columns, not {columns}");
    let (sin, cos) = degrees.to_radians().sin_cos();
    let points = data.features.as_slice();
    let features = Tensor::from_fn(data.features.shape(), |i| {
        let (x, y) = (points[i & !1].to_f64(), points[i | 1].to_f64());
        F::of(if i % 2 == 0 { cos * x - sin * y } else { sin * x + cos * y })
    });
    Dataset { features, ..data.clone() }
}

fn data_set<F: Float>(features: Tensor<F>, labels: &[usize], classes: &[&str]) -> Dataset<F> {
    let labels = Labels::of_classes("class", labels, classes);
    labels.and_then(|labels| Dataset::new(features, vec![labels])).expect("every row has a class")
}
