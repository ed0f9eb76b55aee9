//! What a chapter says of its program's output is true of the output recorded beside the program.
//!
//! A sentence that judges a line or quotes a number is followed by a mark, a comment that the reader
//! does not see: `<!-- 06_parameter: hurts 0.0 -->`. It names the program, a claim, and the words
//! with which the line begins:
//!
//! - `helps`, `hurts`, `undecided`: the line's difference, `+0.137 +- 0.004`, is more than three
//!   standard errors above 0, below 0, or neither;
//! - `equal`: it is 0, and so is its standard error;
//! - `largest`, `smallest`: no line of the output has a larger one, a smaller one;
//! - `above` and two lines, ` / ` between them: the first has the larger one;
//! - `number` and a number, then the words of the line: the line has this number.

use std::fs;

use pages::{book, chapters, comments};

mod pages;

/// The lines of a program's recorded output.
fn output(program: &str) -> Result<String, String> {
    let file = book().join(format!("examples/{program}.out"));
    fs::read_to_string(file).map_err(|_| format!("there is no program `{program}`"))
}

/// The line that begins with these words.
fn line<'o>(output: &'o str, begin: &str) -> Result<&'o str, String> {
    let begins = |line: &&str| {
        let mut words = line.split_whitespace();
        begin.split_whitespace().all(|word| words.next() == Some(word))
    };
    let mut found = output.lines().filter(begins);
    let line = found.next().ok_or_else(|| format!("no line begins with `{begin}`"))?;
    found.next().map_or(Ok(line), |_| Err(format!("two lines begin with `{begin}`")))
}

/// The difference of a line and its standard error, as `MEAN +- ERROR`.
fn difference(line: &str) -> Option<(f64, f64)> {
    let (before, after) = line.split_once(" +- ")?;
    let mean = before.split_whitespace().next_back()?.parse().ok()?;
    Some((mean, after.split_whitespace().next()?.parse().ok()?))
}

/// Whether a mark is true; why not.
fn judge(mark: &str) -> Result<(), String> {
    let (program, claim) = mark.split_once(": ").ok_or("a mark is `PROGRAM: CLAIM`")?;
    let output = output(program)?;
    let (verb, rest) = claim.split_once(' ').ok_or("a claim is a word and a line")?;
    let of = |begin: &str| {
        let line = line(&output, begin)?;
        difference(line).ok_or_else(|| format!("`{line}` has no difference"))
    };
    let says = |holds: bool, why: String| if holds { Ok(()) } else { Err(why) };
    match verb {
        "helps" | "hurts" | "undecided" | "equal" => {
            let (mean, error) = of(rest)?;
            let found = match mean {
                _ if mean == 0.0 && error == 0.0 => "equal",
                mean if mean > 3.0 * error => "helps",
                mean if mean < -3.0 * error => "hurts",
                _ => "undecided",
            };
            says(found == verb, format!("{mean} +- {error}: {found}"))
        }
        "largest" | "smallest" => {
            let (own, _) = of(rest)?;
            let mut all = output.lines().filter_map(difference).map(|(mean, _)| mean);
            let beyond = all.find(|&mean| if verb == "largest" { mean > own } else { mean < own });
            says(beyond.is_none(), format!("{beyond:?} is beyond {own}"))
        }
        "above" => {
            let (one, other) = rest.split_once(" / ").ok_or("it takes two lines")?;
            let [one, other] = [of(one)?.0, of(other)?.0];
            says(one > other, format!("{one} and {other}"))
        }
        "number" => {
            let (number, begin) = rest.split_once(' ').ok_or("it takes a number and a line")?;
            let line = line(&output, begin)?;
            let there = line.split([' ', ',']).any(|word| word == number);
            says(there, format!("`{line}` has no {number}"))
        }
        _ => Err(format!("there is no claim `{verb}`")),
    }
}

/// The marks of a page: comments that begin with the name of a program, whose first two letters are
/// a chapter's number.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    comments(text).filter(|mark| {
        let mut letters = mark.chars();
        letters.by_ref().take(2).all(|letter| letter.is_ascii_digit())
            && letters.next() == Some('_')
    })
}

#[test]
fn what_a_chapter_says_of_an_output_is_what_was_recorded() {
    let mut faults = Vec::new();
    for (name, text) in chapters() {
        let found: Vec<&str> = marks(&text).collect();
        let judged = found.iter().filter_map(|mark| judge(mark).err().map(|why| (mark, why)));
        faults.extend(judged.map(|(mark, why)| format!("{name}: `{mark}`: {why}")));
        if found.len() < 2 {
            faults.push(format!("{name} has {} marked sentences", found.len()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_false_mark_of_an_output_is_found() {
    for (mark, why) in [
        ("06_parameter: helps 0.0", "hurts"),
        ("06_parameter: hurts 1.0", "helps"),
        ("06_parameter: undecided 1.0", "helps"),
        ("06_parameter: equal 1.0", "helps"),
        ("06_parameter: largest 0.9", "is beyond"),
        ("06_parameter: smallest 1.0", "is beyond"),
        ("06_parameter: above 0.5 / 0.9", "and"),
        ("06_parameter: number 0.9 0.5", "has no 0.9"),
        ("06_parameter: helps 0.3", "no line begins with `0.3`"),
        ("06_parameter: improves 1.0", "there is no claim `improves`"),
        ("06_nothing: helps 1.0", "there is no program `06_nothing`"),
        ("10_connections: helps the same features", "two lines begin"),
    ] {
        let found = judge(mark).expect_err(mark);
        assert!(found.contains(why), "{mark}: {found}");
    }
    assert_eq!(judge("06_parameter: helps 1.0"), Ok(()));
    assert_eq!(judge("10_connections: equal the same features 0.0"), Ok(()));
}
