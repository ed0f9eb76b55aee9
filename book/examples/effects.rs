//! Draws what the strategies gained over training from scratch, from a report of `compare`:
//!
//! ```text
//! cargo run --release -- --json effects.json
//! cargo run --release --example effects effects.json book/src/pictures/effects.svg
//! ```

use std::error::Error;
use std::fs;

use plotters::prelude::*;
use serde::Deserialize;

/// What is read of a report.
#[derive(Deserialize)]
struct Report {
    summary: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    strategy: String,
    difference: Option<Difference>,
    verdict: Option<String>,
}

#[derive(Deserialize)]
struct Difference {
    mean: f64,
    /// A single pair of runs has none.
    interval: Option<(f64, f64)>,
}

const SIZE: (u32, u32) = (760, 320);
const HELPS: RGBColor = RGBColor(0, 114, 178);
const HURTS: RGBColor = RGBColor(213, 94, 0);
const UNDECIDED: RGBColor = RGBColor(110, 110, 110);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(report), Some(picture)) = (arguments.next(), arguments.next()) else {
        return Err("usage: effects REPORT.json PICTURE.svg".into());
    };
    let report: Report = serde_json::from_str(&fs::read_to_string(report)?)?;
    fs::write(picture, draw(&report)?)?;
    Ok(())
}

/// One line a strategy, the first on top: its mean difference to scratch and the interval.
fn draw(report: &Report) -> Result<String, Box<dyn Error>> {
    let rows: Vec<(&Row, &Difference)> =
        report.summary.iter().filter_map(|row| Some((row, row.difference.as_ref()?))).collect();
    let ends = |&(_, d): &(&Row, &Difference)| d.interval.unwrap_or((d.mean, d.mean));
    let low = rows.iter().map(ends).map(|(low, _)| low).fold(0.0, f64::min);
    let high = rows.iter().map(ends).map(|(_, high)| high).fold(0.0, f64::max);
    let margin = 0.06 * (high - low).max(0.01);

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(44)
            .y_label_area_size(210)
            .build_cartesian_2d(low - margin..high + margin, (0..rows.len()).into_segmented())?;
        let name = |at: &SegmentValue<usize>| match at {
            SegmentValue::CenterOf(index) => {
                rows.get(rows.len() - 1 - index).map_or(String::new(), |row| row.0.strategy.clone())
            }
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15))
            .axis_style(BLACK.mix(0.4))
            .x_desc("difference in accuracy to training from scratch, with its 95 % interval")
            .x_label_formatter(&|x| format!("{x:+.2}"))
            .y_labels(rows.len())
            .y_label_formatter(&name)
            .label_style(("sans-serif", 15))
            .draw()?;
        let place = |index: usize| SegmentValue::CenterOf(rows.len() - 1 - index);
        chart.draw_series(std::iter::once(PathElement::new(
            vec![(0.0, SegmentValue::Exact(0)), (0.0, SegmentValue::Exact(rows.len()))],
            BLACK.stroke_width(1),
        )))?;
        for (index, row) in rows.iter().enumerate() {
            let colour = match row.0.verdict.as_deref() {
                Some("helps") => HELPS,
                Some("hurts") => HURTS,
                _ => UNDECIDED,
            };
            let (low, high) = ends(row);
            chart.draw_series(std::iter::once(PathElement::new(
                vec![(low, place(index)), (high, place(index))],
                colour.stroke_width(3),
            )))?;
            chart.draw_series(std::iter::once(Circle::new(
                (row.1.mean, place(index)),
                5,
                colour.filled(),
            )))?;
        }
        area.present()?;
    }
    Ok(svg)
}
