//! Draws what falls and rises over many powers of ten.

use plotters::prelude::*;

const MEASURED: RGBColor = RGBColor(213, 94, 0);
const BESIDE: RGBColor = RGBColor(0, 114, 178);

/// The points, and a level to compare them with, on axes of powers of ten, as an SVG picture in
/// this file.
pub(crate) fn draw(
    file: &str,
    [x, y]: [&str; 2],
    points: &[(f64, f64)],
    (name, level): (&str, f64),
) -> Result<(), Box<dyn std::error::Error>> {
    let logs: Vec<_> = points.iter().map(|&(x, y)| (x.log10(), y.log10())).collect();
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let all = || logs.iter().map(of);
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (low, high)) = (ends(|p| p.0), ends(|p| p.1));
    let low = low.min(level.log10());
    let area = SVGBackend::new(file, (760, 340)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(left - 0.5..right + 0.5, low - 1.0..high + 1.0)?;
    let power = |log: &f64| format!("1e{log:.0}");
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&power)
        .y_label_formatter(&power)
        .label_style(("sans-serif", 15))
        .draw()?;
    let height = level.log10();
    let line = [(left - 0.5, height), (right + 0.5, height)];
    chart
        .draw_series(LineSeries::new(line, BESIDE.stroke_width(2)))?
        .label(name)
        .legend(|(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], BESIDE.stroke_width(2)));
    chart.draw_series(LineSeries::new(logs.iter().copied(), MEASURED.stroke_width(2)))?;
    chart
        .draw_series(logs.iter().map(|&point| Circle::new(point, 5, MEASURED.filled())))?
        .label("differences")
        .legend(|(x, y)| Circle::new((x + 10, y), 5, MEASURED.filled()));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperMiddle)
        .background_style(WHITE)
        .label_font(("sans-serif", 15))
        .draw()?;
    area.present()?;
    Ok(())
}
