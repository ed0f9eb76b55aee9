//! The same images seen otherwise: turned, brighter, paler, lit from one side.

use std::ops::RangeInclusive;

use autograd::{Float, Seed, Tensor};
use rand::RngExt;

use crate::data::Dataset;
use crate::generator;

/// How square images are changed: every image by values of its own, each drawn evenly from a range;
/// a range of one number is that number, and the default changes nothing.
///
/// An image is first turned around its middle, with linear interpolation and 0 outside. Then each
/// brightness `v`, as a part of the `largest`, becomes
/// `contrast (v - 1/2) + 1/2 + brightness + light (1 + position) / 2`, cut off at 0 and 1; the
/// position goes from -1 at the dark side to 1 at the side that the light comes from.
///
/// ```
/// use nn::{Dataset, Seed, data::{digits, generated::ImageChange}};
/// let change = ImageChange { degrees: -20.0..=20.0, light: 0.0..=0.5, ..ImageChange::new(16.0) };
/// let target: Dataset = change.apply(&digits(), Seed::new(0));
/// assert_eq!(target.labels(), digits::<f32>().labels());
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct ImageChange {
    /// The largest value of a pixel; the smallest is 0.
    pub largest: f64,
    /// How far an image is turned counter-clockwise.
    pub degrees: RangeInclusive<f64>,
    /// What is added everywhere, as a part of the largest value.
    pub brightness: RangeInclusive<f64>,
    /// By what differences to medium grey are multiplied; -1 inverts.
    pub contrast: RangeInclusive<f64>,
    /// What is added at the side that the light comes from, as a part of the largest value.
    pub light: RangeInclusive<f64>,
    /// Where the light comes from in degrees: 0 from the right, 90 from above.
    pub light_from: RangeInclusive<f64>,
}

impl ImageChange {
    /// No change of images with values from 0 to this one.
    pub fn new(largest: f64) -> Self {
        ImageChange {
            largest,
            degrees: 0.0..=0.0,
            brightness: 0.0..=0.0,
            contrast: 1.0..=1.0,
            light: 0.0..=0.0,
            light_from: 0.0..=360.0,
        }
    }

    /// The images of a data set, each row one row by row, changed; labels stay.
    ///
    /// What happens to an image depends on the seed and its row alone.
    ///
    /// # Panics
    /// If the columns are no square.
    #[track_caller]
    pub fn apply<F: Float>(&self, data: &Dataset<F>, seed: Seed) -> Dataset<F> {
        let columns = data.num_columns();
        let side = columns.isqrt();
        assert!(side * side == columns && side > 0, "{columns} columns are no square image");
        let images = data.features.as_slice().chunks_exact(columns).enumerate();
        let changed = images.flat_map(|(row, image)| {
            let image: Vec<f64> = image.iter().map(|x| x.to_f64()).collect();
            self.one(&image, side, seed.child(row)).into_iter().map(F::of)
        });
        let features = Tensor::new(data.features.shape(), changed.collect());
        Dataset { features, ..data.clone() }
    }

    fn one(&self, image: &[f64], side: usize, seed: Seed) -> Vec<f64> {
        let mut random = generator(seed);
        let mut draw = |range: &RangeInclusive<f64>| {
            range.start() + (range.end() - range.start()) * random.random::<f64>()
        };
        let (degrees, brightness) = (draw(&self.degrees), draw(&self.brightness));
        let (contrast, light) = (draw(&self.contrast), draw(&self.light));
        let from = draw(&self.light_from).to_radians();
        let middle = (side as f64 - 1.0) / 2.0;
        let relit = |(i, v): (usize, f64)| {
            // Right and up from the middle, in units of half a side.
            let right = ((i % side) as f64 - middle) / middle.max(1.0);
            let up = (middle - (i / side) as f64) / middle.max(1.0);
            let position = right * from.cos() + up * from.sin();
            let added = brightness + light * f64::midpoint(1.0, position);
            let medium = self.largest / 2.0;
            (v + (contrast - 1.0) * (v - medium) + added * self.largest).clamp(0.0, self.largest)
        };
        turned(image, side, degrees).into_iter().enumerate().map(relit).collect()
    }
}

/// The image turned counter-clockwise around its middle: each pixel is what stood where it comes from.
fn turned(image: &[f64], side: usize, degrees: f64) -> Vec<f64> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = (side as f64 - 1.0) / 2.0;
    let pixel = |row: f64, column: f64| {
        let inside = |x: f64| (0.0..side as f64).contains(&x);
        if inside(row) && inside(column) {
            image[row as usize * side + column as usize]
        } else {
            0.0
        }
    };
    let from = |i: usize| {
        let (right, down) = ((i % side) as f64 - middle, (i / side) as f64 - middle);
        // Rows count downwards, so turning back, clockwise, is this way round.
        let (column, row) = (middle + cos * right - sin * down, middle + sin * right + cos * down);
        let (left, top) = (column.floor(), row.floor());
        let (across, along) = (column - left, row - top);
        let upper = (1.0 - across) * pixel(top, left) + across * pixel(top, left + 1.0);
        let lower = (1.0 - across) * pixel(top + 1.0, left) + across * pixel(top + 1.0, left + 1.0);
        (1.0 - along) * upper + along * lower
    };
    (0..side * side).map(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;

    #[test]
    fn no_change_changes_no_bit() {
        let data = digits::<f32>();
        assert_eq!(ImageChange::new(16.0).apply(&data, Seed::new(1)), data);
    }

    #[test]
    fn a_quarter_turn_moves_pixels_counter_clockwise() {
        let image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let expected = [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0];
        for (x, expected) in turned(&image, 3, 90.0).into_iter().zip(expected) {
            assert!((x - expected).abs() < 1e-12, "{x} is not {expected}"); // sin of 90 degrees
        }
        let same = turned(&turned(&image, 3, 90.0), 3, -90.0);
        assert!(same.iter().zip(image).all(|(x, y)| (x - y).abs() < 1e-12));
    }

    #[test]
    fn light_falls_from_its_side() {
        let grey = [8.0; 9];
        let change = |from: f64| ImageChange {
            light: 0.5..=0.5,
            light_from: from..=from,
            ..ImageChange::new(16.0)
        };
        let columns = [8.0, 12.0, 16.0];
        let from_right = change(0.0).one(&grey, 3, Seed::new(0));
        assert_eq!(from_right, columns.repeat(3));
        let from_above = change(90.0).one(&grey, 3, Seed::new(0));
        for (i, x) in from_above.into_iter().enumerate() {
            assert!((x - columns[2 - i / 3]).abs() < 1e-12); // cos of 90 degrees
        }
    }

    #[test]
    fn brightness_and_contrast_stay_within_the_range() {
        let image = [0.0, 16.0, 4.0, 8.0];
        let change = ImageChange { contrast: -1.0..=-1.0, ..ImageChange::new(16.0) };
        assert_eq!(change.one(&image, 2, Seed::new(0)), [16.0, 0.0, 12.0, 8.0]);
        let change = ImageChange { brightness: 0.5..=0.5, ..ImageChange::new(16.0) };
        assert_eq!(change.one(&image, 2, Seed::new(0)), [8.0, 16.0, 12.0, 16.0]);
    }

    #[test]
    fn what_happens_to_an_image_does_not_depend_on_the_others() {
        let change = ImageChange { degrees: -30.0..=30.0, ..ImageChange::new(16.0) };
        let data = digits::<f32>();
        let few = change.apply(&data.rows(&[0, 1, 2]), Seed::new(4));
        assert_eq!(few, change.apply(&data.rows(&[0, 1, 2, 3]), Seed::new(4)).rows(&[0, 1, 2]));
        assert_ne!(few, change.apply(&data.rows(&[0, 1, 2]), Seed::new(5)));
    }
}
