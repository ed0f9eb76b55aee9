//! `compare strategies NAME`: all that is known of one strategy.

use nn::train::{Description, Kind, Needs, Role};

use crate::failure::Failure;
use crate::strategies::{Strategy, all, nearest};

/// A line for each thing: what it is, what it needs, where it comes from, where it is derived.
pub(crate) fn described(name: &str) -> Result<String, Failure> {
    let all = all();
    let Some(strategy) = all.iter().find(|strategy| strategy.name() == name) else {
        let nearest = nearest(name, all.iter().map(Strategy::name));
        let (name, nearest) = (name.escape_debug(), nearest.unwrap_or_default());
        let hint = format!("did you mean \"{nearest}\"? `compare strategies` lists all");
        return Err(Failure::Usage(format!("there is no strategy \"{name}\"; {hint}")));
    };
    let Description {
        name, role, family, article_term, paper, chapter, usual, needs, keeps, ..
    } = &strategy.known;
    let family = format!("{family:?}").to_lowercase();
    let role = match role {
        Role::Control(of) => format!("a control of {of} ({family})"),
        Role::Baseline => format!("a baseline ({family})"),
        Role::Strategy => format!("a strategy ({family})"),
        Role::Reference => format!("what the network is worth at all ({family})"),
    };
    let asked = if *usual { "in every comparison" } else { "with --strategies" };
    let chapter = if chapter.is_empty() { "none" } else { chapter };
    let lines = [
        ("name", (*name).to_owned()),
        ("Chinese term", article_term.unwrap_or("none in the article").to_owned()),
        ("what it is", role),
        ("compared", asked.to_owned()),
        ("needs", needed(needs)),
        ("laws it keeps", list(keeps.iter().map(|law| format!("{law:?}")))),
        ("paper", paper.unwrap_or("none").to_owned()),
        ("chapter", chapter.to_owned()),
    ];
    Ok(lines.map(|(what, value)| format!("{what:13}  {value}\n")).concat())
}

fn needed(needs: &Needs) -> String {
    let sources = match (*needs.sources.start(), *needs.sources.end()) {
        (0, 0) => None,
        (1, 1) => Some("one source".to_owned()),
        (0, _) => Some("sources, if there are any".to_owned()),
        (least, usize::MAX) => Some(format!("{least} sources or more")),
        (least, most) => Some(format!("{least} to {most} sources")),
    };
    let labels = match needs.labels {
        Kind::Any => "labels that are classes or numbers",
        Kind::Classes => "labels that are classes",
        Kind::TwoClasses => "labels of two classes",
    };
    let rows = [
        (needs.labelled, "labelled rows of the target"),
        (needs.unlabelled, "unlabelled rows of the target"),
    ];
    let rows = rows.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_owned());
    list(sources.into_iter().chain(rows).chain([labels.to_owned()]))
}

fn list(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}
