//! Chapter 8: structure transfer.

// ANCHOR: copies
/// How many copies each of `units` old units has in the wider layer;
/// unit `j` of that copies `choice[j]`.
pub(crate) fn copies(choice: &[usize], units: usize) -> Vec<usize> {
    todo!("exercise 8.1")
}
// ANCHOR_END: copies

// ANCHOR: widened
/// The weights of a wider hidden layer, a row a unit, and those of the
/// layer that reads it, a row an output: the same function.
pub(crate) fn widened(
    reads: &[Vec<f64>],
    read_by: &[Vec<f64>],
    choice: &[usize],
) -> [Vec<Vec<f64>>; 2] {
    todo!("exercise 8.2")
}
// ANCHOR_END: widened

// ANCHOR: speeds
/// By what the first step of descent on a unit with so many copies is
/// multiplied: that of what the output sees of it, the sum of the
/// outgoing weights, and that of each copy's incoming weights.
pub(crate) fn speeds(copies: usize) -> [f64; 2] {
    todo!("exercise 8.3")
}
// ANCHOR_END: speeds

// ANCHOR: deeper
/// Weights, a row a unit, and biases of a layer that can be put behind
/// a hidden layer of so many ReLU units, with a ReLU of its own, and
/// changes nothing.
pub(crate) fn deeper(units: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    todo!("exercise 8.4")
}
// ANCHOR_END: deeper

// ANCHOR: shares
/// By what the outgoing weights of a unit are multiplied for each of
/// its copies, so that the function stays and training parts them.
pub(crate) fn shares(copies: usize) -> Vec<f64> {
    todo!("exercise 8.5")
}
// ANCHOR_END: shares
