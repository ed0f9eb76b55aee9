//! Fresh networks: every strategy of a seed begins from the same weights.

use autograd::{Float, Seed, Tensor};
use nn::{LinearConfig, NetworkSpec, Parameters, Sequential};

use crate::{Error, Plan};

/// The hidden layers of an architecture, bottom first: each a linear layer and what follows it.
pub(crate) fn hidden_layers(spec: &NetworkSpec) -> Vec<NetworkSpec> {
    let (mut rest, _) = spec.split_head();
    let mut hidden = Vec::new();
    while let Some(next) =
        rest.layers.iter().skip(1).position(|(_, layer)| layer.is::<LinearConfig>())
    {
        let (layer, above) = rest.split(next + 1);
        hidden.push(layer);
        rest = above;
    }
    hidden.extend((!rest.layers.is_empty()).then_some(rest));
    hidden
}

/// The fresh head of every task, on top of the architecture's trunk.
///
/// # Errors
/// As [`head`].
pub(crate) fn heads<F: Float>(plan: &Plan<'_>) -> Result<Vec<Sequential<F>>, Error> {
    plan.tasks.iter().map(|&task| head(plan.spec, None, task, plan.seed)).collect()
}

/// The fresh head of a task: the architecture's, for so many classes, and so many inputs if they
/// are others.
///
/// # Errors
/// If the architecture cannot be built or has no linear layer to be the head.
pub(crate) fn head<F: Float>(
    spec: &NetworkSpec,
    other_inputs: Option<usize>,
    (task, classes): (&str, usize),
    seed: Seed,
) -> Result<Sequential<F>, Error> {
    spec.check()?;
    let (_, mut head) = spec.split_head();
    let first = head.layers.first_mut().and_then(|(_, layer)| layer.downcast_mut());
    let Some(LinearConfig { inputs, outputs, .. }) = first else {
        return Err(Error::NoHead { spec: spec.to_string() });
    };
    *inputs = other_inputs.unwrap_or(*inputs);
    *outputs = classes;
    head.check()?;
    Ok(head.build_task(seed, task))
}

/// The fresh layer of an architecture, its linear layer given so many inputs more.
///
/// The weights of the inputs it has anyway are those it would have without the others.
pub(crate) fn with_more_inputs<F: Float>(
    layer: &NetworkSpec,
    more: usize,
    seed: Seed,
) -> Sequential<F> {
    let narrow = layer.build::<F>(seed);
    let mut wide = layer.clone();
    let first = wide.layers.first_mut().and_then(|(_, layer)| layer.downcast_mut());
    let Some(LinearConfig { inputs, .. }) = first else {
        return narrow;
    };
    let before = *inputs;
    *inputs += more;
    let wide = wide.build::<F>(seed);
    for ((_, wide), (_, narrow)) in wide.named().into_iter().zip(narrow.named()) {
        let mut value = narrow.value();
        if wide.shape() != narrow.shape() {
            let beside = wide.value().slice(1, before..before + more);
            value = Tensor::concatenate(&[value, beside], 1);
        }
        wide.set(value);
    }
    wide
}
