//! Widening a network while its function stays.

use autograd::{Float, Seed, Tensor};
use nn::{LinearConfig, NetworkSpec, Parameters, Sequential};

use crate::Error;

/// The architecture with one hidden layer widened: an architecture made from another as a value,
/// without any weight.
///
/// `hidden` counts the hidden layers from 0.
///
/// ```
/// use nn::NetworkSpec;
/// let wider = transfer::structure::widened(&NetworkSpec::mlp(&[64, 64, 32, 10]), 0, 96)?;
/// assert_eq!(wider, NetworkSpec::mlp(&[64, 96, 32, 10]));
/// # Ok::<(), transfer::Error>(())
/// ```
///
/// # Errors
/// If the architecture cannot be built, there is no such layer, it has more units already, or a layer
/// behind it does not treat every unit by itself.
pub fn widened(spec: &NetworkSpec, hidden: usize, width: usize) -> Result<NetworkSpec, Error> {
    spec.check()?;
    let (layer, next, units) = around(spec, hidden)?;
    if width < units {
        let why = format!("has {units} units in hidden layer {hidden}, more than {width}");
        return refuse(spec, why);
    }
    let mut wider = spec.clone();
    for (_, layer) in &mut wider.layers[layer..next] {
        let other = layer.with_outputs(width).or_else(|| layer.with_units(width));
        *layer = other.unwrap_or_else(|| layer.clone());
    }
    if let Some(LinearConfig { inputs, .. }) = wider.layers[next].1.downcast_mut() {
        *inputs = width;
    }
    Ok(wider)
}

/// The network with one hidden layer widened, computing the same function.
///
/// A new unit is a copy of an old one that the seed chooses, and what the next layer reads of a
/// unit is divided by the number of its copies.
///
/// # Errors
/// As [`widened`], or if a layer has no spec.
///
/// # Source
/// Chen, Goodfellow and Shlens 2016, `Net2WiderNet`: with `g(i) = i` for the old units and random
/// for the new ones, `U[i, :] = W[g(i), :]` and `V[:, i] = W_next[:, g(i)] / |{j : g(j) = g(i)}|`.
/// Here without the paper's noise, so that the function is kept to rounding. Copies of one unit get
/// equal gradients then and stay equal: training finds no more functions than before, but what a
/// unit with `c` copies gives moves `c` times as fast, and what it reads `1 / c` times.
pub fn widen<F: Float>(
    model: &Sequential<F>,
    hidden: usize,
    width: usize,
    seed: Seed,
) -> Result<Sequential<F>, Error> {
    let Some(spec) = model.spec() else {
        return Err(Error::Architecture("the network has a layer without a spec".to_owned()));
    };
    let wider = widened(&spec, hidden, width)?.build::<F>(seed);
    let (layer, next, units) = around(&spec, hidden)?;
    let original: Vec<usize> = (0..width)
        .map(|unit| {
            let drawn = seed.child(unit).value() % units as u64;
            if unit < units { unit } else { drawn as usize }
        })
        .collect();
    let copies = |unit: usize| original.iter().filter(|&&other| other == unit).count();

    let widened: Vec<String> = (layer..next).map(|layer| spec.name(layer)).collect();
    let state = model.state_dict().into_iter().map(|(name, value)| {
        let of_layer = name.split('.').next().unwrap_or_default();
        let value = if widened.iter().any(|layer| layer == of_layer) {
            value.index_select(0, &original)
        } else if name == format!("{}.weight", spec.name(next)) {
            let counts = original.iter().map(|&unit| F::of(copies(unit) as f64)).collect();
            value.index_select(1, &original) / Tensor::new([width], counts)
        } else {
            value
        };
        (name, value)
    });
    wider.load_state_dict(&state.collect())?;
    Ok(wider)
}

/// The positions of a hidden layer and of the next one that reads it, and its number of units.
pub(crate) fn around(spec: &NetworkSpec, hidden: usize) -> Result<(usize, usize, usize), Error> {
    let is_linear = |&layer: &usize| spec.layers[layer].1.is::<LinearConfig>();
    let linear: Vec<usize> = (0..spec.layers.len()).filter(is_linear).collect();
    let Some(&[layer, next]) = linear.get(hidden..hidden.saturating_add(2)) else {
        return refuse(spec, format!("has no hidden layer {hidden}"));
    };
    for (_, between) in &spec.layers[layer + 1..next] {
        // Any other may read the units together, where a copy would count twice.
        if between.with_units(1).is_none() {
            return refuse(spec, format!("cannot be widened before {between}"));
        }
    }
    Ok((layer, next, spec.layers[layer].1.widths().map_or(0, |(_, units)| units)))
}

fn refuse<T>(spec: &NetworkSpec, why: String) -> Result<T, Error> {
    Err(Error::Architecture(format!("the network {spec} {why}")))
}
