//! Chapter 6: parameter transfer.

use autograd::{Seed, Tensor};
use nn::init::normal;
use nn::metrics::{mean, standard_error};
use nn::{Parameters as _, StateDict};

use super::{all_near, holds, numbers};
use crate::network::TwoLayers;
use crate::table::Verdict;

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// It is where descent from there ends.
pub(crate) fn nearest(
    nearest: impl Fn(&[f64], &[f64], f64) -> Vec<f64>,
) -> Verdict {
    for (start, x, y) in [
        (vec![0.0; 3], numbers(3, 1.0), 0.5),
        (numbers(4, 2.0), vec![2.0, 0.0, -1.0, 3.0], -1.0),
    ] {
        let mut right = start.clone();
        let rate = 0.5 / inner(&x, &x);
        for _ in 0..100 {
            let miss = inner(&right, &x) - y;
            let step = |(weight, x): (&mut f64, &f64)| {
                *weight -= rate * miss * x;
            };
            right.iter_mut().zip(&x).for_each(step);
        }
        let found = nearest(&start, &x, y);
        holds(all_near(&found, &right, 1e-9), || {
            format!(
                "from {start:.3?} with x = {x:.3?} and y = {y} it is \
                 {found:.3?}, and descent ends at {right:.3?}"
            )
        })?;
    }
    Ok(())
}

/// What is left of `gap` beside the span of so many drawn rows, squared.
fn left(gap: &[f64], rows: usize, seed: Seed) -> f64 {
    let drawn: Tensor<f64> = normal([rows, gap.len()], 1.0, seed);
    let mut basis: Vec<Vec<f64>> = vec![];
    for row in drawn.as_slice().chunks_exact(gap.len()) {
        let mut row = row.to_vec();
        for unit in &basis {
            let along = inner(unit, &row);
            row.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
        }
        let length = inner(&row, &row).sqrt();
        row.iter_mut().for_each(|x| *x /= length);
        basis.push(row);
    }
    let spanned = basis.iter().map(|unit| inner(unit, gap).powi(2));
    inner(gap, gap) - spanned.sum::<f64>()
}

/// It is the mean over a thousand draws, within four standard errors.
pub(crate) fn risk(
    risk: impl Fn(&[f64], &[f64], usize) -> f64,
) -> Verdict {
    let target = vec![0.6, 0.0, -0.8, 0.0, 0.0, 0.0];
    let zero = vec![0.0; 6];
    for (source, rows) in
        [(zero, 2), (numbers(6, 1.0), 1), (numbers(6, 2.0), 5)]
    {
        let gap: Vec<f64> =
            target.iter().zip(&source).map(|(t, s)| t - s).collect();
        let draw =
            |seed: usize| left(&gap, rows, Seed::new(6).child(seed));
        let draws: Vec<f64> = (0..1000).map(draw).collect();
        let (measured, error) = (mean(&draws), standard_error(&draws));
        let found = risk(&source, &target, rows);
        holds((found - measured).abs() < 4.0 * error, || {
            format!(
                "with {rows} rows of 6 inputs it is {found:.4}, and over \
                 1000 draws {measured:.4} +- {error:.4}"
            )
        })?;
    }
    Ok(())
}

/// The squared gap to a target of length 1.
fn gap(ratio: f64, cosine: f64) -> f64 {
    let sine = (1.0 - cosine * cosine).sqrt();
    (ratio * cosine - 1.0).powi(2) + (ratio * sine).powi(2)
}

/// Just above it the source is nearer than nothing, just below it not.
pub(crate) fn turning_cosine(turning: impl Fn(f64) -> f64) -> Verdict {
    for ratio in [0.5, 1.0, 1.5, 2.0] {
        let found = turning(ratio);
        let helps =
            |cosine: f64| gap(ratio, cosine.clamp(-1.0, 1.0)) < 1.0;
        holds(!helps(found - 1e-6), || {
            format!(
                "at {ratio} times the length a source helps below a \
                 cosine of {found:.3} already"
            )
        })?;
        // At twice the length no cosine is above.
        holds(ratio > 1.999 || helps(found + 1e-6), || {
            format!(
                "at {ratio} times the length a source just above a cosine \
                 of {found:.3} does not help"
            )
        })?;
        holds(found <= 1.0, || format!("{found:.3} is no cosine"))?;
    }
    Ok(())
}

/// No other length leaves a smaller gap.
pub(crate) fn best_ratio(best: impl Fn(f64) -> f64) -> Verdict {
    for cosine in [-0.4, 0.0, 0.1, 0.5, 0.9, 1.0] {
        let found = best(cosine);
        let own = gap(found, cosine);
        for other in (0..=40).map(|i| f64::from(i) / 20.0) {
            holds(
                found >= 0.0 && own <= gap(other, cosine) + 1e-9,
                || {
                    format!(
                        "at a cosine of {cosine} the length {found:.3} leaves a \
                     squared gap of {own:.3}, and {other} leaves {:.3}",
                        gap(other, cosine)
                    )
                },
            )?;
        }
    }
    Ok(())
}

/// The trunk is the source's, the head as it was; no trunk is an error.
pub(crate) fn keep_trunk(
    keep: impl Fn(&TwoLayers, &StateDict) -> Result<(), nn::Error>,
) -> Verdict {
    let target = TwoLayers::new([4, 5, 3], Seed::new(1));
    let head = target.fc2.state_dict();
    for (classes, words) in [(3, "as many"), (7, "other")] {
        let source = TwoLayers::new([4, 5, classes], Seed::new(2));
        let done = keep(&target, &source.state_dict());
        if let Err(error) = done {
            return Err(format!(
                "a source of {words} classes is refused: {error}"
            ));
        }
        let trunks = [&target, &source].map(|m| m.fc1.state_dict());
        holds(trunks[0] == trunks[1], || {
            format!("with a source of {words} classes fc1 is not its")
        })?;
        holds(target.fc2.state_dict() == head, || {
            format!("with a source of {words} classes fc2 has changed")
        })?;
    }
    let nothing = target.state_dict().without_prefix("fc1.");
    holds(keep(&target, &nothing).is_err(), || {
        "a state without `fc1` is no error: nothing would be transferred, \
         and nobody would know"
            .to_owned()
    })?;
    let shapes = TwoLayers::new([4, 6, 3], Seed::new(3)).state_dict();
    holds(keep(&target, &shapes).is_err(), || {
        "a trunk of other shapes is no error".to_owned()
    })
}
