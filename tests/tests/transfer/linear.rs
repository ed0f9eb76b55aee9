//! Regression through `fit`: least squares, the nearest solution, and what it costs.

use autograd::{Seed, Tensor};
use proptest::prelude::*;
use tests::draw::cases;
use tests::linear_models::{Pair, descent, learnt, rows, solve, source, squared_distance};
use transfer::baseline::Scratch;
use transfer::parameter::FineTune;

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn more_rows_than_columns_have_the_solution_of_least_squares(seed: u64, columns in 1_usize..6) {
        let seed = Seed::new(seed);
        let teacher: Vec<f64> = (0..columns).map(|i| (i as f64).cos()).collect();
        let target = rows(&teacher, 10 + 8 * columns, 0.5, seed);
        let (x, y) = (&target.features, target.numbers().complete().unwrap());
        let y = Tensor::new([y.len(), 1], y);
        let expected = solve(&x.matmul_tn(x), &x.matmul_tn(&y));
        let other = source(&vec![3.0; columns]);
        for strategy in [&Scratch as &dyn transfer::Strategy<f64>, &FineTune::default()] {
            let weights = learnt(strategy, &other, &target, &descent(300));
            for (a, b) in weights.as_slice().iter().zip(expected.as_slice()) {
                // Descent ends at rounding; the system's condition is some tens.
                prop_assert!((a - b).abs() < 1e-12, "{a} and {b}");
            }
        }
    }

    /// For `y = X w` with fewer rows than columns the gradient `X^T (X w - y)` lies in the rows'
    /// span, so that descent from `w0` ends at `w0 + X^+ (y - X w0)`.
    #[test]
    fn fewer_rows_than_columns_have_the_solution_nearest_to_the_source(seed: u64) {
        let seed = Seed::new(seed);
        let known: Vec<f64> = (0..20).map(|i| f64::from(i).sin()).collect();
        let target = rows(&[0.5; 20], 4, 0.3, seed);
        let (x, y) = (&target.features, target.numbers().complete().unwrap());
        let start = Tensor::new([1, 20], known.clone());
        // X^+ = X^T (X X^T)^-1: solve for the coefficients of the rows.
        let missing = Tensor::new([4, 1], y).zip(&x.matmul_nt(&start), |y, x| y - x);
        let coefficients = solve(&x.matmul_nt(x), &missing);
        let nearest = start.zip(&coefficients.transpose().matmul(x), |a, b| a + b);
        let weights = learnt(&FineTune::default(), &source(&known), &target, &descent(400));
        // Descent ends at rounding; the system's condition is some tens.
        prop_assert!(squared_distance(weights.as_slice(), nearest.as_slice()) < 1e-24);
    }
}

#[test]
fn between_equal_tasks_the_risk_of_fine_tuning_is_0() {
    for risk in (Pair { cosine: 1.0, length: 1.0 }).risks(20, Seed::new(2)) {
        // Weights of length 1 in 40 columns: the square of some roundings.
        assert!(risk < 1e-28, "{risk}");
    }
}

/// All angles are in the example `linear_pair`.
#[test]
fn the_risk_of_fine_tuning_is_the_part_of_the_way_outside_of_the_rows() {
    let pair = Pair { cosine: 0.5, length: 1.0 };
    let risks = pair.risks(2000, Seed::new(0));
    let mean = risks.iter().sum::<f64>() / 2000.0;
    // The share outside of the rows is of a beta distribution, 0.625 on average with a deviation of
    // 0.106: the mean of 2000 draws has one of 0.4 %.
    assert!((mean / pair.expected() - 1.0).abs() < 0.01, "{mean}");
}
