//! Tables as people have them, and files that are none.

use std::path::{Path, PathBuf};

use autograd::Tensor;
use nn::Dataset;
use nn::data::CsvConfig;
use tests::tables::assert_is_a_sentence;

#[test]
fn a_table_as_people_have_it_is_read() {
    let text = "\u{FEFF}x, kind ,\"y\"\r\n1,a,2e-1\r\n\r\n -3 ,\"b, \"\"c\"\"\",+.5\r\n4,,5.E0";
    let data = Dataset::<f32>::from_csv_bytes("t.csv", text.as_bytes(), "kind").unwrap();
    assert_eq!(data.columns, ["x", "y"]);
    assert_eq!(data.features, Tensor::new([3, 2], vec![1.0, 0.2, -3.0, 0.5, 4.0, 5.0]));
    assert_eq!(data.labels().classes, ["a", "b, \"c\""]);
    assert_eq!(data.labels().of_row, [Some(0), Some(1), None]);
}

#[test]
fn labels_are_text_and_only_an_empty_cell_is_missing() {
    let text = b"x,kind\n1,1\n2,01\n3,1.0\n4,NA\n5,\n6,9007199254740993\n7,9007199254740992\n";
    let data = Dataset::<f64>::from_csv_bytes("t.csv", text, "kind").unwrap();
    let classes = ["01", "1", "1.0", "9007199254740992", "9007199254740993", "NA"];
    assert_eq!(data.labels().classes, classes);
    assert_eq!(data.labels().of_row[4], None);
}

#[test]
fn a_row_of_several_columns_of_labels_may_lack_any_of_its_labels() {
    let text = b"id;tone;x;kind\n1;high;0,5;a\n";
    let config = CsvConfig { separator: ';', ..CsvConfig::from(["kind", "tone"]) };
    let error = Dataset::<f32>::from_csv_bytes("t.csv", text, config.clone()).unwrap_err();
    assert_eq!(error.to_string(), "t.csv:2: column \"x\": this is not a number: \"0,5\"");
    let text = b"id;tone;x;kind\na1;high;0.5;a\na2;;1.5;b\na3;low;2;\na4;;3;\n";
    let config = CsvConfig { ignored: vec!["id".to_owned()], ..config };
    let data = Dataset::<f32>::from_csv_bytes("t.csv", text, config).unwrap();
    assert_eq!(data.columns, ["x"]);
    assert_eq!(data.label_columns.len(), 2);
    assert_eq!(
        data.label_column("kind").unwrap().as_classes().unwrap().of_row,
        [Some(0), Some(1), None, None]
    );
    assert_eq!(
        data.label_column("tone").unwrap().as_classes().unwrap().of_row,
        [Some(0), None, Some(1), None]
    );
}

fn with_numbers(names: &[&str]) -> CsvConfig {
    CsvConfig {
        numbers: names.iter().map(|&name| name.to_owned()).collect(),
        ..CsvConfig::default()
    }
}

#[test]
fn labels_may_be_numbers_beside_classes_and_an_empty_one_is_missing() {
    let text = b"x,price,kind,size\n1,1e39,a,2\n2,,b,-0.5\n3,7.25,,3\n";
    let config = CsvConfig { labels: vec!["kind".to_owned()], ..with_numbers(&["size", "price"]) };
    let data = Dataset::<f32>::from_csv_bytes("t.csv", text, config).unwrap();
    assert_eq!((data.num_columns(), data.label_columns.len()), (1, 3));
    let of_row = |name| &data.label_column(name).unwrap().as_numbers().unwrap().of_row;
    assert_eq!(*of_row("size"), [Some(2.0), Some(-0.5), Some(3.0)]);
    assert_eq!(*of_row("price"), [Some(1e39), None, Some(7.25)]); // numbers are f64
    assert_eq!(data.label_columns[0].as_classes().unwrap().of_row, [Some(0), Some(1), None]);
}

#[test]
fn the_only_column_of_labels_is_asked_for_by_its_kind() {
    let text = b"x,price\n1,2\n2,4\n";
    let data = Dataset::<f32>::from_csv_bytes("t.csv", text, with_numbers(&["price"])).unwrap();
    assert_eq!(data.numbers().of_row, [Some(2.0), Some(4.0)]);
    let message = |data: Dataset| {
        let panic = std::panic::catch_unwind(|| data.labels().num_classes()).unwrap_err();
        panic.downcast_ref::<String>().expect("the panic has a sentence").clone()
    };
    assert_eq!(
        message(data),
        "the data set has one column of labels, \"price\" of numbers, not one of classes"
    );
    let text = b"x,a,b,c,d\n1,2,3,4,5\n2,4,5,6,7\n";
    let four = Dataset::from_csv_bytes("t.csv", text, with_numbers(&["a", "b", "c", "d"])).unwrap();
    assert_eq!(
        message(four),
        "the data set has 4 columns of labels, \"a\" of numbers, \"b\" of numbers, \"c\" of numbers, \
         ..., not one of classes"
    );
}

#[test]
fn a_table_without_labels_is_all_features() {
    let data = Dataset::<f32>::from_csv_bytes("t", b"x,y\n1,2\n", CsvConfig::default()).unwrap();
    assert_eq!((data.num_columns(), data.label_columns.len()), (2, 0));
}

#[test]
fn a_number_is_the_nearest_one_of_its_type() {
    // Just above the middle of 1 and the next single number: through a double it becomes the middle,
    // and then, to even, 1.
    let text = b"x,kind\n1.00000005960464477539062501,a\n9007199254740993,b\n1e39,c\n";
    let double = Dataset::<f64>::from_csv_bytes("t", text, "kind").unwrap();
    assert_eq!(double.features.as_slice()[1..], [9_007_199_254_740_992.0, 1e39]);
    let single = Dataset::<f32>::from_csv_bytes("t", &text[..text.len() - 7], "kind").unwrap();
    assert_eq!(single.features.as_slice()[..1], [1.0 + f32::EPSILON]);
}

fn in_scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, bytes).expect("the scratch folder takes files");
    file
}

#[test]
fn a_file_is_read_and_named_as_the_caller_named_it() {
    let file = in_scratch("flowers.csv", b"x,kind\n1,a\n2,b\n");
    assert_eq!(Dataset::<f32>::from_csv(&file, "kind").unwrap().num_rows(), 2);
    let file = in_scratch("faulty.csv", b"x,kind\n1,a\nx,b\n");
    let message = Dataset::<f32>::from_csv(&file, "kind").unwrap_err().to_string();
    assert!(message.contains("faulty.csv:3: column \"x\""), "{message}");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for file in [folder.to_owned(), folder.join("no such file.csv"), PathBuf::new()] {
        let message = Dataset::<f32>::from_csv(&file, "kind").unwrap_err().to_string();
        assert_is_a_sentence(&message);
        assert!(message.contains("cannot "), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn a_source_without_end_is_refused_and_a_pipe_is_read() {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let message = Dataset::<f32>::from_csv("/dev/zero", "kind").unwrap_err().to_string();
    assert!(message.starts_with("/dev/zero: there are only zero bytes"), "{message}");
    let (reader, mut writer) = std::io::pipe().expect("there are pipes");
    writer.write_all(b"x,kind\n1,a\n2,b\n").expect("a pipe holds some bytes");
    drop(writer);
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    assert_eq!(Dataset::<f32>::from_csv(path, "kind").unwrap().num_rows(), 2);
}
