//! What outputs mean, in memory and in files.

use autograd::Tensor;
use nn::checkpoint::Checkpoint;
use nn::data::{Scale, Scaler};
use nn::train::{Outputs, Saved, load, multiply_adds, save};
use nn::{Layers, NetworkSpec, Parameters, Seed};
use tests::files::Folder;
use tests::strategies::{normalised, smooth, values};

fn classes(name: &str, classes: &[&str]) -> Outputs {
    let classes = classes.iter().map(|class| (*class).to_owned()).collect();
    Outputs::Classes { name: name.to_owned(), classes }
}

fn numbers(name: &str) -> Outputs {
    Outputs::Numbers { name: name.to_owned(), scale: Scale { mean: 5.0, divisor: 2.0 } }
}

fn scaler(columns: [&str; 2]) -> Scaler {
    let columns = columns.map(str::to_owned).to_vec();
    Scaler { columns, means: vec![1e9, 0.1], divisors: vec![3.0, 1.0 / 3.0], fills: true }
}

#[test]
fn outputs_agree_whatever_their_columns_are_called() {
    let (a, b) = (classes("a", &["x", "y"]), classes("b", &["x", "y"]));
    assert!(a.agrees(&b) && numbers("a").agrees(&numbers("b")));
    assert!(!a.agrees(&classes("a", &["y", "x"])), "another order of outputs");
    assert!(!a.agrees(&classes("a", &["x"])) && !a.agrees(&numbers("a")));
    let counts = [&a, &numbers("a"), &classes("a", &[])].map(Outputs::num_outputs);
    assert_eq!(counts, [2, 1, 0]);
    assert_eq!(a.to_string(), "the classes x, y of \"a\"");
    assert_eq!(numbers("a").to_string(), "the numbers of \"a\"");
}

#[test]
fn logits_stay_and_numbers_leave_their_scale() {
    let y = Tensor::new([2, 1], vec![1.0, -2.0]);
    assert_eq!(classes("a", &["x"]).in_own_unit(y.clone()), y);
    assert_eq!(numbers("a").in_own_unit(y), Tensor::new([2, 1], vec![7.0, 1.0]));
}

#[test]
fn each_entry_of_a_weight_matrix_is_a_multiply_add() {
    let network = NetworkSpec::mlp(&[6, 5, 3]).build::<f32>(Seed::new(1));
    assert_eq!(multiply_adds(&network), 6 * 5 + 5 * 3);
    let network = normalised().build::<f32>(Seed::new(1));
    assert_eq!(multiply_adds(&network), 6 * 5 + 5 * 4 + 4 * 4 + 4 * 3);
}

#[test]
fn what_is_saved_is_loaded_and_what_is_something_else_is_refused() {
    let (folder, network) = (Folder::new(), smooth().build::<f64>(Seed::new(1)));
    let file = folder.file("learnt.safetensors");
    let saved = Saved {
        spec: smooth(),
        architecture: Some(serde_json::json!({"kind": "of one's own"})),
        columns: vec!["width".to_owned(), "height".to_owned()],
        outputs: vec![classes("a", &["x", "y", "z"]), numbers("b")],
        scaler: Some(scaler(["width", "height"])),
    };
    save(&file, &network, &saved).unwrap();
    let (state, again) = load::<f64>(&file, &Layers::new()).unwrap();
    assert_eq!(again, saved);
    let wrong = Saved { scaler: Some(scaler(["height", "width"])), ..saved.clone() };
    let other = folder.file("other.safetensors");
    save(&other, &network, &wrong).unwrap();
    let refused = load::<f64>(&other, &Layers::new()).err().unwrap().to_string();
    assert!(refused.contains("the rows have the columns [\"width\", \"height\"] and"), "{refused}");
    let other = smooth().build::<f64>(Seed::new(2));
    other.load_state_dict(&state).unwrap();
    assert_eq!(values(&other), values(&network));

    let scale = Scale { mean: f64::NAN, divisor: 1.0 };
    let outputs = vec![Outputs::Numbers { name: "b".to_owned(), scale }];
    let error = save(&file, &network, &Saved { outputs, ..saved }).unwrap_err().to_string();
    assert!(error.contains("the note \"learnt\" has no form in JSON"), "{error}");
    assert_eq!(load::<f64>(&file, &Layers::new()).unwrap().1, again, "the file is as it was");

    let plain = folder.file("plain.safetensors");
    Checkpoint::new(network.state_dict()).write(&plain).unwrap();
    let refused = load::<f64>(&plain, &Layers::new()).err().unwrap().to_string();
    assert!(refused.ends_with("it says nothing of what was learnt"), "{refused}");
    assert!(load::<f64>(folder.file("none"), &Layers::new()).is_err());
}
