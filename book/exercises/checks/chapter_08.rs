//! Chapter 8: structure transfer.

use autograd::{Tape, Tensor};

use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

/// Choices of what each wider unit copies, the old units first.
const CHOICES: [&[usize]; 4] = [
    &[0, 1, 2],
    &[0, 1, 2, 1],
    &[0, 1, 2, 0, 0, 2],
    &[0, 1, 2, 2, 2, 2],
];

fn matrix(rows: usize, columns: usize, shift: f64) -> Vec<Vec<f64>> {
    let row = |r| numbers(columns, shift + r as f64);
    (0..rows).map(row).collect()
}

fn tensor(rows: &[Vec<f64>]) -> Tensor<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    Tensor::new([rows.len(), columns], rows.concat())
}

/// What two layers without biases and ReLU between them give.
fn outputs(
    reads: &[Vec<f64>],
    read_by: &[Vec<f64>],
    x: &Tensor<f64>,
) -> Tensor<f64> {
    let hidden = x.matmul_nt(&tensor(reads)).map(|x| x.max(0.0));
    hidden.matmul_nt(&tensor(read_by))
}

/// They are counted.
pub(crate) fn copies(
    f: impl Fn(&[usize], usize) -> Vec<usize>,
) -> Verdict {
    let rights = [[1, 1, 1], [1, 2, 1], [3, 1, 2], [1, 1, 4]];
    for (choice, right) in CHOICES.iter().zip(rights) {
        let found = f(choice, 3);
        holds(found == right, || {
            format!("of {choice:?} it is {found:?}, not {right:?}")
        })?;
    }
    Ok(())
}

/// The wider network gives what the narrow one gives, and each unit is
/// a copy.
pub(crate) fn widened(
    f: impl Fn(&[Vec<f64>], &[Vec<f64>], &[usize]) -> [Vec<Vec<f64>>; 2],
) -> Verdict {
    let (reads, read_by) = (matrix(3, 4, 1.0), matrix(2, 3, 7.0));
    let x = tensor(&matrix(9, 4, 20.0));
    let right = outputs(&reads, &read_by, &x);
    for choice in CHOICES {
        let [wider, by] = f(&reads, &read_by, choice);
        let fits = wider.len() == choice.len()
            && by.len() == 2
            && by.iter().all(|row| row.len() == choice.len());
        holds(fits, || {
            format!(
                "for {choice:?} a layer has another number of weights"
            )
        })?;
        let copied = choice.iter().zip(&wider);
        let copied =
            copied.clone().all(|(&unit, own)| *own == reads[unit]);
        holds(copied, || {
            format!(
                "for {choice:?} a unit is no copy of the one it names"
            )
        })?;
        let found = outputs(&wider, &by, &x);
        holds(
            all_near(found.as_slice(), right.as_slice(), 1e-12),
            || {
                format!(
                    "for {choice:?} the network computes something else"
                )
            },
        )?;
    }
    Ok(())
}

/// They are what one step of descent shows.
pub(crate) fn speeds(f: impl Fn(usize) -> [f64; 2]) -> Verdict {
    for copies in 1..=4 {
        // One unit with a positive activation, and one output.
        let step = |copies: usize| -> [f64; 2] {
            let tape = Tape::<f64>::default();
            let reads = Tensor::new([copies, 1], vec![0.5; copies]);
            let by = vec![0.8 / copies as f64; copies];
            let reads = tape.leaf(reads);
            let by = tape.leaf(Tensor::new([1, copies], by));
            let x = tape.constant(Tensor::new([1, 1], vec![2.0]));
            let y = x.matmul_nt(reads).relu().matmul_nt(by);
            let gradients = y.sum().backward();
            let of = |x| gradients.wrt(x).expect("it is used").clone();
            [of(by).sum().item(), of(reads).as_slice()[0]]
        };
        let (one, many) = (step(1), step(copies));
        let right = [many[0] / one[0], many[1] / one[1]];
        let found = f(copies);
        let same = (0..2).all(|i| near(found[i], right[i], 1e-12));
        holds(same, || {
            format!(
                "with {copies} copies it is {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// Activations that passed a ReLU come out as they went in.
pub(crate) fn deeper(
    f: impl Fn(usize) -> (Vec<Vec<f64>>, Vec<f64>),
) -> Verdict {
    for units in [1, 2, 5] {
        let (weights, biases) = f(units);
        holds((weights.len(), biases.len()) == (units, units), || {
            format!("for {units} units it has {} rows", weights.len())
        })?;
        let hidden: Vec<f64> =
            numbers(units, 3.0).iter().map(|x| x.max(0.0)).collect();
        let out = weights.iter().zip(&biases).map(|(row, bias)| {
            let sum: f64 =
                row.iter().zip(&hidden).map(|(a, b)| a * b).sum();
            (sum + bias).max(0.0)
        });
        let found: Vec<f64> = out.collect();
        holds(all_near(&found, &hidden, 1e-12), || {
            format!("it makes {found:?} of {hidden:?}")
        })?;
    }
    Ok(())
}

/// They sum to 1, and a few steps of descent make all copies different.
pub(crate) fn shares(f: impl Fn(usize) -> Vec<f64>) -> Verdict {
    for copies in 1..=4 {
        let shares = f(copies);
        let sum: f64 = shares.iter().sum();
        holds(shares.len() == copies && near(sum, 1.0, 1e-12), || {
            format!(
                "for {copies} copies {shares:?} sum to {sum}: the network \
                 computes something else"
            )
        })?;
        // One unit in copies learns a line through the origin.
        let x = Tensor::new([3, 1], vec![1.0, -0.5, 2.0]);
        let mut reads = Tensor::full([copies, 1], 0.5);
        let mut read_by = Tensor::new([1, copies], shares);
        for _ in 0..10 {
            let tape = Tape::<f64>::default();
            let (a, b) = (tape.leaf(&reads), tape.leaf(&read_by));
            let x = tape.constant(&x);
            let miss = x.matmul_nt(a).tanh().matmul_nt(b) - x;
            let found = (miss * miss).sum().backward();
            let step = |value: Tensor<f64>, of| {
                let bar = found.wrt(of).expect("the loss needs it");
                value.zip(bar, |value, bar| value - 0.05 * bar)
            };
            (reads, read_by) = (step(reads, a), step(read_by, b));
        }
        let units = reads.as_slice();
        let equal = (0..copies)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .find(|&(i, j)| (units[i] - units[j]).abs() < 1e-6);
        holds(equal.is_none(), || {
            format!(
                "of {copies} copies two are still equal after ten steps: \
                 {units:.4?}"
            )
        })?;
    }
    Ok(())
}
