//! Exact tests of paired differences, and what several tests at once allow to say.

/// How probable ranks at least as one-sided are if every difference is as likely to be negative as
/// positive: the exact two-sided p-value of Wilcoxon's signed-rank test.
///
/// Differences of 0 say nothing and are left out; equal sizes share the mean of their ranks, and
/// the distribution is that of those ranks. Without differences the value is 1. The time grows with
/// the third power of their number: a second for a thousand.
///
/// ```
/// // Ten differences of one sign: 2 of the 1024 signs are as one-sided.
/// let p = nn::metrics::wilcoxon(&[0.3, 0.1, 0.2, 0.5, 0.4, 0.6, 0.9, 0.8, 0.7, 1.0]);
/// assert_eq!(p, 2.0 / 1024.0);
/// ```
///
/// # Panics
/// If a difference is not a number.
///
/// # Source
/// Wilcoxon 1945; the distribution by adding one rank after the other.
#[track_caller]
pub fn wilcoxon(differences: &[f64]) -> f64 {
    let mut sizes = nonzero(differences);
    sizes.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Ranks counted from 1 and doubled, so that the means that equal sizes share are whole.
    let mut ranks = Vec::with_capacity(sizes.len());
    #[expect(clippy::float_cmp, reason = "only equal sizes share a rank")]
    for equal in sizes.chunk_by(|a, b| a.abs() == b.abs()) {
        let rank = 2 * ranks.len() + equal.len() + 1;
        ranks.extend(std::iter::repeat_n(rank, equal.len()));
    }
    let total: usize = ranks.iter().sum();
    let signed = sizes.iter().zip(&ranks);
    let positive: usize = signed.filter(|(x, _)| **x > 0.0).map(|(_, rank)| rank).sum();

    // `probability[s]`: that the ranks with a positive sign add up to `s`.
    let mut probability = vec![0.0; total + 1];
    probability[0] = 1.0;
    let mut reached = 0;
    for &rank in &ranks {
        reached += rank;
        for s in (0..=reached).rev() {
            let with = if s >= rank { probability[s - rank] } else { 0.0 };
            probability[s] = 0.5 * (probability[s] + with);
        }
    }
    // The distribution is symmetric: the smaller side's tail, twice.
    let tail: f64 = probability[..=positive.min(total - positive)].iter().sum();
    (2.0 * tail).min(1.0)
}

/// How probable numbers of positive and negative differences at least as uneven are if both signs
/// are as likely: the exact two-sided p-value of the sign test.
///
/// Differences of 0 say nothing and are left out; without differences the value is 1.
///
/// # Panics
/// If a difference is not a number.
///
/// # Source
/// Arbuthnott 1710: the binomial distribution with probability one half.
#[track_caller]
pub fn sign_test(differences: &[f64]) -> f64 {
    let differences = nonzero(differences);
    let (n, positive) = (differences.len(), differences.iter().filter(|x| **x > 0.0).count());
    // Row n of Pascal's triangle, halved at every row.
    let mut probability = vec![0.0; n + 1];
    probability[0] = 1.0;
    for row in 1..=n {
        for k in (0..=row).rev() {
            let left = if k > 0 { probability[k - 1] } else { 0.0 };
            probability[k] = 0.5 * (probability[k] + left);
        }
    }
    let tail: f64 = probability[..=positive.min(n - positive)].iter().sum();
    (2.0 * tail).min(1.0)
}

/// The p-values of several tests, adjusted so that calling those below a level significant makes a
/// false claim with at most that probability.
///
/// The k-th smallest of m, counted from 0, is multiplied by `m - k`; none is smaller than that of a
/// smaller one, and none above 1.
///
/// ```
/// assert_eq!(nn::metrics::holm(&[0.25, 0.125, 0.5]), [0.5, 0.375, 0.5]);
/// ```
///
/// # Panics
/// If a value is no probability.
///
/// # Source
/// Holm 1979.
#[track_caller]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    for (i, p) in p_values.iter().enumerate() {
        assert!((0.0..=1.0).contains(p), "p-value {i} is {p}, which is no probability");
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (k, &i) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - k) as f64 * p_values[i]).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

#[track_caller]
fn nonzero(differences: &[f64]) -> Vec<f64> {
    if let Some(i) = differences.iter().position(|x| x.is_nan()) {
        panic!("difference {i} is not a number");
    }
    differences.iter().copied().filter(|x| *x != 0.0).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of powers of one half are exact")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    /// All signs tried, one after the other.
    fn naive(differences: &[f64], statistic: impl Fn(&[f64]) -> f64) -> f64 {
        let sizes: Vec<f64> = differences.iter().map(|x| x.abs()).filter(|x| *x > 0.0).collect();
        let centre = statistic(&sizes) / 2.0;
        let distance = |x: &[f64]| (statistic(x) - centre).abs();
        let observed: Vec<f64> = differences.iter().copied().filter(|x| *x != 0.0).collect();
        let as_far = (0..1_u32 << sizes.len()).filter(|signs| {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let flipped: Vec<f64> = sizes.iter().enumerate().map(|(i, x)| sign(i) * x).collect();
            distance(&flipped) >= distance(&observed)
        });
        as_far.count() as f64 / f64::from(1_u32 << sizes.len())
    }
    /// The sum of the positive differences' ranks, by counting the smaller ones.
    fn rank_sum(x: &[f64]) -> f64 {
        let rank = |x: &f64, all: &[f64]| {
            let smaller = all.iter().filter(|y| y.abs() < x.abs()).count();
            let equal = all.iter().filter(|y| y.abs() == x.abs()).count();
            smaller as f64 + f64::midpoint(equal as f64, 1.0)
        };
        x.iter().filter(|x| **x > 0.0).map(|y| rank(y, x)).sum()
    }
    fn positives(x: &[f64]) -> f64 {
        x.iter().filter(|x| **x > 0.0).count() as f64
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        /// Small whole differences, so that zeros and ties occur.
        #[test]
        fn the_exact_tests_count_all_signs(differences in prop::collection::vec(-4_i8..=4, 0..10)) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            prop_assert_eq!(wilcoxon(&differences), naive(&differences, rank_sum));
            prop_assert_eq!(sign_test(&differences), naive(&differences, positives));
        }

        #[test]
        fn adjusted_values_are_no_smaller_and_in_the_same_order(
            p in prop::collection::vec(0.0..=1.0, 0..8)
        ) {
            let adjusted = holm(&p);
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }

    #[test]
    fn nothing_to_compare_shows_nothing() {
        assert_eq!(wilcoxon(&[0.0, 0.0]), 1.0);
        assert_eq!(sign_test(&[]), 1.0);
    }

    #[test]
    #[should_panic(expected = "difference 1 is not a number")]
    fn a_difference_that_is_not_a_number_is_refused() {
        wilcoxon(&[1.0, f64::NAN]);
    }
}
