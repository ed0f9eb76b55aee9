//! Tapes that are looked at.

use autograd::{Float, Parameter, Recorded, Tape, Tensor, Var};
use nn::{Linear, Module, Relu, Sequential};
use proptest::prelude::*;
use tests::compare::panic_of;
use tests::draw::{cases, draws};
use tests::operations::operations;

/// What was recorded of what, whether or not a gradient goes there.
fn listed<F: Float>(tape: &Tape<F>) -> Vec<(&'static str, Vec<usize>, Vec<usize>)> {
    let named = |node: &Recorded| if node.inputs.is_empty() { "" } else { node.operation };
    tape.nodes().map(|node| (named(&node), node.inputs.clone(), node.shape.to_vec())).collect()
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn the_inputs_shown_do_not_depend_on_which_of_them_are_constants(draw in draws(), mask: u8) {
        for operation in operations() {
            let case = operation.case(&draw);
            let inputs = operation.inputs(&case, &draw);
            let record = |mask: u8| {
                let tape = Tape::default().looking();
                let leaf = |(i, x)| if mask >> i & 1 == 0 { tape.leaf(x) } else { tape.constant(x) };
                let x: Vec<Var<'_, f64>> = inputs.iter().enumerate().map(leaf).collect();
                let y = (case.apply)(&x);
                let active = tape.nodes().last().is_some_and(|node| node.is_active);
                assert_eq!(y.is_active(), active);
                listed(&tape)
            };
            let all = record(0);
            prop_assert_eq!(&record(mask), &all, "{}", operation.name);
            prop_assert_eq!(&record(u8::MAX), &all, "{}", operation.name);
            // Losses of a batch without labels are a constant, made of nothing.
            let made = all.last().is_some_and(|(_, inputs, _)| !inputs.is_empty());
            for input in 0..if made { inputs.len() } else { 0 } {
                let used = all.iter().any(|(_, inputs, _)| inputs.contains(&input));
                prop_assert!(used, "{} does not show input {input}", operation.name);
            }
        }
    }
}

#[test]
fn inputs_are_in_the_order_of_the_arguments() {
    let matrix = || Tensor::<f64>::ones([2, 2]);
    let tape = Tape::default().looking();
    let (x, weight) = (tape.constant(matrix()), tape.leaf(matrix()));
    let bias = tape.constant(Tensor::ones([2]));
    let _ = x.linear(weight, bias);
    assert_eq!(tape.nodes().last().unwrap().inputs, [0, 1, 2]);
    let _ = weight * bias;
    assert_eq!(tape.nodes().last().unwrap().inputs, [1, 2]);
    let _ = bias - weight;
    assert_eq!(tape.nodes().last().unwrap().inputs, [2, 1]);
    let _ = x.linear_no_bias(weight);
    assert_eq!(tape.nodes().last().unwrap().inputs, [0, 1]);
    let _ = autograd::concatenate(&[x, weight, x], 0);
    assert_eq!(tape.nodes().last().unwrap().inputs, [0, 1, 0]);
    let text = format!("{tape:?}");
    assert!(text.contains("linear(0, 1, 2) [2, 2]\n"), "{text}");
}

// A ReLU hides an infinity below 0.
#[test]
fn a_checking_tape_sees_what_a_networks_relu_hides() {
    let weight = Tensor::new([2, 1], vec![1.0, -f64::MAX]);
    let network =
        Sequential::new().then(Linear::from_tensors(weight, Tensor::zeros([2]))).then(Relu);
    let tape = Tape::default().looking().checking();
    let y = network.forward(tape.constant(Tensor::full([1, 1], 10.0)));
    assert_eq!(y.value().as_slice(), [10.0, 0.0]);
    let found = tape.first_non_finite().expect("minus infinity before the ReLU");
    assert_eq!((found.operation, found.entry), ("linear", 1));
    let text = format!("{tape:?}");
    assert!(text.ends_with("linear(0, 1, 2) [1, 2]\n4: relu(3) [1, 2]\n"), "{text}");
}

#[test]
fn parameters_have_the_names_that_were_told_frozen_or_not() {
    let [a, frozen, unknown] = [1.0, 2.0, 3.0].map(|x| Parameter::new(Tensor::scalar(x)));
    frozen.freeze();
    let names = [("trunk.\"0\"\\", a.share()), ("head", frozen.share())];
    let tape = Tape::new().naming(names);
    let y = tape.watch(&a) * tape.watch(&frozen) + tape.watch(&unknown);
    let nodes: Vec<Recorded> = tape.nodes().collect();
    let named: Vec<_> = nodes.iter().map(|node| node.parameter.as_deref()).collect();
    assert_eq!(named, [Some("trunk.\"0\"\\"), Some("head"), None, None, None]);
    assert_eq!((nodes[1].operation, nodes[1].is_active), ("constant", false));
    let gradients = format!("{:?}", y.backward());
    assert_eq!(gradients, "parameter \"trunk.\\\"0\\\"\\\\\" []: [2.0]\nparameter []: [1.0]\n");

    // In the picture every backslash and every quotation mark of the name stands behind a backslash.
    let picture = tape.graphviz();
    let label = r#"n0 [label = "0: parameter \"trunk.\\\"0\\\"\\\\\"\n[]"];"#;
    assert!(picture.contains(label), "{picture}");
    assert!(picture.contains("n1 -> n2 [style = dashed];\n    n3"), "{picture}");
    let arrows: usize = nodes.iter().map(|node| node.inputs.len()).sum();
    assert_eq!(picture.matches("->").count(), arrows);
}

#[test]
fn gradients_print_their_entries_or_how_large_they_are() {
    let tape = Tape::new();
    let (x, y) = (tape.leaf(Tensor::ones([8])), tape.leaf(Tensor::full([3, 3], -2.0)));
    let gradients = ((x * 3.0).sum() + y.square().sum()).backward();
    let text = "node 0 [8]: [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]\n\
                node 1 [3, 3]: 9 entries, the largest of size 4\n";
    assert_eq!(format!("{gradients:?}"), text);
}

// The next tape of a thread takes over the lists of the last one, and nothing else of it.
#[test]
fn checking_looking_and_names_end_with_their_tape() {
    let w = Parameter::new(Tensor::scalar(-1.0));
    let first = Tape::new().checking().naming([("w", w.share())]);
    let y = first.watch(&w).ln() * first.constant(2.0);
    assert!(first.first_non_finite().is_some());
    assert_eq!(first.nodes().last().unwrap().inputs, [1, 2]);
    assert!(format!("{:?}", y.backward()).contains("\"w\""));
    drop(first);

    let next = Tape::new();
    assert!(next.first_non_finite().is_none());
    let y = next.watch(&w).ln() * next.constant(2.0);
    assert!(next.first_non_finite().is_none());
    assert!(y.sqrt().backward().first_non_finite().is_none());
    assert!(!format!("{next:?}").contains("\"w\"") && format!("{next:?}").contains("mul(1)"));
    assert!(!format!("{:?}", y.backward()).contains("\"w\""));
    let blame = panic_of(|| drop(next.nodes()));
    assert_eq!(blame.message, "this tape drops edges to constants: make it with `Tape::looking`");
}
