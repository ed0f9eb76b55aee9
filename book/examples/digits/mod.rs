//! The rows of the comparison's protocol, as three chapters use them.

use autograd::Seed;
use nn::Dataset;

/// The source, the five rows a class of the target that a seed draws,
/// and the target's test part.
pub(crate) fn rows(seed: usize) -> [Dataset; 3] {
    let scaled = |data: Dataset| data.map(|count| count / 16.0);
    let mnist8 = scaled(nn::data::mnist8());
    let digits = scaled(nn::data::digits());
    let order = Seed::new(0).child("split");
    let (test, rest) = digits.labels().stratified_split(0.5, order);
    let (test, rest) = (digits.rows(&test), digits.rows(&rest));
    let of_class = rest.labels().rows_by_class(order);
    let five = 5 * seed..5 * (seed + 1);
    let rows = of_class.iter().flat_map(|class| &class[five.clone()]);
    let rows: Vec<usize> = rows.copied().collect();
    [mnist8, rest.rows(&rows), test]
}
