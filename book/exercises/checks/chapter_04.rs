//! Chapter 4: reverse mode.

use autograd::{Tensor, Var};

use super::chapter_02::in_one;
use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

type Function = fn(Var<'_, f64>) -> Var<'_, f64>;

/// No step near it has a smaller sum of both errors.
pub(crate) fn best_step(
    best_step: impl Fn(f64, f64, f64) -> f64,
) -> Verdict {
    for (epsilon, f, third) in
        [(1.1e-16, 2.0, 5.0), (6e-8, 1.0, 1.0), (1.1e-16, -1e3, -1e-2)]
    {
        let error = |step: f64| {
            let (f, third): (f64, f64) = (f, third);
            step * step * third.abs() / 6.0 + epsilon * f.abs() / step
        };
        let step = best_step(epsilon, f, third);
        for factor in [0.9, 0.99, 1.01, 1.1] {
            let (own, other) = (error(step), error(factor * step));
            holds(own < other, || {
                format!(
                    "for ({epsilon:e}, {f}, {third}) the step {step:.2e} \
                     has the error {own:.4e}, and {factor} times that \
                     step has {other:.4e}"
                )
            })?;
        }
    }
    Ok(())
}

/// Half the step has a sixteenth of the error.
pub(crate) fn fourth_order(
    slope: impl Fn(fn(f64) -> f64, f64, f64) -> f64,
) -> Verdict {
    let sin: [fn(f64) -> f64; 2] = [f64::sin, f64::cos];
    let exp: [fn(f64) -> f64; 2] = [f64::exp, f64::exp];
    for (name, [f, derivative]) in [("sin", sin), ("exp", exp)] {
        let error = |step| slope(f, 0.7, step) - derivative(0.7);
        let (long, short) = (error(0.1), error(0.05));
        let ratio = long / short;
        // The next term of the error is a hundredth of it.
        holds(long.abs() < 1e-4 && near(ratio, 16.0, 0.02), || {
            format!(
                "of {name} at 0.7 the error is {long:.1e} with a step of \
                 0.1 and {short:.1e} with half of it, a ratio of \
                 {ratio:.2}, not 16"
            )
        })?;
    }
    Ok(())
}

/// They are what backward from each number finds.
pub(crate) fn slopes(
    slopes: impl Fn(&[Vec<(usize, f64)>], usize) -> Vec<f64>,
) -> Verdict {
    let random = numbers(60, 6.0);
    let node = |i: usize| match i {
        0 | 1 => vec![],
        _ => vec![(i - 1, random[i]), (i / 2, 2.0 * random[i + 30])],
    };
    let many: Vec<_> = (0..30).map(node).collect();
    let twice = vec![vec![], vec![(0, 3.0), (0, 4.0)], vec![(1, 2.0)]];
    for nodes in [twice, many] {
        for input in [0, 1, nodes.len() - 1] {
            let found = slopes(&nodes, input);
            let right = in_one(&nodes, input);
            holds(all_near(&found, &right, 1e-12), || {
                let place = found
                    .iter()
                    .zip(&right)
                    .position(|(a, b)| !near(*a, *b, 1e-12));
                let place = place.unwrap_or(found.len());
                format!(
                    "of {} numbers the slope of number {place} in number \
                     {input} is wrong",
                    nodes.len()
                )
            })?;
        }
    }
    Ok(())
}

/// It has the derivatives by hand, and rows of zeros for outputs that do
/// not depend on `x`.
pub(crate) fn jacobian(
    jacobian: impl Fn(Function, &Tensor<f64>) -> Tensor<f64>,
) -> Verdict {
    let x = Tensor::new([2], vec![0.5, -1.0]);
    let given = |f: Function, right: &[f64]| {
        let found = jacobian(f, &x);
        let shape = [right.len() / 2, 2];
        let same = found.shape() == shape
            && all_near(found.as_slice(), right, 1e-12);
        holds(same, || {
            format!("it is {found:?}, not {right:?} of shape {shape:?}")
        })
    };
    given(|x| x * x, &[1.0, 0.0, 0.0, -2.0])?;
    given(
        |x| {
            let a =
                Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4., 5., 6.]);
            let row = x.reshape([1, 2]).matmul(x.tape().constant(a));
            row.reshape([3])
        },
        &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0],
    )?;
    given(|x| x.tape().constant(Tensor::zeros([1])), &[0.0, 0.0])
}

/// It is the Hessian's product by hand.
pub(crate) fn hessian_times(
    product: impl Fn(Function, &Tensor<f64>, &Tensor<f64>) -> Tensor<f64>,
) -> Verdict {
    let x = Tensor::new([3], vec![0.5, -1.0, 0.2]);
    let v = Tensor::new([3], vec![1.0, 2.0, -3.0]);
    let (a, b) = (x.as_slice(), v.as_slice());
    // f = sum of x^3: the Hessian is diagonal, with 6 x.
    let cubes: Vec<f64> =
        a.iter().zip(b).map(|(x, v)| 6.0 * x * v).collect();
    // f = (sum of x)^2: every entry of the Hessian is 2.
    let square = vec![2.0 * b.iter().sum::<f64>(); 3];
    let functions: [Function; 2] =
        [|x| (x * x * x).sum(), |x| x.sum() * x.sum()];
    let names = ["the sum of cubes", "the squared sum"];
    let right = [cubes, square];
    for ((name, f), right) in names.iter().zip(functions).zip(right) {
        let found = product(f, &x, &v);
        // A difference of exact gradients keeps nine digits.
        holds(all_near(found.as_slice(), &right, 1e-7), || {
            format!(
                "of {name} it is {:?}, and by hand {right:?}",
                found.as_slice()
            )
        })?;
    }
    Ok(())
}
