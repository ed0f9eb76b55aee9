//! The wiring of each strategy: boxes are layers, arrows what goes from
//! one to the other. Blue is the source's, orange the target's.

use crate::sketch::{Ink, Place, Side, Sketch, WIDTH};

/// A layer, or what goes in or comes out: where its middle is, in
/// columns and rows from below, what it is, and whose.
struct Layer(f64, f64, &'static str, Ink);

/// The size of a layer's box.
const SIZE: Place = (92.0, 28.0);
/// From one column to the next, and from one row to the next.
const STEP: Place = (124.0, 54.0);

/// A drawing of layers, of arrows between them by their places in the
/// list, and of words below.
fn drawn(layers: &[Layer], arrows: &[(usize, usize, Ink)], below: &str) -> String {
    let columns = layers.iter().map(|layer| layer.0).fold(0.0, f64::max);
    let rows = layers.iter().map(|layer| layer.1).fold(0.0, f64::max);
    let height = rows * STEP.1 + SIZE.1 + 40.0;
    let mut sketch = Sketch::new(height);
    let left = (WIDTH - columns * STEP.0) / 2.0;
    let middle = |layer: &Layer| -> Place {
        (left + layer.0 * STEP.0, height - 26.0 - SIZE.1 / 2.0 - layer.1 * STEP.1)
    };
    for &(from, to, ink) in arrows {
        let (from, to) = (&layers[from], &layers[to]);
        let ((x, y), (to_x, to_y)) = (middle(from), middle(to));
        if from.1.total_cmp(&to.1).is_eq() {
            let side = (SIZE.0 / 2.0 + 2.0).copysign(to_x - x);
            sketch.arrow((x + side, y), (to_x - side, to_y), ink);
        } else {
            let end = (SIZE.1 / 2.0 + 2.0).copysign(to_y - y);
            sketch.arrow((x, y + end), (to_x, to_y - end), ink);
        }
    }
    for layer in layers {
        let (x, y) = middle(layer);
        let Layer(_, _, text, ink) = layer;
        if *ink == Ink::Faint {
            sketch.text((x, y), Side::Middle, text);
        } else {
            let corner = (x - SIZE.0 / 2.0, y - SIZE.1 / 2.0);
            sketch.frame(corner, SIZE, (*ink, text));
        }
    }
    sketch.text((WIDTH / 2.0, height - 10.0), Side::Middle, below);
    sketch.finish()
}

/// Parameter transfer: the weights of the source's layers are where the
/// target's begin.
pub fn parameter() -> String {
    let layers = [
        Layer(0.0, 0.0, "source rows", Ink::Faint),
        Layer(0.0, 1.0, "fc1", Ink::One),
        Layer(0.0, 2.0, "fc2", Ink::One),
        Layer(0.0, 3.0, "its loss", Ink::Faint),
        Layer(1.5, 0.0, "target rows", Ink::Faint),
        Layer(1.5, 1.0, "fc1", Ink::Two),
        Layer(1.5, 2.0, "fc2", Ink::Two),
        Layer(1.5, 3.0, "its loss", Ink::Faint),
    ];
    let own = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7)];
    let own = own.map(|(a, b)| (a, b, Ink::Text));
    let arrows = [&own[..], &[(1, 5, Ink::One), (2, 6, Ink::One)]].concat();
    drawn(&layers, &arrows, "first the source; then its weights, trained on")
}

/// Feature transfer: the source's trunk stays, under a new head.
pub fn feature() -> String {
    let layers = [
        Layer(0.0, 0.0, "source rows", Ink::Faint),
        Layer(0.0, 1.0, "trunk", Ink::One),
        Layer(0.0, 2.0, "its head", Ink::One),
        Layer(1.5, 0.0, "target rows", Ink::Faint),
        Layer(1.5, 1.0, "trunk, frozen", Ink::One),
        Layer(1.5, 2.0, "new head", Ink::Two),
    ];
    let own = [(0, 1), (1, 2), (3, 4), (4, 5)].map(|(a, b)| (a, b, Ink::Text));
    let arrows = [&own[..], &[(1, 4, Ink::One)]].concat();
    drawn(&layers, &arrows, "blue stays as the source left it")
}

/// Shared parameters: one trunk under a head for each task.
pub fn shared() -> String {
    let layers = [
        Layer(0.0, 0.0, "rows of A", Ink::Faint),
        Layer(2.0, 0.0, "rows of B", Ink::Faint),
        Layer(1.0, 1.0, "trunk", Ink::Text),
        Layer(0.0, 2.0, "head of A", Ink::One),
        Layer(2.0, 2.0, "head of B", Ink::Two),
        Layer(0.0, 3.0, "loss of A", Ink::Faint),
        Layer(2.0, 3.0, "loss of B", Ink::Faint),
    ];
    let of_a = [(0, 2), (2, 3), (3, 5)].map(|(a, b)| (a, b, Ink::One));
    let of_b = [(1, 2), (2, 4), (4, 6)].map(|(a, b)| (a, b, Ink::Two));
    drawn(&layers, &[of_a, of_b].concat(), "the trunk learns from both")
}

/// Task-to-task connections: columns whose activations are mixed.
pub fn connections() -> String {
    let layers = [
        Layer(1.0, 0.0, "a row of A", Ink::Faint),
        Layer(0.0, 1.0, "column A", Ink::One),
        Layer(2.0, 1.0, "column B", Ink::Two),
        Layer(0.0, 2.0, "mixture", Ink::One),
        Layer(2.0, 2.0, "mixture", Ink::Two),
        Layer(0.0, 3.0, "head of A", Ink::One),
        Layer(2.0, 3.0, "head of B", Ink::Two),
        Layer(0.0, 4.0, "loss of A", Ink::Faint),
    ];
    let arrows = [
        (0, 1, Ink::Text),
        (0, 2, Ink::Text),
        (1, 3, Ink::One),
        (2, 3, Ink::Two),
        (1, 4, Ink::One),
        (2, 4, Ink::Two),
        (3, 5, Ink::Text),
        (4, 6, Ink::Faint),
        (5, 7, Ink::Text),
    ];
    drawn(&layers, &arrows, "a row of A passes both columns")
}

/// Connections in layers: the lower task's prediction goes up as well.
pub fn layers() -> String {
    let layers = [
        Layer(0.5, 0.0, "rows", Ink::Faint),
        Layer(0.5, 1.0, "fc1", Ink::Text),
        Layer(2.0, 2.0, "lower head", Ink::One),
        Layer(2.0, 3.0, "its loss", Ink::Faint),
        Layer(0.5, 3.0, "fc2", Ink::Text),
        Layer(0.5, 4.0, "higher head", Ink::Two),
        Layer(0.5, 5.0, "its loss", Ink::Faint),
    ];
    let arrows = [
        (0, 1, Ink::Text),
        (1, 2, Ink::One),
        (2, 3, Ink::One),
        (1, 4, Ink::Text),
        (2, 4, Ink::One),
        (4, 5, Ink::Two),
        (5, 6, Ink::Two),
    ];
    drawn(&layers, &arrows, "blue going up left: the prediction, handed on")
}

/// A wider layer: unit `j` is a copy of `choice[j]`, and what is read of
/// it is divided by the number of copies.
pub fn widened(units: usize, choice: &[usize]) -> String {
    let mut sketch = Sketch::new(250.0);
    let across = |count: usize, place: usize, left: f64, right: f64| {
        left + (right - left) * (place as f64 + 0.5) / count as f64
    };
    let narrow = |unit| (across(units, unit, 0.0, 130.0), 120.0);
    let wide = |unit| (across(choice.len(), unit, 160.0, WIDTH), 120.0);
    let copies = |unit: usize| choice.iter().filter(|&&own| own == unit).count();
    let ends = [((65.0, 205.0), (65.0, 35.0)), ((260.0, 205.0), (260.0, 35.0))];
    for unit in 0..units {
        let (x, y) = narrow(unit);
        sketch.line(&[ends[0].0, (x, y + 10.0)], Ink::Faint);
        sketch.line(&[(x, y - 10.0), ends[0].1], Ink::One);
    }
    for (place, &unit) in choice.iter().enumerate() {
        let (x, y) = wide(place);
        let ink = if place < units { Ink::One } else { Ink::Two };
        sketch.line(&[ends[1].0, (x, y + 10.0)], Ink::Faint);
        sketch.line(&[(x, y - 36.0), ends[1].1], ink);
        sketch.text((x, y), Side::Middle, &(unit + 1).to_string());
        let share = match copies(unit) {
            1 => "1".to_owned(),
            copies => format!("1/{copies}"),
        };
        // The lines end above it.
        sketch.text((x, y - 24.0), Side::Middle, &share);
    }
    for unit in 0..units {
        sketch.text(narrow(unit), Side::Middle, &(unit + 1).to_string());
    }
    for ((x, below), (_, above)) in ends {
        sketch.text((x, below + 12.0), Side::Middle, "inputs");
        sketch.text((x, above - 12.0), Side::Middle, "output");
    }
    let words = "orange: copies; above a unit, its share of the old weight";
    sketch.text((WIDTH / 2.0, 240.0), Side::Middle, words);
    sketch.finish()
}
