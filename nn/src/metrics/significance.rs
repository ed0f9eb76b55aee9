//! Exact tests of paired differences, and what several tests at once allow to say.

/// How probable ranks at least as one-sided are if every difference is as likely to be negative as
/// positive: the exact two-sided p-value of Wilcoxon's signed-rank test.
///
/// Differences of 0 say nothing and are left out; equal sizes share the mean of their ranks, and
/// the distribution is that of those ranks. Without differences the value is 1. The time grows with
/// the third power of their number: a second for a thousand.
///
/// Differences of rounded numbers are equal or 0 up to rounding only: 0.3 - 0.2 is not 0.2 - 0.1.
/// So sizes that differ by no more than 1e-9 of the largest are equal, and what is that small is 0.
///
/// ```
/// // Ten differences of one sign: 2 of the 1024 signs are as one-sided.
/// let p = nn::metrics::wilcoxon(&[0.3, 0.1, 0.2, 0.5, 0.4, 0.6, 0.9, 0.8, 0.7, 1.0]);
/// assert_eq!(p, 2.0 / 1024.0);
/// ```
///
/// # Panics
/// If a difference is infinite or not a number.
///
/// # Source
/// Wilcoxon 1945; the distribution by adding one rank after the other.
#[track_caller]
pub fn wilcoxon(differences: &[f64]) -> f64 {
    let (mut sizes, rounding) = nonzero(differences);
    sizes.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    // Ranks counted from 1 and doubled, so that the means that equal sizes share are whole.
    let mut ranks = Vec::with_capacity(sizes.len());
    while let Some(smallest) = sizes.get(ranks.len()) {
        let is_equal = |x: &&f64| x.abs() - smallest.abs() <= rounding;
        let equal = sizes[ranks.len()..].iter().take_while(is_equal).count();
        ranks.extend(std::iter::repeat_n(2 * ranks.len() + equal + 1, equal));
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
/// Differences of 0 say nothing and are left out, and so are those within rounding of it, no more than
/// 1e-9 of the largest; without differences the value is 1.
///
/// # Panics
/// If a difference is infinite or not a number.
///
/// # Source
/// Arbuthnott 1710: the binomial distribution with probability one half.
#[doc(alias = "binomtest")]
#[track_caller]
pub fn sign_test(differences: &[f64]) -> f64 {
    let (differences, _) = nonzero(differences);
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
#[doc(alias = "multipletests")]
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

/// The differences that are not 0, and by how much equal ones may differ for rounding.
#[track_caller]
fn nonzero(differences: &[f64]) -> (Vec<f64>, f64) {
    if let Some(i) = differences.iter().position(|x| !x.is_finite()) {
        panic!("difference {i} is {}, not a finite number", differences[i]);
    }
    let largest = differences.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let rounding = 1e-9 * largest;
    (differences.iter().copied().filter(|x| x.abs() > rounding).collect(), rounding)
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

        /// Fractions of `rows`, as accuracies are: equal differences of them are seldom equal floats.
        #[test]
        fn differences_of_fractions_rank_as_the_whole_numbers_they_stand_for(
            counts in prop::collection::vec((0_u16..40, 0_u16..40), 0..11),
            rows in 40_u16..2000, unit in -300_i32..300,
        ) {
            let fraction = |count| f64::from(count) / f64::from(rows) * 10_f64.powi(unit);
            let floats = counts.iter().map(|&(a, b)| fraction(a) - fraction(b));
            let whole = counts.iter().map(|&(a, b)| f64::from(a) - f64::from(b));
            let (floats, whole): (Vec<f64>, Vec<f64>) = (floats.collect(), whole.collect());
            prop_assert_eq!(wilcoxon(&floats), wilcoxon(&whole));
            prop_assert_eq!(sign_test(&floats), sign_test(&whole));
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

    /// Whole numbers 1, 1 and -1: as one-sided as 6 of the 8 signs are. Ranks that rounding tells
    /// apart would make it 1 of 8, or all.
    #[test]
    fn equal_differences_of_rounded_numbers_share_their_rank() {
        let differences = [0.3 - 0.2, 0.2 - 0.1, 0.3 - 0.4];
        assert_ne!(differences[0], differences[1]); // by rounding
        assert_eq!(wilcoxon(&differences), wilcoxon(&[1.0, 1.0, -1.0]));
    }

    /// Ranks 1.5, 1.5, 3 and 4, of which the negative has 4; 6 of the 16 signs have sums up to it:
    /// 0, 1.5 twice, 3 twice and 4. Were the tied ranks 1 it would be 8 signs, were they 1 and 2, 7.
    #[test]
    fn equal_sizes_share_the_mean_of_their_ranks() {
        assert_eq!(wilcoxon(&[1.0, 1.0, 2.0, -3.0]), 12.0 / 16.0);
    }

    /// A size that is larger by more than rounding has a rank of its own.
    #[test]
    fn what_is_more_than_rounding_is_a_difference() {
        let apart = |by: f64| wilcoxon(&[1.0, 1.0 + by, -1.0 - 2.0 * by]);
        assert_eq!(apart(1e-10), wilcoxon(&[1.0, 1.0, -1.0]));
        assert_eq!(apart(1e-8), wilcoxon(&[1.0, 2.0, -3.0]));
        assert_eq!(sign_test(&[1.0, 1e-10]), sign_test(&[1.0]));
        assert_eq!(sign_test(&[1.0, 1e-8]), sign_test(&[1.0, 1.0]));
    }

    #[test]
    fn nothing_to_compare_shows_nothing() {
        assert_eq!(wilcoxon(&[0.0, 0.0]), 1.0);
        assert_eq!(sign_test(&[]), 1.0);
    }

    #[test]
    #[should_panic(expected = "difference 1 is NaN, not a finite number")]
    fn a_difference_that_is_not_a_number_is_refused() {
        wilcoxon(&[1.0, f64::NAN]);
    }
}
