//! What goes out as ONNX. `.ci/run` has Python's checker and runtime compare every network's numbers.

use std::fs;
use std::path::Path;

use autograd::{Tensor, Var};
use multitask::architectures;
use nn::{Linear, Module, Parameters, Sequential, onnx};
use tests::files::Folder;

#[test]
fn every_network_that_a_strategy_trains_goes_out_and_twice_with_the_same_bytes() {
    let [one, two] = [Folder::new(), Folder::new()];
    let names = tests::onnx::write(one.path()).unwrap_or_else(|error| panic!("{error}"));
    tests::onnx::write(two.path()).unwrap_or_else(|error| panic!("{error}"));
    for architecture in architectures::<f32>() {
        assert!(names.iter().any(|name| name == architecture.describe().name), "{names:?}");
    }
    for name in one.names() {
        assert_eq!(
            fs::read(one.file(&name)).unwrap(),
            fs::read(two.file(&name)).unwrap(),
            "{name}"
        );
    }
}

/// Two layers whose weights are written down, so that the bytes are the same on every machine.
fn small() -> Sequential {
    let layer = |inputs: usize, outputs: usize| {
        let weight = Tensor::from_fn([outputs, inputs], |i| i as f32 / 4.0 - 0.5);
        Linear::from_tensors(weight, Tensor::from_fn([outputs], |i| i as f32))
    };
    Sequential::new().then(layer(3, 2)).then(nn::Relu).then(layer(2, 2))
}

#[test]
fn a_small_network_is_the_stored_bytes() {
    let model = small();
    let notes = [("classes", "[\"a\",\"b\"]")];
    let bytes = onnx::export(
        3,
        None,
        |x| {
            let logits = model.forward(x);
            vec![("logits".to_owned(), logits), ("probabilities".to_owned(), logits.softmax(1))]
        },
        &model.named(),
        notes,
    );
    let bytes = bytes.unwrap();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/onnx/small.onnx");
    if std::env::var_os("RECORD").is_some() {
        fs::create_dir_all(stored.parent().unwrap()).unwrap();
        fs::write(&stored, &bytes).unwrap();
    }
    assert!(fs::read(stored).unwrap() == bytes, "the network has other bytes than the stored ones");
}

/// Why a function of three columns cannot go out.
fn refusal(forward: impl for<'t> Fn(Var<'t>) -> Var<'t>) -> String {
    let result = onnx::export(3, None, |x| vec![("outputs".to_owned(), forward(x))], &[], []);
    result.expect_err("it has no counterpart").to_string()
}

#[test]
fn what_has_no_counterpart_is_refused_by_its_name_and_shapes() {
    let from = "from [7, 3] to";
    for (found, what) in [
        (refusal(|x| x.slice(1, 0..2)), format!("the operation slice_step {from} [7, 2] has no")),
        (refusal(|x| (x + x).cos()), "the operation cos".to_owned()),
        (
            refusal(|x| x.sum_axes_keep(&[0])),
            format!("the operation sum_axes {from} [1, 3] adds rows"),
        ),
        (
            refusal(|x| x.reshape([x.shape().len() / 3, 3]).reshape([1, x.shape().len()])),
            "moves".into(),
        ),
        (refusal(|x| autograd::concatenate(&[x, x], 0)), "joins rows in ONNX".to_owned()),
        (
            refusal(|x| 1.0 - x),
            format!("the operation sub {from} [7, 3] has no counterpart in ONNX"),
        ),
    ] {
        assert!(found.contains(&what), "{found} does not say {what}");
    }
}

#[test]
fn a_value_that_hides_its_dependence_on_the_rows_is_refused() {
    let found = refusal(|x| x + x.detach());
    assert!(
        found.contains("constant_1 depends on the rows in a way that the tape does not"),
        "{found}"
    );
}
