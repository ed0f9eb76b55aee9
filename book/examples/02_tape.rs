//! Chapter 2: a whole tape for single numbers, and a neuron that learns
//! by it.
//! Tolerance: 0.0001, because elementary functions may differ in their
//! last bits.

use std::cell::RefCell;
use std::ops::{Add, Mul};

// ANCHOR: tape
/// For each number that was computed: which numbers it was made of, and
/// its slope in each of them.
#[derive(Default)]
struct Tape(RefCell<Vec<Vec<(usize, f64)>>>);

/// A number, and its place on the tape.
#[derive(Clone, Copy)]
struct Var<'t> {
    tape: &'t Tape,
    index: usize,
    value: f64,
}

impl Tape {
    fn record(&self, value: f64, edges: Vec<(usize, f64)>) -> Var<'_> {
        let mut nodes = self.0.borrow_mut();
        nodes.push(edges);
        Var { tape: self, index: nodes.len() - 1, value }
    }
}
// ANCHOR_END: tape

// ANCHOR: operations
impl<'t> Add for Var<'t> {
    type Output = Var<'t>;
    fn add(self, y: Var<'t>) -> Var<'t> {
        let edges = vec![(self.index, 1.0), (y.index, 1.0)];
        self.tape.record(self.value + y.value, edges)
    }
}
impl<'t> Mul for Var<'t> {
    type Output = Var<'t>;
    fn mul(self, y: Var<'t>) -> Var<'t> {
        let edges = vec![(self.index, y.value), (y.index, self.value)];
        self.tape.record(self.value * y.value, edges)
    }
}
impl Var<'_> {
    fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.tape.record(y, vec![(self.index, 1.0 - y * y)])
    }
}
// ANCHOR_END: operations

// ANCHOR: backward
impl Var<'_> {
    /// The slope of this number in every number before it.
    fn backward(self) -> Vec<f64> {
        let nodes = self.tape.0.borrow();
        let mut bars = vec![0.0; nodes.len()];
        bars[self.index] = 1.0;
        for index in (0..=self.index).rev() {
            for &(input, slope) in &nodes[index] {
                bars[input] += bars[index] * slope;
            }
        }
        bars
    }
}
// ANCHOR_END: backward

/// The tape of `slopes`, swept.
fn picture(tape: &Tape, bars: &[f64]) -> String {
    let nodes = tape.0.borrow();
    let names = ["x", "y", "x y", "x x", "tanh", "z"];
    let value = |(edges, (name, bar)): (&Vec<(usize, f64)>, _)| {
        (name, edges.iter().map(|edge| edge.0).collect(), bar)
    };
    let named = names.into_iter().zip(bars.iter().copied());
    let values: Vec<_> = nodes.iter().zip(named).map(value).collect();
    pictures::diagrams::tape(&values)
}

fn main() {
    // ANCHOR: slopes
    let tape = Tape::default();
    let (x, y) = (tape.record(0.5, vec![]), tape.record(-2.0, vec![]));
    let z = x * y + (x * x).tanh();
    let bars = z.backward();
    // ANCHOR_END: slopes
    let [in_x, in_y] = [bars[x.index], bars[y.index]];
    println!(
        "z = {:.4}, dz/dx = {in_x:.4}, dz/dy = {in_y:.4}",
        z.value
    );
    let by_hand = -2.0 + 2.0 * 0.5 / 0.25_f64.cosh().powi(2);
    assert!((in_x - by_hand).abs() < 1e-15);
    assert!((in_y - 0.5).abs() < 1e-15);

    pictures::draw(|| picture(&tape, &bars)).expect("its file");

    // ANCHOR: neuron
    let rows = [
        [-1.0, -1.0, -1.0],
        [-1.0, 1.0, 1.0],
        [1.0, -1.0, 1.0],
        [1.0, 1.0, 1.0],
    ];
    let (mut weights, mut losses) = ([0.1, -0.2, 0.0], vec![]);
    for _ in 0..50 {
        let tape = Tape::default();
        let leaf = |number| tape.record(number, vec![]);
        let [a, b, c] = weights.map(leaf);
        let loss = rows.iter().fold(leaf(0.0), |loss, row| {
            let [x, y, wanted] = row.map(leaf);
            let given = (a * x + b * y + c).tanh();
            let apart = given + leaf(-1.0) * wanted;
            loss + apart * apart
        });
        let bars = loss.backward();
        weights = [0, 1, 2].map(|i| weights[i] - 0.1 * bars[i]);
        losses.push(loss.value);
    }
    // ANCHOR_END: neuron
    let (first, last) = (losses[0], losses[49]);
    println!("the loss of \"or\" falls from {first:.4} to {last:.4}");
    assert!(last < 0.1 * first, "a slope is what training needs");
    println!("\nNext: cargo run --release --example 03_pullbacks");
}
