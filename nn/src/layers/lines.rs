//! How a model prints: one line a layer, with its name, kind, shapes and number of parameters.

use std::fmt::{Debug, Formatter, Result};

use autograd::Float;

use crate::{
    BatchNorm, Embedding, LayerNorm, Linear, Module, Parallel, Parameters, Residual, Sequential,
};

macro_rules! print_as_lines {
    ($($layer:ident),*) => {
        $(impl<F: Float> Debug for $layer<F> {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                lines(f, 0, self)
            }
        })*
    };
}
print_as_lines!(Linear, BatchNorm, LayerNorm, Residual, Parallel, Sequential);

impl<F: Float> Debug for Embedding<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        line(f, &format!("Embedding({} -> {})", self.entries(), self.units()), self)
    }
}

/// A layer, and the layers within it each on a line of its own.
fn lines<F: Float>(f: &mut Formatter<'_>, depth: usize, module: &dyn Module<F>) -> Result {
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
        line(f, &spec.map_or("module".to_owned(), |spec| spec.to_string()), module)
    }
}

/// Layers, each with its name, as lines below the one that they stand in.
fn below<'a, F: Float>(
    f: &mut Formatter<'_>,
    depth: usize,
    layers: impl Iterator<Item = (String, &'a dyn Module<F>)>,
) -> Result {
    for (name, module) in layers {
        write!(f, "\n{}{name}: ", "  ".repeat(depth + 1))?;
        lines(f, depth + 1, module)?;
    }
    Ok(())
}

/// What it is, the shapes of its tensors, and how many of their entries are trained.
fn line<F: Float>(
    f: &mut Formatter<'_>,
    what: &str,
    parts: &(impl Parameters<F> + ?Sized),
) -> Result {
    write!(f, "{what}")?;
    parts.named().iter().try_for_each(|(name, tensor)| write!(f, ", {name} {}", tensor.shape()))?;
    write!(f, ", {} parameters", parts.num_parameters())
}
