//! Laws that hold for every operation of the table.

use std::collections::BTreeSet;
use std::path::Path;

use autograd::{Tape, Tensor, check};
use proptest::prelude::*;
use tests::compare::{bits, close, cotangent, gradient};
use tests::draw::{Draw, cases, draws};
use tests::operations::{Case, Operation, operations, operations_single};

use crate::leaves;

/// Differences of fourth order lose some 1e-12 of the value's size, which is up to some thousand
/// here; a wrong pullback is wrong in the first digits.
const BY_DIFFERENCES: f64 = 1e-7;

/// The names of the public operations on variables in a source file of `autograd/src/ops`.
fn public_operations(source: &str) -> Vec<String> {
    let mut names = vec![];
    let mut on_variables = false;
    for line in source.lines() {
        if line.starts_with("impl") {
            on_variables = line.contains(" Var<");
            // `impl<F: Float> Add<F> for Var<'_, F>`
            if let Some((head, _)) = line.split_once(" for Var<") {
                let operator = head.rsplit(' ').next().unwrap_or_default();
                names.push(match operator.strip_suffix("<F>") {
                    Some(operator) => format!("{} number", operator.to_lowercase()),
                    None => operator.to_lowercase(),
                });
                on_variables = false;
            }
        }
        let method = on_variables.then(|| line.strip_prefix("    pub fn ")).flatten();
        if let Some(rest) = method.or_else(|| line.strip_prefix("pub fn ")) {
            let end = rest.find(['(', '<']).expect("a function has parameters");
            names.push(rest[..end].to_string());
        }
    }
    names
}

#[test]
fn the_table_lists_every_public_operation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../autograd/src/ops");
    let mut public = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).expect("the operations' folder") {
        let path = entry.expect("a file").path();
        let source = std::fs::read_to_string(&path).expect("a source file");
        public.extend(public_operations(&source));
    }
    let table: BTreeSet<String> =
        operations().iter().map(|operation| operation.name.to_string()).collect();
    assert_eq!(table.difference(&public).collect::<Vec<_>>(), Vec::<&String>::new(), "unknown");
    assert_eq!(public.difference(&table).collect::<Vec<_>>(), Vec::<&String>::new(), "left out");
    assert_eq!(table.len(), operations().len(), "a line of the table is there twice");
}

/// Runs a law for every operation, naming the one that breaks it.
pub(crate) fn for_every_operation(
    draw: &Draw,
    law: impl Fn(&Operation<f64>, &Case<f64>, &[Tensor<f64>]) -> Result<(), String>,
) -> Result<(), TestCaseError> {
    for operation in operations() {
        let case = operation.case(draw);
        let inputs = operation.inputs(&case, draw);
        if let Err(error) = law(&operation, &case, &inputs) {
            let shapes = &case.shapes;
            return Err(TestCaseError::fail(format!("{} of {shapes:?}: {error}", operation.name)));
        }
    }
    Ok(())
}

/// The value, and the gradient of every input for a fixed cotangent.
pub(crate) fn sweep(case: &Case<f64>, inputs: &[Tensor<f64>]) -> (Tensor<f64>, Vec<Tensor<f64>>) {
    let tape = Tape::default();
    let x = leaves(&tape, inputs);
    let y = (case.apply)(&x);
    let found = y.backward_from(cotangent(y, 3));
    (y.value(), x.iter().map(|&x| gradient(&found, x)).collect())
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn gradients_agree_with_differences(draw in draws()) {
        for_every_operation(&draw, |_, case, inputs| {
            let Some(honest) = &case.gradient_of else {
                return check::gradients(inputs, BY_DIFFERENCES, |x| (case.apply)(x))
                    .map_err(|error| error.to_string());
            };
            // What flows backward is another function's: check that one, and that they agree.
            check::gradients(inputs, BY_DIFFERENCES, |x| honest(x)).map_err(|e| e.to_string())?;
            let tape = Tape::default();
            let x = leaves(&tape, inputs);
            let (y, z) = ((case.apply)(&x), honest(&x));
            let (y, z) = (y.backward_from(cotangent(y, 5)), z.backward_from(cotangent(z, 5)));
            x.iter().try_for_each(|&x| close(&gradient(&y, x), &gradient(&z, x), 0.0))
        })?;
    }

    // A gradient that is overwritten where it should be added shows here.
    #[test]
    fn gradients_of_a_variable_used_twice_agree_with_differences(draw in draws()) {
        for_every_operation(&draw, |operation, case, inputs| {
            let same = case.shapes.iter().all(|shape| *shape == case.shapes[0]);
            if !same || operation.name == "maximum" || operation.name == "minimum" {
                return Ok(()); // ties everywhere: their halves add to the whole, see the kinks
            }
            let uses = case.shapes.len();
            let function = case.gradient_of.as_ref().unwrap_or(&case.apply);
            check::gradients(&inputs[..1], BY_DIFFERENCES, |x| function(&vec![x[0]; uses]))
                .map_err(|error| error.to_string())?;
            check::gradients(&inputs[..1], BY_DIFFERENCES, |x| {
                let y = function(&vec![x[0]; uses]);
                (y * 0.1).sin() + y
            })
            .map_err(|error| error.to_string())
        })?;
    }

    // Buffers are used again as they are: whoever takes one must write every entry.
    #[test]
    fn what_a_reused_buffer_held_does_not_matter(draw in draws()) {
        for_every_operation(&draw, |_, case, inputs| {
            let clean = sweep(case, inputs);
            let lengths: BTreeSet<usize> = inputs.iter().chain(&clean.1).chain([&clean.0])
                .map(Tensor::len).collect();
            for length in lengths {
                let held: Vec<_> = (0..8).map(|_| Tensor::full([length], f64::NAN)).collect();
                drop(held);
            }
            let dirty = sweep(case, inputs);
            let same = bits(&clean.0) == bits(&dirty.0)
                && clean.1.iter().map(bits).eq(dirty.1.iter().map(bits));
            if same { Ok(()) } else { Err("an entry was left as it was".into()) }
        })?;
    }

    #[test]
    fn prediction_gives_the_same_value_and_records_no_edge(draw in draws()) {
        for_every_operation(&draw, |_, case, inputs| {
            let tape = Tape::predicting();
            let y = (case.apply)(&leaves(&tape, inputs));
            if tape.num_edges() > 0 || y.is_active() {
                return Err("an edge was recorded".into());
            }
            close(&y.value(), &sweep(case, inputs).0, 0.0)
        })?;
    }

    #[test]
    fn a_constant_input_has_no_gradient_and_changes_no_other(draw in draws()) {
        for_every_operation(&draw, |_, case, inputs| {
            let all = sweep(case, inputs).1;
            for held in 0..inputs.len() {
                let tape = Tape::default();
                let each = inputs.iter().enumerate();
                let x: Vec<_> = each
                    .map(|(i, x)| if i == held { tape.constant(x) } else { tape.leaf(x) })
                    .collect();
                let y = (case.apply)(&x);
                let found = y.backward_from(cotangent(y, 3));
                if found.wrt(x[held]).is_some() && inputs.len() > 1 {
                    return Err(format!("constant {held} has a gradient"));
                }
                for (i, &x) in x.iter().enumerate().filter(|&(i, _)| i != held) {
                    close(&gradient(&found, x), &all[i], 0.0)?;
                }
            }
            Ok(())
        })?;
    }

    // Both numeric types run the same formulas; f32 keeps about seven digits, and entries are near 1.
    #[test]
    fn single_and_double_precision_agree(draw in draws()) {
        let narrow = |x: &Tensor<f64>| Tensor::from_fn(x.shape(), |i| x.as_slice()[i] as f32);
        let wide = |x: &Tensor<f32>| Tensor::from_fn(x.shape(), |i| f64::from(x.as_slice()[i]));
        let singles = operations_single();
        for (double, single) in operations().iter().zip(&singles) {
            let (case, case_32) = (double.case(&draw), single.case(&draw));
            let inputs: Vec<_> = double.inputs(&case, &draw).iter().map(narrow).collect();
            let rounded: Vec<_> = inputs.iter().map(wide).collect();
            let (value, gradients) = sweep(&case, &rounded);
            let tape = Tape::<f32>::default();
            let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
            let y = (case_32.apply)(&x);
            let found = y.backward_from(cotangent(y, 3));
            let compared = x.iter().map(|&x| gradient(&found, x)).zip(&gradients);
            for (a, b) in std::iter::once((y.value(), &value)).chain(compared) {
                let outcome = close(&wide(&a), b, 2e-5);
                prop_assert!(outcome.is_ok(), "{} of {:?}: {:?}", double.name, case.shapes, outcome);
            }
        }
    }
}
