//! The rows of the comparison's protocol, as chapters 10 and 12 use them.

use autograd::Seed;
use nn::Dataset;

/// The source, the target's five rows a class of a seed, and the target's test part.
pub(crate) fn rows(seed: usize) -> [Dataset; 3] {
    let scaled = |data: Dataset| data.map(|count| count / 16.0);
    let (mnist8, digits) = (scaled(nn::data::mnist8()), scaled(nn::data::digits()));
    let order = Seed::new(0).child("split");
    let (test, rest) = digits.labels().stratified_split(0.5, order);
    let (test, rest) = (digits.rows(&test), digits.rows(&rest));
    let of_class = rest.labels().rows_by_class(order);
    let rows = of_class.iter().flat_map(|class| &class[5 * seed..5 * (seed + 1)]).copied();
    [mnist8, rest.rows(&rows.collect::<Vec<_>>()), test]
}
