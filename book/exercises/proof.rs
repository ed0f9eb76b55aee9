//! Every exercise of the book can be failed and can be solved: its stub
//! fails, its answer passes, plausible wrong answers fail, and both
//! stub and answer stand on their pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use table::{Chapter, judged};
use wrong::WRONG;

#[macro_use]
mod table;
mod answers;
mod checks;
mod network;
mod scalar;
mod stubs;
mod wrong;

const ANSWERED: &[Chapter] = chapters!(answers);
const GIVEN: &[Chapter] = chapters!(stubs);

fn read(path: &str) -> String {
    let book = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(book.join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between the anchors of an exercise.
fn anchored(folder: &str, chapter: &str, exercise: &str) -> String {
    let file = format!("exercises/{folder}/{chapter}.rs");
    let text = read(&file);
    let begin = format!("// ANCHOR: {exercise}\n");
    let end = format!("// ANCHOR_END: {exercise}\n");
    let inside = text.split_once(&begin).and_then(|(_, rest)| {
        Some(rest.split_once(&end)?.0.to_owned())
    });
    inside.unwrap_or_else(|| panic!("{file} has no anchor {exercise}"))
}

/// The page of a chapter: its text.
fn page(chapter: &str) -> String {
    let begin = chapter.replace("chapter_", "") + "_";
    let book = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = fs::read_dir(book.join("src")).expect("a folder");
    let names = folder.map(|entry| {
        let name = entry.expect("its entries can be read").file_name();
        name.to_string_lossy().into_owned()
    });
    let mut own = names.filter(|name| name.starts_with(&begin));
    let name = own.next().unwrap_or_else(|| panic!("no page {begin}"));
    read(&format!("src/{name}"))
}

/// What a page says of an exercise: from its heading to the next.
fn section<'p>(page: &'p str, number: &str) -> &'p str {
    let heading = format!("\n### {number} ");
    let (_, rest) = page
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no heading \"### {number} ...\""));
    rest.split("\n## ")
        .next()
        .and_then(|rest| rest.split("\n### ").next())
        .unwrap_or(rest)
}

#[test]
fn every_answer_passes_its_check() {
    let mut faults = vec![];
    for chapter in ANSWERED {
        for (number, exercise) in chapter.numbered() {
            if let Err(why) = exercise.judge() {
                faults.push(format!("exercise {number}: {why}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_stub_that_still_says_todo_fails_its_check() {
    // What a reader has solved says `todo` no more, and may pass.
    for chapter in GIVEN {
        for (number, exercise) in chapter.numbered() {
            let stub = anchored("stubs", chapter.name, exercise.name);
            if stub.contains("todo") {
                assert!(exercise.judge().is_err(), "exercise {number}");
            }
        }
    }
}

#[test]
fn plausible_wrong_answers_fail_two_an_exercise() {
    for (chapter, wrong) in ANSWERED.iter().zip(WRONG) {
        for wrong in *wrong {
            let Err(why) = judged(wrong.check) else {
                panic!(
                    "{}: passes with {}",
                    wrong.exercise, wrong.fault
                )
            };
            assert!(!why.is_empty());
        }
        for (number, exercise) in chapter.numbered() {
            let of =
                |wrong: &&wrong::Wrong| wrong.exercise == exercise.name;
            let faults: BTreeSet<_> = wrong
                .iter()
                .filter(of)
                .map(|wrong| wrong.fault)
                .collect();
            assert!(faults.len() > 1, "{number}: {faults:?}");
        }
    }
    assert_eq!(ANSWERED.len(), WRONG.len());
}

#[test]
fn every_chapter_has_four_exercises_with_their_stubs_and_the_command() {
    for chapter in GIVEN {
        let name = chapter.name;
        let page = page(name);
        assert!(chapter.exercises.len() > 3, "{name}");
        let (_, exercises) = page
            .split_once("\n## Exercises\n")
            .unwrap_or_else(|| panic!("{name} has no exercises"));
        let command =
            format!("cargo test -p exercises --test stubs {name}");
        assert!(exercises.contains(&command), "{name}: {command}");
        assert!(
            exercises.contains("](answers.md#"),
            "{name}: no answers"
        );
        let headings = exercises.matches("\n### ").count();
        assert_eq!(headings, chapter.exercises.len(), "{name}");
        for (number, exercise) in chapter.numbered() {
            let section = section(&page, &number);
            let stub = format!(
                "{{{{#include ../exercises/stubs/{name}.rs:{}}}}}",
                exercise.name
            );
            assert!(section.contains(&stub), "{number}: {stub}");
        }
    }
}

#[test]
fn every_answer_stands_in_the_appendix_with_reasons() {
    let page = read("src/answers.md");
    for chapter in ANSWERED {
        for (number, exercise) in chapter.numbered() {
            let section = section(&page, &number);
            let answer = format!(
                "{{{{#include ../exercises/answers/{}.rs:{}}}}}",
                chapter.name, exercise.name
            );
            assert!(section.contains(&answer), "{number}: {answer}");
            let words = section.split_whitespace().count();
            assert!(words > 25, "{number}: {words} words");
        }
    }
}

#[test]
fn an_answer_has_its_stubs_description_and_signature() {
    for chapter in GIVEN {
        for (number, exercise) in chapter.numbered() {
            let stub = anchored("stubs", chapter.name, exercise.name);
            if !stub.contains("todo") {
                continue;
            }
            let answer =
                anchored("answers", chapter.name, exercise.name);
            let head = |text: &str| {
                let lines = text.lines();
                let is_head = |line: &&str| !line.ends_with('{');
                let head: Vec<_> = lines.take_while(is_head).collect();
                head.join("\n")
            };
            assert_eq!(head(&stub), head(&answer), "{number}");
        }
    }
}

#[test]
fn what_a_page_shows_of_an_exercise_has_72_columns() {
    for chapter in ANSWERED {
        for folder in ["stubs", "answers"] {
            let text = read(&format!(
                "exercises/{folder}/{}.rs",
                chapter.name
            ));
            for line in text.lines() {
                let wide = line.chars().count() > 72;
                // What a reader has written is hers.
                assert!(!wide || folder == "stubs", "{line}");
            }
        }
    }
}
