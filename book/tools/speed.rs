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

use pictures::{Ink, Side, Sketch, WIDTH};
use serde::Deserialize;

/// What the bench measured of a product or a step.
#[derive(Deserialize)]
struct Figure {
    name: String,
    threads: usize,
    microseconds: f64,
    limit: f64,
}

/// How high a row is, where the names end, and where the bars lie.
const ROW: f64 = 22.0;
const NAMES: f64 = 176.0;
const LEFT: f64 = 184.0;
const RIGHT: f64 = WIDTH - 16.0;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else { return Err("usage: speed FOLDER".into()) };
    let folder = Path::new(&folder);
    let figures: Vec<Figure> =
        serde_json::from_str(&fs::read_to_string(folder.join("speed.json"))?)?;
    fs::write(folder.join("speed.svg"), draw(&figures))?;
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
fn draw(figures: &[Figure]) -> String {
    let names: Vec<&str> =
        figures.iter().filter(|f| f.threads == 1).map(|f| f.name.as_str()).collect();
    let bottom = 48.0 + ROW * names.len() as f64;
    let mut sketch = Sketch::new(bottom + 24.0);
    sketch.text((0.0, 10.0), Side::Start, "percent of the machine's best rate,");
    sketch.text((0.0, 28.0), Side::Start, "above on one thread, below on two");
    let place = |percent: f64| LEFT + percent / 100.0 * (RIGHT - LEFT);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let x = place(percent);
        sketch.line(&[(x, 44.0), (x, bottom)], Ink::Faint);
        sketch.text((x, bottom + 12.0), Side::Middle, &format!("{percent}"));
    }
    for (row, name) in names.iter().enumerate() {
        let top = 48.0 + ROW * row as f64;
        sketch.text((NAMES, top + ROW / 2.0), Side::End, name);
        for figure in figures.iter().filter(|figure| figure.name == *name) {
            let (ink, down) = if figure.threads == 1 { (Ink::One, 3.0) } else { (Ink::Two, 11.0) };
            let size = (place(share(figure)) - LEFT, 8.0);
            sketch.fill((LEFT, top + down), size, (ink, 1.0));
        }
    }
    sketch.finish()
}
