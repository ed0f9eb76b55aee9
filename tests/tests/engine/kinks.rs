//! The value of every derivative where it has a kink, a pole or a saturated end, and that NaN stays
//! visible. Each line is a choice that the documentation of its operation states.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method's path has one lifetime; the tables want functions for all of them"
)]

use autograd::{Float, Reduction, Tape, Tensor, Var};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Function = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;

fn same(a: f64, b: f64) -> bool {
    (a.is_nan() && b.is_nan()) || a.to_bits() == b.to_bits() || (a - b).abs() == 0.0
}

/// The value at `x` and the derivative there.
fn at(f: Function, x: f64) -> (f64, f64) {
    let tape = Tape::<f64>::default();
    let x = tape.leaf(x);
    let y = f(x);
    (y.value().item(), y.backward().wrt(x).map_or(0.0, Tensor::item))
}

#[test]
#[expect(clippy::too_many_lines, reason = "read from top to bottom, it is one thing")]
fn functions_of_one_entry_at_their_kinks_poles_and_ends() {
    let table: &[(&str, Function, f64, f64, f64)] = &[
        ("relu", |x| x.relu(), 0.0, 0.0, 0.0),
        ("relu", |x| x.relu(), -0.0, 0.0, 0.0),
        ("relu", |x| x.relu(), INF, INF, 1.0),
        ("relu", |x| x.relu(), -INF, 0.0, 0.0),
        ("abs", |x| x.abs(), 0.0, 0.0, 0.0),
        ("abs", |x| x.abs(), -INF, INF, -1.0),
        ("leaky_relu", |x| x.leaky_relu(0.1), 0.0, 0.0, 0.1),
        ("clamp, low bound", |x| x.clamp(-1.0, 2.0), -1.0, -1.0, 1.0),
        ("clamp, high bound", |x| x.clamp(-1.0, 2.0), 2.0, 2.0, 1.0),
        ("clamp, outside", |x| x.clamp(-1.0, 2.0), 2.5, 2.0, 0.0),
        ("clamp to a point", |x| x.clamp(1.0, 1.0), 1.0, 1.0, 1.0),
        ("sqrt", |x| x.sqrt(), 0.0, 0.0, INF),
        ("ln", |x| x.ln(), 0.0, -INF, INF),
        ("reciprocal", |x| x.reciprocal(), 0.0, INF, -INF),
        ("norm", |x| x.norm(), 0.0, 0.0, 0.0),
        ("square", |x| x.square(), 0.0, 0.0, 0.0),
        // x^e at 0: the derivative by e.
        ("powf 3.5", |x| x.powf(3.5), 0.0, 0.0, 0.0),
        ("powf 2", |x| x.powf(2.0), 0.0, 0.0, 0.0),
        ("powf 1", |x| x.powf(1.0), 0.0, 0.0, 1.0),
        ("powf 0.5", |x| x.powf(0.5), 0.0, 0.0, INF),
        ("powf 0", |x| x.powf(0.0), 0.0, 1.0, 0.0),
        ("powf -1", |x| x.powf(-1.0), 0.0, INF, -INF),
        ("powf 2", |x| x.powf(2.0), -3.0, 9.0, -6.0),
        ("powi 3", |x| x.powi(3), 0.0, 0.0, 0.0),
        ("powi 1", |x| x.powi(1), 0.0, 0.0, 1.0),
        ("powi 0", |x| x.powi(0), 0.0, 1.0, 0.0),
        ("powi -1", |x| x.powi(-1), 0.0, INF, -INF),
        // Far out, nothing overflows that need not.
        ("sigmoid", |x| x.sigmoid(), 1e4, 1.0, 0.0),
        ("sigmoid", |x| x.sigmoid(), -1e4, 0.0, 0.0),
        ("tanh", |x| x.tanh(), 1e4, 1.0, 0.0),
        ("tanh", |x| x.tanh(), -1e4, -1.0, 0.0),
        ("softplus", |x| x.softplus(), 1e4, 1e4, 1.0),
        ("softplus", |x| x.softplus(), -1e4, 0.0, 0.0),
        ("silu", |x| x.silu(), 1e4, 1e4, 1.0),
        ("silu", |x| x.silu(), -1e4, 0.0, 0.0),
        ("gelu", |x| x.gelu(), 1e4, 1e4, 1.0),
        ("gelu", |x| x.gelu(), -1e4, 0.0, 0.0),
        ("exp", |x| x.exp(), 1e4, INF, INF),
        ("exp", |x| x.exp(), -1e4, 0.0, 0.0),
        ("bce", |x| x.bce_with_logits(&1.0.into(), Reduction::Mean), -1e4, 1e4, -1.0),
        ("bce", |x| x.bce_with_logits(&0.0.into(), Reduction::Mean), 1e4, 1e4, 1.0),
        ("bce", |x| x.bce_with_logits(&1.0.into(), Reduction::Mean), 1e4, 0.0, 0.0),
        ("l1", |x| x.l1(&2.0.into(), Reduction::Mean), 2.0, 0.0, 0.0),
        ("huber, at delta", |x| x.huber(&0.0.into(), 2.0, Reduction::Mean), 2.0, 2.0, 2.0),
        ("huber, at -delta", |x| x.huber(&0.0.into(), 2.0, Reduction::Mean), -2.0, 2.0, -2.0),
        // Only through one branch.
        ("reversal of 0", |x| x.reverse_gradient(0.0), 3.0, 3.0, 0.0),
        ("detach", |x| x * x.detach(), 3.0, 9.0, 3.0),
    ];
    for &(name, f, x, value, derivative) in table {
        let (y, slope) = at(f, x);
        assert!(same(y, value), "{name} at {x} is {y}, not {value}");
        assert!(same(slope, derivative), "{name} at {x} has derivative {slope}, not {derivative}");
    }
}

#[test]
fn single_precision_saturates_without_nan() {
    type Function = for<'t> fn(Var<'t>) -> Var<'t>;
    let table: &[(Function, f32, f32, f32)] = &[
        (|x| x.sigmoid(), -90.0, 8.194_01e-40, 8.194_01e-40),
        (|x| x.sigmoid(), -1e4, 0.0, 0.0),
        (|x| x.sigmoid(), 1e4, 1.0, 0.0),
        (|x| x.softplus(), 1e4, 1e4, 1.0),
        (|x| x.softplus(), -1e4, 0.0, 0.0),
        (|x| x.silu(), -1e4, 0.0, 0.0),
        (|x| x.gelu(), -1e4, 0.0, 0.0),
        (|x| x.exp(), 1e4, f32::INFINITY, f32::INFINITY),
    ];
    for &(f, x, value, derivative) in table {
        let tape = Tape::new();
        let leaf = tape.leaf(x);
        let y = f(leaf);
        let slope = y.backward().wrt(leaf).unwrap().item();
        // A subnormal number has few digits: compare to its last place.
        let near =
            |a: f32, b: f32| a.to_bits().abs_diff(b.to_bits()) <= 2 || (a - b).abs() <= 3e-45;
        assert!(near(y.value().item(), value), "value at {x}: {}", y.value().item());
        assert!(near(slope, derivative), "derivative at {x}: {slope}");
    }
}

/// The gradient of `f` with respect to one tensor.
fn gradient<F: Float>(
    x: Tensor<F>,
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
) -> (Tensor<F>, Tensor<F>) {
    let tape = Tape::<F>::default();
    let x = tape.leaf(x);
    let y = f(x);
    let found = y.backward_from(Tensor::ones(y.shape()));
    (y.value(), found.wrt(x).cloned().unwrap_or_else(|| Tensor::zeros(x.shape())))
}

fn row(entries: &[f64]) -> Tensor<f64> {
    Tensor::new([1, entries.len()], entries.to_vec())
}

#[test]
fn tied_entries_share_the_derivative() {
    let tape = Tape::<f64>::default();
    let (x, y) = (tape.leaf(row(&[1.0, 2.0, 3.0])), tape.leaf(row(&[1.0, 3.0, 2.0])));
    for (z, of_x, of_y) in [
        (x.maximum(y), [0.5, 0.0, 1.0], [0.5, 1.0, 0.0]),
        (x.minimum(y), [0.5, 1.0, 0.0], [0.5, 0.0, 1.0]),
    ] {
        let found = z.sum().backward();
        assert_eq!(found.wrt(x).unwrap().as_slice(), of_x);
        assert_eq!(found.wrt(y).unwrap().as_slice(), of_y);
    }
    // Of a variable with itself: the halves make the whole.
    let found = x.maximum(x).sum().backward();
    assert_eq!(found.wrt(x).unwrap().as_slice(), [1.0; 3]);
    // Reductions share evenly among all tied entries.
    let tied = row(&[2.0, 1.0, 2.0, 2.0, 0.0]);
    let third = 1.0 / 3.0;
    let (value, found) = gradient(tied.clone(), |x| x.max_axes(&[1]));
    assert_eq!(
        (value.as_slice(), found.as_slice()),
        (&[2.0][..], &[third, 0.0, third, third, 0.0][..])
    );
    let (value, found) = gradient(-tied, |x| x.min_axes(&[0, 1]));
    assert_eq!(
        (value.as_slice(), found.as_slice()),
        (&[-2.0][..], &[third, 0.0, third, third, 0.0][..])
    );
    // Infinities tie like other numbers.
    let (_, found) = gradient(row(&[-INF, -INF]), |x| x.max_axes(&[1]));
    assert_eq!(found.as_slice(), [0.5, 0.5]);
}

#[test]
fn the_length_of_the_zero_vector_has_derivative_zero() {
    let zero = Tensor::zeros([3]);
    let (value, found) = gradient(zero.clone(), |x| x.norm());
    assert_eq!((value.item(), found.as_slice()), (0.0, &[0.0; 3][..]));
    // The definition does not: this is why `norm` is an operation of its own.
    let (_, found) = gradient(zero, |x| x.square().sum().sqrt());
    assert!(found.as_slice().iter().all(|x| x.is_nan()));
    // Squares that overflow or vanish do not matter.
    let (value, found) = gradient(row(&[3e200, 4e200]), |x| x.norm());
    assert!(
        (value.item() / 5e200 - 1.0).abs() < 1e-15 && (found.as_slice()[0] - 0.6).abs() < 1e-15
    );
    let (value, found) = gradient(row(&[3e-200, 4e-200]), |x| x.norm());
    assert!(
        (value.item() / 5e-200 - 1.0).abs() < 1e-15 && (found.as_slice()[1] - 0.8).abs() < 1e-15
    );
}

#[test]
fn logsumexp_and_softmax_at_infinities() {
    let (value, found) = gradient(row(&[-INF, -INF]), |x| x.logsumexp_axes(&[1]));
    assert_eq!((value.item(), found.as_slice()), (-INF, &[0.0, 0.0][..]));
    let (value, found) = gradient(row(&[-INF, 3.0]), |x| x.logsumexp_axes(&[1]));
    assert_eq!((value.item(), found.as_slice()), (3.0, &[0.0, 1.0][..]));
    let (value, found) = gradient(row(&[1e4, -1e4]), |x| x.logsumexp_axes(&[1]));
    assert_eq!((value.item(), found.as_slice()), (1e4, &[1.0, 0.0][..]));
    let (value, _) = gradient(row(&[INF, 3.0]), |x| x.logsumexp_axes(&[1]));
    assert_eq!(value.as_slice(), [INF]);
    // The sum over nothing is that of no terms.
    let (value, _) = gradient(Tensor::<f64>::zeros([2, 0]), |x| x.logsumexp_axes(&[1]));
    assert_eq!(value.as_slice(), [-INF, -INF]);

    let (value, found) = gradient(row(&[1e4, -1e4, -INF]), |x| x.softmax(1));
    assert_eq!((value.as_slice(), found.as_slice()), (&[1.0, 0.0, 0.0][..], &[0.0; 3][..]));
    let (value, found) = gradient(row(&[1e4, -1e4]), |x| x.log_softmax(1));
    assert_eq!((value.as_slice(), found.as_slice()), (&[0.0, -2e4][..], &[-1.0, 1.0][..]));
    let (value, found) = gradient(row(&[1e4, -1e4]), |x| x.cross_entropy(&[1]));
    assert_eq!((value.item(), found.as_slice()), (2e4, &[1.0, -1.0][..]));
    // A class of target 0 adds nothing, even at a logit of -inf.
    let target = row(&[1.0, 0.0]);
    let (value, found) =
        gradient(row(&[2.0, -INF]), move |x| x.cross_entropy_soft(&target, Reduction::Sum));
    assert_eq!((value.item(), found.as_slice()), (0.0, &[0.0, 0.0][..]));
}

#[test]
fn the_branch_not_taken_has_derivative_zero_by_selection() {
    let x = row(&[0.0, 4.0]);
    // The cotangent of the entry not taken is 0, even where the one taken has an infinite one.
    let (_, found) = gradient(x.clone(), |x| {
        let other = x * 1.0;
        x.where_mask(&[true, true], other).sqrt()
    });
    assert_eq!(found.as_slice(), [INF, 0.25]);
    // 0 * inf further down is still NaN where the operation below has an infinite slope ..
    let (_, found) = gradient(x.clone(), |x| x.sqrt().where_mask(&[false, true], x));
    assert!(found.as_slice()[0].is_nan() && same(found.as_slice()[1], 0.25));
    // .. and the remedy is to replace its input, too.
    let (_, found) = gradient(x, |x| {
        let safe = x.where_mask(&[false, true], x.tape().constant(Tensor::ones([1, 2])));
        safe.sqrt().where_mask(&[false, true], x)
    });
    assert_eq!(found.as_slice(), [1.0, 0.25]);
    // Choices that an operation makes by itself select as well.
    let infinite = |f: Function| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(-1.0);
        f(x).backward_from(Tensor::scalar(INF)).wrt(x).unwrap().item()
    };
    assert!(same(infinite(|x| x.relu()), 0.0));
    assert!(same(infinite(|x| x.clamp(0.0, 1.0)), 0.0));
    assert!(same(infinite(|x| x.maximum(x.tape().constant(0.0))), 0.0));
    assert!(same(infinite(|x| x.minimum(x.tape().constant(-2.0))), 0.0));
    let tape = Tape::<f64>::default();
    let x = tape.leaf(row(&[1.0, 2.0]));
    let found = x.max_axes(&[1]).backward_from(Tensor::new([1], vec![INF]));
    assert_eq!(found.wrt(x).unwrap().as_slice(), [0.0, INF]);
}

#[test]
fn nan_stays_visible_in_values_and_gradients() {
    let table: &[(&str, Function)] = &[
        ("relu", |x| x.relu()),
        ("leaky_relu", |x| x.leaky_relu(0.1)),
        ("abs", |x| x.abs()),
        ("clamp", |x| x.clamp(-1.0, 1.0)),
        ("maximum, left", |x| x.maximum(x.tape().constant(1.0))),
        ("maximum, right", |x| x.tape().constant(1.0).maximum(x)),
        ("minimum, left", |x| x.minimum(x.tape().constant(1.0))),
        ("minimum, right", |x| x.tape().constant(1.0).minimum(x)),
        ("max_axes", |x| x.reshape([1]).max_axes(&[0])),
        ("min_axes", |x| x.reshape([1]).min_axes(&[0])),
        ("sigmoid", |x| x.sigmoid()),
        ("softplus", |x| x.softplus()),
        ("tanh", |x| x.tanh()),
        ("gelu", |x| x.gelu()),
        ("silu", |x| x.silu()),
        ("norm", |x| x.norm()),
        ("logsumexp", |x| x.reshape([1]).logsumexp_axes(&[0])),
        ("softmax", |x| x.reshape([1]).softmax(0).sum()),
        ("cross_entropy", |x| x.reshape([1, 1]).cross_entropy(&[0])),
        ("l1", |x| x.l1(&1.0.into(), Reduction::Mean)),
        ("huber", |x| x.huber(&1.0.into(), 1.0, Reduction::Mean)),
        ("bce", |x| x.bce_with_logits(&1.0.into(), Reduction::Mean)),
        ("powi", |x| x.powi(2)),
    ];
    for &(name, f) in table {
        let (value, derivative) = at(f, NAN);
        assert!(value.is_nan(), "{name} of NaN is {value}");
        assert!(derivative.is_nan(), "{name} has derivative {derivative} at NaN");
    }
    // In a row, too: the maximum of a row with NaN is NaN, wherever it stands.
    for entries in [[NAN, 1.0, 2.0], [1.0, NAN, 2.0], [2.0, 1.0, NAN]] {
        let (value, found) = gradient(row(&entries), |x| x.max_axes(&[1]));
        assert!(value.item().is_nan() && found.as_slice().iter().all(|x| x.is_nan()));
    }
}
