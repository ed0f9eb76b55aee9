//! The pages of the book, as its tests read them.

use std::fs;
use std::path::PathBuf;

/// The book's folder.
pub(crate) fn book() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every page: its file and its text.
pub(crate) fn pages() -> Vec<(PathBuf, String)> {
    let mut pages: Vec<_> = fs::read_dir(book().join("src"))
        .expect("book/src is a folder")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a page is text");
            (path, text)
        })
        .collect();
    pages.sort();
    assert!(pages.len() > 10, "the book has lost its pages");
    pages
}

/// The chapters: the names of their pages without the ending, which begin with a number, and their
/// texts.
#[allow(dead_code, reason = "not every test reads chapters")]
pub(crate) fn chapters() -> Vec<(String, String)> {
    let named = pages().into_iter().filter_map(|(path, text)| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        name.starts_with(|first: char| first.is_ascii_digit()).then_some((name, text))
    });
    named.collect()
}

/// What stands in a page's comments, which a reader does not see.
#[allow(dead_code, reason = "not every test reads comments")]
pub(crate) fn comments(text: &str) -> impl Iterator<Item = &str> {
    let comments = text.split("<!-- ").skip(1).filter_map(|rest| rest.split_once(" -->"));
    comments.map(|(comment, _)| comment)
}
