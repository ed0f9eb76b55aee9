//! Laws that hold for every operation of the table.

use std::collections::BTreeSet;
use std::path::Path;

use autograd::ndarray::{ArrayD, Axis, IxDyn, ShapeBuilder, Slice};
use autograd::{Tape, Tensor, Var, check};
use proptest::prelude::*;
use tests::compare::{bits, close, cotangent, gradient};
use tests::draw::{Draw, cases, draws, shapes};
use tests::naive;
use tests::operations::{Case, Operation, operations, operations_single};

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
fn for_every_operation(
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

fn leaves<'t>(tape: &'t Tape<f64>, inputs: &[Tensor<f64>]) -> Vec<Var<'t, f64>> {
    inputs.iter().map(|x| tape.leaf(x)).collect()
}

/// The value, and the gradient of every input for a fixed cotangent.
fn sweep(case: &Case<f64>, inputs: &[Tensor<f64>]) -> (Tensor<f64>, Vec<Tensor<f64>>) {
    let tape = Tape::default();
    let x = leaves(&tape, inputs);
    let y = (case.apply)(&x);
    let found = y.backward_from(cotangent(y, 3));
    (y.value(), x.iter().map(|&x| gradient(&found, x)).collect())
}

/// The layouts that an array of this shape can have in memory, entries and shape being equal.
fn layouts(x: &Tensor<f64>) -> Vec<(&'static str, ArrayD<f64>)> {
    let (sizes, view) = (x.shape().to_vec(), x.view());
    let mut columns_first = ArrayD::zeros(IxDyn(&sizes).f());
    columns_first.assign(&view);

    let mut reversed = view.to_owned();
    (0..sizes.len()).for_each(|axis| reversed.invert_axis(Axis(axis)));
    let mut reversed = reversed.as_standard_layout().into_owned();
    (0..sizes.len()).for_each(|axis| reversed.invert_axis(Axis(axis)));

    let doubled: Vec<usize> = sizes.iter().map(|size| 2 * size).collect();
    let mut every_second = ArrayD::from_elem(IxDyn(&doubled), f64::NAN);
    every_second.slice_each_axis_inplace(|_| Slice::new(0, None, 2));
    every_second.assign(&view);

    vec![
        ("rows first", view.to_owned()),
        ("columns first", columns_first),
        ("reversed", reversed),
        ("every second", every_second),
    ]
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

    #[test]
    fn the_memory_layout_of_inputs_changes_nothing(draw in draws()) {
        for_every_operation(&draw, |_, case, inputs| {
            let (value, gradients) = sweep(case, inputs);
            for layout in 0..4 {
                let laid = |x: &Tensor<f64>| {
                    let (name, array) = &layouts(x)[layout];
                    (*name, Tensor::from(array), Tensor::from(array.view()))
                };
                let laid: Vec<_> = inputs.iter().map(laid).collect();
                for ((name, owned, viewed), x) in laid.iter().zip(inputs) {
                    if owned != x || viewed != x {
                        return Err(format!("{name}: other entries"));
                    }
                }
                let laid: Vec<_> = laid.into_iter().map(|(_, owned, _)| owned).collect();
                let (y, found) = sweep(case, &laid);
                if bits(&y) != bits(&value) || found.iter().map(bits).ne(gradients.iter().map(bits)) {
                    return Err(format!("layout {layout} gives another result"));
                }
            }
            Ok(())
        })?;
    }

    // A view with strides 0: every operation on a tensor made of it equals that on the copy.
    #[test]
    fn a_broadcast_view_equals_its_copy(draw in draws(), ones in 0..16_usize) {
        for_every_operation(&draw, |_, case, inputs| {
            let mut pairs = vec![];
            for x in inputs {
                let mut view = x.view();
                for axis in 0..x.shape().rank() {
                    if ones >> axis & 1 == 1 && x.size(axis) > 0 {
                        view.collapse_axis(Axis(axis), 0);
                    }
                }
                let stretched = view.broadcast(IxDyn(&x.shape().to_vec())).expect("a larger shape");
                let first = |at: Vec<usize>| naive::stretched_entry(&Tensor::from(view.view()), &at);
                let copy = naive::indices(&x.shape().to_vec()).into_iter().map(first).collect();
                pairs.push((Tensor::from(stretched), Tensor::new(x.shape(), copy)));
            }
            let (views, copies): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (left, right) = (sweep(case, &views), sweep(case, &copies));
            let same = bits(&left.0) == bits(&right.0)
                && left.1.iter().map(bits).eq(right.1.iter().map(bits));
            if same { Ok(()) } else { Err("view and copy differ".into()) }
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

// All pairs of sizes 0, 1 and n on each axis, for every rank: the values, and that the adjoint of
// stretching is summing.
#[test]
fn broadcasting_of_all_pairs_of_sizes_equals_loops_over_indices() {
    const PAIRS: [[usize; 2]; 7] = [[1, 1], [1, 3], [3, 1], [3, 3], [0, 0], [0, 1], [1, 0]];
    for rank in 0..=4 {
        for code in 0..PAIRS.len().pow(rank) {
            let pairs = (0..rank).map(|axis| PAIRS[code / PAIRS.len().pow(axis) % PAIRS.len()]);
            let (a, b): (Vec<_>, Vec<_>) = pairs.map(|[a, b]| (a, b)).unzip();
            let leading = b.iter().take_while(|&&size| size == 1).count();
            for b in [&b[..], &b[leading..]] {
                let x = Tensor::from_fn(&a, |i| 0.5 + i as f64);
                let y = Tensor::from_fn(b, |i| 2.5 - 0.3 * i as f64);
                broadcast_pair(&x, &y);
                broadcast_pair(&y, &x);
            }
        }
    }
}

fn broadcast_pair(x: &Tensor<f64>, y: &Tensor<f64>) {
    let tape = Tape::default();
    let (a, b) = (tape.leaf(x), tape.leaf(y));
    for (name, z, f) in [
        ("-", a - b, (|x, y| x - y) as fn(f64, f64) -> f64),
        ("*", a * b, |x, y| x * y),
        ("maximum", a.maximum(b), f64::max),
    ] {
        let expected = naive::broadcast(x, y, f);
        assert_eq!(z.value(), expected, "{name} of {} and {}", x.shape(), y.shape());
    }
    // <a - b, z_bar> for a = 1, b = 0 is the sum of each entry's share of z_bar.
    let difference = a - b;
    let found = difference.backward_from(cotangent(difference, 7));
    for (var, sign) in [(a, 1.0), (b, -1.0)] {
        let mut sums = ArrayD::<f64>::zeros(IxDyn(&var.shape().to_vec()));
        let z_bar = cotangent(difference, 7);
        for index in naive::indices(&z_bar.shape().to_vec()) {
            let own = index[index.len() - var.shape().rank()..].iter().zip(var.shape().sizes());
            let own: Vec<usize> = own.map(|(&i, size)| if size == 1 { 0 } else { i }).collect();
            sums[&own[..]] += sign * z_bar.view()[&index[..]];
        }
        // Sums of at most 81 numbers in another order.
        close(&gradient(&found, var), &Tensor::from(sums), 1e-13).expect("the adjoint is the sum");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_array_goes_in_and_comes_out(shape in shapes()) {
        let x = Tensor::from_fn(&shape, |i| i as f64);
        for (_, array) in layouts(&x) {
            prop_assert_eq!(&Tensor::from(&array), &x);
            prop_assert_eq!(Tensor::from(array).to_array(), x.to_array());
        }
    }
}
