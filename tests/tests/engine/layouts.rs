//! Whatever the memory layout of what goes in, and whatever the sizes that broadcast.

use autograd::ndarray::{ArrayD, Axis, IxDyn, ShapeBuilder, Slice};
use autograd::{Tape, Tensor};
use proptest::prelude::*;
use tests::compare::{bits, close, cotangent, gradient};
use tests::draw::{cases, draws, shapes};
use tests::naive;

use crate::operations::{for_every_operation, sweep};

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

    #[test]
    fn any_array_goes_in_and_comes_out(shape in shapes()) {
        let x = Tensor::from_fn(&shape, |i| i as f64);
        for (_, array) in layouts(&x) {
            prop_assert_eq!(&Tensor::from(&array), &x);
            prop_assert_eq!(Tensor::from(array).to_array(), x.to_array());
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
