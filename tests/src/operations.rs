//! The one table of operations: every public function of `autograd::ops` on variables.

use autograd::{
    CrossEntropyConfig, Float, Reduction, Tensor, Var, concatenate, stack, weighted_sum,
};

use crate::draw::Domain::{self, NonZero, Positive, Real};
use crate::draw::{Draw, inputs};

/// An operation applied to its inputs.
pub type Apply<F> = Box<dyn for<'t> Fn(&[Var<'t, F>]) -> Var<'t, F> + Send + Sync>;

/// One application of an operation: the inputs' shapes, and everything else fixed.
pub struct Case<F: Float> {
    /// The inputs' shapes.
    pub shapes: Vec<Vec<usize>>,
    /// The operation.
    pub apply: Apply<F>,
    /// The function whose derivative flows backward, where it is not the operation's own.
    pub gradient_of: Option<Apply<F>>,
}

/// A line of the table.
pub struct Operation<F: Float> {
    /// The function's name; operators with a plain number are called `add number`.
    pub name: &'static str,
    /// Where it is smooth.
    pub domain: Domain,
    /// Whether it maps each entry of its one input by itself.
    pub entrywise: bool,
    case: fn(&Draw) -> Case<F>,
}

impl<F: Float> Operation<F> {
    /// The case that a draw makes of this operation.
    pub fn case(&self, draw: &Draw) -> Case<F> {
        (self.case)(draw)
    }

    /// Inputs for a case, from the draw's seed.
    pub fn inputs(&self, case: &Case<F>, draw: &Draw) -> Vec<Tensor<F>> {
        inputs(&case.shapes, self.domain, draw.seed)
    }
}

fn case<F: Float>(
    shapes: impl Into<Vec<Vec<usize>>>,
    apply: impl for<'t> Fn(&[Var<'t, F>]) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    Case { shapes: shapes.into(), apply: Box::new(apply), gradient_of: None }
}

/// One input of any shape.
fn one<F: Float>(
    draw: &Draw,
    apply: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    case([draw.shape.clone()], move |x| apply(x[0]))
}

/// Two inputs under broadcasting.
fn two<F: Float>(
    draw: &Draw,
    apply: impl for<'t> Fn(Var<'t, F>, Var<'t, F>) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    case(draw.broadcast_pair(), move |x| apply(x[0], x[1]))
}

/// A reduction over some axes, which are not empty unless `empty` is allowed.
fn over_axes<F: Float>(
    draw: &Draw,
    empty: bool,
    apply: impl for<'t> Fn(Var<'t, F>, &[usize]) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    let axes = draw.axes();
    let draw = if empty { draw.clone() } else { draw.filled(&axes) };
    one(&draw, move |x| apply(x, &axes))
}

/// Something along one axis, which is not empty.
fn along<F: Float>(
    draw: &Draw,
    apply: impl for<'t> Fn(Var<'t, F>, usize) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    let draw = draw.at_least(1);
    let axis = draw.axis();
    one(&draw.filled(&[axis]), move |x| apply(x, axis))
}

/// Two matrices, or stacks of them whose leading axes broadcast, one of them stored transposed.
fn product<F: Float>(
    draw: &Draw,
    [left, right]: [bool; 2],
    apply: impl for<'t> Fn(Var<'t, F>, Var<'t, F>) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    let (m, k, n) = (draw.size(0), draw.size(1), draw.size(6));
    let leading = Draw { shape: draw.shape.iter().copied().take(2).collect(), ..draw.clone() };
    let [mut a, mut b] = leading.broadcast_pair();
    a.extend(if left { [k, m] } else { [m, k] });
    b.extend(if right { [n, k] } else { [k, n] });
    case([a, b], move |x| apply(x[0], x[1]))
}

/// The shapes of a linear map's input, weight and bias.
fn linear_shapes(draw: &Draw) -> [Vec<usize>; 3] {
    let x = draw.at_least(1).shape;
    let (inputs, outputs) = (x[x.len() - 1], draw.size(6));
    [x, vec![outputs, inputs], vec![outputs]]
}

fn reversal<F: Float>(draw: &Draw) -> Case<F> {
    let lambda = F::of(0.7);
    let honest: Apply<F> = Box::new(move |x| x[0] * -lambda);
    Case { gradient_of: Some(honest), ..one(draw, move |x| x.reverse_gradient(lambda)) }
}

fn choice_by_mask<F: Float>(draw: &Draw) -> Case<F> {
    let len = draw.shape.iter().product();
    let mask: Vec<bool> = draw.indices(len, 2).iter().map(|&i| i == 1).collect();
    case([draw.shape.clone(), draw.shape.clone()], move |x| x[0].where_mask(&mask, x[1]))
}

fn cross_entropy<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.exactly(2).filled(&[0, 1]);
    let labels = draw.indices(draw.shape[0], draw.shape[1]);
    one(&draw, move |x| x.cross_entropy(&labels))
}

fn cross_entropy_with<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.exactly(2).filled(&[0, 1]);
    let (rows, classes) = (draw.shape[0], draw.shape[1]);
    // One index more than there are classes stands for a missing label.
    let labels = draw.indices(rows, classes + 1);
    let labels: Vec<_> = labels.into_iter().map(|i| (i < classes).then_some(i)).collect();
    let weights = || (0..classes).map(|class| 0.5 + 0.4 * class as f64).collect();
    let config = CrossEntropyConfig {
        reduction: reduction(&draw),
        label_smoothing: [0.0, 0.1, 1.0][draw.choices[3] % 3],
        class_weights: (draw.choices[4] % 2 == 1).then(weights),
    };
    one(&draw, move |x| x.cross_entropy_with(&labels, &config))
}

fn reduction(draw: &Draw) -> Reduction {
    [Reduction::Mean, Reduction::Sum, Reduction::None][draw.choices[5] % 3]
}

/// A loss of values of this shape, which has entries, against targets that are multiples of `unit`
/// from 0 on: where inputs are not, so that no loss is at its kink.
fn against<F: Float>(
    draw: &Draw,
    unit: f64,
    apply: impl for<'t> Fn(Var<'t, F>, &Tensor<F>, Reduction) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    let draw = draw.filled(&(0..draw.rank()).collect::<Vec<_>>());
    let indices = draw.indices(draw.shape.iter().product(), 4);
    let targets = Tensor::from_fn(&draw.shape, |i| F::of(unit * indices[i] as f64));
    let reduction = reduction(&draw);
    one(&draw, move |x| apply(x, &targets, reduction))
}

/// A weight and a bias for each unit of the last axis.
fn normalised<F: Float>(
    draw: &Draw,
    apply: impl for<'t> Fn(Var<'t, F>, Var<'t, F>, Var<'t, F>) -> Var<'t, F> + Send + Sync + 'static,
) -> Case<F> {
    let draw = draw.filled(&[0, draw.rank() - 1]);
    let units = draw.shape[draw.rank() - 1];
    case([draw.shape, vec![units], vec![units]], move |x| apply(x[0], x[1], x[2]))
}

fn batch_norm_with<F: Float>(draw: &Draw) -> Case<F> {
    normalised(&draw.exactly(2), |x, weight, bias| {
        let units = weight.shape();
        let mean = Tensor::from_fn(units, |i| F::of(0.3 * i as f64 - 0.2));
        let variance = Tensor::from_fn(units, |i| F::of(0.5 + 0.3 * i as f64));
        x.batch_norm_with(weight, bias, &mean, &variance, F::of(1e-5))
    })
}

fn weighted<F: Float>(draw: &Draw) -> Case<F> {
    let n = 1 + draw.choices[5] % 4;
    let shapes = [vec![vec![n]], vec![draw.shape.clone(); n]].concat();
    case(shapes, |x| weighted_sum(x[0], &x[1..]))
}

fn embedding<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.exactly(2).filled(&[0]);
    let indices = draw.indices(draw.size(6), draw.shape[0]);
    one(&draw, move |x| x.embedding(&indices))
}

fn variance<F: Float>(draw: &Draw) -> Case<F> {
    let axes = draw.axes();
    let draw = draw.filled(&axes);
    let entries: usize = axes.iter().map(|&axis| draw.shape[axis]).product();
    let ddof = usize::from(entries > 1 && draw.choices[5] % 2 == 1);
    one(&draw, move |x| x.var_axes(&axes, ddof))
}

fn mean<F: Float>(draw: &Draw) -> Case<F> {
    one(&draw.filled(&(0..draw.rank()).collect::<Vec<_>>()), |x| x.mean())
}

fn reshape<F: Float>(draw: &Draw) -> Case<F> {
    // Permuted sizes have the same number of entries; so has the shape with two axes joined.
    let order = draw.permutation(draw.rank());
    let mut to: Vec<usize> = order.iter().map(|&axis| draw.shape[axis]).collect();
    if to.len() > 1 && draw.choices[3] % 2 == 1 {
        to[0] *= to.pop().expect("two axes");
    }
    one(draw, move |x| x.reshape(&to))
}

fn permute<F: Float>(draw: &Draw) -> Case<F> {
    let axes = draw.permutation(draw.rank());
    one(draw, move |x| x.permute(&axes))
}

fn broadcast_to<F: Float>(draw: &Draw) -> Case<F> {
    let (to, [from, _]) = (draw.shape.clone(), draw.broadcast_pair());
    case([from], move |x| x[0].broadcast_to(&to))
}

fn slice<F: Float>(draw: &Draw, stepped: bool) -> Case<F> {
    let draw = draw.at_least(1);
    let axis = draw.axis();
    let (range, step) = (draw.range(draw.shape[axis]), 1 + draw.choices[5] % 3);
    one(&draw, move |x| {
        if stepped { x.slice_step(axis, range.clone(), step) } else { x.slice(axis, range.clone()) }
    })
}

fn index_select<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.at_least(1);
    let axis = draw.axis();
    let draw = draw.filled(&[axis]);
    let indices = draw.indices(draw.size(6), draw.shape[axis]);
    one(&draw, move |x| x.index_select(axis, &indices))
}

fn gather_rows<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.exactly(2).filled(&[1]);
    let indices = draw.indices(draw.shape[0] * draw.size(6), draw.shape[1]);
    one(&draw, move |x| x.gather_rows(&indices))
}

fn joined<F: Float>(draw: &Draw) -> Case<F> {
    let draw = draw.at_least(1);
    let axis = draw.axis();
    let shapes: Vec<Vec<usize>> = (0..=draw.choices[5] % 3)
        .map(|i| {
            let mut shape = draw.shape.clone();
            shape[axis] = draw.size(i + 2);
            shape
        })
        .collect();
    case(shapes, move |x| concatenate(x, axis))
}

fn stacked<F: Float>(draw: &Draw) -> Case<F> {
    let axis = draw.choices[0] % (draw.rank() + 1);
    let shapes = vec![draw.shape.clone(); 1 + draw.choices[5] % 3];
    case(shapes, move |x| stack(x, axis))
}

/// Every operation in double precision, in which the laws are checked.
pub fn operations() -> Vec<Operation<f64>> {
    table()
}

/// Every operation in single precision.
pub fn operations_single() -> Vec<Operation<f32>> {
    table()
}

/// The table, compiled here once for both types and not in every test that uses it.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method's path has one lifetime; the table wants a function for all of them"
)]
#[expect(clippy::too_many_lines, reason = "one table, a line each operation")]
fn table<F: Float>() -> Vec<Operation<F>> {
    let op = |name, domain, case| Operation { name, domain, entrywise: false, case };
    let map = |name, domain, case| Operation { name, domain, entrywise: true, case };
    vec![
        // arithmetic.rs
        op("add", Real, |d| two(d, |x, y| x + y)),
        op("sub", Real, |d| two(d, |x, y| x - y)),
        op("mul", Real, |d| two(d, |x, y| x * y)),
        op("div", NonZero, |d| two(d, |x, y| x / y)),
        map("neg", Real, |d| one(d, |x| -x)),
        map("add number", Real, |d| one(d, |x| x + F::of(1.7))),
        map("sub number", Real, |d| one(d, |x| x - F::of(1.7))),
        map("mul number", Real, |d| one(d, |x| x * F::of(1.7))),
        map("div number", Real, |d| one(d, |x| x / F::of(1.7))),
        op("maximum", Real, |d| two(d, |x, y| x.maximum(y))),
        op("minimum", Real, |d| two(d, |x, y| x.minimum(y))),
        op("where_mask", Real, choice_by_mask),
        // elementwise.rs
        map("exp", Real, |d| one(d, |x| x.exp())),
        map("ln", Positive, |d| one(d, |x| x.ln())),
        map("sqrt", Positive, |d| one(d, |x| x.sqrt())),
        map("abs", Real, |d| one(d, |x| x.abs())),
        map("sin", Real, |d| one(d, |x| x.sin())),
        map("cos", Real, |d| one(d, |x| x.cos())),
        map("tanh", Real, |d| one(d, |x| x.tanh())),
        map("sigmoid", Real, |d| one(d, |x| x.sigmoid())),
        map("relu", Real, |d| one(d, |x| x.relu())),
        map("leaky_relu", Real, |d| one(d, |x| x.leaky_relu(F::of(0.1)))),
        map("gelu", Real, |d| one(d, |x| x.gelu())),
        map("softplus", Real, |d| one(d, |x| x.softplus())),
        map("silu", Real, |d| one(d, |x| x.silu())),
        map("square", Real, |d| one(d, |x| x.square())),
        map("reciprocal", NonZero, |d| one(d, |x| x.reciprocal())),
        map("powf", Positive, |d| {
            let exponent = F::of([2.5, -1.5, 0.5, 0.0, 1.0, 3.0][d.choices[0] % 6]);
            one(d, move |x| x.powf(exponent))
        }),
        map("powi", NonZero, |d| {
            let exponent = d.choices[0] as i32 % 7 - 2;
            one(d, move |x| x.powi(exponent))
        }),
        map("clamp", Real, |d| one(d, |x| x.clamp(F::of(-0.5), F::ONE))),
        // flow.rs
        op("reverse_gradient", Real, reversal),
        // losses.rs
        op("cross_entropy", Real, cross_entropy),
        op("cross_entropy_with", Real, cross_entropy_with),
        op("cross_entropy_soft", Real, |d| {
            against(&d.exactly(2), 0.25, |x, t, reduction| x.cross_entropy_soft(t, reduction))
        }),
        op("bce_with_logits", Real, |d| against(d, 0.25, |x, t, r| x.bce_with_logits(t, r))),
        op("mse", Real, |d| against(d, 0.5, |x, t, r| x.mse(t, r))),
        op("l1", Real, |d| against(d, 0.5, |x, t, r| x.l1(t, r))),
        op("huber", Real, |d| against(d, 0.5, |x, t, r| x.huber(t, F::ONE, r))),
        op("kl_divergence", Real, |d| against(&d.exactly(2), 0.25, |x, t, _| x.kl_divergence(t))),
        op("distillation", Real, |d| {
            against(&d.exactly(2), 0.5, |x, t, _| x.distillation(t, F::of(3.0)))
        }),
        // mix.rs
        op("weighted_sum", Real, weighted),
        // norm.rs; the large epsilon keeps differences precise where entries are close together.
        op("normalize_axes", Real, |d| {
            over_axes(d, false, |x, axes| x.normalize_axes(axes, F::of(0.1)))
        }),
        op("layer_norm", Real, |d| {
            normalised(&d.at_least(1), |x, w, b| x.layer_norm(w, b, F::of(0.1)))
        }),
        op("batch_norm", Real, |d| {
            normalised(&d.exactly(2), |x, w, b| x.batch_norm(w, b, F::of(0.1)))
        }),
        op("batch_norm_with", Real, batch_norm_with),
        // product.rs
        op("matmul", Real, |d| product(d, [false, false], |x, y| x.matmul(y))),
        op("matmul_tn", Real, |d| product(d, [true, false], |x, y| x.matmul_tn(y))),
        op("matmul_nt", Real, |d| product(d, [false, true], |x, y| x.matmul_nt(y))),
        op("linear", Real, |d| case(linear_shapes(d), |x| x[0].linear(x[1], x[2]))),
        // Positive numbers keep it off its kink; `identities` compares it with its two halves.
        op("linear_no_bias", Real, |d| case(&linear_shapes(d)[..2], |x| x[0].linear_no_bias(x[1]))),
        // reduce.rs
        op("sum", Real, |d| one(d, |x| x.sum())),
        op("mean", Real, mean),
        op("sum_axes", Real, |d| over_axes(d, true, |x, axes| x.sum_axes(axes))),
        op("sum_axes_keep", Real, |d| over_axes(d, true, |x, axes| x.sum_axes_keep(axes))),
        op("mean_axes", Real, |d| over_axes(d, false, |x, axes| x.mean_axes(axes))),
        op("mean_axes_keep", Real, |d| over_axes(d, false, |x, axes| x.mean_axes_keep(axes))),
        op("max_axes", Real, |d| over_axes(d, false, |x, axes| x.max_axes(axes))),
        op("min_axes", Real, |d| over_axes(d, false, |x, axes| x.min_axes(axes))),
        op("var_axes", Real, variance),
        op("logsumexp_axes", Real, |d| over_axes(d, true, |x, axes| x.logsumexp_axes(axes))),
        op("norm", NonZero, |d| one(d, |x| x.norm())),
        // shape.rs
        op("reshape", Real, reshape),
        op("permute", Real, permute),
        op("transpose", Real, |d| one(&d.at_least(2), |x| x.transpose())),
        op("broadcast_to", Real, broadcast_to),
        op("slice", Real, |d| slice(d, false)),
        op("slice_step", Real, |d| slice(d, true)),
        op("index_select", Real, index_select),
        op("gather_rows", Real, gather_rows),
        op("embedding", Real, embedding),
        op("concatenate", Real, joined),
        op("stack", Real, stacked),
        // softmax.rs
        op("softmax", Real, |d| along(d, |x, axis| x.softmax(axis))),
        op("log_softmax", Real, |d| along(d, |x, axis| x.log_softmax(axis))),
    ]
}
