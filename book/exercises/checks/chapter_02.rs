//! Chapter 2: tensors and the tape.

use autograd::{Tape, Tensor, Var};

use super::{all_near, holds, near, numbers};
use crate::scalar;
use crate::table::Verdict;

type Nodes<'a> = &'a [Vec<(usize, f64)>];

/// The value and both slopes agree with differences.
pub(crate) fn divide(
    divide: impl for<'t> Fn(
        scalar::Var<'t>,
        scalar::Var<'t>,
    ) -> scalar::Var<'t>,
) -> Verdict {
    for (x, y) in [(3.0, 2.0), (-1.0, 0.5), (0.0, -4.0)] {
        let tape = scalar::Tape::default();
        let (a, b) = (tape.leaf(x), tape.leaf(y));
        let z = divide(a, b);
        holds(near(z.value, x / y, 1e-15), || {
            format!("{x} / {y} is given as {}", z.value)
        })?;
        let bars = (z * z).backward();
        // Differences over 1e-5 are right to ten digits.
        let square = |x: f64, y: f64| (x / y) * (x / y);
        let in_x = square(x + 1e-5, y) - square(x - 1e-5, y);
        let in_y = square(x, y + 1e-5) - square(x, y - 1e-5);
        for (name, bar, by) in
            [("x", bars[a.index], in_x), ("y", bars[b.index], in_y)]
        {
            let by = by / 2e-5;
            holds(near(bar, by, 1e-7), || {
                format!(
                    "at ({x}, {y}) the slope of (x / y)^2 in {name} is \
                     {bar}, where differences give {by}"
                )
            })?;
        }
    }
    Ok(())
}

/// Lists of nodes: a chain, a number that is used twice, one that is
/// not used, and a tape of many edges.
fn lists() -> Vec<Vec<Vec<(usize, f64)>>> {
    let slopes = numbers(300, 1.0);
    let node = |i: usize| match i {
        0 | 1 => vec![],
        _ => vec![(i - 1, slopes[i]), (i / 2, 2.0 * slopes[i + 150])],
    };
    vec![
        vec![vec![], vec![(0, 2.0)], vec![(1, -3.0)]],
        vec![
            vec![],
            vec![(0, 0.5), (0, 0.5)],
            vec![(1, 4.0), (0, 1.0)],
        ],
        vec![vec![], vec![], vec![(0, 2.0)], vec![(1, 7.0)]],
        (0..150).map(node).collect(),
    ]
}

/// The slope of each number in one, from the front of the list: what
/// every sweep must agree with.
pub(super) fn in_one(nodes: Nodes<'_>, input: usize) -> Vec<f64> {
    let mut slopes: Vec<f64> = vec![];
    for (index, inputs) in nodes.iter().enumerate() {
        let below = |&(at, slope): &(usize, f64)| slopes[at] * slope;
        let own = if index == input { 1.0 } else { 0.0 };
        slopes.push(own + inputs.iter().map(below).sum::<f64>());
    }
    slopes
}

/// Backward from each number, and from sums, gives what forward gives.
pub(crate) fn backward(
    backward: impl Fn(Nodes<'_>, &[(usize, f64)]) -> Vec<f64>,
) -> Verdict {
    for nodes in lists() {
        let forward: Vec<Vec<f64>> = (0..nodes.len())
            .map(|input| in_one(&nodes, input))
            .collect();
        let last = nodes.len() - 1;
        let alone = (0..nodes.len()).map(|from| vec![(from, 1.0)]);
        let sums = [
            vec![(last, 2.0), (last - 1, -0.5)],
            vec![(0, 3.0), (last, 1.0), (0, 1.0)],
        ];
        for sum in alone.chain(sums) {
            let found = backward(&nodes, &sum);
            let slope = |slopes: &Vec<f64>| {
                sum.iter()
                    .map(|&(at, weight)| weight * slopes[at])
                    .sum()
            };
            let right: Vec<f64> = forward.iter().map(slope).collect();
            // Sums of a hundred products in another order.
            holds(all_near(&found, &right, 1e-9), || {
                if nodes.len() > 9 {
                    let all = nodes.len();
                    return format!(
                        "wrong on {all} nodes from {sum:?}"
                    );
                }
                format!(
                    "on {nodes:?} from {sum:?} it is {found:?}, where the \
                     chain rule gives {right:?}"
                )
            })?;
        }
    }
    Ok(())
}

/// A number is active exactly if some leaf has a slope in it.
pub(crate) fn active(
    active: impl Fn(Nodes<'_>, &[usize]) -> Vec<bool>,
) -> Verdict {
    for nodes in lists() {
        for leaves in [&[][..], &[0], &[1], &[0, 1]] {
            let below: Vec<Vec<f64>> = leaves
                .iter()
                .map(|&leaf| in_one(&nodes, leaf))
                .collect();
            let right: Vec<bool> = (0..nodes.len())
                .map(|at| below.iter().any(|slopes| slopes[at] != 0.0))
                .collect();
            let found = active(&nodes, leaves);
            let first =
                found.iter().zip(&right).position(|(a, b)| a != b);
            holds(
                found.len() == right.len() && first.is_none(),
                || {
                    format!(
                        "with leaves {leaves:?} number {} of {} is wrong",
                        first.unwrap_or(found.len()),
                        nodes.len()
                    )
                },
            )?;
        }
    }
    Ok(())
}

/// The tape of the chapter's formulas, with `x` a leaf, has so many.
pub(crate) fn edges(edges: impl Fn() -> usize) -> Verdict {
    let tape = Tape::new();
    let leaf = |shape: &[usize]| tape.leaf(Tensor::ones(shape));
    let (x, weight) = (leaf(&[3, 2]), leaf(&[2, 2]));
    let y = x.linear(weight, leaf(&[2])).relu();
    let cube: Var<'_> = y.powi(3);
    cube.sum();
    let found = edges();
    holds(found == tape.num_edges(), || {
        format!(
            "a tape with these formulas does not hold {found} edges"
        )
    })
}

const OR: [[f64; 3]; 4] = [
    [-1.0, -1.0, -1.0],
    [-1.0, 1.0, 1.0],
    [1.0, -1.0, 1.0],
    [1.0, 1.0, 1.0],
];

/// A step goes along the derivative taken by hand, and many learn "or".
pub(crate) fn neuron_step(
    step: impl Fn([f64; 3], &[[f64; 3]], f64) -> [f64; 3],
) -> Verdict {
    let start = [0.3, -0.5, 0.2];
    let mut right = start;
    for [x, y, wanted] in OR {
        let given = (start[0] * x + start[1] * y + start[2]).tanh();
        let bar = 2.0 * (given - wanted) * (1.0 - given * given);
        for (weight, input) in right.iter_mut().zip([x, y, 1.0]) {
            *weight -= 0.1 * bar * input;
        }
    }
    let found = step(start, &OR, 0.1);
    holds(all_near(&found, &right, 1e-12), || {
        format!("{start:?} become {found:?}, and by hand {right:?}")
    })?;
    let mut weights = start;
    for _ in 0..50 {
        weights = step(weights, &OR, 0.1);
    }
    let [a, b, c] = weights;
    let wrong =
        |row: &&[f64; 3]| (a * row[0] + b * row[1] + c) * row[2] < 0.0;
    let wrong = OR.iter().filter(wrong).count();
    holds(wrong == 0, || {
        format!(
            "after 50 steps {wrong} of the 4 rows of \"or\" are wrong"
        )
    })
}
