//! Chapter 1: why compare.

use std::collections::BTreeSet;

use nn::metrics::{PairedDifference, standard_error};

use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

/// It is the library's, which is held to other software elsewhere.
pub(crate) fn paired_error(
    paired_error: impl Fn(&[f64], &[f64]) -> f64,
) -> Verdict {
    let same = numbers(12, 1.0);
    let alike: Vec<f64> =
        same.iter().map(|a| a + 0.01 * a * a).collect();
    for (a, b) in [
        (vec![0.86, 0.81, 0.84], vec![0.80, 0.82, 0.79]),
        (same, alike),
        (numbers(30, 2.0), numbers(30, 3.0)),
    ] {
        let right = PairedDifference::new(&a, &b).standard_error;
        let found = paired_error(&a, &b);
        holds((found - right).abs() < 1e-9 * right, || {
            format!(
                "of {} pairs it is {found:.6}, where {right:.6} is right; \
                 their number enters twice",
                a.len()
            )
        })?;
    }
    Ok(())
}

/// Two columns of mean 0 and equal variance, with this correlation.
fn correlated(correlation: f64) -> [Vec<f64>; 2] {
    let one = vec![1.0, 1.0, -1.0, -1.0];
    let other = [1.0, -1.0, 1.0, -1.0];
    let rest = (1.0 - correlation * correlation).sqrt();
    let pairs = one.iter().zip(other);
    let mixed =
        pairs.map(|(a, b)| correlation * a + rest * b).collect();
    [one, mixed]
}

/// It is what columns of such correlations have.
pub(crate) fn worth_of_pairing(worth: impl Fn(f64) -> f64) -> Verdict {
    for correlation in [-0.5, 0.0, 0.58, 0.99] {
        let [a, b] = correlated(correlation);
        let paired = PairedDifference::new(&a, &b).standard_error;
        let unpaired = standard_error(&a).hypot(standard_error(&b));
        let (found, right) = (worth(correlation), paired / unpaired);
        holds(near(found, right, 1e-9), || {
            format!(
                "at a correlation of {correlation} it is {found:.4}, where \
                 four pairs that have it give {right:.4}"
            )
        })?;
    }
    Ok(())
}

/// That many are enough, and one less is not.
pub(crate) fn seeds_needed(
    seeds_needed: impl Fn(f64, f64) -> usize,
) -> Verdict {
    for (gain, deviation) in
        [(0.033, 0.027), (0.011, 0.03), (0.05, 0.01)]
    {
        let found = seeds_needed(gain, deviation);
        let error = |seeds: usize| deviation / (seeds as f64).sqrt();
        let enough = |seeds| gain >= 3.0 * error(seeds);
        holds(
            found > 0 && enough(found) && !enough(found - 1),
            || {
                format!(
                    "{found} seeds for a gain of {gain} with deviation \
                 {deviation}: the standard error of their mean is {:.4}",
                    error(found)
                )
            },
        )?;
    }
    Ok(())
}

/// Rows of the classes, as many as asked for, and no row for two seeds.
pub(crate) fn draw(
    draw: impl Fn(&[Vec<usize>], usize, usize) -> Option<Vec<usize>>,
) -> Verdict {
    let of_class =
        [(0..12).collect(), (12..22).collect::<Vec<usize>>()];
    for (count, seeds) in [(5, 2), (3, 3), (10, 1)] {
        let mut taken = BTreeSet::new();
        for seed in 0..seeds {
            let rows = draw(&of_class, count, seed).ok_or_else(|| {
                format!(
                    "with {count} rows a class seed {seed} has none, \
                     though there are enough"
                )
            })?;
            for class in &of_class {
                let own = rows.iter().filter(|row| class.contains(row));
                let own = own.count();
                holds(own == count, || {
                    format!(
                        "seed {seed} has {own} of a class, not {count}"
                    )
                })?;
            }
            let again =
                rows.into_iter().find(|row| !taken.insert(*row));
            holds(again.is_none(), || {
                format!(
                    "seed {seed} has row {again:?} of an earlier seed"
                )
            })?;
        }
        holds(draw(&of_class, count, seeds).is_none(), || {
            format!(
                "with {count} rows a class there are rows for {seeds} \
                 seeds, and seed {seeds} has some all the same"
            )
        })?;
    }
    Ok(())
}

/// It is the library's.
pub(crate) fn holm(holm: impl Fn(&[f64]) -> Vec<f64>) -> Verdict {
    for p_values in [
        &[0.25, 0.125, 0.5][..],
        &[0.01, 0.013, 0.04, 0.03],
        &[0.9, 0.8],
        &[0.02],
        &[],
    ] {
        let (found, right) =
            (holm(p_values), nn::metrics::holm(p_values));
        holds(all_near(&found, &right, 1e-12), || {
            format!("{p_values:?} become {found:?}, not {right:?}")
        })?;
    }
    Ok(())
}
