//! Laws of the reverse sweep, for every operation.

use autograd::{Parameter, Tape, Tensor, Var};
use proptest::prelude::*;
use tests::compare::{bits, close, cotangent, gradient};
use tests::draw::{Domain, Draw, cases, draws, inputs};
use tests::operations::{Operation, operations};

use crate::{REORDERED, leaves, pulled, tensor};

fn entrywise() -> Vec<Operation<f64>> {
    operations().into_iter().filter(|operation| operation.entrywise).collect()
}

/// A task's loss: a head on the shared value.
fn loss<'t>(head: &Parameter<f64>, x: Var<'t, f64>) -> Var<'t, f64> {
    x.matmul(x.tape().watch(head)).tanh().square().sum()
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn the_sweep_is_linear_in_the_cotangent(draw in draws(), a in -2.0..2.0_f64, b in -2.0..2.0_f64) {
        for operation in operations() {
            let case = operation.case(&draw);
            let tape = Tape::default();
            let x = leaves(&tape, &operation.inputs(&case, &draw));
            let y = (case.apply)(&x);
            let (u, v) = (cotangent(y, 1), cotangent(y, 2));
            let both = y.backward_from(u.clone() * Tensor::scalar(a) + v.clone() * Tensor::scalar(b));
            let (of_u, of_v) = (y.backward_from(u), y.backward_from(v));
            for &x in &x {
                let sum = gradient(&of_u, x) * Tensor::scalar(a) + gradient(&of_v, x) * Tensor::scalar(b);
                let outcome = close(&gradient(&both, x), &sum, REORDERED);
                prop_assert!(outcome.is_ok(), "{}: {outcome:?}", operation.name);
            }
        }
    }

    #[test]
    fn gradients_of_several_uses_add(draw in draws()) {
        for operation in operations() {
            let case = operation.case(&draw);
            let tape = Tape::default();
            let x = leaves(&tape, &operation.inputs(&case, &draw));
            let (y, z) = ((case.apply)(&x), (case.apply)(&x));
            let (u, v) = (cotangent(y, 1), cotangent(y, 2));
            let weighted = (y * tape.constant(&u)).sum() + (z * tape.constant(&v)).sum();
            let both = weighted.backward();
            let (of_u, of_v) = (y.backward_from(u), z.backward_from(v));
            for &x in &x {
                let sum = gradient(&of_u, x) + gradient(&of_v, x);
                let outcome = close(&gradient(&both, x), &sum, REORDERED);
                prop_assert!(outcome.is_ok(), "{}: {outcome:?}", operation.name);
            }
        }
    }

    // Whatever an inner value is made of: the sweep pulls back through both, one after the other.
    #[test]
    fn the_pullback_of_a_composition_is_the_composition_of_pullbacks(draw in draws()) {
        for operation in operations() {
            let case = operation.case(&draw);
            let values = operation.inputs(&case, &draw);
            for outer in entrywise() {
                let tape = Tape::default();
                let x = leaves(&tape, &values);
                let y = (case.apply)(&x);
                let whole = Draw { shape: y.shape().to_vec(), ..draw.clone() };
                let outer_case = outer.case(&whole);
                let z = (outer_case.apply)(&[y]);
                let z_bar = cotangent(z, 4);
                let composed = z.backward_from(z_bar.clone());

                let alone = Tape::default();
                let u = alone.leaf(y.value());
                let y_bar = pulled((outer_case.apply)(&[u]), u, z_bar);
                let stepwise = y.backward_from(y_bar);
                for &x in &x {
                    let (a, b) = (gradient(&composed, x), gradient(&stepwise, x));
                    // A constant outer function (a power of 0) stops nothing: both sides are zeros.
                    let outcome = close(&a, &b, 0.0);
                    prop_assert!(outcome.is_ok(), "{} of {}: {outcome:?}", outer.name, operation.name);
                }
            }
        }
    }

    #[test]
    fn the_product_rule_holds_for_all_pairs_of_entrywise_operations(draw in draws()) {
        for (f, g) in entrywise().iter().flat_map(|f| entrywise().into_iter().map(move |g| (f, g))) {
            let (f, g) = (f.case(&draw), g.case(&draw));
            let tape = Tape::default();
            // Where every operation of the table is smooth.
            let x = tape.leaf(&inputs(&f.shapes, Domain::Positive, draw.seed)[0]);
            let (y, z) = ((f.apply)(&[x]), (g.apply)(&[x]));
            let bar = cotangent(y, 6);
            let product = pulled(y * z, x, bar.clone());
            let rule = pulled(y, x, bar.clone() * z.value()) + pulled(z, x, bar * y.value());
            prop_assert_eq!(close(&product, &rule, REORDERED), Ok(()));
        }
    }

    #[test]
    fn an_inner_value_that_is_kept_has_the_gradient_of_a_leaf_in_its_place(draw in draws()) {
        for operation in operations() {
            let case = operation.case(&draw);
            let values = operation.inputs(&case, &draw);
            let tape = Tape::default();
            let x: Vec<_> = leaves(&tape, &values).iter().map(|&x| (x * 1.0).keep()).collect();
            let y = (case.apply)(&x);
            let found = y.backward_from(cotangent(y, 8));
            let plain = Tape::default();
            let u = leaves(&plain, &values);
            let v = (case.apply)(&u);
            let expected = v.backward_from(cotangent(v, 8));
            for (&x, &u) in x.iter().zip(&u) {
                prop_assert_eq!(bits(&gradient(&found, x)), bits(&gradient(&expected, u)));
            }
        }
    }

    #[test]
    fn several_sweeps_of_one_tape_do_not_disturb_each_other(draw in draws()) {
        for operation in operations() {
            let case = operation.case(&draw);
            let tape = Tape::default();
            let x = leaves(&tape, &operation.inputs(&case, &draw));
            let y = (case.apply)(&x);
            let first = y.backward_from(cotangent(y, 1));
            let _other = y.backward_from(cotangent(y, 2));
            let again = y.backward_from(cotangent(y, 1));
            for &x in &x {
                prop_assert_eq!(bits(&gradient(&first, x)), bits(&gradient(&again, x)));
            }
        }
    }

    // Losses side by side, apart, and summed on one tape are the same losses.
    #[test]
    fn losses_side_by_side_have_the_gradients_of_one_tape(
        rows in 1..4_usize, units in 1..4_usize, tasks in 1..5_usize, seed: u64,
    ) {
        let shared = Parameter::new(tensor(&[rows, units], seed));
        let heads: Vec<_> =
            (0..tasks).map(|task| Parameter::new(tensor(&[units, 2], seed ^ task as u64))).collect();
        let tape = Tape::default();
        let trunk = tape.watch(&shared).tanh();
        let beside = trunk.losses(&heads, loss);
        let one_by_one: Vec<_> = heads.iter().map(|head| loss(head, trunk)).collect();
        let sum = |losses: &[Var<'_, f64>]| {
            losses[1..].iter().fold(losses[0], |sum, &loss| sum + loss).backward()
        };
        let (left, right) = (sum(&beside), sum(&one_by_one));
        for parameter in heads.iter().chain([&shared]) {
            let (left, right) = (left.of(parameter).unwrap(), right.of(parameter).unwrap());
            prop_assert_eq!(close(left, right, REORDERED), Ok(()));
        }
    }
}
