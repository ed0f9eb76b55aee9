//! What the chapters say of the comparison's table is true of the recorded reports.
//!
//! A sentence that ranks or judges rows is followed by a mark, a comment that the reader does not
//! see: `<!-- table: helps fine-tuned / widened -->`. Marks begin with `table` for the chosen
//! settings, `default` for the others, `blocks` for those with other writers in the test part; then
//! one of
//!
//! - `helps`, `hurts`, `undecided` and rows: their verdict;
//! - `largest` and a row: it has the highest gain of all strategies;
//! - `above` and two rows or more: each has a higher accuracy than the next;
//! - `apart` and two rows, `level` and two rows: the 95 % interval of their paired difference leaves
//!   out 0, or holds it;
//! - `correlation` and two rows and a number: that of their accuracies, seed by seed, to two decimals;
//! - `gain`, `accuracy` and a row and a number: it is that to three decimals;
//! - `order` and rows: these are all strategies, in falling order of their accuracies.

use std::fs;

use nn::metrics::{PairedDifference, mean};
use pages::{book, comments, pages};
use serde_json::Value;

mod pages;

struct Table(Value);

impl Table {
    fn of(kind: &str) -> Result<Self, String> {
        let file = match kind {
            "table" => "compare/report.json",
            "default" => "compare/report-default.json",
            "blocks" => "compare/report-blocks.json",
            _ => return Err(format!("there is no table `{kind}`")),
        };
        let text = fs::read_to_string(book().join(file)).map_err(|error| error.to_string())?;
        Ok(Self(serde_json::from_str(&text).map_err(|error| error.to_string())?))
    }

    fn rows(&self) -> &[Value] {
        self.0["summary"].as_array().map_or(&[], Vec::as_slice)
    }

    fn row(&self, name: &str) -> Result<&Value, String> {
        let found = self.rows().iter().find(|row| row["strategy"] == name);
        found.ok_or_else(|| format!("there is no row `{name}`"))
    }

    fn accuracy(&self, name: &str) -> Result<f64, String> {
        self.row(name)?["accuracy"].as_f64().ok_or_else(|| format!("`{name}` has no accuracy"))
    }

    /// The accuracies of all seeds.
    fn runs(&self, name: &str) -> Vec<f64> {
        let runs = self.0["runs"].as_array().map_or(&[][..], Vec::as_slice);
        let own = runs.iter().filter(|run| run["strategy"] == name);
        own.filter_map(|run| run["accuracy"].as_f64()).collect()
    }

    fn strategies(&self) -> Vec<&str> {
        let rows = self.rows().iter().filter(|row| row["part"] == "strategy");
        rows.filter_map(|row| row["strategy"].as_str()).collect()
    }

    /// What a mark's number must be.
    fn number(&self, of: &str, rows: &str) -> Result<String, String> {
        Ok(match (of, rows.split_once(" / ")) {
            ("correlation", Some((one, other))) => {
                self.row(one).and(self.row(other))?;
                format!("{:.2}", correlation(&self.runs(one), &self.runs(other)))
            }
            ("gain", None) => {
                let gain = self.row(rows)?["difference"]["mean"].as_f64();
                format!("{:+.3}", gain.unwrap_or(f64::NAN))
            }
            ("accuracy", None) => format!("{:.3}", self.accuracy(rows)?),
            _ => return Err("a correlation takes two rows, another number one".to_owned()),
        })
    }

    /// Whether the interval of the difference of two rows leaves out 0.
    fn apart(&self, one: &str, other: &str) -> Result<bool, String> {
        self.row(one).and(self.row(other))?;
        let (low, high) = PairedDifference::new(&self.runs(one), &self.runs(other)).interval(0.95);
        Ok(low > 0.0 || high < 0.0)
    }
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let centred = |runs: &[f64]| runs.iter().map(|run| run - mean(runs)).collect::<Vec<_>>();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (one, other) = (centred(one), centred(other));
    product(&one, &other) / (product(&one, &one) * product(&other, &other)).sqrt()
}

/// Whether a mark is true; why not.
fn judge(mark: &str) -> Result<(), String> {
    let (kind, claim) = mark.split_once(": ").ok_or("a mark is `table: CLAIM`")?;
    let table = Table::of(kind)?;
    let (verb, rest) = claim.split_once(' ').ok_or("a claim is a word and rows")?;
    let names: Vec<&str> = rest.split(" / ").map(str::trim).collect();
    let says = |holds: bool, why: String| if holds { Ok(()) } else { Err(why) };
    match verb {
        "helps" | "hurts" | "undecided" => names.iter().try_for_each(|name| {
            let verdict = &table.row(name)?["verdict"];
            says(verdict == verb, format!("{name}: {verdict}"))
        }),
        "largest" => {
            let own = table.accuracy(rest)?;
            let mut others = table.strategies().into_iter();
            let higher = others.find(|name| table.accuracy(name).is_ok_and(|other| other > own));
            says(higher.is_none(), format!("{higher:?} is above"))
        }
        "above" | "order" => {
            let all: Vec<f64> =
                names.iter().map(|name| table.accuracy(name)).collect::<Result<_, _>>()?;
            let falls = all.windows(2).all(|pair| pair[0] > pair[1]);
            let whole = verb == "above" || names.len() == table.strategies().len();
            says(falls && whole && all.len() > 1, format!("{all:?}"))
        }
        "apart" | "level" => {
            let [one, other] = names[..] else { return Err("it takes two rows".to_owned()) };
            let apart = table.apart(one, other)?;
            says(
                apart == (verb == "apart"),
                format!("they are {}", if apart { "apart" } else { "level" }),
            )
        }
        "correlation" | "gain" | "accuracy" => {
            let (rows, number) = rest.rsplit_once(' ').ok_or("it takes rows and a number")?;
            let found = table.number(verb, rows)?;
            says(found == number, format!("it is {found}"))
        }
        _ => Err(format!("there is no claim `{verb}`")),
    }
}

/// The marks of a page.
fn marks(text: &str) -> Vec<&str> {
    let kinds = ["table: ", "default: ", "blocks: "];
    comments(text).filter(|mark| kinds.iter().any(|kind| mark.starts_with(kind))).collect()
}

#[test]
fn what_the_chapters_say_of_the_table_is_what_the_recorded_reports_say() {
    let mut faults = Vec::new();
    let mut number = 0;
    for (page, text) in pages() {
        for mark in marks(&text) {
            number += 1;
            if let Err(why) = judge(mark) {
                faults.push(format!("{}: `{mark}`: {why}", page.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(number >= 20, "only {number} claims are marked");
}

#[test]
fn a_false_mark_is_found() {
    for (mark, why) in [
        ("table: hurts fine-tuned", "fine-tuned: \"helps\""),
        ("table: helps source only", "source only: \"hurts\""),
        ("table: undecided fine-tuned", "fine-tuned: \"helps\""),
        ("table: largest source only", "is above"),
        ("table: above source only / fine-tuned", "["),
        ("table: order fine-tuned / source only", "["),
        ("table: level fine-tuned / source only", "they are apart"),
        ("table: apart fine-tuned / fine-tuned", "they are level"),
        ("table: correlation widened / fine-tuned 0.10", "it is 0."),
        ("table: gain fine-tuned +0.500", "it is +0."),
        ("table: accuracy fine-tuned 0.500", "it is 0."),
        ("table: helps nothing", "there is no row `nothing`"),
        ("table: improves fine-tuned", "there is no claim `improves`"),
        ("other: helps fine-tuned", "there is no table `other`"),
    ] {
        let found = judge(mark).expect_err(mark);
        assert!(found.contains(why), "{mark}: {found}");
    }
    assert_eq!(judge("table: helps fine-tuned"), Ok(()));
    assert_eq!(judge("default: hurts source only"), Ok(()));
    assert_eq!(judge("table: apart fine-tuned / source only"), Ok(()));
}
