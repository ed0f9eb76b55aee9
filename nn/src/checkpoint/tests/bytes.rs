//! Laws of a file's bytes: what is read, and what is refused and how.

use std::fs;

use autograd::{Parameter, Tensor};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use safetensors::SafeTensors;

use super::*;

/// A file with this header and this data.
fn file_of(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}
/// Parameters under these names.
struct Named(Vec<(&'static str, Parameter)>);
impl Parameters for Named {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter)) {
        self.0.iter().for_each(|(name, parameter)| visit(name, parameter));
    }
}
fn refusal(bytes: &[u8]) -> String {
    let path = Path::new("m.safetensors");
    read::<f32>(bytes).map_err(|fault| fault.at(path)).unwrap_err().to_string()
}
/// The description of a tensor in a header.
fn described(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
}

#[test]
fn a_header_that_begins_like_another_kind_of_file_is_read() {
    // 640 is 0x0280 and 0x0480 is 1152: the first two bytes of pickles.
    for length in [640_usize, 1152] {
        let entry = r#"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#;
        let file = file_of(&format!("{entry:length$}"), &1.5_f32.to_le_bytes());
        let state = read::<f32>(&file).unwrap().state;
        assert_eq!(state.get("w").unwrap().item().to_bits(), 1.5_f32.to_bits());
    }
}

#[test]
fn what_is_no_checkpoint_is_named() {
    let cases: [(&[u8], &str); 18] = [
        (b"", "the file is empty"),
        (b"PK\x03\x04 archive/data.pkl", "this is a file of torch.save"),
        (b"PK\x03\x04 weights.npy", "this is a zip archive"),
        (&[0; 600], "the file begins with zeros alone"),
        (b"\x08\0\0\0\0\0\0\0<html>  ", "the header is no JSON: it does not begin with a brace"),
        (b"\x04\0\0\0\0\0\0\0 {} ", "the header is no JSON: it does not begin with a brace"),
        (b"\x80\x02\x8a\x0al", "this is a file of torch.save"),
        (b"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer"),
        (b"\n <!DOCTYPE html><html>", "this is a web page"),
        (b"<HTML><head>", "this is a web page"),
        (b"abc", "this is text, not a safetensors file: \"abc\""),
        (b"\x01bc", "3 bytes are too few for a checkpoint"),
        (b"weights = [1, 2, 3]", "this is text, not a safetensors file: \"weights = [1, 2, 3]\""),
        (b"a\n\"b\",\xC3\xA9\n\xC3", "text, not a safetensors file: \"a\\n\"b\",\u{e9}\""),
        (b"weights = \x01\x02\x03", "cut short, or no safetensors file"),
        (b"\x09\0\0\0\0\0\0\0{\"a\": 1}}", "the header is no JSON: line 1, column 9 is not what"),
        (b"\x02\0\0\0\0\0\0\0{\xC3", "the header is no text: its byte 1 is no UTF-8"),
        (b"\x20\0\0\0\0\0\0\0{}", "the header takes 32 bytes, but 2 follow"),
    ];
    for (bytes, what) in cases {
        let error = refusal(bytes);
        assert!(error.starts_with("m.safetensors: ") && error.contains(what), "{error}");
        assert!(error.len() <= 300, "{error}");
    }
}

#[test]
fn headers_and_descriptions_are_read_up_to_their_longest() {
    let described = |length: usize| {
        let facts = r#"{"dtype":"F32","shape":[],"data_offsets":[0,4]"#;
        let description = format!("{facts}{}}}", " ".repeat(length - facts.len() - 1));
        file_of(&format!("{{\"w\":{description}}}"), &[0; 4])
    };
    assert!(read::<f32>(&described(4096)).is_ok());
    let expected = "m.safetensors: tensor \"w\": damaged: its description takes 4097 bytes";
    assert_eq!(refusal(&described(4097)), expected);

    // Of a file that long there is only the beginning: the first is cut short, the second not read.
    let claimed = |taken: u64| {
        let start = [&taken.to_le_bytes()[..], &[b'{'; 504]].concat();
        Raw::of(&start[..], 8 + 100_000_001).err().unwrap().at(None).to_string()
    };
    assert_eq!(claimed(100_000_000), "it was cut short while it was read");
    let expected = "the header takes 100000001 bytes, the format allows 100000000";
    assert!(claimed(100_000_001).ends_with(expected), "{}", claimed(100_000_001));
}

#[test]
fn every_fault_of_a_header_is_named_with_its_tensor() {
    let f32s = |shape: &str, offsets: &str| {
        format!(r#""w":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}"#)
    };
    let fine = f32s("[1]", "[0,4]");
    let cases = [
        (format!("{{{fine},{fine}}}"), "tensor \"w\": the header holds this name twice"),
        (
            format!("{{{}}}", f32s("[2]", "[0,4]")),
            "tensor \"w\": bytes 0 to 4 do not hold [2] of F32",
        ),
        (
            format!("{{{}}}", f32s("[4611686018427387904,4]", "[0,0]")),
            "tensor \"w\": bytes 0 to 0 do not hold [4611686018427387904, 4] of F32",
        ),
        (
            format!("{{{}}}", f32s("[0]", "[4,0]")),
            "tensor \"w\": bytes 4 to 0 do not hold [0] of F32",
        ),
        (
            format!("{{{}}}", f32s("[1]", "[4,8]")),
            "tensor \"w\": its bytes begin at 4, where 0 is free",
        ),
        (
            format!("{{{}}}", f32s("[2]", "[0,8]")),
            "tensor \"w\": its bytes end at 8, the file's data at 4",
        ),
        ("{}".to_owned(), "4 bytes of data follow the header, for 0"),
        (
            r#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#.to_owned(),
            "tensor \"w\": damaged: its shape is [-1], no list of sizes",
        ),
    ];
    for (header, fault) in cases {
        assert_eq!(refusal(&file_of(&header, &[0; 4])), format!("m.safetensors: {fault}"));
    }
    assert!(read::<f32>(&file_of(&format!("{{{fine}}}"), &[0; 4])).is_ok());
}

#[test]
fn the_counter_of_pytorchs_batch_norm_is_ignored() {
    let header = r#"{"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#;
    let report = read::<f32>(&file_of(header, &[0; 8])).unwrap().load(&Sequential::new()).unwrap();
    assert_eq!(report.ignored, ["bn.num_batches_tracked"]);
}

/// Tensors that are not read, each after the weight and those before it, and why.
const UNREAD: [(&str, &str, &str, &str, &str); 7] = [
    ("deep", "F32", "[1,1,1,1,1,1,1,1,1]", "[4,8]", "9 axes are more than 8"),
    ("ids", "I32", "[1]", "[8,12]", "numbers of type I32 are not read"),
    ("least", "F4", "[4]", "[12,14]", "numbers of type F4 are not read"),
    ("long", "F32", "[0,4294967296]", "[18,18]", "no tensor has the shape [0, 4294967296]"),
    (
        "many",
        "F32",
        "[0,4294967295,4294967295]",
        "[18,18]",
        "no tensor has the shape [0, 4294967295, 4294967295]",
    ),
    ("mask", "BOOL", "[2]", "[14,16]", "numbers of type BOOL are not read"),
    ("small", "F8_E4M3", "[2,1]", "[16,18]", "numbers of type F8_E4M3 are not read"),
];

#[test]
fn tensors_of_other_types_refuse_no_file_but_a_model_that_has_them() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let mut entries = vec![described("weight", "F32", "[1]", "[0,4]")];
    entries.extend(
        UNREAD.map(|(name, dtype, shape, offsets, _)| described(name, dtype, shape, offsets)),
    );
    let data: Vec<u8> = (0..18).collect();
    fs::write(&file, file_of(&format!("{{{}}}", entries.join(",")), &data)).unwrap();

    let summary = inspect(&file).unwrap();
    assert!(summary.tensors[0].norm.is_some());
    assert!(summary.tensors[1..].iter().all(|tensor| tensor.norm.is_none()));
    assert_eq!(summary.to_string().matches("not read\n").count(), UNREAD.len());

    let read: Checkpoint = read_from(&file);
    let number = || Parameter::new(Tensor::zeros([1]));
    let model = Named(vec![("weight", number())]);
    let names = UNREAD.map(|(name, ..)| name);
    let Err(Error::Mismatch { report, .. }) = read.load(&model) else { panic!("it is strict") };
    assert_eq!(report.unexpected, names);
    assert_eq!(read.load_matching(&model).unwrap().unexpected, names);
    for (name, .., reason) in UNREAD {
        let wanting = Named(vec![("weight", number()), (name, number())]);
        for refused in [read.load(&wanting), read.load_matching(&wanting)] {
            let expected = format!("{}: tensor \"{name}\": {reason}", file.display());
            assert_eq!(refused.unwrap_err().to_string(), expected);
        }
    }

    read.write(&file).unwrap();
    assert_eq!(read_from::<f32>(&file), read);
    assert_eq!(inspect(&file).unwrap().tensors.len(), 1 + UNREAD.len());
    let mut twice = read.clone();
    twice.state.insert("ids", Tensor::zeros([1]));
    let error = twice.write(&file).unwrap_err().to_string();
    assert!(error.ends_with("tensor \"ids\": the file that was read has one as well"), "{error}");
}

#[test]
fn shapes_at_the_borders_are_read_or_refused_and_never_panic() {
    let sizes = ["0", "1", "2147483648", "4294967295", "4294967296", "9223372036854775807"];
    for dtype in ["F64", "F32", "F16", "F4", "I64"] {
        for place in 0..sizes.len().pow(3) {
            let size = |digit: u32| sizes[place / sizes.len().pow(digit) % sizes.len()];
            let shape = format!("[{},{},{}]", size(0), size(1), size(2));
            let file = file_of(&format!("{{{}}}", described("w", dtype, &shape, "[0,0]")), &[]);
            // There are no bytes, so what is read has no number.
            let empty = (0..3).any(|digit| size(digit) == "0");
            assert!(empty || read::<f32>(&file).is_err(), "{dtype} {shape}");
        }
    }
    let wraps = file_of(
        &format!("{{{}}}", described("w", "F32", "[0,2147483648,2147483648,4]", "[0,0]")),
        &[],
    );
    assert!(read::<f32>(&wraps).is_err());
}

#[test]
fn every_flipped_byte_of_a_small_file_is_noticed_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let bytes = bytes_of(&network(1));
    let model = network(2);
    let before = model.state_dict();
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(&file, &damaged).unwrap();
        let error = load(&file, &model).expect_err("the file is damaged").to_string();
        let short = error.len() - file.display().to_string().len() <= 300;
        assert!(short && !error.contains(char::is_control), "byte {place}: {error}");
        assert_eq!(model.state_dict(), before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(
        FileFailurePersistence::WithSource("regressions")
    ))]

    /// The crate that Python's package is made of takes what is taken here, with the same bytes, and
    /// what it refuses is refused here.
    #[test]
    fn a_file_is_taken_as_the_formats_own_reader_takes_it(
        tensors in prop::collection::vec(
            (0..8_usize, prop::collection::vec(0_usize..4, 0..=3)), 1..5
        ),
        (turn, shift, cut) in (0..5_usize, -1..2_i64, 0..3_usize),
    ) {
        const TYPES: [(&str, usize); 8] = [
            ("F64", 64), ("F32", 32), ("F16", 16), ("BF16", 16), ("I64", 64), ("U8", 8), ("F4", 4), ("BOOL", 8),
        ];
        let (mut entries, mut end) = (Vec::new(), 0);
        for (i, (dtype, shape)) in tensors.iter().enumerate() {
            let (dtype, bits) = TYPES[*dtype];
            let bytes = (shape.iter().product::<usize>() * bits / 8) as i64;
            let start = end + if i == 1 { shift } else { 0 };
            let offsets = format!("[{start},{}]", start + bytes);
            entries.push(described(&format!("t{i}"), dtype, &format!("{shape:?}"), &offsets));
            end = start + bytes;
        }
        let by = turn % entries.len();
        entries.rotate_left(by);
        let data: Vec<u8> = (0..end.max(0) as usize + usize::from(cut == 1)).map(|i| i as u8).collect();
        let file = file_of(&format!("{{{}}}", entries.join(",")), &data);
        let (ours, theirs) = (Raw::of(&file[..], file.len() as u64), SafeTensors::deserialize(&file));
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            for tensor in ours.tensors() {
                let other = theirs.tensor(&tensor.name).unwrap();
                prop_assert_eq!((tensor.dtype, &*tensor.shape), (other.dtype(), other.shape()));
                prop_assert_eq!(&*tensor.bytes, other.data());
            }
        }
    }

    #[test]
    fn a_cut_file_is_refused(cut in 0.0..1.0) {
        let bytes = bytes_of(&network(1));
        let cut = (cut * bytes.len() as f64) as usize;
        prop_assert!(read::<f32>(&bytes[..cut]).is_err());
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read::<f32>(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(read::<f32>(&file_of(&text, &bytes)).is_err());
    }
}
