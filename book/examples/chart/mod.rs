//! Draws what the chapters' programs found: lines, and measured points
//! with their errors.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

pub(crate) use plotters::prelude::SeriesLabelPosition as Room;

/// As many as there are series, told apart by colour-blind readers too.
const COLOURS: [RGBColor; 2] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];

/// What is drawn of a name.
pub(crate) enum Series<'s> {
    Line(&'s str, Vec<(f64, f64)>),
    /// Points, each with how far its error reaches on both sides.
    Points(&'s str, Vec<(f64, f64, f64)>),
}

impl Series<'_> {
    fn points(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Line(_, points) => points.clone(),
            Self::Points(_, points) => {
                points.iter().map(|&(x, y, _)| (x, y)).collect()
            }
        }
    }
}

/// Two digits behind the point at most, and a zero without a sign.
pub(crate) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// From the least to the largest, and a little on both sides.
fn ends(
    points: &[(f64, f64)],
    of: fn(&(f64, f64)) -> f64,
) -> Range<f64> {
    let all = || points.iter().map(of);
    let (low, high) = (
        all().fold(f64::MAX, f64::min),
        all().fold(f64::MIN, f64::max),
    );
    let margin = 0.06 * (high - low);
    low - margin..high + margin
}

type Plane<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<RangedCoordf64, RangedCoordf64>,
>;

/// Draws a series and its name.
fn show(
    chart: &mut Plane<'_, '_>,
    series: &Series<'_>,
    colour: RGBColor,
) -> Result<(), Box<dyn std::error::Error>> {
    let style = colour.stroke_width(2);
    match series {
        Series::Line(name, points) => {
            let line = LineSeries::new(points.iter().copied(), style);
            let sample = move |(x, y)| {
                PathElement::new(vec![(x, y), (x + 20, y)], style)
            };
            chart.draw_series(line)?.label(*name).legend(sample);
        }
        Series::Points(name, points) => {
            let bar = |&(x, y, error): &(f64, f64, f64)| {
                PathElement::new(
                    vec![(x, y - error), (x, y + error)],
                    style,
                )
            };
            chart.draw_series(points.iter().map(bar))?;
            let dot = |&(x, y, _): &(f64, f64, f64)| {
                Circle::new((x, y), 5, colour.filled())
            };
            let sample = move |(x, y)| {
                Circle::new((x + 10, y), 5, colour.filled())
            };
            let dots = points.iter().map(dot);
            chart.draw_series(dots)?.label(*name).legend(sample);
        }
    }
    Ok(())
}

/// A picture in this file of at most two series: what stands on the
/// axes, how their numbers are written, and where there is room for the
/// names.
pub(crate) fn draw(
    file: &str,
    [x, y]: [&str; 2],
    label: fn(f64) -> String,
    legend: SeriesLabelPosition,
    series: &[Series<'_>],
) -> Result<(), Box<dyn std::error::Error>> {
    let all: Vec<_> = series.iter().flat_map(Series::points).collect();
    let area = SVGBackend::new(file, (760, 340)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(ends(&all, |p| p.0), ends(&all, |p| p.1))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&|&number| label(number))
        .y_label_formatter(&|&number| label(number))
        .label_style(("sans-serif", 15))
        .draw()?;
    for (series, colour) in series.iter().zip(COLOURS) {
        show(&mut chart, series, colour)?;
    }
    chart
        .configure_series_labels()
        .position(legend)
        .background_style(WHITE)
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    Ok(())
}
