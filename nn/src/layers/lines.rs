//! How a model prints: one line a layer, with shapes and the number of parameters.

use std::fmt::{Display, Formatter, Result};

use autograd::{Float, Parameter, Shape};

use crate::{LayerSpec, Module, NetworkSpec, Parameters};

/// A tensor of a layer: its name within the layer, its shape, and whether it is a parameter.
type Line = (String, Shape, bool);

/// Writes a layer, and the layers within it each on a line of its own.
pub(super) fn write<F: Float>(f: &mut Formatter<'_>, module: &dyn Module<F>) -> Result {
    layer(f, 0, module.layer_spec().as_ref(), &tensors(module))
}

/// Writes one line for something that no [`LayerSpec`] describes.
pub(super) fn write_as<F: Float>(
    f: &mut Formatter<'_>,
    what: &str,
    parts: &(impl Parameters<F> + ?Sized),
) -> Result {
    line(f, what, &tensors(parts))
}

/// Writes a network's layers, each with its name, as lines below one that the caller wrote.
pub(super) fn below<'a, F: Float>(
    f: &mut Formatter<'_>,
    layers: impl Iterator<Item = (String, &'a dyn Module<F>)>,
) -> Result {
    for (name, module) in layers {
        write!(f, "\n  {name}: ")?;
        layer(f, 1, module.layer_spec().as_ref(), &tensors(module))?;
    }
    Ok(())
}

fn tensors<F: Float>(parts: &(impl Parameters<F> + ?Sized)) -> Vec<Line> {
    let mut tensors = Vec::new();
    parts.visit(&mut |name: &str, parameter: &Parameter<F>| {
        tensors.push((name.to_owned(), parameter.shape(), !parameter.is_buffer()));
    });
    tensors
}

fn layer(f: &mut Formatter<'_>, depth: usize, spec: Option<&LayerSpec>, own: &[Line]) -> Result {
    match spec {
        None => line(f, "module", own),
        Some(LayerSpec::Residual { layers }) => {
            line(f, "Residual", &counted(own))?;
            network(f, depth + 1, layers, own)
        }
        Some(LayerSpec::Parallel { branches, combine }) => {
            line(f, format!("Parallel({combine:?})"), &counted(own))?;
            for (i, branch) in branches.iter().enumerate() {
                let own = within(own, &i.to_string());
                write!(f, "\n{}{i}: ", "  ".repeat(depth + 1))?;
                line(f, "Sequential", &counted(&own))?;
                network(f, depth + 2, branch, &own)?;
            }
            Ok(())
        }
        Some(spec) => line(f, spec, own),
    }
}

fn network(f: &mut Formatter<'_>, depth: usize, spec: &NetworkSpec, own: &[Line]) -> Result {
    for (i, (_, inner)) in spec.layers.iter().enumerate() {
        let name = spec.name(i);
        write!(f, "\n{}{name}: ", "  ".repeat(depth))?;
        layer(f, depth, Some(inner), &within(own, &name))?;
    }
    Ok(())
}

/// What it is, the shapes of its tensors, and how many of their entries are trained.
fn line(f: &mut Formatter<'_>, what: impl Display, own: &[Line]) -> Result {
    write!(f, "{what}")?;
    for (name, shape, _) in own.iter().filter(|tensor| !tensor.0.is_empty()) {
        write!(f, ", {name} {shape}")?;
    }
    let count: usize = own.iter().filter(|tensor| tensor.2).map(|tensor| tensor.1.len()).sum();
    write!(f, ", {count} parameters")
}

/// The same tensors without their names: they stand on lines of their own.
fn counted(own: &[Line]) -> Vec<Line> {
    own.iter().map(|&(_, shape, trained)| (String::new(), shape, trained)).collect()
}

/// The tensors of the part of this name.
fn within(own: &[Line], part: &str) -> Vec<Line> {
    let inner = |name: &str| Some(name.strip_prefix(part)?.strip_prefix('.')?.to_owned());
    own.iter().filter_map(|(name, shape, trained)| Some((inner(name)?, *shape, *trained))).collect()
}
