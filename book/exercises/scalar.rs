//! The tape for single numbers, as chapter 2 builds it.

use std::cell::RefCell;
use std::ops::{Add, Mul};

/// For each number that was computed: which numbers it was made of, and
/// its slope in each of them.
#[derive(Default)]
pub(crate) struct Tape(pub(crate) RefCell<Vec<Vec<(usize, f64)>>>);

/// A number, and its place on the tape.
#[derive(Clone, Copy)]
pub(crate) struct Var<'t> {
    pub(crate) tape: &'t Tape,
    pub(crate) index: usize,
    pub(crate) value: f64,
}

impl Tape {
    /// Writes down a number and what it was made of.
    pub(crate) fn record(
        &self,
        value: f64,
        edges: Vec<(usize, f64)>,
    ) -> Var<'_> {
        let mut nodes = self.0.borrow_mut();
        nodes.push(edges);
        Var { tape: self, index: nodes.len() - 1, value }
    }

    /// A number that was made of nothing.
    pub(crate) fn leaf(&self, value: f64) -> Var<'_> {
        self.record(value, vec![])
    }
}

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
    /// Its hyperbolic tangent.
    #[allow(dead_code, reason = "a reader's solution uses it")]
    pub(crate) fn tanh(self) -> Self {
        let y = self.value.tanh();
        self.tape.record(y, vec![(self.index, 1.0 - y * y)])
    }

    /// The slope of this number in every number before it.
    pub(crate) fn backward(self) -> Vec<f64> {
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
