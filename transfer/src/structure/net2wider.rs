//! Structure transfer: a wider network that begins with the source's function.

use autograd::{Float, Seed, Tensor};
use nn::{LayerSpec, NetworkSpec, Parameters, Sequential};

use crate::error::within;
use crate::parameter::FineTune;
use crate::{Description, Error, Fitted, Recipe, Scratch, Source, Strategy, Training};

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
/// If there is no such layer, if it has more units already, or if a layer behind it does not treat
/// every unit by itself.
pub fn widened(spec: &NetworkSpec, hidden: usize, width: usize) -> Result<NetworkSpec, Error> {
    let (layer, next) = around(spec, hidden)?;
    let mut wider = spec.clone();
    if let LayerSpec::Linear { outputs, .. } = &mut wider.layers[layer].1 {
        if width < *outputs {
            return refuse(
                spec,
                format!("has {outputs} units in hidden layer {hidden}, more than {width}"),
            );
        }
        *outputs = width;
    }
    if let LayerSpec::Linear { inputs, .. } = &mut wider.layers[next].1 {
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
/// Here without the paper's noise: copies of one unit get equal gradients and stay equal, so the
/// function is kept to rounding, and a copied unit moves with a larger step.
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
    let (layer, next) = around(&spec, hidden)?;
    let units = spec.layers[layer].1.widths().map_or(0, |(_, outputs)| outputs);
    let original: Vec<usize> = (0..width)
        .map(|unit| {
            let drawn = seed.child(unit).value() % units as u64;
            if unit < units { unit } else { drawn as usize }
        })
        .collect();
    let copies = |unit: usize| original.iter().filter(|&&other| other == unit).count();

    let state = model.state_dict().into_iter().map(|(name, value)| {
        let value = if name.starts_with(&format!("{}.", spec.name(layer))) {
            value.index_select(0, &original)
        } else if name == format!("{}.weight", spec.name(next)) {
            let shares = original.iter().map(|&unit| F::ONE / F::of(copies(unit) as f64)).collect();
            value.index_select(1, &original) * Tensor::new([width], shares)
        } else {
            value
        };
        (name, value)
    });
    wider.load_state_dict(&state.collect())?;
    Ok(wider)
}

/// The positions of a hidden layer and of the next one that reads it.
fn around(spec: &NetworkSpec, hidden: usize) -> Result<(usize, usize), Error> {
    let is_linear = |&layer: &usize| matches!(spec.layers[layer].1, LayerSpec::Linear { .. });
    let linear: Vec<usize> = (0..spec.layers.len()).filter(is_linear).collect();
    let Some(&[layer, next]) = linear.get(hidden..hidden + 2) else {
        return refuse(spec, format!("has no hidden layer {hidden}"));
    };
    // A layer that is no product and no activation may read the units together: a copy would count
    // twice there.
    for (_, between) in &spec.layers[layer + 1..next] {
        if !matches!(between, LayerSpec::Relu | LayerSpec::Tanh | LayerSpec::Sigmoid) {
            return refuse(spec, format!("cannot be widened before {between}"));
        }
    }
    Ok((layer, next))
}

fn refuse<T>(spec: &NetworkSpec, why: String) -> Result<T, Error> {
    Err(Error::Architecture(format!("the network {spec} {why}")))
}

/// How wide the target's hidden layer is, as a function of the source's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Widening {
    /// Which hidden layer, counted from 0.
    pub hidden: usize,
    /// How many units it has for each of the source's.
    pub factor: f64,
}

impl Default for Widening {
    /// Half as many units again in the first hidden layer: 96 for 64.
    fn default() -> Self {
        Self { hidden: 0, factor: 1.5 }
    }
}

impl Widening {
    /// The new width of the layer.
    ///
    /// # Errors
    /// If there is no such layer, or the factor is below 1.
    pub fn width(&self, spec: &NetworkSpec) -> Result<usize, Error> {
        within("factor", self.factor, 1.0..=1e3, "between 1 and 1000")?;
        let (layer, _) = around(spec, self.hidden)?;
        let units = spec.layers[layer].1.widths().map_or(0, |(_, outputs)| outputs);
        Ok((units as f64 * self.factor).round() as usize)
    }
}

/// The source's network, one hidden layer widened with its function kept, then trained on the
/// target as in [`FineTune`] with its head kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Net2Wider {
    /// How wide the target's network is.
    pub widening: Widening,
}

impl<F: Float> Strategy<F> for Net2Wider {
    fn describe(&self) -> Description {
        Description {
            name: "widened",
            article_term: Some("结构迁移"),
            paper: Some("Chen, Goodfellow and Shlens 2016, Net2Net"),
            chapter: "Structure transfer",
        }
    }

    fn fit(
        &self,
        source: &Source<F>,
        target: &Training<F>,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let Widening { hidden, .. } = self.widening;
        let width = self.widening.width(&source.spec)?;
        let wider = Source {
            data: source.data.clone(),
            spec: widened(&source.spec, hidden, width)?,
            model: widen(&source.model, hidden, width, seed.child("widening"))?,
        };
        FineTune::default().fit(&wider, target, recipe, seed).map_err(|error| error.of("widened"))
    }
}

/// The control of [`Net2Wider`]: a network of the same derived architecture, but with fresh
/// weights, so that what the architecture alone does is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FreshStructure {
    /// How wide the target's network is.
    pub widening: Widening,
}

impl<F: Float> Strategy<F> for FreshStructure {
    fn describe(&self) -> Description {
        Description {
            name: "scratch, widened",
            article_term: None,
            paper: None,
            chapter: "Structure transfer",
        }
    }

    fn fit(
        &self,
        source: &Source<F>,
        target: &Training<F>,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let width = self.widening.width(&source.spec)?;
        let spec = widened(&source.spec, self.widening.hidden, width)?;
        let derived = Source { spec, ..source.clone() };
        Scratch.fit(&derived, target, recipe, seed).map_err(|error| error.of("scratch, widened"))
    }
}
