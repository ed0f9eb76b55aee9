//! The engine's laws: every operation of the table, the sweep, the tape, errors and depth. One
//! program, so that the engine is compiled for it once.

mod beside;
mod depth;
mod errors;
mod exponential;
mod identities;
mod kinks;
mod layouts;
mod look;
mod losses;
mod norms;
mod operations;
mod parameters;
mod sums;
mod sweep;
mod tape;
mod tasks;

use autograd::{Tape, Tensor, Var};
use tests::compare::gradient;
use tests::draw::{Domain, inputs};

/// Sums of a few dozen products near 1, in another order: some units in the last place.
const REORDERED: f64 = 1e-13;

fn leaves<'t>(tape: &'t Tape<f64>, inputs: &[Tensor<f64>]) -> Vec<Var<'t, f64>> {
    inputs.iter().map(|x| tape.leaf(x)).collect()
}

/// Pulls `y_bar` back from `y` to `x`.
fn pulled<'t>(y: Var<'t, f64>, x: Var<'t, f64>, y_bar: Tensor<f64>) -> Tensor<f64> {
    gradient(&y.backward_from(y_bar), x)
}

/// A tensor of this shape.
fn tensor(shape: &[usize], seed: u64) -> Tensor<f64> {
    inputs(&[shape.to_vec()], Domain::Real, seed).remove(0)
}
