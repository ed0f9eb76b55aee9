//! Chapter 1: why compare.

// ANCHOR: paired_error
/// The standard error of the mean of `a[i] - b[i]`.
pub(crate) fn paired_error(a: &[f64], b: &[f64]) -> f64 {
    let differences: Vec<f64> =
        a.iter().zip(b).map(|(a, b)| a - b).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let squares = differences.iter().map(|each| (each - mean).powi(2));
    (squares.sum::<f64>() / (n * (n - 1.0))).sqrt()
}
// ANCHOR_END: paired_error

// ANCHOR: worth_of_pairing
/// The paired standard error over the unpaired one, for two columns of
/// equal variance and this correlation.
pub(crate) fn worth_of_pairing(correlation: f64) -> f64 {
    (1.0 - correlation).sqrt()
}
// ANCHOR_END: worth_of_pairing

// ANCHOR: seeds_needed
/// How many seeds it takes until this gain is at least three standard
/// errors, if the differences have this standard deviation.
pub(crate) fn seeds_needed(gain: f64, deviation: f64) -> usize {
    (3.0 * deviation / gain).powi(2).ceil() as usize
}
// ANCHOR_END: seeds_needed

// ANCHOR: draw
/// The rows of a seed: `count` of each class that no other seed has, or
/// nothing where a class has too few. `of_class` holds the rows of each
/// class.
pub(crate) fn draw(
    of_class: &[Vec<usize>],
    count: usize,
    seed: usize,
) -> Option<Vec<usize>> {
    let own = count * seed..count * (seed + 1);
    let rows = of_class.iter().map(|rows| rows.get(own.clone()));
    Some(rows.collect::<Option<Vec<&[usize]>>>()?.concat())
}
// ANCHOR_END: draw

// ANCHOR: holm
/// Holm's adjusted p-values, each in the place of its p-value.
pub(crate) fn holm(p_values: &[f64]) -> Vec<f64> {
    let number = p_values.len();
    let mut order: Vec<usize> = (0..number).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; number];
    let mut before = 0.0_f64;
    for (place, &row) in order.iter().enumerate() {
        let own = (number - place) as f64 * p_values[row];
        before = before.max(own).min(1.0);
        adjusted[row] = before;
    }
    adjusted
}
// ANCHOR_END: holm
