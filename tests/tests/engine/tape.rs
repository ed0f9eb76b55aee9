//! What the tape, gradients and parameters promise, apart from any operation.

use autograd::{Float, Gradients, Parameter, Tape, Tensor, Var, check};
use tests::compare::{bits, gradient};

fn vector(entries: &[f64]) -> Tensor<f64> {
    Tensor::new([entries.len()], entries.to_vec())
}

// Values are immutable once recorded: a change in between cannot reach the sweep.
#[test]
fn a_parameter_changed_after_it_was_recorded_leaves_the_sweep_as_it_was() {
    let w = Parameter::new(vector(&[1.0, 2.0]));
    let tape = Tape::default();
    let x = tape.watch(&w);
    let loss = (x * x * x).sum();
    w.update(vector(&[5.0, 5.0]), |p, g| p - g);
    w.set(w.value().map(|x| 10.0 * x));
    assert_eq!(w.value().as_slice(), [-40.0, -30.0]);
    assert_eq!(loss.value().item().to_bits(), 9.0_f64.to_bits());
    assert_eq!(loss.backward().of(&w).unwrap().as_slice(), [3.0, 12.0]);
    assert_eq!(tape.watch(&w).value().as_slice(), [1.0, 2.0], "one tape, one value");
    assert_eq!(Tape::default().watch(&w).value(), w.value(), "the next tape sees the new one");
}

#[test]
fn a_parameter_watched_twice_is_one_leaf_whose_gradients_add() {
    let w = Parameter::new(vector(&[1.0, 2.0]));
    let tape = Tape::default();
    let loss = (tape.watch(&w) * 3.0 + tape.watch(&w.share()) * 4.0).sum();
    let gradients = loss.backward();
    assert_eq!(gradients.len(), 1);
    assert_eq!(gradients.of(&w).unwrap().as_slice(), [7.0, 7.0]);
}

#[test]
fn a_copy_is_a_parameter_of_its_own() {
    let w = Parameter::new(vector(&[1.0, 2.0]));
    let (copy, shared) = (w.clone(), w.share());
    assert!(w.is_same(&shared) && !w.is_same(&copy) && w.value() == copy.value());
    let tape = Tape::default();
    let loss = (tape.watch(&w) * tape.watch(&copy)).sum();
    w.set(vector(&[0.0, 0.0]));
    assert_eq!(shared.value(), w.value());
    assert_eq!(copy.value().as_slice(), [1.0, 2.0]);
    let gradients = loss.backward();
    assert_eq!(gradients.of(&shared), gradients.of(&copy));
}

// Absent is not zero.
#[test]
fn what_the_loss_does_not_depend_on_has_no_gradient() {
    let make = || Parameter::new(vector(&[1.0, 2.0]));
    let (used, unused, frozen, detached, reversed) = (make(), make(), make(), make(), make());
    let buffer = Parameter::buffer(vector(&[1.0, 2.0]));
    frozen.freeze();
    let tape = Tape::default();
    let _ = tape.watch(&unused) * 2.0;
    let loss = (tape.watch(&used)
        * tape.watch(&frozen)
        * tape.watch(&buffer)
        * tape.watch(&detached).detach()
        + tape.watch(&reversed).reverse_gradient(0.0))
    .sum();
    let gradients = loss.backward();
    assert_eq!(gradients.of(&used).unwrap().as_slice(), [1.0, 8.0]);
    assert_eq!(gradients.of(&reversed).unwrap().as_slice(), [0.0, 0.0], "zero, not absent");
    for absent in [&unused, &frozen, &detached, &buffer] {
        assert!(gradients.of(absent).is_none());
    }
    frozen.unfreeze();
    assert_eq!((frozen.thaws(), frozen.is_frozen()), (1, false));
    let tape = Tape::default();
    assert!(tape.watch(&frozen).sum().backward().of(&frozen).is_some());
}

#[test]
fn an_edge_to_a_constant_is_dropped_at_once() {
    let tape = Tape::<f64>::default();
    let (x, c) = (tape.leaf(vector(&[1.0, 2.0])), tape.constant(vector(&[3.0, 4.0])));
    let y = (c * c).exp() + c.sin();
    assert_eq!((tape.num_edges(), y.is_active()), (0, false));
    let z = x * y;
    assert_eq!((tape.num_edges(), z.is_active()), (1, true));
}

#[test]
fn gradients_are_values() {
    let (a, b) = (Parameter::new(vector(&[0.0, 0.0])), Parameter::new(vector(&[0.0])));
    let mut first = Gradients::empty();
    first.insert(&b, vector(&[2.0]));
    first.insert(&a, vector(&[3.0, 4.0]));
    let lines = "parameter [2]: [3.0, 4.0]\nparameter [1]: [2.0]\n";
    assert_eq!(format!("{first:?}"), lines, "in the order in which the parameters were made");
    assert_eq!(first.norm().to_bits(), 29.0_f64.sqrt().to_bits());
    let mut second = Gradients::empty();
    second.insert(&a, vector(&[1.0, 1.0]));
    let mut sum = first.clone().scale(2.0) + second.clone();
    assert_eq!(sum.of(&a).unwrap().as_slice(), [7.0, 9.0]);
    assert_eq!(sum.of(&b).unwrap().as_slice(), [4.0], "what one alone has is taken as it is");
    assert_eq!(sum.take(&a).unwrap().as_slice(), [7.0, 9.0]);
    assert!(sum.take(&a).is_none() && sum.of(&a).is_none() && sum.len() == 1);
    assert_eq!(second.of(&a).unwrap().as_slice(), [1.0, 1.0]);
    assert!(Gradients::<f64>::empty().is_empty() && second.of(&b).is_none());
}

/// The cube, as someone outside of the crate would write it; wrong by a factor if asked.
fn cube<F: Float>(x: Var<'_, F>, factor: f64) -> Var<'_, F> {
    let value = x.value();
    x.tape()
        .record("cube", value.clone().map(|x| x * x * x))
        .pullback(x, move |y_bar| y_bar.zip(&value, |y_bar, x| F::of(factor) * x * x * y_bar))
}

#[test]
fn an_operation_from_outside_is_like_any_other() {
    let x = vector(&[0.5, -1.5, 2.0]);
    check::gradients(std::slice::from_ref(&x), 1e-9, |x| cube(x[0], 3.0))
        .expect("the derivative is 3 x^2");
    let tape = Tape::default();
    let leaf = tape.leaf(&x);
    let (y, z) = (cube(leaf, 3.0), leaf.powi(3));
    assert_eq!(y.value(), z.value());
    assert_eq!(gradient(&y.sum().backward(), leaf), gradient(&z.sum().backward(), leaf));
    assert!(format!("{tape:?}").contains("cube(0) [3]"));
}

#[test]
fn a_number_may_stand_first() {
    macro_rules! same {
        ($($operator:tt)*) => {$(
            let tape = Tape::<f64>::default();
            let (x, c) = (tape.leaf(vec![0.5, -1.5, 2.0]), tape.constant(3.0));
            let (y, z) = (3.0 $operator x, c $operator x);
            assert_eq!((bits(&y.value()), tape.len()), (bits(&z.value()), 4));
            let (y, z) = (y.square().sum().backward(), z.square().sum().backward());
            assert_eq!(bits(&gradient(&y, x)), bits(&gradient(&z, x)), stringify!($operator));
        )*};
    }
    same!(+ - * /);
    let tape = Tape::new();
    let x = tape.leaf(2.0);
    assert_eq!((1.0 - x).item().to_bits(), (-1.0_f32).to_bits(), "in single precision too");
}

// What the docs of the operations show compiles there; here, that it is what the crate has.
#[test]
fn the_example_of_an_operation_is_the_real_one() {
    let docs = include_str!("../../../autograd/src/ops/mod.rs");
    let example = docs.split("//! ```").nth(1).expect("an example");
    let shown = example.lines().filter_map(|line| line.strip_prefix("//!").map(str::trim));
    let shown: Vec<&str> = shown.filter(|line| !line.starts_with('#')).collect();
    let real = include_str!("../../../autograd/src/ops/elementwise.rs");
    let real: Vec<&str> = real.lines().map(|line| line.trim().trim_start_matches("pub ")).collect();
    assert!(shown.len() > 5 && real.windows(shown.len()).any(|lines| lines == shown), "{shown:#?}");
}

#[test]
fn a_function_of_a_tensor_is_the_value_of_the_operation() {
    let x = vector(&[-30.0, -1.5, -0.0, 0.0, 0.7, 2.0, 800.0]);
    macro_rules! same {
        ($($name:ident)*) => {$(
            let (tensor, tape) = (x.clone().$name(), Tape::default());
            assert_eq!(bits(&tensor), bits(&tape.leaf(&x).$name().value()), stringify!($name));
        )*};
    }
    same!(exp ln sqrt abs sin cos tanh sigmoid relu softplus silu gelu);
}

#[test]
fn the_gradient_check_reports_the_entry_both_numbers_and_the_shape() {
    let inputs = [vector(&[1.0]), Tensor::new([1, 2], vec![0.0, 2.0])];
    let wrong = check::gradients(&inputs, 1e-9, |x| x[0] + cube(x[1], 2.0)).unwrap_err();
    assert_eq!((wrong.input, &wrong.shape[..], &wrong.entry[..]), (1, &[1, 2][..], &[0, 1][..]));
    // 2 x^2 where 3 x^2 is right, at x = 2; both carry the same weight of that entry.
    assert!((wrong.gradient / wrong.difference - 8.0 / 12.0).abs() < 1e-9);
    let said = wrong.to_string();
    assert!(said.starts_with("input 1 of shape [1, 2], entry [0, 1]: the gradient is "), "{said}");
}

#[test]
fn a_checking_tape_names_where_the_first_nan_was_made() {
    let tape = Tape::<f64>::default().checking();
    let x = tape.leaf(vector(&[1.0, -1.0]));
    let y = x.ln() * 2.0;
    let found = tape.first_non_finite().expect("the logarithm of -1");
    assert_eq!((found.operation, found.entry, found.in_pullback), ("ln", 1, false));
    assert!(y.value().as_slice()[1].is_nan());

    let tape = Tape::<f64>::default().checking();
    let zero = tape.leaf(vector(&[4.0, 0.0]));
    let gradients = (zero.sqrt() * 3.0).sum().backward();
    assert!(tape.first_non_finite().is_none(), "every value is finite");
    let found = gradients.first_non_finite().expect("the slope of the root at 0");
    assert_eq!((found.operation, found.entry, found.in_pullback), ("sqrt", 1, true));

    let tape = Tape::<f64>::default().checking();
    let fine = tape.leaf(vector(&[4.0, 1.0])).sqrt().sum();
    assert!(fine.backward().first_non_finite().is_none() && tape.first_non_finite().is_none());
}
