//! The table of damaged tables and of what each is told.

use nn::Dataset;
use nn::data::{CsvConfig, Scaler};
use tests::tables::assert_is_a_sentence;

fn refusal(bytes: &[u8], config: impl Into<CsvConfig>) -> String {
    let read = Dataset::<f32>::from_csv_bytes("t.csv", bytes, config);
    let message = read.expect_err("the table is refused").to_string();
    assert_is_a_sentence(&message);
    message
}

#[test]
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn every_fault_is_a_sentence_with_its_place() {
    let cases: [(&[u8], &str); 42] = [
        (b"", "t.csv: the table is empty"),
        (b"\n\r\n\n", "t.csv: the table is empty"),
        (b"\xEF\xBB\xBF", "t.csv: the table is empty"),
        (b"x,kind\n", "t.csv: there is a header and no row"),
        (b"x,x,kind\n1,2,a\n", "t.csv:1: column \"x\": columns 1 and 2 have this name"),
        (b"\n\nx, x ,kind\n1,2,a\n", "t.csv:3: column \"x\": columns 1 and 2 have this name"),
        (b"kind,x,kind\na,1,b\n", "t.csv:1: column \"kind\": columns 1 and 3 have this name"),
        (b"x,,kind\n1,2,a\n", "t.csv:1: column 2 of the header has no name"),
        (b",x,kind\n0,1,a\n1,2,b\n", "t.csv:1: column 1 of the header has no name"),
        (b"x,kind,\n1,a,\n", "t.csv:1: column 3 of the header has no name"),
        (b"x,y\n1,2\n", "t.csv:1: there is no column \"kind\" among \"x\", \"y\""),
        (
            b"x,Kind\n1,a\n",
            "t.csv:1: there is no column \"kind\" among \"x\", \"Kind\": the nearest is \"Kind\"",
        ),
        (
            b"a,b,c,d,e,f,knd\n1,2,3,4,5,6,a\n",
            "t.csv:1: there is no column \"kind\" among \"a\", \"b\", \"c\", \"d\", \"e\", ...: the \
             nearest is \"knd\"",
        ),
        (
            b"5.1,3.5,-1e3\n4.9,3.0,2\n",
            "t.csv:1: the header is all numbers: a line with the columns' names is missing",
        ),
        (b"kind\na\nb\n", "t.csv:1: there is no column of features"),
        (
            b"x;kind\n1;a\n",
            "t.csv:1: the header is one column that holds ';', and cells are separated by ',': set \
             `separator`",
        ),
        (
            b"x\tkind\n1,5\ta\n",
            "t.csv:1: the header is one column that holds '\\t', and cells are separated by ',': \
             set `separator`",
        ),
        (b"x,kind\n1,a\n2\n", "t.csv:3: the row has 1 cell, but there are 2 columns"),
        (b"x,kind\n1,a\n   \n", "t.csv:3: the row has 1 cell, but there are 2 columns"),
        (b"x,kind\n1,a,3\n2,b\n", "t.csv:2: the row has 3 cells, but there are 2 columns"),
        (b"x,kind\nred,a\n2,b\n", "t.csv:2: column \"x\": this is not a number: \"red\""),
        (b"x,kind\n1_0,a\n2,b\n", "t.csv:2: column \"x\": this is not a number: \"1_0\""),
        (b"x,kind\n\"1,5\",a\n2,b\n", "t.csv:2: column \"x\": this is not a number: \"1,5\""),
        (b"x,kind\n,a\n2,b\n", "t.csv:2: column \"x\": a number is missing: \"\""),
        (b"x,kind\n1,a\n  ,b\n", "t.csv:3: column \"x\": a number is missing: \"\""),
        (b"x,kind\nNaN,a\n2,b\n", "t.csv:2: column \"x\": this is not a finite number: \"NaN\""),
        (b"x,kind\n-inf,a\n2,b\n", "t.csv:2: column \"x\": this is not a finite number: \"-inf\""),
        (b"x,kind\n1e39,a\n2,b\n", "t.csv:2: column \"x\": this number is too large: \"1e39\""),
        (
            b"x,kind\n1,a\n2,a\n",
            "t.csv: column \"kind\": all labels are \"a\": there is nothing to tell apart",
        ),
        (b"x,kind\n1,\n", "t.csv: column \"kind\": there is no label"),
        (
            b"x,kind\n1,a\n1,b\n1,a\n",
            "t.csv: every column of features is constant: they tell no rows apart",
        ),
        (
            b"x,kind\n1,\"a\n2,b\n3,c\n",
            "t.csv:2: column \"kind\": the quoted cell does not end on its line: a quote may be \
             missing",
        ),
        (
            b"x,kind\n1,\"a\n2,b\"\n3,c\n",
            "t.csv:2: column \"kind\": the quoted cell does not end on its line: a quote may be \
             missing",
        ),
        (
            b"x,\"kind\n1,a\n",
            "t.csv:1: cell 2: the quoted cell does not end on its line: a quote may be missing",
        ),
        (
            b"x,kind\n1,a\n2,\"b",
            "t.csv:3: column \"kind\": the quoted cell does not end on its line: a quote may be \
             missing",
        ),
        (
            b"x,kind\n1,re\"d\n2,b\n",
            "t.csv:2: column \"kind\": quotes stand around a whole cell, doubled inside it, unlike \
             in \"re\"d\"",
        ),
        (
            b"x,kind\n1,\"red\"x\n2,b\n",
            "t.csv:2: column \"kind\": quotes stand around a whole cell, doubled inside it, unlike \
             in \"\"red\"x\"",
        ),
        (
            b"x,kind\n1,a\n2,\"b\"\"\n",
            "t.csv:3: column \"kind\": the quoted cell does not end on its line: a quote may be \
             missing",
        ),
        (
            b"x,kind\n1, \"a\"\n2,b\n",
            "t.csv:2: column \"kind\": quotes stand around a whole cell, doubled inside it, unlike \
             in \" \"a\"\"",
        ),
        (b"x,kind\n1,caf\xE9\n", "t.csv:2: the text is not UTF-8"),
        (b"x,kind\n1,a\n2,\0\n", "t.csv:3: there is a zero byte: this is no text"),
        (&[0; 64], "t.csv: there are only zero bytes: the file was never written"),
    ];
    for (bytes, message) in cases {
        assert_eq!(refusal(bytes, "kind"), message, "for {:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn labels_that_are_numbers_are_numbers_and_several() {
    let message = |text: &[u8]| {
        let numbers = vec!["price".to_owned()];
        refusal(text, CsvConfig { numbers, ..CsvConfig::default() })
    };
    let cases: [(&[u8], &str); 6] = [
        (b"x,price\n1,2\n2,dear\n", "t.csv:3: column \"price\": this is not a number: \"dear\""),
        (
            b"x,price\n1,NaN\n2,1\n",
            "t.csv:2: column \"price\": this is not a finite number: \"NaN\"",
        ),
        (b"x,price\n1,1e999\n", "t.csv:2: column \"price\": this number is too large: \"1e999\""),
        (b"x,price\n1,\n2, \n", "t.csv: column \"price\": there is no label"),
        (
            b"x,price\n1,2.5\n2,\n3,2.50\n",
            "t.csv: column \"price\": all labels are 2.5: there is nothing to tell apart",
        ),
        (b"x,cost\n1,2\n", "t.csv:1: there is no column \"price\" among \"x\", \"cost\""),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text), expected);
    }
}

#[test]
fn what_is_no_table_is_named_as_what_it_is() {
    let utf16: Vec<u8> =
        "\u{FEFF}x,kind\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refusal(&utf16, "kind").contains("UTF-16"));
    assert!(refusal(b"PK\x03\x04\x14\0\x06\0", "kind").contains("spreadsheet"));
    assert!(refusal(b"\x1F\x8B\x08\0", "kind").contains("gzip"));
    assert!(refusal(b"<!DOCTYPE html>\n<html>\n", "kind").contains("no column \"kind\""));
}

#[test]
fn a_configuration_that_cannot_be_is_refused() {
    let table = b"x,y,kind\n1,2,a\n3,4,b\n";
    assert!(refusal(table, ["kind", "kind"]).contains("column \"kind\": the column is asked for"));
    let both = CsvConfig { numbers: vec!["kind".to_owned()], ..CsvConfig::from("kind") };
    assert!(refusal(table, both).contains("column \"kind\": the column is asked for twice"));
    let ignored = |names: &[&str]| CsvConfig {
        ignored: names.iter().map(|&name| name.to_owned()).collect(),
        ..CsvConfig::from("kind")
    };
    assert!(refusal(table, ignored(&["kind"])).contains("twice"));
    assert!(refusal(table, ignored(&["z"])).contains("no column \"z\""));
    assert!(refusal(table, ignored(&["x", "y"])).contains("no column of features"));
    for separator in ['"', '\n', 'é', '\0'] {
        let config = CsvConfig { separator, ..CsvConfig::from("kind") };
        assert!(refusal(table, config).contains("cannot be separated by"));
    }
    let config = CsvConfig { max_bytes: 10, ..CsvConfig::from("kind") };
    assert!(refusal(table, config).contains("more than 10 bytes"));
}

#[test]
fn what_is_missing_is_said_by_the_configuration() {
    let table = b"x,y,kind,price\n1,NA,a,2\n2,?,NA,NA\n3,5,b,7\n, 6,?,\n";
    let config = |missing: &[&str], keep_missing| CsvConfig {
        labels: vec!["kind".to_owned()],
        numbers: vec!["price".to_owned()],
        missing: missing.iter().map(|&text| text.to_owned()).collect(),
        keep_missing,
        ..CsvConfig::default()
    };
    assert_eq!(
        refusal(table, config(&["NA", "?"], false)),
        "t.csv:2: column \"y\": a number is missing: \"NA\""
    );
    assert_eq!(
        refusal(table, config(&["NA"], true)),
        "t.csv:3: column \"y\": this is not a number: \"?\""
    );
    let config = config(&["NA", "?"], true);
    let data = Dataset::<f64>::from_csv_bytes("t.csv", table, config).unwrap();
    let missing: Vec<bool> = data.features.as_slice().iter().map(|x| x.is_nan()).collect();
    assert_eq!(missing, [false, true, false, true, false, false, true, false]);
    assert_eq!(data.label_columns[0].as_classes().unwrap().of_row, [Some(0), None, Some(1), None]);
    assert_eq!(
        data.label_columns[1].as_numbers().unwrap().of_row,
        [Some(2.0), None, Some(7.0), None]
    );

    // The means are those of the training rows, for every part.
    let training = data.rows(&[0, 2]);
    let scaled = Scaler::filling(&training).apply(&data).unwrap();
    assert_eq!(scaled.features.as_slice(), [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    // Unasked nothing is filled in.
    let unasked = Scaler::fit(&data).apply(&data).unwrap();
    assert!(unasked.features.as_slice().iter().all(|x| x.is_nan()));
    // A column of which the training part has nothing stays as it is.
    let nothing = Scaler::filling(&data.rows(&[0])).apply(&data.rows(&[2])).unwrap();
    assert_eq!(nothing.features.as_slice(), [2.0, 5.0]);
}

#[test]
fn a_line_of_a_million_separators_is_refused_at_once() {
    const MOST: usize = 1 << 20; // columns
    let line = |cells: usize| ",".repeat(cells - 1);
    let many = format!("t.csv:1: there are more than {MOST} columns");
    assert_eq!(refusal(line(MOST + 1).as_bytes(), "kind"), many);
    assert_eq!(
        refusal(line(MOST).as_bytes(), "kind"),
        "t.csv:1: column 1 of the header has no name"
    );
    let below = format!("x,kind\n1,a\n{}\n", line(MOST + 1));
    assert_eq!(refusal(below.as_bytes(), "kind"), many.replace(":1:", ":3:"));
    let below = format!("x,kind\n1,a\n{}\n", line(MOST));
    let cells = format!("t.csv:3: the row has {MOST} cells, but there are 2 columns");
    assert_eq!(refusal(below.as_bytes(), "kind"), cells);
}

#[test]
fn lines_are_those_an_editor_shows() {
    for end in ["\n", "\r\n", "\r"] {
        for header in ["x,kind", "\u{FEFF}x,kind", "\u{FEFF}\"x\",\"kind\""] {
            let text = [header, "1,a", "", "", "2,\"b\"", "no,c", ""].join(end);
            let message = refusal(text.as_bytes(), "kind");
            assert!(message.starts_with("t.csv:6: column \"x\""), "{message} with {end:?}");
            let ragged = [header, "", "1,a", "", "", "2"].join(end);
            let message = refusal(ragged.as_bytes(), "kind");
            assert!(message.starts_with("t.csv:6: the row"), "{message} with {end:?}");
        }
    }
}

#[test]
fn a_message_stays_short_and_visible_whatever_the_file_holds() {
    let long = "\u{1F980}\u{1b}[31m".repeat(99);
    let name = format!("{}\n.csv", "folder/".repeat(60));
    let tables = [
        format!("{long},{long}\n1,a\n"),
        format!("{long},kind\n{long},a\n2,b\n"),
        format!("{long}x,{long}\n1,a\n2,a\n"),
        format!("x,kind\n1,a\"{long}\n2,b\n"),
        format!("x,kind\n1,{long}\n2,{long}\n"),
        format!("x,{}\n1,a\n", long.to_uppercase()),
    ];
    for table in tables {
        for label in ["kind", long.as_str()] {
            let read = Dataset::<f32>::from_csv_bytes(&name, table.as_bytes(), label);
            assert_is_a_sentence(&read.expect_err("the table is refused").to_string());
        }
    }
}
