//! Draws what the strategies gained over training from scratch, from a report of `compare`:
//!
//! ```text
//! cargo run --release -- --json effects.json
//! cargo run --release --example effects effects.json book/src/pictures/effects.svg
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
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

/// Of the picture, of what is below its rows, and of a row, in pixels.
const WIDTH: u32 = 760;
const BELOW: u32 = 76;
const ROW: u32 = 28;
const FONT: (&str, u32) = ("sans-serif", 15);
/// Where the strategies' names end, in pixels from the left.
const NAMES: u32 = 160;
const HELPS: RGBColor = RGBColor(0, 114, 178);
const HURTS: RGBColor = RGBColor(213, 94, 0);
const UNDECIDED: RGBColor = RGBColor(110, 110, 110);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(report), Some(picture)) = (arguments.next(), arguments.next()) else {
        return Err("usage: effects REPORT.json PICTURE.svg".into());
    };
    fs::write(picture, draw(&Report::read(report.as_ref())?)?)?;
    Ok(())
}

impl Report {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }
}

/// One line a strategy, the first on top: its mean difference to scratch and the interval.
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
pub(crate) fn draw(report: &Report) -> Result<String, Box<dyn Error>> {
    // The ceiling is far off, and would press all others together.
    let shown = report.summary.iter().filter(|row| row.part != "ceiling");
    let rows: Vec<(&Row, &Difference)> =
        shown.filter_map(|row| Some((row, row.difference.as_ref()?))).collect();
    let ends = |&(_, d): &(&Row, &Difference)| d.interval.unwrap_or((d.mean, d.mean));
    let low = rows.iter().map(ends).map(|(low, _)| low).fold(0.0, f64::min);
    let high = rows.iter().map(ends).map(|(_, high)| high).fold(0.0, f64::max);
    let margin = 0.06 * (high - low).max(0.01);

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, BELOW + ROW * rows.len() as u32))
            .into_drawing_area();
        area.fill(&WHITE)?;
        let bottom = rows.len() as f64 - 0.5;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .margin_left(NAMES + 12)
            .margin_right(24)
            .x_label_area_size(44)
            .build_cartesian_2d(low - margin..high + margin, bottom..-0.5)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15))
            .axis_style(BLACK.mix(0.4))
            .x_desc("difference in accuracy to training from scratch, with its 95 % interval")
            .x_label_formatter(&|x| {
                if x.abs() < 1e-9 { "0".to_owned() } else { format!("{x:+.2}") }
            })
            .label_style(FONT)
            .draw()?;
        let line = |from, to, style| std::iter::once(PathElement::new(vec![from, to], style));
        chart.draw_series(line((0.0, -0.5), (0.0, bottom), BLACK.stroke_width(1)))?;
        for (index, row) in rows.iter().enumerate() {
            let y = index as f64;
            let colour = match row.0.verdict.as_deref() {
                Some("helps") => HELPS,
                Some("hurts") => HURTS,
                _ => UNDECIDED,
            };
            let (low, high) = ends(row);
            chart.draw_series(line((low, y), (high, y), colour.stroke_width(3)))?;
            let mean = Circle::new((row.1.mean, y), 5, colour.filled());
            chart.draw_series(std::iter::once(mean))?;
            let (_, middle) = chart.backend_coord(&(0.0, y));
            let style = FONT.into_text_style(&area).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw_text(&row.0.strategy, &style, (NAMES as i32, middle))?;
        }
        area.present()?;
    }
    Ok(svg)
}
