//! Chapter 10: task-to-task connections.

use std::cell::RefCell;

use autograd::{Parameter, Tape, Tensor, Var, check};
use multitask::connection::CrossStitchUnit;

use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

/// Rows and units of the activations here.
const SHAPE: [usize; 2] = [4, 3];

fn activations(tasks: usize) -> Vec<Tensor<f64>> {
    let of = |j| Tensor::new(SHAPE, numbers(12, 6.0 + j as f64));
    (0..tasks).map(of).collect()
}

/// The values are these, and the gradients, of the weights too, agree
/// with differences.
fn mixes(
    weights: Tensor<f64>,
    weight: impl Fn(usize, usize) -> f64,
    f: impl for<'t> Fn(Var<'t, f64>, &[Var<'t, f64>]) -> Var<'t, f64>,
) -> Verdict {
    for tasks in 1..=3 {
        let x = activations(tasks);
        let own = weights.slice(0, 0..tasks);
        let entry = |i: usize| -> f64 {
            let of = |j: usize| weight(j, i % 3) * x[j].as_slice()[i];
            (0..tasks).map(of).sum()
        };
        let right: Vec<f64> = (0..12).map(entry).collect();
        let inputs: Vec<_> = [own].into_iter().chain(x).collect();
        let tape = Tape::<f64>::predicting();
        let known: Vec<_> =
            inputs.iter().map(|x| tape.constant(x)).collect();
        let found = f(known[0], &known[1..]).value();
        holds(all_near(found.as_slice(), &right, 1e-12), || {
            let found = found.as_slice();
            format!("with {tasks} tasks it is {found:?}, not {right:?}")
        })?;
        check::gradients(&inputs, 1e-8, |x| f(x[0], &x[1..]))
            .map_err(|mismatch| mismatch.to_string())?;
    }
    Ok(())
}

/// It is one operation; the values are the sums, and all gradients
/// agree with differences.
pub(crate) fn mixed(
    f: impl for<'t> Fn(Var<'t, f64>, &[Var<'t, f64>]) -> Var<'t, f64>,
) -> Verdict {
    let weights = vec![0.7, -0.4, 1.5];
    let tape = Tape::<f64>::default();
    let x = activations(3);
    let known: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    f(tape.leaf(Tensor::new([3], weights.clone())), &known);
    holds((tape.len(), tape.num_edges()) == (5, 4), || {
        let (values, edges) = (tape.len() - 4, tape.num_edges());
        format!(
            "of 3 columns it makes {values} values and {edges} edges, \
             where one operation makes 1 and 4"
        )
    })?;
    mixes(Tensor::new([3], weights.clone()), |j, _| weights[j], f)
}

/// It is the gradient that the sweep finds for the library's unit.
pub(crate) fn mixing_bar(
    f: impl Fn(&[Vec<f64>], &[Vec<f64>]) -> Vec<Vec<f64>>,
) -> Verdict {
    for tasks in 1..=3 {
        let mixing =
            Tensor::new([tasks, tasks], numbers(tasks * tasks, 1.0));
        let unit = CrossStitchUnit { mixing: Parameter::new(mixing) };
        let tape = Tape::<f64>::default();
        let x = activations(tasks);
        let known: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y_bar: Vec<_> = (0..tasks)
            .map(|i| Tensor::new(SHAPE, numbers(12, 9.0 + i as f64)))
            .collect();
        let received = unit.forward(&known);
        let parts = received.iter().zip(&y_bar);
        let loss = parts
            .map(|(y, y_bar)| (*y * tape.constant(y_bar)).sum())
            .reduce(|a, b| a + b)
            .expect("there is a task");
        let gradients = loss.backward();
        let right = gradients.of(&unit.mixing).map(Tensor::as_slice);
        let right = right.expect("the loss depends on it");
        let plain = |all: &[Tensor<f64>]| -> Vec<Vec<f64>> {
            all.iter().map(|x| x.as_slice().to_vec()).collect()
        };
        let found = f(&plain(&y_bar), &plain(&x)).concat();
        holds(all_near(&found, right, 1e-12), || {
            format!("of {tasks} tasks it is {found:?}, not {right:?}")
        })?;
    }
    Ok(())
}

/// It is the library's, and each row sums to 1.
pub(crate) fn first_mixture(
    f: impl Fn(usize, f64) -> Vec<Vec<f64>>,
) -> Verdict {
    for (tasks, own) in [(1, 0.9), (2, 0.9), (3, 0.9), (4, 0.4)] {
        let unit = CrossStitchUnit::<f64>::new(tasks, own);
        let right = unit.mixing.value();
        let found = f(tasks, own).concat();
        holds(all_near(&found, right.as_slice(), 1e-15), || {
            let right = right.as_slice();
            format!(
                "of {tasks} tasks with {own}: {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// The values are the sums, and all gradients agree with differences.
pub(crate) fn mixed_by_unit(
    f: impl for<'t> Fn(Var<'t, f64>, &[Var<'t, f64>]) -> Var<'t, f64>,
) -> Verdict {
    let weights = numbers(9, 2.0);
    let tensor = Tensor::new([3, 3], weights.clone());
    mixes(tensor, |j, unit| weights[3 * j + unit], f)
}

/// No row is trained on and judged by, all candidates have the same
/// rows, and the best of them is taken.
pub(crate) fn chosen(
    f: impl Fn(
        &[f64],
        usize,
        &dyn Fn(f64, &[usize], &[usize]) -> f64,
    ) -> f64,
) -> Verdict {
    let candidates = [0.0, 0.2, 0.5, 1.9];
    for rows in [10, 50] {
        let tried = RefCell::new(vec![]);
        let accuracy = |mixing: f64,
                        training: &[usize],
                        judged: &[usize]| {
            let parts = [training.to_vec(), judged.to_vec()];
            tried.borrow_mut().push(parts);
            // Rows that were learnt are right the more, the larger it is.
            let seen = judged.iter().any(|row| training.contains(row));
            if seen { mixing } else { 1.0 - (mixing - 0.2).abs() }
        };
        let found = f(&candidates, rows, &accuracy);
        let tried = tried.into_inner();
        for [training, judged] in &tried {
            let both = judged.iter().find(|row| training.contains(row));
            holds(both.is_none(), || {
                format!("row {both:?} is trained on and judged by")
            })?;
            let kept = (judged.len(), training.len());
            holds(kept == (rows / 5, rows - rows / 5), || {
                format!("of {rows} rows {} are kept out", judged.len())
            })?;
            let mut all = [&training[..], judged].concat();
            all.sort_unstable();
            holds(all.into_iter().eq(0..rows), || {
                format!(
                    "of {rows} rows some are missing or there twice"
                )
            })?;
        }
        let same = tried.windows(2).all(|pair| pair[0] == pair[1]);
        holds(same && tried.len() == candidates.len(), || {
            "not every candidate is tried once, on the same rows as the \
             others"
                .to_owned()
        })?;
        holds(near(found, 0.2, 0.0), || {
            format!("it takes {found}, and 0.2 is right most often")
        })?;
    }
    Ok(())
}
