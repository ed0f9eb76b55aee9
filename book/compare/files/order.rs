//! Names in the order in which people count: `2` before `10`.

use std::cmp::Ordering;

/// Numbers by their size, other names piece by piece, digits as the number they make.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    if let (Some(a), Some(b)) = (number(a), number(b))
        && a.total_cmp(&b) != Ordering::Equal
    {
        return a.total_cmp(&b);
    }
    let (mut x, mut y) = (a, b);
    while !x.is_empty() && !y.is_empty() {
        let ((one, rest_of_x), (other, rest_of_y)) = (piece(x), piece(y));
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let order = if digits(one) && digits(other) {
            let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
            one.len().cmp(&other.len()).then_with(|| one.cmp(other))
        } else {
            one.cmp(other)
        };
        if order != Ordering::Equal {
            return order;
        }
        (x, y) = (rest_of_x, rest_of_y);
    }
    x.len().cmp(&y.len()).then_with(|| a.cmp(b))
}

/// The digits, or what is none, that a text begins with, and the rest.
fn piece(text: &str) -> (&str, &str) {
    let first = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != first);
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_counting() {
        let sorted = ["-1", "2", "2.5", "10", "a", "a2", "a10", "a10b", "b1"];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, sorted);
        assert_ne!(natural("01", "1"), Ordering::Equal);
    }
}
