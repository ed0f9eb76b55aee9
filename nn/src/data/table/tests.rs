//! Laws of tables: what is written is read, and every fault is a sentence with its place.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

fn read(text: &str) -> Result<Dataset<f32>, String> {
    parse("t.csv", text.as_bytes(), "kind").map_err(|error| error.to_string())
}
fn refusal(text: &str) -> String {
    read(text).expect_err("the table is refused")
}

#[test]
fn a_table_as_people_have_it_is_read() {
    let text = "\u{FEFF}x, kind ,\"y\"\r\n1,a,2e-1\r\n\r\n -3 ,\"b, c\",.5\r\n4,,5";
    let set = read(text).unwrap();
    assert_eq!(set.columns, ["x", "y"]);
    assert_eq!(set.features, Tensor::new([3, 2], vec![1.0, 0.2, -3.0, 0.5, 4.0, 5.0]));
    assert_eq!(set.labels().classes, ["a", "b, c"]);
    assert_eq!(set.labels().of_row, [Some(0), Some(1), None]);
}

#[test]
fn every_fault_is_a_sentence_with_its_place() {
    let cases = [
        ("", "t.csv: the table is empty"),
        ("x,kind\n", "t.csv: there is a header and no row"),
        ("x,x,kind\n1,2,a\n", "t.csv:1: column \"x\": columns 1 and 2 have this name"),
        ("x,,kind\n1,2,a\n", "t.csv:1: column 2 of the header has no name"),
        ("x,y\n1,2\n", "t.csv:1: there is no column \"kind\""),
        ("x;kind\n1;a\n", "t.csv:1: the header has one column: cells are separated by commas here"),
        ("x,kind\n1,a\n2\n", "t.csv:3: the row has 1 cells for 2 columns"),
        ("x,kind\nred,a\n2,b\n", "t.csv:2: column \"x\": this is not a number: \"red\""),
        ("x,kind\n,a\n2,b\n", "t.csv:2: column \"x\": a number is missing: \"\""),
        ("x,kind\nNaN,a\n2,b\n", "t.csv:2: column \"x\": this is not a finite number: \"NaN\""),
        ("x,kind\n1e39,a\n2,b\n", "t.csv:2: column \"x\": this number is too large: \"1e39\""),
        (
            "x,kind\n1,a\n2,a\n",
            "t.csv: column \"kind\": all labels are \"a\": there is nothing to tell apart",
        ),
        ("x,kind\n1,\n", "t.csv: column \"kind\": there is no label"),
        (
            "x,kind\n1,\"a\n2,b\n3,c\n",
            "t.csv:2: column \"kind\": the cell holds a line break: a quote may be missing",
        ),
        (
            "x,kind\n\"\n\"1,a\n2,b\n",
            "t.csv:2: column \"x\": the cell holds a line break: a quote may be missing",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(refusal(text), message, "for {text:?}");
    }
}

#[test]
fn lines_are_those_an_editor_shows() {
    let bad = |ends: &str| refusal(&["x,kind", "1,a", "", "", "2,b", "no,c", ""].join(ends));
    assert!(bad("\n").starts_with("t.csv:6:"), "{}", bad("\n"));
    assert!(bad("\r\n").starts_with("t.csv:6:"), "{}", bad("\r\n"));
    assert!(bad("\r").starts_with("t.csv:6:"), "{}", bad("\r"));
}

#[test]
fn text_in_another_encoding_is_named_as_such() {
    let error = parse::<f32>("t.csv", b"x,kind\n1,caf\xE9\n", "kind").unwrap_err();
    assert_eq!(error.to_string(), "t.csv:2: the text is not UTF-8");
}

#[test]
fn a_number_too_large_for_single_precision_fits_in_double() {
    assert!(parse::<f64>("t.csv", b"x,kind\n1e39,a\n2,b\n", "kind").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_damaged_table_is_read_or_refused_and_never_a_panic(
        flips in prop::collection::vec((0_usize..90, any::<u8>()), 0..4), cut in 0_usize..90
    ) {
        let table = "\u{FEFF}x,kind,\"y\"\r\n1,a,2e-1\r\n\r\n-3,\"b, c\",.5\r\n4,a,5\r\n";
        let mut bytes = table.as_bytes().to_vec();
        for (place, byte) in flips {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes.truncate(cut);
        match parse::<f32>("t.csv", &bytes, "kind") {
            Ok(set) => prop_assert!(set.features.is_finite() && set.num_rows() <= 3),
            Err(error) => prop_assert!(error.to_string().starts_with("t.csv:")),
        }
    }

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(
            (prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 3), 0..3),
            3..20,
        ),
    ) {
        let classes = ["a", "b b", "c,c"];
        let lines = rows.iter().map(|(x, class)| {
            format!("{},{:e},\"{}\",{}\n", x[0], x[1], classes[*class as usize], x[2])
        });
        let text = format!("x,\"y\",kind,z\n{}", lines.collect::<String>());
        let read = parse::<f64>("t.csv", text.as_bytes(), "kind");
        let distinct = (0..3).filter(|class| rows.iter().any(|row| row.1 == *class)).count();
        prop_assert_eq!(read.is_ok(), distinct > 1);
        if let Ok(set) = read {
            let written: Vec<f64> = rows.iter().flat_map(|row| row.0.clone()).collect();
            prop_assert_eq!(set.features.as_slice(), written);
            for (row, label) in rows.iter().zip(set.labels().complete().unwrap()) {
                prop_assert_eq!(&set.labels().classes[label], classes[row.1 as usize]);
            }
        }
    }
}
