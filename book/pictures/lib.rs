//! What the programs of the chapters draw with.
//!
//! ```
//! let parabola = (-10..=10).map(|i| f64::from(i) / 10.0).map(|x| (x, x * x)).collect();
//! let series = [pictures::Series::Line("the square of x", parabola)];
//! let svg = pictures::chart(["x", "square"], [pictures::short; 2], &series);
//! assert!(svg.contains("the square of x"));
//! ```
//!
//! [`chart`] draws lines and measured points over axes, [`Sketch`] anything else.

mod chart;
pub mod diagrams;
mod sketch;
pub mod wiring;

pub use chart::{Series, chart, short};
pub use sketch::{Ink, Place, Side, Sketch, WIDTH};

/// Writes the picture to the file that the program was given the name
/// of, if it was.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(picture: impl FnOnce() -> String) -> std::io::Result<()> {
    match std::env::args().nth(1) {
        Some(file) => std::fs::write(file, picture()),
        None => Ok(()),
    }
}
