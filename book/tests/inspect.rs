//! `compare inspect FILE`, run as its users run it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use autograd::{Parameter, Tensor};
use nn::checkpoint::{self, Checkpoint, Progress};
use nn::{Adam, Linear, NetworkSpec, Parameters, Schedule, Seed, Sequential};

fn command(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.arg("inspect").arg(file).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints UTF-8")
}

/// What is printed about a file that is a checkpoint.
#[track_caller]
fn printed(file: &Path) -> String {
    let output = command(file).output().expect("the command runs");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    text(&output.stdout)
}

/// Exit code 2, and one sentence on standard error that holds these words.
#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{error}");
    assert!(
        error.starts_with("compare: ") && error.ends_with('\n') && error.len() < 320,
        "{error}"
    );
    assert!(!error.trim_end().contains(char::is_control), "{error:?}");
    for word in words {
        assert!(error.contains(word), "{word}: {error}");
    }
}

/// An empty folder of this test's own.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inspect").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build's own folder can be written to");
    folder
}

/// A safetensors file with this header before these data.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn name_type_shape_and_norm_of_each_tensor_are_printed() {
    let file = folder("model").join("model.safetensors");
    let weight = Tensor::new([2, 2], vec![3.0, 0.0, 0.0, -4.0]);
    let bias = Tensor::new([2], vec![f32::NAN, 0.0]);
    checkpoint::save(&file, &Linear::from_tensors(weight, bias)).expect("it is saved");
    let expected = format!(
        "{}: 2 tensors, 6 numbers, {} bytes, the hash is right\n\n\
         tensor  type  shape   norm\n\
         bias    F32   [2]     0, without 1 that are not finite\n\
         weight  F32   [2, 2]  5.0000\n\n\
         kind  model\n",
        file.display(),
        fs::metadata(&file).expect("it is there").len()
    );
    assert_eq!(printed(&file), expected);
}

#[test]
fn notes_and_the_state_of_training_are_printed() {
    let file = folder("training").join("training.safetensors");
    let network: Sequential = NetworkSpec::mlp(&[4, 3, 2]).build(Seed::new(1));
    let schedule = Schedule::Constant { rate: 0.25 };
    let progress = Progress { step: 12, schedule, seed: Seed::new(7) };
    let mut stopped =
        Checkpoint::new(network.state_dict()).with_training(&Adam::new(&network, 0.25), &progress);
    stopped.notes.spec = network.spec();
    stopped.notes.classes.insert("colour".to_owned(), vec!["red".to_owned(), "blue".to_owned()]);
    stopped.write(&file).expect("it is written");
    let printed = printed(&file);
    for line in [
        "classes    {\"colour\":[\"red\",\"blue\"]}",
        "kind       training",
        "optimizer  {\"learning_rate\":0.25,\"rule\":\"adam\",\"steps\":{}}",
        "schedule   {\"rate\":0.25,\"type\":\"constant\"}",
        "seed       7",
        "spec       Linear(4 -> 3), Relu, Linear(3 -> 2)",
        "step       12",
    ] {
        assert!(printed.lines().any(|found| found == line), "{line}: {printed}");
    }
}

#[test]
fn files_of_others_are_printed_as_they_stand_and_hide_nothing() {
    let file = folder("others").join("others.safetensors");
    let header = r#"{"__metadata__":{"format":"pt"},"a\u001b[2J\u202e":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1,0],"data_offsets":[2,2]},"c":{"dtype":"F64","shape":[1],"data_offsets":[2,10]}}"#;
    let data = [&[0x00, 0xBE][..], &1e200_f64.to_le_bytes()].concat();
    fs::write(&file, safetensors(header, &data)).expect("a file");
    let printed = printed(&file);
    let (_, table) = printed.split_once("\n\n").expect("a table");
    assert_eq!(
        table,
        "tensor              type  shape   norm\n\
         a\\u{1b}[2J\\u{202e}  F16   []      1.5000\n\
         b                   BF16  [1, 0]  0\n\
         c                   F64   [1]     1.0000e200\n\n\
         format  pt\n"
    );
    assert!(printed.lines().next().is_some_and(|line| line.ends_with("without a hash")));
}

#[test]
fn one_is_counted_as_one() {
    let file = folder("one").join("one.safetensors");
    let header = r#"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#;
    fs::write(&file, safetensors(header, &[0; 4])).expect("a file");
    assert!(printed(&file).contains(": 1 tensor, 1 number, 65 bytes, without a hash\n"));
}

#[test]
fn what_is_no_checkpoint_is_one_sentence_and_exit_code_2() {
    let folder = folder("refused");
    let file = folder.join("model.safetensors");
    let refuse = |file: &Path, words: &[&str]| {
        let name = file.display().to_string();
        let output = command(file).output().expect("the command runs");
        refused(&output, &[&[name.as_str()][..], words].concat());
    };
    refuse(&folder.join("none"), &["cannot read"]);
    refuse(&folder, &["this is a folder"]);
    for (bytes, words) in [
        (&b""[..], "the file is empty"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\x80\x02\x8a\x0al\xfc\x9c", "torch.save"),
    ] {
        fs::write(&file, bytes).expect("a file");
        refuse(&file, &[words]);
    }
    checkpoint::save(&file, &Linear::<f32>::new(3, 2, Seed::new(1))).expect("it is saved");
    let mut bytes = fs::read(&file).expect("it is there");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, &bytes).expect("a file");
    refuse(&file, &["damaged", "hash"]);
    #[cfg(target_os = "linux")]
    refuse(Path::new("/dev/zero"), &["no regular file"]);

    let usage = |arguments: &[&str], words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
        refused(&command.args(arguments).output().expect("the command runs"), words);
    };
    usage(&["inspect"], &["FILE"]);
    usage(&["inspect", "a", "b"], &["'b'"]);
    usage(&["inspct", "a"], &["'inspct'", "did you mean `inspect`?"]);
    usage(&["--seeds", "2", "inspect", "a"], &["--seeds"]);
}

#[test]
fn damaged_files_give_exit_code_0_or_2_and_never_a_panic() {
    let file = folder("damaged").join("model.safetensors");
    checkpoint::save(&file, &Linear::<f32>::new(3, 2, Seed::new(1))).expect("it is saved");
    let whole = fs::read(&file).expect("it is there");
    let times = std::env::var("FAULTS").map_or(1, |times| times.parse().expect("a number"));
    let mut random = 1_u64;
    for _ in 0..60 * times {
        // Knuth's linear congruence; its upper bits choose the place.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (random >> 33) as usize % whole.len();
        let mut bytes = whole.clone();
        if random >> 32 & 1 == 0 {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << (random >> 29 & 7);
        }
        fs::write(&file, &bytes).expect("a file");
        let output = command(&file).output().expect("the command runs");
        refused(&output, &["model.safetensors"]);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let file = folder("head").join("model.safetensors");
    let many: Vec<Parameter> = (0..5000).map(|_| Parameter::new(Tensor::scalar(1.0))).collect();
    checkpoint::save(&file, &many).expect("it is saved");
    let mut child = command(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.contains("5000 tensors, 5000 numbers"), "{first}");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));

    #[cfg(target_os = "linux")]
    {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let output = command(&file).stdout(full).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).starts_with("compare: cannot write the results: "));
    }
}

#[test]
fn a_table_is_told_column_by_column_with_its_holes_and_what_is_odd() {
    let folder = folder("table");
    let file = folder.join("plants.csv");
    let mut text = "id,size,kind,flat\n".to_owned();
    for (id, size, kind) in [(7, "1.5", "oak"), (9, "", "elm"), (4, "2.5", "oak"), (1, "8", "")] {
        text += &[&id.to_string(), size, kind, "3"].join(",");
        text += "\n";
    }
    fs::write(&file, text).expect("a file");
    let told = printed(&file);
    for line in [
        "plants.csv: 4 rows, 4 columns, 2 cells without an entry",
        "id      identifier      0  names rows; left out of what is learnt from",
        "size    numbers         1  1.5 to 8, mean 4.0000",
        "kind    classes         1  2: elm (1), oak (2)",
        "flat    numbers         0  3 in all rows",
        "1 column is constant: \"flat\"",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let output = command(&file).arg("--json").output().expect("the command runs");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["rows"], 4);
    assert_eq!(value["columns"][1]["mean"], 4.0);
    assert_eq!(value["columns"][2]["classes"], serde_json::json!([["elm", 1], ["oak", 2]]));
    for (bad, word) in [("a,b\n1\n", "bad.csv:2"), ("", "empty"), ("1,2\n3,4\n", "header")] {
        let file = folder.join("bad.csv");
        fs::write(&file, bad).expect("a file");
        refused(&command(&file).output().expect("the command runs"), &[word]);
    }
}

#[test]
fn a_checkpoint_is_told_as_json() {
    let file = folder("json").join("model.safetensors");
    checkpoint::save(&file, &Linear::<f32>::new(3, 2, Seed::new(1))).expect("a file");
    let output = command(&file).arg("--json").output().expect("the command runs");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["tensors"][1]["name"], "weight");
    assert_eq!(value["tensors"][1]["shape"], serde_json::json!([2, 3]));
    assert!(value["tensors"][0]["norm"].as_f64().is_some_and(|norm| norm > 0.0));
}

#[test]
fn one_strategy_is_described_and_an_unknown_one_has_its_nearest_named() {
    let ask = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
        command.args(["strategies", name]).output().expect("the command runs")
    };
    let told = text(&ask("task-to-task").stdout);
    for word in ["任务间连接", "Misra et al. 2016", "Task-to-task connections", "labelled rows"]
    {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(text(&ask("task-to-task, fixed").stdout).contains("a control of task-to-task"));
    refused(&ask("fine-tuning"), &["no strategy \"fine-tuning\"", "did you mean \"fine-tuned"]);
}
