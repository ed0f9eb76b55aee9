//! Chapter 11: connections in layers.

use autograd::Var;

// ANCHOR: embedded
/// What the upper layer is told: the rows of the table, each times the
/// probability of its class.
pub(crate) fn embedded(p: &[f64], table: &[Vec<f64>]) -> Vec<f64> {
    todo!("exercise 11.1")
}
// ANCHOR_END: embedded

// ANCHOR: lower_bar
/// The cotangent of the lower logits, from their probabilities, the
/// table, and the cotangent of what the upper layer is told.
pub(crate) fn lower_bar(
    p: &[f64],
    table: &[Vec<f64>],
    y_bar: &[f64],
) -> Vec<f64> {
    todo!("exercise 11.2")
}
// ANCHOR_END: lower_bar

// ANCHOR: without_gradient
/// Which of `fc1`, `lower`, `embedding`, `fc2` and `higher` have no
/// gradient, if only the lower task's loss is swept, and if only the
/// higher one's is.
pub(crate) fn without_gradient() -> [Vec<&'static str>; 2] {
    // todo: name them.
    [vec![], vec![]]
}
// ANCHOR_END: without_gradient

// ANCHOR: told
/// What the upper layer receives: the hidden units, and beside them
/// what the prediction says. The higher task moves the hidden layer and
/// the table, and leaves the lower head alone.
pub(crate) fn told<'t>(
    hidden: Var<'t, f64>,
    lower_logits: Var<'t, f64>,
    table: Var<'t, f64>,
) -> Var<'t, f64> {
    todo!("exercise 11.4")
}
// ANCHOR_END: told
