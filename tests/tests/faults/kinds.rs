//! Every kind of damaged or foreign checkpoint, and the words that its refusal must hold.

use std::fs;

use autograd::Tensor;
use nn::checkpoint::{self, Checkpoint};
use nn::{Linear, Parameters, Schedule, Seed};
use tests::files::{Folder, safetensors};
use tests::stopping::{Rule, Training};

use crate::{assert_sentence, model};

/// The description of a tensor in a header.
fn entry(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
}

/// A kind of damage: its name, a header, how many bytes of data follow it, and what the refusal says.
type Kind = (&'static str, String, usize, &'static [&'static str]);

/// The header of these entries.
fn header(entries: &[&str]) -> String {
    format!("{{{}}}", entries.join(","))
}

const BIAS: &str = r#""bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#;

fn weight(shape: &str, offsets: &str) -> String {
    entry("weight", "F32", shape, offsets)
}

fn fine() -> String {
    header(&[BIAS, &weight("[3,4]", "[12,60]")])
}

/// What contradicts the model.
#[rustfmt::skip] // a table: a line or two a kind
fn misfits() -> Vec<Kind> {
    let one = entry("bias", "F32", "[1]", "[0,4]");
    let (biases, scale) = (BIAS.replace("bias", "biases"), entry("scale", "F32", "[]", "[60,64]"));
    vec![
        ("one number spread over many", header(&[&one, &weight("[3,4]", "[4,52]")]), 52,
            &["of another shape", "\"bias\" ([1] for the model's [3])"]),
        ("transposed", header(&[BIAS, &weight("[4,3]", "[12,60]")]), 60,
            &["\"weight\" ([4, 3] for the model's [3, 4])", "Tensor::transpose makes 1 shape fit"]),
        ("behind a prefix", header(&[&BIAS.replace("bias", "fc.bias")]), 12,
            &["unexpected: \"fc.bias\"", "StateDict::without_prefix(\"fc.\") makes 1 name fit"]),
        ("empty, and longer than any axis", header(&[BIAS, &weight("[0,4294967296]", "[12,12]")]), 12,
            &["no tensor has the shape [0, 4294967296]"]),
        ("missing", header(&[BIAS]), 12, &["missing: \"weight\""]),
        ("one too many", header(&[BIAS, &weight("[3,4]", "[12,60]"), &scale]), 64,
            &["unexpected: \"scale\""]),
        ("all at once", header(&[&biases, &weight("[4,3]", "[12,60]")]), 60,
            &["\"weight\" ([4, 3]", "missing: \"bias\"", "unexpected: \"biases\""]),
    ]
}

/// What contradicts itself.
#[rustfmt::skip] // a table: a line or two a kind
fn contradictions() -> Vec<Kind> {
    let huge = "[4611686018427387904,4]";
    vec![
        ("one name twice", header(&[BIAS, BIAS]), 12, &["tensor \"bias\"", "twice"]),
        ("overlapping", header(&[BIAS, &weight("[3,4]", "[8,56]")]), 56,
            &["tensor \"weight\"", "begin at 8, where 12 is free"]),
        ("one place for two", header(&[BIAS, &entry("b", "F32", "[3]", "[0,12]")]), 12,
            &["begin at 0, where 12 is free"]),
        ("a gap", header(&[BIAS, &weight("[3,4]", "[16,64]")]), 64,
            &["tensor \"weight\"", "begin at 16, where 12 is free"]),
        ("a shape of more bytes", header(&[BIAS, &weight("[3,5]", "[12,60]")]), 60,
            &["tensor \"weight\"", "bytes 12 to 60 do not hold [3, 5] of F32"]),
        ("a size that wraps to 0", header(&[BIAS, &weight(huge, "[12,12]")]), 12,
            &["tensor \"weight\"", "4611686018427387904"]),
        ("a size beyond 2^64", header(&[&weight("[99999999999999999999]", "[0,0]")]), 0,
            &["tensor \"weight\"", "damaged"]),
        ("offsets backwards", header(&[&weight("[3,4]", "[48,0]")]), 48,
            &["tensor \"weight\"", "bytes 48 to 0"]),
        ("offsets beyond the end", fine(), 59,
            &["tensor \"weight\"", "end at 60, the file's data at 59"]),
        ("bytes that are nobody's", fine(), 61, &["61 bytes of data follow the header, for 60"]),
        ("nine axes", header(&[&weight("[1,1,1,1,1,1,1,1,1]", "[0,4]")]), 4,
            &["tensor \"weight\"", "9 axes"]),
    ]
}

/// What no program should write.
#[rustfmt::skip] // a table: a line or two a kind
fn nonsense() -> Vec<Kind> {
    let without_end = weight(&format!("[{}3]", "1,".repeat(5000)), "[0,12]");
    let of_type = |dtype| header(&[&entry("weight", dtype, "[3,4]", "[0,48]")]);
    let wrong = r#""__metadata__":{"nn":"{\"hash\":\"fnv1a64:0123456789abcdef\"}"}"#;
    vec![
        ("an unknown type", of_type("F7"), 48, &["tensor \"weight\"", "F7"]),
        ("whole numbers", of_type("I32"), 48, &["tensor \"weight\"", "I32 are not read"]),
        ("a negative size", header(&[&weight("[-3,4]", "[0,48]")]), 48, &["tensor \"weight\"", "-3"]),
        ("a fraction", header(&[&weight("[3.0,4]", "[0,48]")]), 48, &["tensor \"weight\"", "damaged"]),
        ("a fourth fact", header(&[&BIAS.replace('}', r#","device":"cpu"}"#)]), 12,
            &["tensor \"bias\"", "device"]),
        ("a fact twice", header(&[&BIAS.replace(r#""shape""#, r#""dtype":"F32","shape""#)]), 12,
            &["tensor \"bias\"", "its dtype stands there twice"]),
        ("one place instead of two", header(&[&weight("[3,4]", "48")]), 48,
            &["tensor \"weight\"", "its data_offsets is 48, no pair of places"]),
        ("no description", header(&[r#""bias":3"#]), 12, &["tensor \"bias\"", "is no object"]),
        ("metadata twice", header(&[r#""__metadata__":{"a":"1","a":"2"}"#, BIAS]), 12,
            &["the metadata hold \"a\" twice"]),
        ("no type", r#"{"bias":{"shape":[3],"data_offsets":[0,12]}}"#.into(), 12,
            &["tensor \"bias\"", "dtype"]),
        ("no object", "[]".into(), 0, &["no JSON"]),
        ("spaces before it", format!("  {}", fine()), 60, &["no JSON", "brace"]),
        ("two objects", fine().repeat(2), 60, &["no JSON"]),
        ("numbers as metadata", header(&[r#""__metadata__":{"step":3}"#, BIAS]), 12, &["metadata"]),
        ("notes without a hash", header(&[r#""__metadata__":{"nn":"{}"}"#, BIAS]), 12,
            &["notes are no JSON with a hash"]),
        ("a wrong hash", header(&[wrong, BIAS]), 12, &["the stored hash is fnv1a64:0123456789abcdef"]),
        ("a name that a terminal would obey", header(&[&entry("\\u001b[2J\\n", "I8", "[1]", "[0,1]")]), 1,
            &["\\u{1b}[2J\\n"]),
        ("a name without an end", header(&[&entry(&"x".repeat(5000), "I8", "[1]", "[0,1]")]), 1,
            &["xxx...\""]),
        ("a description without an end", header(&[&without_end]), 12,
            &["tensor \"weight\"", "its description takes"]),
    ]
}

#[test]
fn every_kind_of_damage_is_refused_in_words_of_its_own() {
    let folder = Folder::new();
    let file = folder.file("m.safetensors");
    let target = model(1);
    let before = target.state_dict();
    let kinds = [misfits(), contradictions(), nonsense()].concat();
    for (kind, header, data, words) in &kinds {
        fs::write(&file, safetensors(header, &vec![0; *data])).unwrap();
        let message = assert_sentence(&checkpoint::load(&file, &target).expect_err(kind));
        assert!(message.starts_with(&file.display().to_string()), "{kind}: {message}");
        for word in *words {
            assert!(message.contains(word), "{kind}: {message}");
        }
        assert_eq!(target.state_dict(), before, "{kind}");
    }
    fs::write(&file, safetensors(&fine(), &[0; 60])).unwrap();
    checkpoint::load(&file, &target).unwrap();
    println!("{} kinds of damaged checkpoints refused", kinds.len());
}

#[test]
fn what_is_no_checkpoint_is_named() {
    let folder = Folder::new();
    let file = folder.file("model");
    let target = model(1);
    let kinds: [(&[u8], &str); 10] = [
        (b"", "the file is empty"),
        (b"PK\x03\x04\0\0\x08\x08\0\0model/data.pklFB", "this is a file of torch.save"),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "this is a file of torch.save"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html>\n<html lang=\"en\">", "a web page"),
        (b"GGUF\x03\0\0\0\0\0\0\0", "a GGUF file"),
        (b"\x93NUMPY\x01\0v\0", "a NumPy array"),
        (&[0; 4096], "zeros alone"),
        (b"Not found", "this is text, not a safetensors file: \"Not found\""),
        (b"Not found\0", "cut short, or no safetensors file"),
    ];
    for (bytes, words) in kinds {
        fs::write(&file, bytes).unwrap();
        let message = assert_sentence(&checkpoint::load(&file, &target).expect_err(words));
        assert!(message.contains(words), "{message}");
    }
}

/// Damage to training that was whole.
type Change = fn(&mut Checkpoint);

/// What the refusal says, and what was done to the file.
const LACKING: [(&str, Change); 8] = [
    ("\"fc1.weight.exp_avg_sq\" is missing", |checkpoint| {
        let tensors = &mut checkpoint.training.as_mut().unwrap().optimizer.tensors;
        tensors.remove("fc1.weight.exp_avg_sq").unwrap();
    }),
    ("\"fc2.bias\" has no number of steps", |checkpoint| {
        checkpoint.training.as_mut().unwrap().optimizer.steps.remove("fc2.bias").unwrap();
    }),
    ("\"fc1.weight.exp_avg\" is [1], its parameter [8, 6]", |checkpoint| {
        let tensors = &mut checkpoint.training.as_mut().unwrap().optimizer.tensors;
        tensors.insert("fc1.weight.exp_avg", Tensor::zeros([1]));
    }),
    ("\"fc3.bias\" is of no parameter", |checkpoint| {
        let tensors = &mut checkpoint.training.as_mut().unwrap().optimizer.tensors;
        tensors.insert("fc3.bias", Tensor::zeros([3]));
    }),
    ("it is of \"rprop\"", |checkpoint| {
        checkpoint.training.as_mut().unwrap().optimizer.rule = String::from("rprop");
    }),
    ("its learning rate is -1", |checkpoint| {
        checkpoint.training.as_mut().unwrap().optimizer.learning_rate = -1.0;
    }),
    ("the note \"schedule\" cannot be used", |checkpoint| {
        let progress = &mut checkpoint.training.as_mut().unwrap().progress;
        progress.schedule = Schedule::Step { rate: 0.1, period: 0, factor: 0.5 };
    }),
    ("without the state of training", |checkpoint| checkpoint.training = None),
];

/// What was lost in practice: a part of an optimiser's state, without a word.
#[test]
fn training_that_lacks_a_part_is_refused_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.file("training.safetensors");
    let mut saved = Training::start(Rule::Adam, Seed::new(1), Seed::new(2));
    saved.train(3);
    let whole = || saved.checkpoint();
    let mut target = Training::start(Rule::Adam, Seed::new(3), Seed::new(4));
    target.train(2);
    let before = target.state();
    for (words, change) in LACKING {
        let mut checkpoint = whole();
        change(&mut checkpoint);
        checkpoint.write(&file).unwrap();
        let message = assert_sentence(&target.restore(&file).expect_err(words));
        assert!(message.contains(words), "{message}");
        assert_eq!(target.state(), before, "{words}");
    }
    // JSON has no form for this rate: it is not written at all.
    let mut checkpoint = whole();
    checkpoint.training.as_mut().unwrap().optimizer.learning_rate = f64::NAN;
    let old = fs::read(&file).unwrap();
    let message = assert_sentence(&checkpoint.write(&file).expect_err("NaN has no form in JSON"));
    assert!(message.contains("\"optimizer\" has no form in JSON"), "{message}");
    assert_eq!(fs::read(&file).unwrap(), old);
}

#[test]
fn saving_over_the_loaded_file_keeps_its_numbers() {
    let folder = Folder::new();
    let file = folder.file("model.safetensors");
    checkpoint::save(&file, &model(1)).unwrap();
    let before = fs::read(&file).unwrap();
    let loaded: Linear = model(2);
    checkpoint::load(&file, &loaded).unwrap();
    checkpoint::save(&file, &loaded).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
}
