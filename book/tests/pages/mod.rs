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
