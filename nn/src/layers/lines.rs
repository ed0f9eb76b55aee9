//! How a model prints: one line a layer, with shapes and the number of parameters.

use std::fmt::{Formatter, Result};

use autograd::Float;

use crate::{Module, Parallel, Parameters, Residual, Sequential};

/// Writes a layer, and the layers within it each on a line of its own.
pub(super) fn write<F: Float>(f: &mut Formatter<'_>, module: &dyn Module<F>) -> Result {
    layer(f, 0, module)
}

/// Writes one line for what is no [`Module`].
pub(super) fn write_as<F: Float>(
    f: &mut Formatter<'_>,
    what: &str,
    parts: &(impl Parameters<F> + ?Sized),
) -> Result {
    write!(f, "{what}")?;
    parts.named().iter().try_for_each(|(name, tensor)| write!(f, ", {name} {}", tensor.shape()))?;
    write!(f, ", {} parameters", parts.num_parameters())
}

fn layer<F: Float>(f: &mut Formatter<'_>, depth: usize, module: &dyn Module<F>) -> Result {
    if let Some(network) = module.downcast_ref::<Sequential<F>>() {
        write!(f, "Sequential, {} parameters", network.num_parameters())?;
        below(f, depth, network.layers())
    } else if let Some(residual) = module.downcast_ref::<Residual<F>>() {
        write!(f, "Residual, {} parameters", residual.num_parameters())?;
        below(f, depth, residual.layers.layers())
    } else if let Some(parallel) = module.downcast_ref::<Parallel<F>>() {
        let (combine, count) = (parallel.combine(), parallel.num_parameters());
        write!(f, "Parallel({combine:?}), {count} parameters")?;
        let branches = parallel.branches().iter().enumerate();
        below(f, depth, branches.map(|(i, branch)| (i.to_string(), branch as &dyn Module<F>)))
    } else {
        let spec = module.layer_spec();
        write_as(f, &spec.map_or("module".to_owned(), |spec| spec.to_string()), module)
    }
}

/// Writes layers, each with its name, as lines below the one that they stand in.
fn below<'a, F: Float>(
    f: &mut Formatter<'_>,
    depth: usize,
    layers: impl Iterator<Item = (String, &'a dyn Module<F>)>,
) -> Result {
    for (name, module) in layers {
        write!(f, "\n{}{name}: ", "  ".repeat(depth + 1))?;
        layer(f, depth + 1, module)?;
    }
    Ok(())
}
