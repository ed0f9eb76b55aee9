//! Identities of operations, and their naive twins, in double precision.

#![expect(clippy::float_cmp, reason = "what is claimed is equality, not nearness")]

use autograd::{Tape, Tensor, concatenate, stack};
use proptest::prelude::*;
use tests::compare::{bits, close, cotangent, gradient};
use tests::draw::{Domain, Draw, cases, draws, inputs};
use tests::naive;
use tests::operations::operations;

use crate::{REORDERED, leaves, pulled, tensor};

/// `<x, y>`.
fn inner(x: &Tensor<f64>, y: &Tensor<f64>) -> f64 {
    (x.clone() * y.clone()).sum().item()
}

// Sizes on both sides of the strips of rows in which large matrices are exchanged.
#[test]
fn transposing_a_large_matrix_moves_every_entry() {
    for [rows, columns] in [[3, 257], [257, 3], [256, 512], [300, 530], [513, 255]] {
        let x = Tensor::from_fn([rows, columns], |i| i as f64);
        let expected = Tensor::from_fn([columns, rows], |i| (i % rows * columns + i / rows) as f64);
        assert_eq!(x.transpose(), expected);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    // <x, bcast* y> = <bcast x, y>.
    #[test]
    fn the_adjoint_of_broadcasting_is_summation(draw in draws()) {
        let [small, _] = draw.broadcast_pair();
        let (x, y) = (tensor(&small, draw.seed), tensor(&draw.shape, draw.seed ^ 1));
        let tape = Tape::default();
        let leaf = tape.leaf(&x);
        let stretched = leaf.broadcast_to(&draw.shape);
        let adjoint = pulled(stretched, leaf, y.clone());
        let (left, right) = (inner(&x, &adjoint), inner(&stretched.value(), &y));
        prop_assert!((left - right).abs() <= 1e-11, "{left} and {right}");
        prop_assert_eq!(adjoint, y.sum_to(&small));
    }

    // Every operation that only moves entries is linear, and so is its own derivative's adjoint.
    #[test]
    fn moves_of_entries_have_their_adjoint_as_pullback(draw in draws()) {
        let moves = ["reshape", "permute", "transpose", "broadcast_to", "slice", "slice_step",
            "index_select", "gather_rows", "embedding", "concatenate", "stack", "sum", "mean",
            "sum_axes", "sum_axes_keep", "mean_axes", "mean_axes_keep"];
        for operation in operations().iter().filter(|o| moves.contains(&o.name)) {
            let case = operation.case(&draw);
            let values = operation.inputs(&case, &draw);
            let tape = Tape::default();
            let x = leaves(&tape, &values);
            let y = (case.apply)(&x);
            let y_bar = cotangent(y, 9);
            let found = y.backward_from(y_bar.clone());
            let left: f64 = x.iter().zip(&values).map(|(&x, v)| inner(v, &gradient(&found, x))).sum();
            let right = inner(&y.value(), &y_bar);
            prop_assert!((left - right).abs() <= 1e-11, "{}: {left} and {right}", operation.name);
        }
    }

    #[test]
    fn products_in_all_forms_equal_loops_over_indices(draw in draws()) {
        let expected = |name, a: &Tensor<f64>, b: &Tensor<f64>| match name {
            "matmul_tn" => naive::matmul(&a.transpose(), b),
            "matmul_nt" => naive::matmul(a, &b.transpose()),
            _ => naive::matmul(a, b),
        };
        for name in ["matmul", "matmul_tn", "matmul_nt"] {
            let operation = operations().into_iter().find(|o| o.name == name).unwrap();
            let case = operation.case(&draw);
            let x = operation.inputs(&case, &draw);
            let tape = Tape::default();
            let y = (case.apply)(&leaves(&tape, &x)).value();
            prop_assert_eq!(close(&y, &expected(name, &x[0], &x[1]), REORDERED), Ok(()));
            let plain = match name {
                "matmul_tn" => x[0].matmul_tn(&x[1]),
                "matmul_nt" => x[0].matmul_nt(&x[1]),
                _ => x[0].matmul(&x[1]),
            };
            prop_assert_eq!(bits(&plain), bits(&y));
        }
    }

    #[test]
    fn larger_products_equal_loops_over_indices(
        m in 1..40_usize, k in 0..70_usize, n in 1..40_usize, seed: u64,
    ) {
        let (a, b) = (tensor(&[m, k], seed), tensor(&[k, n], seed ^ 1));
        let expected = naive::matmul(&a, &b);
        // Sums of up to 70 products of numbers up to 2.
        let bound = 1e-12;
        prop_assert_eq!(close(&a.matmul(&b), &expected, bound), Ok(()));
        prop_assert_eq!(close(&a.transpose().matmul_tn(&b), &expected, bound), Ok(()));
        prop_assert_eq!(close(&a.matmul_nt(&b.transpose()), &expected, bound), Ok(()));
    }

    #[test]
    fn a_permutation_and_its_inverse_are_the_identity(draw in draws()) {
        let x = tensor(&draw.shape, draw.seed);
        let axes = draw.permutation(draw.rank());
        let mut inverse = vec![0; axes.len()];
        axes.iter().enumerate().for_each(|(i, &axis)| inverse[axis] = i);
        prop_assert_eq!(&x.permute(&axes).permute(&inverse), &x);
        prop_assert_eq!(&x.permute(&inverse).permute(&axes), &x);
        for index in naive::indices(&draw.shape) {
            let moved: Vec<usize> = axes.iter().map(|&axis| index[axis]).collect();
            let (there, here) = (x.permute(&axes).view()[&moved[..]], x.view()[&index[..]]);
            prop_assert_eq!(there.to_bits(), here.to_bits());
        }
    }

    // Larger than the squares in which entries are exchanged, and not their multiple.
    #[test]
    fn a_permutation_of_long_axes_moves_every_entry(
        sizes in prop::array::uniform3(1..40_usize), extra in 1..3_usize, seed: u64,
    ) {
        let draw = Draw { seed, ..Draw::of(&[sizes[0], extra, sizes[1], sizes[2]]) };
        let axes = Draw { choices: std::array::from_fn(|i| (seed >> (6 * i)) as usize % 64), ..draw }
            .permutation(4);
        let shape = [sizes[0], extra, sizes[1], sizes[2]];
        let x = Tensor::from_fn(shape, |i| i as f64);
        let moved = x.permute(&axes);
        let strides = [extra * sizes[1] * sizes[2], sizes[1] * sizes[2], sizes[2], 1];
        let mut at = [0; 4];
        for &y in moved.as_slice() {
            let place: usize = (0..4).map(|i| at[i] * strides[axes[i]]).sum();
            prop_assert_eq!(y, place as f64);
            for i in (0..4).rev() {
                at[i] += 1;
                if at[i] < shape[axes[i]] {
                    break;
                }
                at[i] = 0;
            }
        }
    }

    #[test]
    fn reshaping_there_and_back_is_the_identity(draw in draws()) {
        let x = tensor(&draw.shape, draw.seed);
        let flat = x.clone().reshape([x.len()]);
        prop_assert_eq!(flat.as_slice(), x.as_slice());
        prop_assert_eq!(flat.reshape(&draw.shape), x);
    }

    #[test]
    fn pieces_put_together_again_are_the_whole(draw in draws()) {
        let draw = draw.at_least(1);
        let axis = draw.axis();
        let size = draw.shape[axis];
        let x = tensor(&draw.shape, draw.seed);
        let tape = Tape::default();
        let leaf = tape.leaf(&x);
        let cut = draw.range(size).start;
        let whole = concatenate(&[leaf.slice(axis, 0..cut), leaf.slice(axis, cut..size)], axis);
        prop_assert_eq!(&whole.value(), &x);
        prop_assert_eq!(pulled(whole, leaf, x.clone()), x.clone());
        if size > 0 {
            let row = |i| leaf.index_select(axis, &[i]).reshape({
                let mut sizes = draw.shape.clone();
                sizes.remove(axis);
                sizes
            });
            let stacked = stack(&(0..size).map(row).collect::<Vec<_>>(), axis);
            prop_assert_eq!(&stacked.value(), &x);
            prop_assert_eq!(pulled(stacked, leaf, x.clone()), x);
        }
    }

    // The shift cancels: what is left is its rounding, relative to the shift.
    #[test]
    fn cross_entropy_and_softmax_ignore_a_shift_of_the_logits(
        rows in 1..5_usize, classes in 1..6_usize, shift in -50.0..50.0_f64, seed: u64,
    ) {
        let draw = Draw { seed, ..Draw::of(&[]) };
        let labels = draw.indices(rows, classes);
        let z = tensor(&[rows, classes], seed);
        let tape = Tape::default();
        let x = tape.leaf(&z);
        let (plain, shifted) = (x.cross_entropy(&labels), (x + shift).cross_entropy(&labels));
        prop_assert_eq!(close(&shifted.value(), &plain.value(), 1e-13), Ok(()));
        let bar = Tensor::scalar(1.0);
        let (a, b) = (pulled(plain, x, bar.clone()), pulled(shifted, x, bar));
        prop_assert_eq!(close(&a, &b, 1e-13), Ok(()));
        // Without a shift in it, the gradient of each row sums to 0.
        let sums = a.sum_axes_keep(&[1]);
        prop_assert_eq!(close(&sums, &Tensor::zeros([rows, 1]), 1e-15), Ok(()));
        let (p, q) = (x.softmax(1), (x + shift).softmax(1));
        prop_assert_eq!(close(&p.value(), &q.value(), 1e-13), Ok(()));
    }

    // Fused and stable forms against their definitions, where those do not overflow.
    #[test]
    fn fused_operations_equal_what_they_are_made_of(
        m in 1..5_usize, k in 1..5_usize, n in 1..5_usize, seed: u64,
    ) {
        let draw = Draw { seed, ..Draw::of(&[]) };
        let values = inputs(&[vec![m, k], vec![n, k], vec![n]], Domain::Real, seed);
        let tape = Tape::default();
        let v = leaves(&tape, &values);
        let (x, weight, bias) = (v[0], v[1], v[2]);
        let labels = draw.indices(m, k);
        let one_hot = Tensor::from_fn([m, k], |i| f64::from(u8::from(labels[i / k] == i % k)));
        let e = x.exp();
        let positive = x.square() + 0.1;
        let pairs = [
            ("linear", x.linear(weight, bias), x.matmul(weight.transpose()) + bias),
            ("linear_no_bias", x.linear_no_bias(weight), x.matmul(weight.transpose())),
            ("cross_entropy", x.cross_entropy(&labels),
                -(x.log_softmax(1) * tape.constant(&one_hot)).sum() / m as f64),
            ("gather", x.gather_rows(&labels), (x * tape.constant(&one_hot)).sum_axes_keep(&[1])),
            ("softmax", x.softmax(1), e / e.sum_axes_keep(&[1])),
            ("log_softmax", x.log_softmax(0), x - e.sum_axes_keep(&[0]).ln()),
            ("logsumexp", x.logsumexp_axes(&[0, 1]), e.sum().ln()),
            ("norm", x.norm(), x.square().sum().sqrt()),
            ("var", x.var_axes(&[1], 0),
                x.square().mean_axes(&[1]) - x.mean_axes(&[1]).square()),
            ("sigmoid", x.sigmoid(), ((-x).exp() + 1.0).reciprocal()),
            ("softplus", x.softplus(), (e + 1.0).ln()),
            ("silu", x.silu(), x * x.sigmoid()),
            ("tanh", x.tanh(), (x * 2.0).sigmoid() * 2.0 - 1.0),
            ("square", x.square(), x.powi(2)),
            ("sqrt", positive.sqrt(), positive.powf(0.5)),
            ("reciprocal", positive.reciprocal(), positive.powi(-1)),
            ("relu", x.relu(), x.maximum(tape.constant(0.0))),
            ("abs", x.abs(), x.maximum(-x)),
            ("clamp", x.clamp(-0.5, 1.0),
                x.maximum(tape.constant(-0.5)).minimum(tape.constant(1.0))),
            ("min_axes", x.min_axes(&[0]), -(-x).max_axes(&[0])),
            ("normalize_axes", x.normalize_axes(&[1], 0.1),
                (x - x.mean_axes_keep(&[1])) / (x.var_axes(&[1], 0) + 0.1).sqrt().reshape([m, 1])),
            ("embedding", x.embedding(&[0, 0]), concatenate(&[x.slice(0, 0..1); 2], 0)),
        ];
        for (name, fused, composed) in pairs {
            // Definitions lose a digit or two where numbers of size 10 cancel.
            let outcome = close(&fused.value(), &composed.value(), 1e-12);
            prop_assert!(outcome.is_ok(), "{name}: {outcome:?}");
            let (a, b) = (fused.backward_from(cotangent(fused, 3)), composed.backward_from(cotangent(fused, 3)));
            for &x in &v {
                let outcome = close(&gradient(&a, x), &gradient(&b, x), 1e-11);
                prop_assert!(outcome.is_ok(), "pullback of {name}: {outcome:?}");
            }
        }
    }

    #[test]
    fn operations_without_a_tape_give_the_same_bits(draw in draws()) {
        let draw = draw.at_least(2);
        let (x, axis) = (tensor(&draw.filled(&[0, 1]).shape, draw.seed), draw.axis().min(1));
        let tape = Tape::default();
        let v = tape.leaf(&x);
        let axes = draw.axes();
        let indices = draw.indices(3, x.size(axis));
        let order = draw.permutation(draw.rank());
        let own = || x.clone();
        let pairs = [
            (own().exp(), v.exp()),
            (own().abs().ln(), v.abs().ln()),
            (own().abs().sqrt(), v.abs().sqrt()),
            (own().tanh(), v.tanh()),
            (own().sigmoid(), v.sigmoid()),
            (own().relu(), v.relu()),
            (own().softplus(), v.softplus()),
            (own() + own(), v + v),
            (own() - own(), v - v),
            (own() * own(), v * v),
            (own() / own(), v / v),
            (-own(), -v),
            (x.sum(), v.sum()),
            (x.norm(), v.norm()),
            (x.var_axes(&[axis], 0), v.var_axes(&[axis], 0)),
            (own().sum_axes_keep(&axes), v.sum_axes_keep(&axes)),
            (own().softmax(axis), v.softmax(axis)),
            (own().log_softmax(axis), v.log_softmax(axis)),
            (x.permute(&order), v.permute(&order)),
            (x.transpose(), v.transpose()),
            (x.slice(axis, 0..1), v.slice(axis, 0..1)),
            (x.slice_step(axis, 0..x.size(axis), 2), v.slice_step(axis, 0..x.size(axis), 2)),
            (x.index_select(axis, &indices), v.index_select(axis, &indices)),
            (Tensor::concatenate(&[own(), own()], axis), concatenate(&[v, v], axis)),
        ];
        for (plain, recorded) in pairs {
            prop_assert_eq!(bits(&plain), bits(&recorded.value()));
        }
    }
}
