//! Draws how close steps and products come to the machine's limit, and writes the same numbers as
//! a table, from what the bench measured:
//!
//! ```text
//! cargo bench -p tests -- --json book/src/pictures/speed.json
//! cargo run --release --example speed -p book book/src/pictures
//! ```

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Deserialize;

/// What the bench measured of a product or a step.
#[derive(Deserialize)]
struct Figure {
    name: String,
    threads: usize,
    microseconds: f64,
    limit: f64,
}

const SIZE: (u32, u32) = (760, 460);
const ONE: RGBColor = RGBColor(0, 114, 178);
const TWO: RGBColor = RGBColor(230, 159, 0);

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else { return Err("usage: speed FOLDER".into()) };
    let folder = Path::new(&folder);
    let figures: Vec<Figure> =
        serde_json::from_str(&fs::read_to_string(folder.join("speed.json"))?)?;
    fs::write(folder.join("speed.svg"), draw(&figures)?)?;
    fs::write(folder.join("speed.md"), table(&figures)?)?;
    Ok(())
}

/// A row a workload: microseconds and share of the limit, on one thread and on two.
fn table(figures: &[Figure]) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "| | 1 thread, us | of the limit | 2 threads, us | of the limit |\n|---|---:|---:|---:|---:|\n",
    );
    for one in figures.iter().filter(|figure| figure.threads == 1) {
        let cell = |f: &Figure| format!("{:.1} | {:.0} %", f.microseconds, share(f));
        let two = figures.iter().find(|f| f.threads == 2 && f.name == one.name);
        writeln!(text, "| `{}` | {} | {} |", one.name, cell(one), two.map_or("|".into(), cell))?;
    }
    Ok(text)
}

/// In percent: the time the products would take at the best rate, over the time that was taken.
fn share(figure: &Figure) -> f64 {
    100.0 * figure.limit / figure.microseconds
}

/// Two bars a workload, the first workload on top.
fn draw(figures: &[Figure]) -> Result<String, Box<dyn Error>> {
    let names: Vec<&str> =
        figures.iter().filter(|f| f.threads == 1).map(|f| f.name.as_str()).collect();
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let rows = names.len() as f64;
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .margin_right(24)
            .x_label_area_size(44)
            .y_label_area_size(210)
            .build_cartesian_2d(0.0..105.0, 0.0..rows)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15))
            .axis_style(BLACK.mix(0.4))
            .x_desc(
                "percent of the machine's best rate of multiplications (blue: 1 thread, orange: 2)",
            )
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_labels(0)
            .label_style(("sans-serif", 14))
            .draw()?;
        let right = Pos::new(HPos::Right, VPos::Center);
        let style = TextStyle::from(("sans-serif", 14).into_font()).pos(right);
        for (row, name) in names.iter().enumerate() {
            let (x, y) = chart.backend_coord(&(0.0, rows - row as f64 - 0.5));
            area.draw_text(name, &style, (x - 8, y))?;
        }
        for figure in figures {
            let row = names.iter().position(|name| *name == figure.name).unwrap_or(0) as f64;
            let (colour, top) = if figure.threads == 1 { (ONE, 0.1) } else { (TWO, 0.5) };
            let y = rows - row - top;
            chart.draw_series(std::iter::once(Rectangle::new(
                [(0.0, y), (share(figure), y - 0.36)],
                colour.filled(),
            )))?;
        }
        area.present()?;
    }
    Ok(svg)
}
