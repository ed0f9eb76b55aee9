//! The names and attributes of the reference files, in terms of the operations here.

use autograd::{Shape, Tensor, Var, concatenate, stack};

use crate::Trouble::{self, Skipped, Unreadable};
use crate::attributes::Attributes;
use crate::losses::loss;

/// A value, or why there is none.
pub(crate) type Found<'t> = Result<Var<'t, f64>, Trouble>;

/// Applies the operation of this name.
pub(crate) fn operation<'t>(
    name: &str,
    attributes: &Attributes,
    inputs: &[Var<'t, f64>],
) -> Found<'t> {
    match *inputs {
        [x] => unary(name, attributes, x),
        [x, y] => binary(name, attributes, x, y),
        [x, y, z] if name == "linear" => Ok(x.linear(y, z)),
        [x, y, z] if matches!(name, "layer_norm" | "batch_norm") => {
            normalisation(name, attributes, [x, y, z])
        }
        _ => several(name, attributes, inputs),
    }
}

pub(crate) fn missing<'t>(name: &str) -> Found<'t> {
    Err(Skipped(format!("there is no operation {name}")))
}

fn unary<'t>(name: &str, attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    let rank = x.shape().rank();
    Ok(match name {
        "neg" => -x,
        "exp" => x.exp(),
        "ln" | "log" => x.ln(),
        "sqrt" => x.sqrt(),
        "abs" => x.abs(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tanh" => x.tanh(),
        "sigmoid" => x.sigmoid(),
        "relu" => x.relu(),
        // PyTorch's default slope.
        "leaky_relu" => x.leaky_relu(attributes.get("slope")?.unwrap_or(0.01)),
        "gelu" => x.gelu(),
        "softplus" => x.softplus(),
        "silu" => x.silu(),
        "square" => x.square(),
        "reciprocal" => x.reciprocal(),
        "powf" => x.powf(attributes.need("exponent")?),
        "powi" => x.powi(attributes.need("exponent")?),
        "clamp" => {
            let bound = |name, open: f64| Ok(attributes.get(name)?.unwrap_or(open));
            x.clamp(bound("min", f64::NEG_INFINITY)?, bound("max", f64::INFINITY)?)
        }
        "detach" => x.detach(),
        "reverse_gradient" => x.reverse_gradient(attributes.need("lambda")?),
        "sum" | "mean" | "max" | "min" | "var" | "logsumexp" => reduction(name, attributes, x)?,
        "norm" => x.norm(),
        "softmax" => x.softmax(attributes.axis("axis", rank)?),
        "log_softmax" => x.log_softmax(attributes.axis("axis", rank)?),
        "cross_entropy" | "cross_entropy_soft" | "bce_with_logits" | "mse" | "l1" | "huber"
        | "kl_div" | "distillation" => loss(name, attributes, x)?,
        _ => return movement(name, attributes, x),
    })
}

/// Operations that move entries and change none.
fn movement<'t>(name: &str, attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    let rank = x.shape().rank();
    Ok(match name {
        "reshape" => {
            let sizes: Vec<i64> = attributes.need("shape")?;
            let known: i64 = sizes.iter().filter(|&&size| size >= 0).product();
            let rest = x.shape().len() as i64 / known.max(1);
            let size = |&size: &i64| if size < 0 { rest } else { size } as usize;
            x.reshape(sizes.iter().map(size).collect::<Vec<_>>())
        }
        "transpose" => x.transpose(),
        "permute" => x.permute(&attributes.axes(rank)?),
        "broadcast_to" => x.broadcast_to(attributes.need::<Vec<usize>>("shape")?),
        "slice" => {
            let axis = attributes.axis("axis", rank)?;
            let start = attributes.get("start")?.unwrap_or(0);
            let end = attributes.get("end")?.unwrap_or(x.shape().axis(axis));
            x.slice_step(axis, start..end, attributes.get("step")?.unwrap_or(1))
        }
        "index_select" => {
            x.index_select(attributes.axis("axis", rank)?, &attributes.indices("indices")?.1)
        }
        "embedding" => {
            let (shape, indices) = attributes.indices("indices")?;
            let width = x.shape().sizes().skip(1);
            x.embedding(&indices).reshape(shape.into_iter().chain(width).collect::<Vec<_>>())
        }
        "gather" => gather(attributes, x)?,
        "concat" | "concatenate" | "stack" => return several(name, attributes, &[x]),
        _ => return missing(name),
    })
}

fn reduction<'t>(name: &str, attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    let axes = attributes.axes(x.shape().rank())?;
    let reduced = match name {
        "sum" => x.sum_axes(&axes),
        "mean" => x.mean_axes(&axes),
        "max" => x.max_axes(&axes),
        "min" => x.min_axes(&axes),
        "var" => x.var_axes(&axes, attributes.need("ddof")?),
        "logsumexp" => x.logsumexp_axes(&axes),
        _ => return missing(name),
    };
    if !attributes.get("keep")?.unwrap_or(false) {
        return Ok(reduced);
    }
    let kept = x.shape().sizes().enumerate();
    let kept = kept.map(|(axis, size)| if axes.contains(&axis) { 1 } else { size });
    Ok(reduced.reshape(kept.collect::<Vec<_>>()))
}

fn normalisation<'t>(name: &str, attributes: &Attributes, x: [Var<'t, f64>; 3]) -> Found<'t> {
    let [x, weight, bias] = x;
    let epsilon = attributes.get("eps")?.unwrap_or(1e-5);
    if name == "layer_norm" {
        return Ok(x.layer_norm(weight, bias, epsilon));
    }
    if x.shape().rank() != 2 {
        return Err(Skipped("batch normalisation exists for matrices alone".into()));
    }
    if attributes.get("training")?.unwrap_or(true) {
        return Ok(x.batch_norm(weight, bias, epsilon));
    }
    let statistic = |name| Ok(Tensor::new(weight.shape(), attributes.need::<Vec<f64>>(name)?));
    let (mean, variance) = (statistic("running_mean")?, statistic("running_var")?);
    Ok(x.batch_norm_with(weight, bias, &mean, &variance, epsilon))
}

/// Along axis 1 of a matrix; along axis 0 by transposing.
fn gather<'t>(attributes: &Attributes, x: Var<'t, f64>) -> Found<'t> {
    let axis = attributes.axis("axis", x.shape().rank())?;
    let (shape, indices) = attributes.indices("indices")?;
    let (2, &[rows, columns]) = (x.shape().rank(), &shape[..]) else {
        return Err(Skipped("gather exists for matrices alone".into()));
    };
    if axis == 1 {
        return Ok(x.slice(0, 0..rows).gather_rows(&indices));
    }
    let turned: Vec<usize> =
        (0..indices.len()).map(|i| indices[i % rows * columns + i / rows]).collect();
    Ok(x.transpose().slice(0, 0..columns).gather_rows(&turned).transpose())
}

fn binary<'t>(name: &str, attributes: &Attributes, x: Var<'t, f64>, y: Var<'t, f64>) -> Found<'t> {
    if name.starts_with("matmul") && x.shape().rank().min(y.shape().rank()) < 2 {
        return Err(Skipped("products of vectors do not exist here".into()));
    }
    Ok(match name {
        "add" => x + y,
        "sub" => x - y,
        "mul" => x * y,
        "div" => x / y,
        "maximum" => x.maximum(y),
        "minimum" => x.minimum(y),
        "matmul" => x.matmul(y),
        "matmul_tn" => x.matmul_tn(y),
        "matmul_nt" => x.matmul_nt(y),
        "linear" => x.linear_no_bias(y),
        "where" => {
            let mask: Vec<bool> = attributes.indices("mask")?.1.iter().map(|&i| i != 0).collect();
            let shape = common_shape(x.shape(), y.shape())?;
            x.broadcast_to(&shape).where_mask(&mask, y.broadcast_to(&shape))
        }
        _ => return several(name, attributes, &[x, y]),
    })
}

fn common_shape(x: Shape, y: Shape) -> Result<Vec<usize>, Trouble> {
    tests::naive::broadcast_shape(&x.to_vec(), &y.to_vec())
        .ok_or_else(|| Unreadable(format!("{x} and {y} do not broadcast")))
}

fn several<'t>(name: &str, attributes: &Attributes, inputs: &[Var<'t, f64>]) -> Found<'t> {
    let Some(first) = inputs.first() else { return missing(name) };
    let rank = first.shape().rank();
    match name {
        "concat" | "concatenate" => Ok(concatenate(inputs, attributes.axis("axis", rank)?)),
        "stack" => Ok(stack(inputs, attributes.axis("axis", rank + 1)?)),
        _ => missing(name),
    }
}
