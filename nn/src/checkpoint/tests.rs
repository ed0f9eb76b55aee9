//! Laws of checkpoints: what is saved is loaded, and what does not fit changes nothing.

mod bytes;
mod notes;

use autograd::{Seed, Tensor};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::fault::Fault;
use super::raw::Raw;
use super::*;
use crate::file::tests::Folder;
use crate::{Adam, Linear, Misshapen, NetworkSpec, Optimizer, Schedule, Sequential, StateDict};

fn network(seed: u64) -> Sequential {
    NetworkSpec::mlp(&[3, 2, 2]).build(Seed::new(seed))
}
fn bytes_of(network: &Sequential) -> Vec<u8> {
    let mut checkpoint = Checkpoint::new(network.state_dict());
    checkpoint.notes.step = Some(3);
    checkpoint.to_bytes().unwrap()
}
fn read<F: Float>(bytes: &[u8]) -> Result<Checkpoint<F>, Fault> {
    Checkpoint::of_raw(Raw::of(bytes, bytes.len() as u64)?)
}
fn read_from<F: Float>(file: &Path) -> Checkpoint<F> {
    Checkpoint::read(file).unwrap()
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
fn a_summary_tells_the_norm_of_any_numbers_and_how_many_are_not_finite() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let numbers = [
        (vec![3e200, -4e200], 5e200, 0),
        (vec![3e-200, 4e-200], 5e-200, 0),
        (vec![f64::NAN, 3.0, f64::INFINITY, 4.0, f64::NEG_INFINITY], 5.0, 3),
        (vec![f64::NAN], 0.0, 1),
        (vec![], 0.0, 0),
        (vec![1e308; 4], f64::INFINITY, 0), // 2e308 is beyond the largest number
    ];
    let named =
        numbers.iter().enumerate().map(|(i, (x, ..))| (i.to_string(), Tensor::from(x.clone())));
    Checkpoint::new(named.collect::<StateDict<f64>>()).write(&file).unwrap();
    for (tensor, (_, norm, not_finite)) in inspect(&file).unwrap().tensors.iter().zip(numbers) {
        let found = tensor.norm.unwrap();
        // A root, a sum of two squares and their units: each rounded once, to 2^-53 of it.
        assert!(
            found.to_bits() == norm.to_bits() || (found / norm - 1.0).abs() < 1e-15,
            "{found} for {norm}"
        );
        assert_eq!(tensor.num_not_finite, not_finite);
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_on_request() {
    let folder = Folder::new();
    let file = folder.path().join("model.safetensors");
    let bias = Tensor::new([2], vec![0.5, f32::NEG_INFINITY]);
    save(&file, &Linear::from_tensors(Tensor::zeros([2, 2]), bias)).unwrap();
    let read: Checkpoint = Checkpoint::read(&file).unwrap();
    let expected =
        format!("{}: tensor \"bias\": entry 1 is -inf, not a finite number", file.display());
    assert_eq!(read.check_finite().unwrap_err().to_string(), expected);
    Checkpoint::new(network(1).state_dict()).check_finite().unwrap();
    load(&file, &Linear::<f32>::new(2, 2, Seed::new(1))).unwrap();
}

#[test]
fn training_comes_back_and_its_weights_load_alone() {
    let folder = Folder::new();
    let file = folder.path().join("training.safetensors");
    let (model, schedule) = (network(1), Schedule::Constant { rate: 0.1 });
    let mut optimizer = Adam::new(&model, 0.1);
    let mut gradients = autograd::Gradients::empty();
    for (_, parameter) in model.named() {
        gradients.insert(&parameter, parameter.value());
    }
    optimizer.step(gradients);
    let progress = Progress { step: 1, schedule, seed: Seed::new(u64::MAX) };
    let whole = Checkpoint::new(model.state_dict()).with_training(&optimizer, &progress);
    whole.write(&file).unwrap();

    let loaded = network(2);
    assert_eq!(load(&file, &loaded).unwrap().loaded.len(), 4);
    assert_eq!(loaded.state_dict(), model.state_dict());

    let (resumed, mut other) = (network(3), Adam::new(&loaded, 0.5));
    let error = read_from(&file).resume(&Linear::new(3, 2, Seed::new(1)), &mut other).unwrap_err();
    assert!(error.to_string().contains("the state does not fit the model"), "{error}");
    let mut optimizer_of_less = Adam::new(&resumed.named()[0].1, 0.5);
    let before = resumed.state_dict();
    let error = read_from(&file).resume(&resumed, &mut optimizer_of_less).unwrap_err().to_string();
    assert!(error.contains("the optimiser cannot go on from this state"), "{error}");
    assert_eq!(resumed.state_dict(), before);

    let mut again = Adam::new(&resumed, 0.5);
    assert_eq!(read_from(&file).resume(&resumed, &mut again).unwrap(), progress);
    assert_eq!((resumed.state_dict(), again.state()), (model.state_dict(), optimizer.state()));

    let precise = NetworkSpec::mlp(&[3, 2, 2]).build::<f64>(Seed::new(1));
    let error =
        read_from(&file).resume(&precise, &mut Adam::new(&precise, 0.1)).unwrap_err().to_string();
    assert!(error.ends_with("training in F32 cannot go on in F64"), "{error}");
    save(&file, &model).unwrap();
    let error = read_from(&file).resume(&resumed, &mut again).unwrap_err().to_string();
    assert!(error.ends_with("this is a checkpoint of a model, without the state of training"));
}

#[test]
fn every_message_about_a_state_that_does_not_fit_is_short() {
    let names =
        |start: &str| (0..9).map(|i| format!("{start}{i}{}", "\u{e9}".repeat(99))).collect();
    let shape = vec![127; 8];
    let misshapen = |name: String| Misshapen { name, model: shape.clone(), state: shape.clone() };
    let lists: [Vec<String>; 3] = [names("a"), names("b"), names("c")];
    for kinds in 1..8 {
        let list = |kind: usize| if kinds >> kind & 1 == 1 { &lists[kind][..] } else { &[] };
        let report = LoadReport {
            missing: list(0).to_vec(),
            unexpected: list(1).to_vec(),
            misshapen: list(2).iter().cloned().map(misshapen).collect(),
            ..LoadReport::default()
        };
        let file = Some("folder/".repeat(60).into());
        let error = Error::Mismatch { file, report: Box::new(report) }.to_string();
        assert!(error.len() <= 300, "{} bytes: {error}", error.len());
        for (kind, word) in ["missing: ", "unexpected: ", "of another shape: "].iter().enumerate() {
            assert_eq!(error.contains(word), !list(kind).is_empty(), "{error}");
        }
    }
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

    let report = read_from(&file).load_matching(&other).unwrap();
    assert_eq!(report.loaded, ["0.weight", "0.bias"]);
    assert_eq!(other.state_dict().get("0.weight"), network(1).state_dict().get("0.weight"));
    assert_eq!(other.state_dict().get("2.weight"), before.get("2.weight"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(
        FileFailurePersistence::WithSource("regressions")
    ))]

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
        let saved = Checkpoint::new(tensors.collect::<StateDict<f64>>());
        let bytes = saved.to_bytes().unwrap();
        prop_assert_eq!(read(&bytes).unwrap(), saved);
    }
}
