//! Sound tables come back as they were written; damaged ones are refused or read right.

use nn::{Dataset, Seed, generator};
use proptest::prelude::*;
use rand::RngExt;
use tests::tables::{LABEL, TableCase, table_bytes, table_pair, tables, write};

use crate::config;

/// A table with everything that makes reading hard, and a plain one.
const SOUND: [&str; 2] = [
    "\u{FEFF}x,\"the label\",\"y, \"\"z\"\"\"\r\n1.5,red,2e-3\r\n\r\n-4,\"blue, or \"\"teal\"\"\",5\r\n\
     6,,7\r\n 8 ,caf\u{e9},-9.25e2\r\n0,red,1\r\n",
    "the label,a,b\none,1,2\ntwo,3,4\none,5,6\ntwo,7,8\n",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_what_is_read(case in tables(), style: u8) {
        let text = write(&case.cells(), style);
        let data = Dataset::<f64>::from_csv_bytes("t", text.as_bytes(), LABEL).unwrap();
        prop_assert_eq!(&data.columns, &case.columns);
        let bits = |x: &f64| x.to_bits();
        let read: Vec<u64> = data.features.as_slice().iter().map(bits).collect();
        let written: Vec<u64> = case.rows.iter().flatten().map(bits).collect();
        prop_assert_eq!(read, written);
        let labels = data.labels();
        let name = |class: &Option<usize>| class.map_or("", |class| &labels.classes[class]);
        let read: Vec<&str> = labels.of_row.iter().map(name).collect();
        prop_assert_eq!(read, case.labels);
    }

    #[test]
    fn structural_damage_is_refused(case in tables(), style: u8, kind in 0..5_u8, place: usize) {
        let text = write(&case.cells(), style);
        let damaged = damage(&text, style, kind, place);
        let damaged = damaged.unwrap_or_else(|| doubled(&case, style, place));
        let read = Dataset::<f64>::from_csv_bytes("t", damaged.as_bytes(), LABEL);
        prop_assert!(read.is_err(), "{text:?} was damaged to {damaged:?} and is read");
    }

    #[test]
    fn any_bytes_give_a_data_set_or_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = table_bytes(&bytes);
    }

    #[test]
    fn any_text_gives_a_data_set_or_a_sentence(text in "(the label|[x1,\"\r\n ;\t.eé-]){0,60}") {
        let _ = table_bytes(text.as_bytes());
    }
}

/// A table with a quote, a separator or a line end lost, or its last row cut off in the middle; `None`
/// where it has no such place.
fn damage(text: &str, style: u8, kind: u8, place: usize) -> Option<String> {
    let without = |what: &[char]| {
        let places: Vec<(usize, char)> =
            text.char_indices().filter(|(_, c)| what.contains(c)).collect();
        let (i, c) = *places.get(place % places.len().max(1))?;
        Some(format!("{}{}", &text[..i], &text[i + c.len_utf8()..]))
    };
    let quoted = text.contains('"');
    match kind {
        0 => without(&['"']),
        1 if !quoted => without(&[',']),
        // One of a pair of line ends, or the last, may be lost without harm.
        2 if style & 3 != 1 && style >> 5 & 1 == 0 => {
            let body = text.trim_end();
            let places: Vec<usize> = body.match_indices(['\n', '\r']).map(|(i, _)| i).collect();
            let i = places[place % places.len()];
            Some(format!("{}{}", &body[..i], &body[i + 1..]))
        }
        // The last row loses its last cell; an empty one before it would leave an empty line.
        3 if !quoted => text
            .rfind(',')
            .map(|i| text[..i].to_owned())
            .filter(|text| text.ends_with(|last: char| !last.is_whitespace())),
        _ => None,
    }
}

/// The table with one of its columns twice.
fn doubled(case: &TableCase, style: u8, place: usize) -> String {
    let mut cells = case.cells();
    let column = place % cells[0].len();
    cells.iter_mut().for_each(|row| row.push(row[column].clone()));
    write(&cells, style)
}

#[test]
fn a_thousand_cuts_and_flips_give_an_error_or_the_right_answer() {
    let mut random = generator(Seed::new(5));
    let (mut read, mut refused) = (0, 0);
    for _ in 0..500 {
        for sound in SOUND {
            let mut bytes = sound.as_bytes().to_vec();
            match random.random_range(0..4) {
                0 => bytes.truncate(random.random_range(0..bytes.len())),
                1 => {
                    let start = random.random_range(0..bytes.len());
                    let end = random.random_range(start..=bytes.len());
                    bytes.drain(start..end);
                }
                2 => {
                    let place = random.random_range(0..bytes.len());
                    bytes[place] ^= 1 << random.random_range(0..8);
                }
                _ => {
                    for _ in 0..random.random_range(1..5) {
                        let place = random.random_range(0..bytes.len());
                        bytes[place] = random.random();
                    }
                }
            }
            // What is read is compared with the twin reader, cell by cell.
            match table_bytes(&bytes) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
            table_pair(sound.as_bytes(), &bytes);
        }
    }
    assert!(read > 100 && refused > 500, "{read} tables were read and {refused} refused");
}

#[test]
fn a_table_cut_anywhere_keeps_the_rows_before_the_cut() {
    for sound in SOUND {
        let whole = table_bytes(sound.as_bytes()).unwrap();
        for cut in (0..sound.len()).filter(|cut| sound.is_char_boundary(*cut)) {
            let Ok(data) = table_bytes(&sound.as_bytes()[..cut]) else { continue };
            let sure: Vec<usize> = (0..data.num_rows() - 1).collect();
            assert_eq!(data.features.rows(&sure), whole.features.rows(&sure), "cut at {cut}");
        }
    }
}

#[test]
fn every_lost_quote_of_a_sound_table_is_seen() {
    for (i, _) in SOUND[0].match_indices('"') {
        let text = format!("{}{}", &SOUND[0][..i], &SOUND[0][i + 1..]);
        assert!(table_bytes(text.as_bytes()).is_err(), "{text:?}");
    }
}
