//! Draws what the strategies gained over training from scratch, from a report of `compare`:
//!
//! ```text
//! cargo run --release -- --json effects.json
//! cargo run --release --example effects effects.json book/src/pictures/effects.svg
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;

use pictures::{Ink, Side, Sketch, WIDTH};
use serde::Deserialize;

/// What is read of a report.
#[derive(Deserialize)]
pub(crate) struct Report {
    summary: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    strategy: String,
    part: String,
    difference: Option<Difference>,
    verdict: Option<String>,
}

#[derive(Deserialize)]
struct Difference {
    mean: f64,
    /// A single pair of runs has none.
    interval: Option<(f64, f64)>,
}

/// How high a row is, where the names end, and where the differences lie.
const ROW: f64 = 22.0;
const NAMES: f64 = 148.0;
const LEFT: f64 = 160.0;
const RIGHT: f64 = WIDTH - 8.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(report), Some(picture)) = (arguments.next(), arguments.next()) else {
        return Err("usage: effects REPORT.json PICTURE.svg".into());
    };
    fs::write(picture, draw(&Report::read(report.as_ref())?))?;
    Ok(())
}

impl Report {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }
}

/// One line a strategy, the first on top: its mean difference to scratch and the interval; blue
/// where it helps, orange where it hurts.
pub(crate) fn draw(report: &Report) -> String {
    // The ceiling is far off, and would press all others together.
    let shown = report.summary.iter().filter(|row| row.part != "ceiling");
    let rows: Vec<(&Row, &Difference)> =
        shown.filter_map(|row| Some((row, row.difference.as_ref()?))).collect();
    let ends = |d: &Difference| d.interval.unwrap_or((d.mean, d.mean));
    let low = rows.iter().map(|(_, d)| ends(d).0).fold(0.0, f64::min);
    let high = rows.iter().map(|(_, d)| ends(d).1).fold(0.01, f64::max);
    let place = |x: f64| LEFT + (x - low) / (high - low) * (RIGHT - LEFT);

    let bottom = 48.0 + ROW * rows.len() as f64;
    let mut sketch = Sketch::new(bottom + 24.0);
    sketch.text((0.0, 10.0), Side::Start, "difference in accuracy to training from");
    sketch.text((0.0, 28.0), Side::Start, "scratch, with its 95 % interval");
    let tenths = (20.0 * low).ceil() as i64..=(20.0 * high).floor() as i64;
    for x in tenths.map(|tenth| tenth as f64 / 20.0) {
        let ink = if x == 0.0 { Ink::Text } else { Ink::Faint };
        sketch.line(&[(place(x), 44.0), (place(x), bottom)], ink);
        let label = if x == 0.0 { "0".to_owned() } else { format!("{x:+.2}") };
        sketch.text((place(x), bottom + 12.0), Side::Middle, &label);
    }
    for (index, (row, difference)) in rows.into_iter().enumerate() {
        let y = 48.0 + ROW * (index as f64 + 0.5);
        let ink = match row.verdict.as_deref() {
            Some("helps") => Ink::One,
            Some("hurts") => Ink::Two,
            _ => Ink::Text,
        };
        let (low, high) = ends(difference);
        sketch.line(&[(place(low), y), (place(high), y)], ink);
        sketch.dot((place(difference.mean), y), 4.0, ink);
        sketch.text((NAMES, y), Side::End, &row.strategy);
    }
    sketch.finish()
}
