//! Drawings of single ideas: a tape, a stretched bias, a mixture.

use crate::sketch::{Ink, Place, Side, Sketch, WIDTH};

/// A tape that was swept: for each value its name, the places of its
/// inputs, and its cotangent. Forward goes above, backward below.
pub fn tape(values: &[(&str, Vec<usize>, f64)]) -> String {
    let step = WIDTH / values.len() as f64;
    let middle = 120.0;
    let place = |at: usize| step * (at as f64 + 0.5);
    let mut sketch = Sketch::new(290.0);
    for (at, (name, inputs, bar)) in values.iter().enumerate() {
        let own = place(at);
        for (number, &input) in inputs.iter().enumerate() {
            // Twice the same input is two edges.
            let apart = 6.0 * number as f64;
            let from = place(input);
            let lift = 16.0 + 18.0 * (at - input) as f64 + apart;
            let arc = |sign: f64, (start, end): (f64, f64), ink| -> (Vec<Place>, Place, Ink) {
                let edge = middle + sign * 16.0;
                let top = edge + sign * lift;
                let (a, b) = (start + (end - start) * 0.25, start + (end - start) * 0.75);
                (vec![(start, edge), (a, top), (b, top)], (end, edge), ink)
            };
            for (line, end, ink) in
                [arc(-1.0, (from, own), Ink::One), arc(1.0, (own, from), Ink::Two)]
            {
                sketch.line(&line, ink);
                sketch.arrow(line[2], end, ink);
            }
        }
        sketch.text((own, middle), Side::Middle, name);
        sketch.text((own, 262.0), Side::Middle, &format!("{bar:.2}"));
    }
    sketch.text((0.0, 10.0), Side::Start, "forward: values, from left to right");
    sketch.text((0.0, 240.0), Side::Start, "backward: cotangents, from right to left");
    sketch.finish()
}

/// A row that is stretched over rows, and what comes back: the
/// cotangents of the rows, and their sum.
pub fn stretched(row: &[f32], bars: &[Vec<f32>], sum: &[f32]) -> String {
    let mut sketch = Sketch::new(230.0);
    let size = (74.0, 28.0);
    let cells = |sketch: &mut Sketch, left: f64, top: f64, numbers: &[f32], ink: Ink| {
        for (column, number) in numbers.iter().enumerate() {
            let corner = (left + size.0 * column as f64, top);
            sketch.frame(corner, size, (ink, &format!("{number:.2}")));
        }
    };
    cells(&mut sketch, 4.0, 24.0, row, Ink::One);
    for (at, bars) in bars.iter().enumerate() {
        let top = 92.0 + 34.0 * at as f64;
        cells(&mut sketch, 4.0, top, row, Ink::Faint);
        cells(&mut sketch, 204.0, top, bars, Ink::Faint);
    }
    cells(&mut sketch, 204.0, 24.0, sum, Ink::Two);
    sketch.arrow((78.0, 56.0), (78.0, 88.0), Ink::One);
    sketch.arrow((278.0, 88.0), (278.0, 56.0), Ink::Two);
    sketch.text((4.0, 10.0), Side::Start, "the bias");
    sketch.text((204.0, 10.0), Side::Start, "its cotangent");
    sketch.text((96.0, 72.0), Side::Start, "copied");
    sketch.text((296.0, 72.0), Side::Start, "summed");
    let below = 104.0 + 34.0 * bars.len() as f64;
    sketch.text((4.0, below), Side::Start, "a copy for each row");
    sketch.text((204.0, below), Side::Start, "theirs, row by row");
    sketch.finish()
}

/// Mixtures of two columns as squares: what a task takes of itself on
/// the diagonal, of the other beside it; the darker, the more.
pub fn mixtures(named: &[(String, [f64; 2])]) -> String {
    let step = 62.0;
    let mut sketch = Sketch::new(step * named.len() as f64 + 10.0);
    for (row, (name, [other, own])) in named.iter().enumerate() {
        let top = 4.0 + step * row as f64;
        for (place, share) in [own, other, other, own].into_iter().enumerate() {
            let corner = (26.0 * (place % 2) as f64, top + 26.0 * (place / 2) as f64);
            let ink = if *share < 0.0 { Ink::Two } else { Ink::One };
            let dark = share.abs().min(2.0) / 2.0;
            sketch.fill(corner, (24.0, 24.0), (ink, dark));
        }
        sketch.text((66.0, top + 14.0), Side::Start, name);
        let numbers = format!("own {own:.2}, other {other:.2}");
        sketch.text((66.0, top + 36.0), Side::Start, &numbers);
    }
    sketch.finish()
}
