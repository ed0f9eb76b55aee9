//! Laws of checkpoints: what is saved is loaded, and a damaged file changes nothing.

use std::path::PathBuf;

use autograd::{Seed, Tensor};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::*;
use crate::{Linear, NetworkSpec, Sequential};

/// A folder of the test's own, removed with all that is in it at the end.
pub(super) struct Folder(PathBuf);
impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn network(seed: u64) -> Sequential {
    NetworkSpec::mlp(&[3, 2, 2]).build(Seed::new(seed))
}
fn bytes_of(network: &Sequential) -> Vec<u8> {
    let notes = BTreeMap::from([("kind".to_owned(), "model".into())]);
    Checkpoint { state: network.state_dict(), notes }.to_bytes().ok().unwrap()
}
/// A file with this header and this data.
fn file_of(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}
fn refusal(bytes: &[u8]) -> String {
    let path = Path::new("m.safetensors");
    Checkpoint::<f32>::from_bytes(bytes).map_err(|fault| fault.at(path)).unwrap_err().to_string()
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit_even_numbers_that_are_none() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let saved = Linear::from_tensors(
        Tensor::new([2, 2], vec![f32::from_bits(0x7FA0_1234), -0.0, f32::INFINITY, 1e-45]),
        Tensor::new([2], vec![0.1, f32::MAX]),
    );
    save(&file, &saved).unwrap();
    let loaded: Linear = Linear::new(2, 2, Seed::new(1));
    load(&file, &loaded).unwrap();
    let bits = |model: &Linear| -> Vec<u32> {
        let named = model.named().into_iter();
        named.flat_map(|(_, p)| p.value().as_slice().to_vec()).map(f32::to_bits).collect()
    };
    assert_eq!(bits(&loaded), bits(&saved));
}

#[test]
fn equal_states_give_equal_files() {
    assert_eq!(bytes_of(&network(1)), bytes_of(&network(1).clone()));
    assert_ne!(bytes_of(&network(1)), bytes_of(&network(2)));
}

#[test]
fn a_file_in_double_precision_loads_rounded_and_one_in_single_exactly() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let spec = NetworkSpec::mlp(&[3, 2]);
    let (precise, single) = (spec.build::<f64>(Seed::new(1)), spec.build::<f32>(Seed::new(1)));

    save(&file, &precise).unwrap();
    let loaded = spec.build::<f32>(Seed::new(2));
    load(&file, &loaded).unwrap();
    assert_eq!(loaded.state_dict(), single.state_dict()); // weights are drawn in f64 and rounded

    save(&file, &single).unwrap();
    let widened = spec.build::<f64>(Seed::new(2));
    load(&file, &widened).unwrap();
    for ((_, widened), (_, single)) in widened.state_dict().iter().zip(single.state_dict().iter()) {
        let exact: Vec<f64> = single.as_slice().iter().map(|&x| f64::from(x)).collect();
        assert_eq!(widened.as_slice(), exact);
    }
}

#[test]
fn notes_come_back() {
    let notes = BTreeMap::from([
        ("step".to_owned(), 7.into()),
        ("mean".to_owned(), 0.1.into()),
        ("spec".to_owned(), serde_json::json!([{"type": "relu", "name": "a"}])),
    ]);
    let saved = Checkpoint { state: network(1).state_dict(), notes };
    let bytes = saved.to_bytes().ok().unwrap();
    assert_eq!(Checkpoint::from_bytes(&bytes).ok(), Some(saved));
}

#[test]
fn a_state_that_does_not_fit_is_refused_whole_or_taken_in_part() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    save(&file, &network(1)).unwrap();
    let other: Sequential = NetworkSpec::mlp(&[3, 2, 5]).build(Seed::new(2));
    let before = other.state_dict();
    let error = load(&file, &other).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the state does not fit the model: of another shape: \"2.weight\" ([2, 2] for the \
             model's [5, 2]), \"2.bias\" ([2] for the model's [5])",
            file.display()
        )
    );
    assert_eq!(other.state_dict(), before);

    let report = load_matching(&file, &other).unwrap();
    assert_eq!(report.loaded, ["0.weight", "0.bias"]);
    assert_eq!(other.state_dict().get("0.weight"), network(1).state_dict().get("0.weight"));
    assert_eq!(other.state_dict().get("2.weight"), before.get("2.weight"));
}

#[test]
fn what_is_no_checkpoint_is_named() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "the file is empty"),
        (b"PK\x03\x04 archive", "this is a file of torch.save"),
        (b"\x80\x02\x8a\x0al", "this is a file of torch.save"),
        (b"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer"),
        (b"\n <!DOCTYPE html><html>", "this is a web page"),
        (b"<HTML><head>", "this is a web page"),
        (b"abc", "3 bytes are too few for a checkpoint"),
        (b"weights = [1, 2, 3]", "cut short, or no safetensors file"),
    ];
    for (bytes, what) in cases {
        let error = refusal(bytes);
        assert!(error.starts_with("m.safetensors: ") && error.contains(what), "{error}");
        assert!(error.len() <= 300, "{error}");
    }
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
            format!("{{{}}}", f32s("[1,1,1,1,1,1,1,1,1]", "[0,4]")),
            "tensor \"w\": 9 axes are more than 8",
        ),
        (
            r#"{"w":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}"#.to_owned(),
            "tensor \"w\": numbers of type I32 are not read",
        ),
        (
            r#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#.to_owned(),
            "tensor \"w\": damaged: invalid value: integer `-1`, expected u64",
        ),
    ];
    for (header, fault) in cases {
        assert_eq!(refusal(&file_of(&header, &[0; 4])), format!("m.safetensors: {fault}"));
    }
    assert!(Checkpoint::<f32>::from_bytes(&file_of(&format!("{{{fine}}}"), &[0; 4])).is_ok());
}

#[test]
fn the_counter_of_pytorchs_batch_norm_is_ignored() {
    let header = r#"{"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#;
    let state = Checkpoint::<f32>::from_bytes(&file_of(header, &[0; 8])).ok().unwrap().state;
    let report = Sequential::new().load_state_dict(&state).unwrap();
    assert_eq!(report.ignored, ["bn.num_batches_tracked"]);
}

#[test]
fn every_flipped_byte_of_a_small_file_is_noticed_and_changes_nothing() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let bytes = bytes_of(&network(1));
    let model = network(2);
    let before = model.state_dict();
    // The metadata's key is not hashed: under another one the notes are another program's.
    let key = bytes.windows(4).position(|window| window == b"\"nn\"").unwrap();
    for place in (0..bytes.len()).filter(|place| !(key..key + 4).contains(place)) {
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
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn states_of_any_names_and_shapes_come_back(
        entries in prop::collection::btree_map(
            "[^_].{0,12}", prop::collection::vec(0_usize..4, 0..=4), 0..6
        )
    ) {
        let tensors = entries.iter().enumerate().map(|(i, (name, shape))| {
            let tensor = Tensor::from_fn(shape, |j| (i * 100 + j) as f64 / 7.0);
            (name.clone(), tensor)
        });
        let saved = Checkpoint { state: tensors.collect(), notes: BTreeMap::new() };
        let bytes = saved.to_bytes().ok().unwrap();
        prop_assert_eq!(Checkpoint::from_bytes(&bytes).ok().unwrap(), saved);
    }

    #[test]
    fn a_cut_file_is_refused(cut in 0.0..1.0) {
        let bytes = bytes_of(&network(1));
        let cut = (cut * bytes.len() as f64) as usize;
        prop_assert!(Checkpoint::<f32>::from_bytes(&bytes[..cut]).is_err());
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Checkpoint::<f32>::from_bytes(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(Checkpoint::<f32>::from_bytes(&file_of(&text, &bytes)).is_err());
    }
}
