//! Chapter 3: pullbacks.

use std::slice::from_ref;

use autograd::{Tape, Tensor, Var, check};

use super::{all_near, holds, numbers};
use crate::table::Verdict;

/// Differences of fourth order agree with gradients to ten digits.
const TOLERANCE: f64 = 1e-8;

/// The values of a function of one tensor are these, it is one node of
/// the tape, and its gradient agrees with differences.
fn is_operation(
    x: &Tensor<f64>,
    right: &[f64],
    f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
) -> Verdict {
    let tape = Tape::<f64>::default();
    let y = f(tape.leaf(x)).value();
    holds(all_near(y.as_slice(), right, 1e-12), || {
        format!("the values are {:?}, not {right:?}", y.as_slice())
    })?;
    holds((tape.len(), tape.num_edges()) == (2, 1), || {
        let (values, edges) = (tape.len(), tape.num_edges());
        format!(
            "the tape holds {values} values and {edges} edges, where one \
             operation makes 2 and 1"
        )
    })?;
    check::gradients(from_ref(x), TOLERANCE, |x| f(x[0]))
        .map_err(|mismatch| mismatch.to_string())
}

/// One operation, whose pullback agrees with differences.
pub(crate) fn exp_times(
    f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
) -> Verdict {
    let x: Tensor<f64> =
        Tensor::new([2, 3], vec![0.0, 1.0, -1.0, 2.0, -0.3, 0.5]);
    let right: Vec<f64> =
        x.as_slice().iter().map(|&x| x * x.exp()).collect();
    is_operation(&x, &right, f)
}

/// `<y_bar, pick(x)>` is `<scatter(y_bar), x>`.
pub(crate) fn scatter(
    scatter: impl Fn(&[f64], &[usize], usize) -> Vec<f64>,
) -> Verdict {
    let inner = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    let x = numbers(5, 1.0);
    for places in [&[4, 0, 2][..], &[1, 1, 3, 1], &[], &[0, 0]] {
        let y_bar = numbers(places.len(), 2.0);
        let picked: Vec<f64> = places.iter().map(|&at| x[at]).collect();
        let x_bar = scatter(&y_bar, places, x.len());
        let (left, right) = (inner(&y_bar, &picked), inner(&x_bar, &x));
        holds(
            x_bar.len() == 5 && (left - right).abs() < 1e-12,
            || {
                format!(
                    "with places {places:?} the inner product is {left} \
                 before and {right} behind, with {} entries of 5",
                    x_bar.len()
                )
            },
        )?;
    }
    Ok(())
}

/// It is what the sweep finds behind the library's softmax.
pub(crate) fn softmax_pullback(
    pullback: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) -> Verdict {
    for entries in [1, 2, 5] {
        let tape = Tape::<f64>::default();
        let logits = numbers(entries, 3.0);
        let x = tape.leaf(Tensor::new([1, entries], logits.clone()));
        let y = x.softmax(1);
        let y_bar = numbers(entries, 4.0);
        let given = Tensor::new([1, entries], y_bar.clone());
        let gradients = y.backward_from(given);
        let right = gradients.wrt(x).map_or(&[][..], Tensor::as_slice);
        let found = pullback(y.value().as_slice(), &y_bar);
        holds(all_near(&found, right, 1e-12), || {
            format!(
                "at the logits {logits:?} and y_bar {y_bar:?} the \
                 cotangent is {found:?}, where the sweep gives {right:?}"
            )
        })?;
    }
    Ok(())
}

/// Roots with the slopes of roots, and beside them zeros, finite all.
pub(crate) fn root_or_zero(
    f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
) -> Verdict {
    let tape = Tape::<f64>::default();
    let x = tape.leaf(Tensor::new([4], vec![4.0, 0.0, -1.0, 0.25]));
    let y = f(x);
    let value = y.value();
    holds(value.as_slice() == [2.0, 0.0, 0.0, 0.5], || {
        format!("of 4, 0, -1, 0.25 it is {:?}", value.as_slice())
    })?;
    let gradients = y.sum().backward();
    let found = gradients.wrt(x).map_or(&[][..], Tensor::as_slice);
    holds(found == [0.25, 0.0, 0.0, 1.0], || {
        format!("the gradient at 4, 0, -1, 0.25 is {found:?}")
    })
}

/// One operation, whose pullback agrees with differences.
pub(crate) fn normalise(
    f: impl for<'t> Fn(Var<'t, f64>, f64) -> Var<'t, f64>,
) -> Verdict {
    for epsilon in [0.0, 0.1] {
        let x = Tensor::new([5], numbers(5, 5.0));
        let mean = x.sum().item() / 5.0;
        let variance = x.var_axes(&[0], 0).item();
        let scale = 1.0 / (variance + epsilon).sqrt();
        let right: Vec<f64> =
            x.as_slice().iter().map(|x| (x - mean) * scale).collect();
        is_operation(&x, &right, |x| f(x, epsilon))?;
    }
    Ok(())
}
