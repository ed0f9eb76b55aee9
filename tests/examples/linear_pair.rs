//! The risk of fine-tuning between two linear tasks, measured and expected, by their angle.

use autograd::Seed;
use tests::linear_models::Pair;

fn main() {
    const DRAWS: usize = 2000;
    println!("cosine  length  measured  expected   error  of 2000 draws");
    let of = |cosine, length| Pair { cosine, length };
    let unit = [1.0, 0.8, 0.5, 0.3, 0.0, -0.5].map(|cosine| of(cosine, 1.0));
    for pair in unit.into_iter().chain([of(0.8, 2.0)]) {
        let risks = pair.risks(DRAWS, Seed::new(0));
        let mean = risks.iter().sum::<f64>() / DRAWS as f64;
        let variance = risks.iter().map(|risk| (risk - mean).powi(2)).sum::<f64>();
        let error = (variance / (DRAWS * (DRAWS - 1)) as f64).sqrt();
        let (Pair { cosine, length }, expected) = (pair, pair.expected());
        println!("{cosine:6}  {length:6}  {mean:8.4}  {expected:8.4}  {error:6.4}");
        // A risk of 0 is one to rounding.
        assert!((mean - expected).abs() <= 0.01 * expected + 1e-20, "{pair:?}: {mean}");
    }
}
