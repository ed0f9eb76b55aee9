//! The font of the formulas: it has every sign that is used, and the parts that grow.

use std::collections::BTreeMap;
use std::fs;

use mathml::preprocess;
use pages::{book, pages};
use ttf_parser::GlyphId;
use ttf_parser::cmap;
use ttf_parser::math::{self, GlyphConstructions};

mod mathml;
mod pages;

/// The numbers by which WOFF2 names the two tables that are read here, and those whose form it may
/// change.
const CMAP: u8 = 0;
const MATH: u8 = 31;
const GLYF: u8 = 10;
const LOCA: u8 = 11;

/// A number of WOFF2: seven bits a byte, the highest first, and a bit that says whether more follow.
fn number(bytes: &mut &[u8]) -> usize {
    let mut value = 0;
    loop {
        let (first, rest) = bytes.split_first().expect("a number is closed");
        *bytes = rest;
        value = value << 7 | usize::from(first & 0x7f);
        if first & 0x80 == 0 {
            return value;
        }
    }
}

/// The tables of a WOFF2 file, by their numbers.
fn tables(file: &[u8]) -> BTreeMap<u8, Vec<u8>> {
    assert!(file.starts_with(b"wOF2"), "it is a WOFF2");
    let count = u16::from_be_bytes([file[12], file[13]]);
    let mut directory = &file[48..];
    let lengths: Vec<(u8, usize)> = (0..count)
        .map(|_| {
            let (flags, rest) = directory.split_first().expect("an entry");
            let (tag, version) = (flags & 0x3f, flags >> 6);
            directory = if tag == 0x3f { &rest[4..] } else { rest };
            let length = number(&mut directory);
            let untouched = if matches!(tag, GLYF | LOCA) { 3 } else { 0 };
            (tag, if version == untouched { length } else { number(&mut directory) })
        })
        .collect();
    let mut content = Vec::new();
    brotli_decompressor::BrotliDecompress(&mut directory, &mut content).expect("it is Brotli");
    let mut rest = content.as_slice();
    let mut table = |(tag, length)| {
        let (table, after) = rest.split_at(length);
        rest = after;
        (tag, table.to_vec())
    };
    lengths.into_iter().map(&mut table).collect()
}

fn font() -> BTreeMap<u8, Vec<u8>> {
    tables(&fs::read(book().join("src/assets/math.woff2")).expect("the font is there"))
}

/// The glyph of a sign, if there is one.
fn glyph(font: &BTreeMap<u8, Vec<u8>>, sign: char) -> Option<GlyphId> {
    let subtables = cmap::Table::parse(&font[&CMAP]).expect("a map of signs").subtables;
    let mut unicode = subtables.into_iter().filter(cmap::Subtable::is_unicode);
    unicode.find_map(|table| table.glyph_index(sign.into()))
}

/// The sign that a browser draws for the only letter of a `<mi>`: an italic one.
fn italic(letter: char) -> char {
    let shifted = |first: char, to: u32| char::from_u32(to + u32::from(letter) - u32::from(first));
    match letter {
        'h' => Some('\u{210e}'),
        'A'..='Z' => shifted('A', 0x1d434),
        'a'..='z' => shifted('a', 0x1d44e),
        'Α'..='Ω' => shifted('Α', 0x1d6e2),
        'α'..='ω' => shifted('α', 0x1d6fc),
        '∂' => Some('\u{1d715}'),
        other => Some(other),
    }
    .expect("there are italic letters")
}

/// The signs of the formulas of a built page.
fn signs(html: &str) -> Vec<char> {
    let mut signs = Vec::new();
    let formulas = html.split("<math").skip(1).filter_map(|rest| rest.split_once("</math>"));
    for (formula, _) in formulas {
        for (tag, text) in formula.split('<').filter_map(|part| part.split_once('>')) {
            let mut text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            while let Some((before, (code, after))) =
                text.split_once("&#").and_then(|(b, rest)| Some((b, rest.split_once(';')?)))
            {
                let sign = code.parse().ok().and_then(char::from_u32).expect("a number of a sign");
                text = format!("{before}{sign}{after}");
            }
            let single = text.chars().count() == 1;
            let slanted = tag == "mi" && single;
            signs.extend(text.chars().map(|sign| if slanted { italic(sign) } else { sign }));
        }
    }
    signs
}

#[test]
fn every_sign_of_a_formula_is_in_the_font() {
    let font = font();
    let chapters: Vec<_> =
        pages().into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
    let output = preprocess(&chapters);
    let book: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut number = 0;
    for ((page, _), item) in chapters.iter().zip(book["items"].as_array().expect("chapters")) {
        for sign in signs(item["Chapter"]["content"].as_str().expect("a text")) {
            number += 1;
            // A variation selector is part of the sign before it.
            let there = sign == '\u{fe00}' || glyph(&font, sign).is_some();
            let code = u32::from(sign);
            assert!(there, "{page}: {sign} (U+{code:04X}): add it to tools/font.sh");
        }
    }
    assert!(number > 1000, "only {number} signs were looked at");
}

#[test]
fn sums_brackets_and_roots_grow() {
    let font = font();
    let math = math::Table::parse(&font[&MATH]).expect("the table MATH");
    let variants = math.variants.expect("it has variants");
    let grows = |made: &GlyphConstructions, signs: &str, wanted: u16| {
        for sign in signs.chars() {
            let glyph = glyph(&font, sign).expect("it is in the font");
            let made = made.get(glyph).unwrap_or_else(|| panic!("{sign} has one size"));
            // What is put together of parts has any size.
            let sizes = made.variants.len();
            assert!(sizes >= wanted || made.assembly.is_some(), "{sign} has {sizes} sizes");
        }
    };
    grows(&variants.vertical_constructions, "∑∏∫", 2);
    grows(&variants.vertical_constructions, "()[]{}|‖⟨⟩⌊⌋√", 4);
    grows(&variants.horizontal_constructions, "⏞⏟\u{302}\u{303}", 3);
}

#[test]
fn the_font_is_small_and_its_licence_lies_beside_it() {
    let assets = book().join("src/assets");
    let size = fs::metadata(assets.join("math.woff2")).expect("the font is there").len();
    assert!(size < 150_000, "{size} bytes");
    let licence = fs::read_to_string(assets.join("OFL.txt")).expect("the licence is there");
    assert!(licence.contains("SIL OPEN FONT LICENSE Version 1.1"));
    // The style sheet lies in `assets` too, when the book is built.
    let style = fs::read_to_string(book().join("assets/book.css")).expect("the style sheet");
    assert!(style.contains(r#"src: url("math.woff2") format("woff2");"#));
}
