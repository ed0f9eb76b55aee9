//! Text in columns, and in lines of a width.

/// A heading and the cells below it.
pub(crate) fn column(heading: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    [heading.to_owned()].into_iter().chain(cells).collect()
}

/// The lines of a table, names at the left end and the cells of the columns beside them, numbers at
/// their right end; columns that do not fit into the width, and those behind them, are left out.
pub(crate) fn side_by_side(
    names: Vec<String>,
    columns: impl IntoIterator<Item = Vec<String>>,
    width: usize,
) -> Vec<String> {
    let mut lines = names;
    let widest = |cells: &[String]| cells.iter().map(|cell| cell.chars().count()).max();
    let taken = widest(&lines).unwrap_or(0);
    lines.iter_mut().for_each(|line| *line = format!("{line:taken$}"));
    let mut taken = taken;
    for cells in columns {
        let wide = widest(&cells).unwrap_or(0);
        taken += 2 + wide;
        if taken > width {
            break;
        }
        // Words begin below each other, numbers end there.
        let words = cells[1..].iter().all(|cell| !cell.contains(|c: char| c.is_ascii_digit()));
        for (line, cell) in lines.iter_mut().zip(cells) {
            let cell = if words { format!("{cell:wide$}") } else { format!("{cell:>wide$}") };
            *line = format!("{line}  {cell}");
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The text in lines of this width.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if line > 0 {
            let fits = line + 1 + length <= width;
            lines.push(if fits { ' ' } else { '\n' });
            line = if fits { line + 1 } else { 0 };
        }
        lines.push_str(word);
        line += length;
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_below_each_other_words_begin_there_and_what_does_not_fit_is_left_out() {
        let cells = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = |width| {
            let (numbers, words) = (cells(["n", "1", "-10"]), cells(["said", "", "helps"]));
            side_by_side(cells(["row", "a", "long"]), [numbers, words], width)
        };
        assert_eq!(table(16), ["row     n  said", "a       1", "long  -10  helps"]);
        assert_eq!(table(15), ["row     n", "a       1", "long  -10"]);
        assert_eq!(table(8), ["row", "a", "long"]);
    }

    #[test]
    fn a_long_text_is_wrapped_at_spaces() {
        for width in [20, 94] {
            let text = wrapped(&"word ".repeat(60), width);
            assert!(text.lines().count() > 2 && text.lines().all(|line| line.len() <= width));
            assert_eq!(text.split_whitespace().count(), 60);
        }
    }
}
