//! Draws what was measured beside what was predicted.

use plotters::prelude::*;

const PREDICTED: RGBColor = RGBColor(0, 114, 178);
const MEASURED: RGBColor = RGBColor(213, 94, 0);

/// A predicted value for each x, and a measured one with its standard error.
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) predicted: f64,
    pub(crate) measured: f64,
    pub(crate) error: f64,
}

fn ends(points: &[Point], of: fn(&Point) -> f64) -> (f64, f64) {
    let all = || points.iter().map(of);
    (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
}

/// One digit behind the point, and a zero without a sign.
fn short(number: f64) -> String {
    let number = if number.abs() < 1e-9 { 0.0 } else { number };
    format!("{number:.1}")
}

/// A line through the predictions, and the measurements with three standard errors on both sides,
/// as an SVG picture in this file.
pub(crate) fn draw(
    file: &str,
    [x, y]: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn std::error::Error>> {
    let ((left, right), (low, high)) = (ends(points, |p| p.x), ends(points, |p| p.predicted));
    let (beside, above) = (0.05 * (right - left), 0.08 * (high - low));
    let area = SVGBackend::new(file, (760, 340)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(left - beside..right + beside, low - above..high + above)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&|&number| short(number))
        .y_label_formatter(&|&number| short(number))
        .label_style(("sans-serif", 15))
        .draw()?;
    let line = |from, to, style| std::iter::once(PathElement::new(vec![from, to], style));
    let (start, end) = ((left - beside, 0.0), (right + beside, 0.0));
    chart.draw_series(line(start, end, BLACK.stroke_width(1)))?;
    let predicted = points.iter().map(|p| (p.x, p.predicted));
    chart
        .draw_series(LineSeries::new(predicted, PREDICTED.stroke_width(2)))?
        .label("predicted")
        .legend(|(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], PREDICTED.stroke_width(2)));
    for p in points {
        let (from, to) = (p.measured - 3.0 * p.error, p.measured + 3.0 * p.error);
        chart.draw_series(line((p.x, from), (p.x, to), MEASURED.stroke_width(2)))?;
    }
    let measured = points.iter().map(|p| Circle::new((p.x, p.measured), 5, MEASURED.filled()));
    chart
        .draw_series(measured)?
        .label("measured")
        .legend(|(x, y)| Circle::new((x + 10, y), 5, MEASURED.filled()));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    Ok(())
}
