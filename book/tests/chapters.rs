//! The chapters' text: its code is compiled code, its links lead somewhere, its words are the
//! glossary's.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pages::{book, chapters, pages};

mod pages;

/// The fences of a page: the words after the opening backticks, and the lines within.
fn fences(text: &str) -> Vec<(String, String)> {
    let mut fences = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            fences.push((info.trim().to_owned(), body.join("\n")));
        }
    }
    fences
}

/// The text without its fences and code spans.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let mark = line.trim_start().starts_with("```");
        fenced ^= mark;
        !mark && !fenced
    });
    lines.flat_map(|line| line.split('`').step_by(2).chain(["\n"])).collect()
}

/// The path and the anchor of `{{#include PATH:ANCHOR}}`.
fn include(line: &str) -> Option<(&str, Option<&str>)> {
    let target = line.trim().strip_prefix("{{#include ")?.strip_suffix("}}")?;
    Some(target.split_once(':').map_or((target, None), |(path, anchor)| (path, Some(anchor))))
}

/// Where programs and crates lie that the tests build.
const COMPILED: [&str; 5] = [
    "../examples/",
    "../exercises/",
    "../../autograd/src/",
    "../../nn/src/",
    "../../tests/outside/",
];

#[test]
fn rust_in_a_chapter_is_an_anchor_of_a_compiled_file() {
    for (page, text) in pages() {
        for (info, body) in fences(&text) {
            if info.split([',', ' ']).next() != Some("rust") {
                continue;
            }
            let target = include(&body).and_then(|(path, anchor)| anchor.map(|_| path));
            assert!(
                target.is_some_and(|path| COMPILED.iter().any(|folder| path.starts_with(folder))
                    && Path::new(path).extension().is_some_and(|e| e == "rs")),
                "{}: a `rust` fence must hold one anchored include of a program: {body}",
                page.display()
            );
        }
    }
}

#[test]
fn code_is_fenced_with_its_language_named() {
    // A fence without a language would be a way round the rule for `rust`.
    let known = ["rust", "text", "sh", "toml", "python"];
    for (page, text) in pages() {
        for (info, _) in fences(&text) {
            let language = info.split([',', ' ']).next().unwrap_or_default();
            assert!(known.contains(&language), "{}: a fence ```{info}", page.display());
        }
    }
}

#[test]
fn includes_name_a_file_and_an_anchor_that_exist() {
    for (page, text) in pages() {
        let folder = page.parent().expect("a page lies in a folder");
        for line in text.lines().filter(|line| line.contains("{{#")) {
            let (path, anchor) = include(line)
                .unwrap_or_else(|| panic!("{}: only `#include` is used: {line}", page.display()));
            let target = fs::read_to_string(folder.join(path))
                .unwrap_or_else(|error| panic!("{}: {path}: {error}", page.display()));
            // Two numbers are a range of lines.
            if let Some((first, last)) = anchor.and_then(|anchor| anchor.split_once(':')) {
                let [first, last] = [first, last].map(str::parse::<usize>);
                let whole = 1..=target.lines().count();
                let within = |line: Result<usize, _>| line.is_ok_and(|line| whole.contains(&line));
                assert!(within(first) && within(last), "{}: {path} {anchor:?}", page.display());
                continue;
            }
            for mark in ["ANCHOR: ", "ANCHOR_END: "] {
                let mark = anchor.map(|anchor| format!("{mark}{anchor}"));
                assert!(
                    mark.is_none_or(|mark| target.lines().any(|line| line.ends_with(&mark))),
                    "{}: {path} has no anchor {anchor:?}",
                    page.display()
                );
            }
        }
    }
}

/// The lines of code of a source file, with their numbers, that no chapter shows: tests, comments
/// and blank lines are not asked for.
fn hidden(source: &str) -> (Vec<(usize, String)>, usize) {
    let text = fs::read_to_string(book().join("..").join(source)).expect("a source file");
    let path = format!("../../{source}");
    let pages = pages();
    let lines = pages.iter().flat_map(|(_, page)| page.lines());
    let anchors: BTreeSet<&str> =
        lines.filter_map(include).filter(|(of, _)| *of == path).filter_map(|(_, at)| at).collect();
    let (mut hidden, mut number, mut open) = (Vec::new(), 0, BTreeSet::new());
    for (at, line) in text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]") {
        let line = line.trim();
        if let Some(anchor) = line.strip_prefix("// ANCHOR: ") {
            open.insert(anchor);
        } else if let Some(anchor) = line.strip_prefix("// ANCHOR_END: ") {
            open.remove(anchor);
        } else if !line.is_empty() && !line.starts_with("//") {
            number += 1;
            if open.is_disjoint(&anchors) {
                hidden.push((at + 1, line.to_owned()));
            }
        }
    }
    (hidden, number)
}

#[test]
fn the_book_shows_three_quarters_of_the_tape_and_all_of_the_sweep() {
    let (of_tape, number) = hidden("autograd/src/tape.rs");
    assert!(of_tape.len() * 4 <= number, "{} of {number}: {of_tape:#?}", of_tape.len());
    let source = "autograd/src/backward.rs";
    let (of_sweep, _) = hidden(source);
    let text = fs::read_to_string(book().join("..").join(source)).expect("a source file");
    for name in ["fn backward(", "fn sweep(self", "fn sweep(\n", "fn pull_back("] {
        let start = text.find(name).expect(name);
        let first = text[..start].lines().count();
        // A function ends where a line closes it at its own depth.
        let length = text[start..].lines().position(|line| line == "    }").expect("its end");
        let mut missing = of_sweep.iter().filter(|(at, _)| (first..=first + length).contains(at));
        assert_eq!(missing.next(), None, "{name}");
    }
}

#[test]
fn every_chapter_shows_its_program_and_the_output_recorded_for_it() {
    let programs = fs::read_dir(book().join("examples")).expect("book/examples is a folder");
    for program in programs.map(|entry| entry.expect("its entries can be read").path()) {
        let name = program.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let is_chapter = name.starts_with(|first: char| first.is_ascii_digit());
        if !is_chapter || program.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        // A chapter's number is its programs', of which it may have several.
        let of_chapter = |page: &Path| {
            page.file_stem().is_some_and(|stem| {
                stem.to_string_lossy().split('_').next() == name.split('_').next()
            })
        };
        let chapter = pages().into_iter().find(|(page, _)| of_chapter(page));
        let chapter = chapter.unwrap_or_else(|| panic!("{name} has no chapter")).1;
        for part in [format!("../examples/{name}.rs:"), format!("../examples/{name}.out")] {
            assert!(chapter.contains(&part), "the chapter of {name} does not include {part}");
        }
    }
}

#[test]
fn a_chapter_asks_a_question_and_says_what_goes_wrong_what_it_costs_and_what_to_remember() {
    for (name, text) in chapters() {
        let opening = text.split("\n## ").next().unwrap_or_default();
        let first: Vec<&str> = opening.split("\n\n").skip(1).take(1).collect();
        assert!(first.concat().contains('?'), "{name} opens with {first:?}");
        let number = &name[..2];
        let costs = match number {
            "02" | "03" | "04" | "05" => "What it costs",
            "06" | "07" | "08" | "09" | "10" | "11" => {
                "When it helps, when it hurts, what it costs"
            }
            _ => "In short",
        };
        let mut rest = text.as_str();
        for heading in ["What goes wrong, and how one sees it", costs, "In short", "中文摘要"] {
            let at = format!("\n## {heading}\n");
            let place = rest.find(&at);
            let place = place.unwrap_or_else(|| panic!("{name} has no \"{heading}\" in its place"));
            rest = &rest[place..];
        }
    }
}

#[test]
fn every_chapter_ends_with_a_summary_in_chinese_in_the_glossarys_terms() {
    let glossary = fs::read_to_string(book().join("src/glossary.md")).expect("a page");
    let cells = glossary.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let terms: Vec<&str> = cells.flat_map(|cell| cell.split(", ")).collect();
    for (name, text) in chapters() {
        let (_, summary) = text.split_once("\n## 中文摘要\n").expect(&name);
        // What stands in bold is a term, and a term is the glossary's.
        let bold: Vec<&str> = summary.split("**").skip(1).step_by(2).collect();
        for term in &bold {
            assert!(terms.contains(term), "{name}: {term} is not in the glossary");
        }
        assert!(bold.len() > 1 || name == "13_product", "{name} names {bold:?} alone");
        assert!(summary.chars().count() > 100, "{name}");
    }
}

#[test]
fn every_term_of_the_article_is_in_the_book() {
    // The words of the article's headings and lists, in its order.
    let terms = [
        "迁移学习",
        "多任务学习",
        "知识迁移",
        "源域",
        "目标域",
        "微调",
        "参数迁移",
        "特征迁移",
        "结构迁移",
        "架构",
        "共享模型",
        "共享参数",
        "任务间连接",
        "任务间分层连接",
        "泛化能力",
        "任务分配",
        "调度",
        "边缘计算",
        "生成对抗网络",
        "区别",
        "应用场景",
        "挑战",
        "过度拟合",
    ];
    let pages = pages();
    for term in terms {
        assert!(pages.iter().any(|(_, text)| text.contains(term)), "{term}");
    }
}

#[test]
fn a_line_that_getting_started_has_one_change_stands_in_the_file_it_names() {
    let text = fs::read_to_string(book().join("src/start.md")).expect("a page");
    let mut found = 0;
    for (before, after) in text.match_indices("\n```text\n      ").map(|(at, _)| text.split_at(at))
    {
        let path = before.rsplit('`').nth(1).expect("the file stands before the line");
        let line = after.lines().nth(2).expect("the line");
        let file = fs::read_to_string(book().join("..").join(path)).expect(path);
        assert!(file.lines().any(|own| own.trim() == line.trim()), "{path}: {line}");
        found += 1;
    }
    assert_eq!(found, 2);
}

#[test]
fn links_lead_to_pages_of_the_book() {
    for (page, text) in pages() {
        for target in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, heading) = target
                .split_once('#')
                .map_or((target, None), |(file, heading)| (file, Some(heading)));
            let file = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            let text = fs::read_to_string(&file)
                .unwrap_or_else(|error| panic!("{}: {target}: {error}", page.display()));
            let known: BTreeSet<String> = text
                .lines()
                .filter_map(|line| line.strip_prefix('#'))
                .map(|line| identifier(line.trim_start_matches('#')))
                .collect();
            assert!(
                heading.is_none_or(|heading| known.contains(heading)),
                "{}: {target} names no heading",
                page.display()
            );
        }
    }
}

/// The identifier mdBook gives to a heading.
fn identifier(heading: &str) -> String {
    let words = heading.trim().to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn a_strategys_chapter_exists_and_the_references_have_its_paper() {
    let titles: Vec<String> =
        pages().iter().filter_map(|(_, text)| text.lines().next().map(str::to_owned)).collect();
    let references = fs::read_to_string(book().join("src/references.md")).expect("a page");
    let references: Vec<&str> = references.split("\n- ").collect();
    let transfer = transfer::registry::<f32>();
    let transfer = transfer.iter().map(|s| s.describe()).map(|d| (d.name, d.chapter, d.paper));
    let multitask = multitask::registry::<f32>();
    let multitask = multitask.iter().map(|s| s.describe()).map(|d| (d.name, d.chapter, d.paper));
    for (name, chapter, paper) in transfer.chain(multitask) {
        let there = chapter.is_empty() || titles.contains(&format!("# {chapter}"));
        assert!(there, "{name}: no chapter \"{chapter}\"");
        for paper in paper.into_iter().flat_map(|paper| paper.split(';')) {
            let there = references.iter().any(|entry| refers(entry, paper));
            assert!(there, "{name}: {paper} is not in the references");
        }
    }
}

/// The words of a text.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Whether an entry of the references is of a paper: it has the authors' names and the year, each
/// as a word of its own.
fn refers(entry: &str, paper: &str) -> bool {
    let (entry, paper) = (words(entry), words(paper));
    let is_year = |word: &&str| word.len() == 4 && word.starts_with(['1', '2']);
    let Some(year) = paper.iter().position(is_year) else { return false };
    let named = paper[..=year].iter().filter(|word| !matches!(**word, "et" | "al" | "and"));
    year > 0 && named.into_iter().all(|word| entry.contains(word))
}

#[test]
fn a_reference_is_matched_as_words() {
    let entry = "T. Chen, I. Goodfellow and J. Shlens. Net2Net. *Conference*, 2016. Chapter 8.";
    assert!(refers(entry, "Chen, Goodfellow and Shlens 2016, Net2Net"));
    assert!(refers(entry, " Chen et al. 2016"));
    assert!(!refers(entry, "Good et al. 2016"), "a part of another author's name");
    assert!(!refers(entry, "Chen and Ng 2016"), "another author");
    assert!(!refers(entry, "Chen et al. 2018, GradNorm"), "another year");
    assert!(!refers(entry, "Chen et al., Net2Net"), "no year");
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = fs::read_to_string(book().join("src/SUMMARY.md")).expect("a summary");
    for (page, _) in pages() {
        let name = page.file_name().expect("a page has a name").to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn nothing_is_loaded_from_the_network() {
    // A link is a reader's choice; an image, a script or a style sheet is not.
    for (page, text) in pages() {
        let prose = prose(&text);
        for forbidden in
            ["![](http", "<img", "<script", "<link", "<iframe", "@import", "src=\"http"]
        {
            assert!(!prose.contains(forbidden), "{}: {forbidden}", page.display());
        }
        let images = prose.split("![").skip(1).filter_map(|rest| rest.split("](").nth(1));
        for target in images {
            assert!(!target.starts_with("http"), "{}: an image {target}", page.display());
        }
    }
    let assets = fs::read_dir(book().join("assets")).expect("book/assets is a folder");
    let assets = assets.map(|entry| entry.expect("its entries can be read").path());
    for file in assets.chain([book().join("book.toml")]) {
        let text = fs::read_to_string(&file).expect("a file of the book");
        for forbidden in ["http:", "https:", "@import", "mathjax"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", file.display());
        }
    }
}
