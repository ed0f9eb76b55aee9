//! Draws what the chapters' programs found: lines, and measured points
//! with their errors.

use std::ops::Range;

use crate::sketch::{Ink, Place, Side, Sketch, WIDTH};

/// What is drawn of a name.
pub enum Series<'s> {
    /// A line through points.
    Line(&'s str, Vec<Place>),
    /// Points, each with how far its error reaches on both sides.
    Points(&'s str, Vec<(f64, f64, f64)>),
    /// A line through such points, over a band that is as wide as their errors.
    Band(&'s str, Vec<(f64, f64, f64)>),
}

impl Series<'_> {
    fn ends(&self) -> Vec<Place> {
        match self {
            Self::Line(_, points) => points.clone(),
            Self::Points(_, points) | Self::Band(_, points) => {
                points.iter().flat_map(|&(x, y, error)| [(x, y - error), (x, y + error)]).collect()
            }
        }
    }

    /// Draws the series, given where its numbers lie in the picture.
    fn show(&self, sketch: &mut Sketch, ink: Ink, place: impl Fn(Place) -> Place) {
        match self {
            Self::Line(_, points) => {
                let places: Vec<Place> = points.iter().copied().map(place).collect();
                sketch.line(&places, ink);
            }
            Self::Points(_, points) => {
                for &(x, y, error) in points {
                    let bar = [(x, y - error), (x, y + error)];
                    sketch.line(&bar.map(&place), ink);
                    sketch.dot(place((x, y)), 4.0, ink);
                }
            }
            Self::Band(_, points) => {
                let over = points.iter().map(|&(x, y, error)| (x, y + error));
                let under = points.iter().rev().map(|&(x, y, error)| (x, y - error));
                let edge: Vec<Place> = over.chain(under).map(&place).collect();
                sketch.area(&edge, (ink, 0.2));
                let middle: Vec<Place> = points.iter().map(|&(x, y, _)| place((x, y))).collect();
                sketch.line(&middle, ink);
            }
        }
    }
}

/// Two digits behind the point at most, and a zero without a sign.
pub fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// From the least to the largest, and a little on both sides.
fn range(numbers: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let low = numbers.clone().fold(f64::MAX, f64::min);
    let high = numbers.fold(f64::MIN, f64::max);
    let margin = 0.05 * (high - low);
    low - margin..high + margin
}

/// Round numbers within a range, at most six.
fn ticks(range: &Range<f64>) -> Vec<f64> {
    let least = (range.end - range.start) / 6.0;
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps.into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    let first = (range.start / step).ceil() as i64;
    let last = (range.end / step).floor() as i64;
    (first..=last).map(|tick| tick as f64 * step).collect()
}

/// Where the numbers lie in the picture: from here to the right margin,
/// and so high.
const LEFT: f64 = 50.0;
const RIGHT: f64 = WIDTH - 12.0;
const HEIGHT: f64 = 180.0;

/// A picture of at most three series: what stands on the axes, and how
/// their numbers are written.
pub fn chart([x, y]: [&str; 2], labels: [fn(f64) -> String; 2], series: &[Series<'_>]) -> String {
    let top = 20.0 * series.len() as f64 + 36.0;
    let bottom = top + HEIGHT;
    let mut sketch = Sketch::new(bottom + 46.0);
    let ends: Vec<Place> = series.iter().flat_map(Series::ends).collect();
    let across = range(ends.iter().map(|end| end.0));
    let up = range(ends.iter().map(|end| end.1));
    let place = |(x, y): Place| {
        let right = (x - across.start) / (across.end - across.start);
        let high = (y - up.start) / (up.end - up.start);
        (LEFT + right * (RIGHT - LEFT), bottom - high * HEIGHT)
    };
    for tick in ticks(&across) {
        let (x, _) = place((tick, up.start));
        sketch.line(&[(x, top), (x, bottom)], Ink::Faint);
        sketch.text((x, bottom + 12.0), Side::Middle, &labels[0](tick));
    }
    for tick in ticks(&up) {
        let (_, y) = place((across.start, tick));
        sketch.line(&[(LEFT, y), (RIGHT, y)], Ink::Faint);
        sketch.text((LEFT - 6.0, y), Side::End, &labels[1](tick));
    }
    sketch.text((0.0, top - 18.0), Side::Start, y);
    sketch.text((RIGHT, bottom + 33.0), Side::End, x);
    let inks = [Ink::One, Ink::Two, Ink::Text];
    for (row, (series, ink)) in series.iter().zip(inks).enumerate() {
        series.show(&mut sketch, ink, place);
        let y = 10.0 + 20.0 * row as f64;
        let name = match series {
            Series::Line(name, _) => {
                sketch.line(&[(0.0, y), (22.0, y)], ink);
                name
            }
            Series::Band(name, _) => {
                sketch.fill((0.0, y - 6.0), (22.0, 12.0), (ink, 0.2));
                sketch.line(&[(0.0, y), (22.0, y)], ink);
                name
            }
            Series::Points(name, _) => {
                sketch.dot((11.0, y), 4.0, ink);
                name
            }
        };
        sketch.text((30.0, y), Side::Start, name);
    }
    sketch.finish()
}
