//! A layer as a value: its kind and its options, without weights.

use std::any::{Any, TypeId};
use std::fmt::{self, Debug, Display};
use std::ops::Deref;

use autograd::{Float, Seed};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::layers::LinearConfig;
use crate::{Module, NetworkSpec};

/// The options of one kind of layer, from which it is built: all that a kind of layer must say to
/// stand in architectures and in their files.
///
/// The layers of this crate and anybody's own say it in the same way, each beside its `forward`; a
/// layer without options and weights, such as [`Relu`](crate::Relu), is its own config. Files that
/// name a layer of one's own are read with a list of them, [`Layers`](crate::Layers).
///
/// ```
/// use autograd::{Float, Parameter, Seed, Tensor, Var};
/// use nn::{LayerConfig, LayerSpec, Layers, LinearConfig, Module, NetworkSpec};
/// use serde::{Deserialize, Serialize};
///
/// /// Every unit times a learnt factor.
/// #[derive(Clone)]
/// struct Scale<F: Float> { factor: Parameter<F> }
/// nn::parts!(<F> Scale<F>: factor);
///
/// impl<F: Float> Module<F> for Scale<F> {
///     fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
///         x * x.tape().watch(&self.factor)
///     }
///     fn layer_spec(&self) -> Option<LayerSpec> {
///         Some(ScaleConfig { units: self.factor.shape().axis(0) }.into())
///     }
/// }
///
/// #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct ScaleConfig { units: usize }
///
/// impl std::fmt::Display for ScaleConfig {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         write!(f, "Scale({})", self.units)
///     }
/// }
/// impl LayerConfig for ScaleConfig {
///     fn type_name() -> &'static str { "scale" }
///     fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
///         Box::new(Scale { factor: Parameter::new(Tensor::<F>::ones([self.units])) })
///     }
///     fn inputs(&self) -> Option<usize> { Some(self.units) }
///     fn num_parameters(&self) -> usize { self.units }
/// }
///
/// let spec = NetworkSpec::new().then(LinearConfig::new(4, 3)).then(ScaleConfig { units: 3 });
/// assert_eq!(spec.to_string(), "Linear(4 -> 3), Scale(3)");
/// let own = Layers::new().with::<ScaleConfig>();
/// assert_eq!(NetworkSpec::from_json_with(&spec.to_json(), &own)?, spec);
/// assert_eq!(spec.build::<f32>(Seed::new(1)).spec(), Some(spec));
/// # Ok::<(), nn::Error>(())
/// ```
pub trait LayerConfig: ConfigObject + Debug + Display + Send + Sync {
    /// What stands under `type` in JSON; the options stand beside it, under the names that serde
    /// gives them.
    fn type_name() -> &'static str
    where
        Self: Sized;

    /// The layer with fresh weights. Its options have no [`fault`](LayerConfig::fault).
    fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>>
    where
        Self: Sized;

    /// The number of inputs, if the layer fixes it.
    fn inputs(&self) -> Option<usize> {
        None
    }

    /// The number of outputs for this number of inputs.
    fn outputs_for(&self, inputs: usize) -> usize {
        inputs
    }

    /// The number of trainable entries of the layer that is built; it is checked then.
    fn num_parameters(&self) -> usize {
        0
    }

    /// What keeps the layer, taken by itself, from being built: the end of a sentence.
    fn fault(&self) -> Option<String> {
        None
    }

    /// The layer with so many outputs, if it can have any number of them: what can be a network's
    /// head.
    fn with_outputs(&self, _outputs: usize) -> Option<LayerSpec> {
        None
    }

    /// The layer for so many units, if it treats each unit by itself, so that a copy of a unit
    /// comes out as a copy; what it keeps of the units stands along the first axis of its tensors.
    fn with_units(&self, _units: usize) -> Option<LayerSpec> {
        None
    }

    /// The networks among the options, in which a file may name layers of one's own too.
    fn networks_mut(&mut self) -> Vec<&mut NetworkSpec> {
        Vec::new()
    }
}

/// A layer as a value: any [`LayerConfig`], this crate's or one's own, which answers for it.
///
/// ```
/// use nn::{DropoutConfig, LayerSpec, LinearConfig, Relu, Seed};
/// let layer = LayerSpec::from(DropoutConfig { rate: 0.5 });
/// assert_eq!(layer.to_string(), "Dropout(0.5)");
/// assert_eq!(layer.build::<f32>(Seed::new(1)).layer_spec(), Some(layer));
///
/// let mut layer = LayerSpec::linear(64, 32);
/// assert_eq!((layer.inputs(), layer.is::<Relu>()), (Some(64), false));
/// if let Some(linear) = layer.downcast_mut::<LinearConfig>() {
///     linear.outputs = 48;
/// }
/// assert_eq!(layer.widths(), Some((64, 48)));
/// ```
pub struct LayerSpec(Box<dyn LayerConfig>);

impl<C: LayerConfig + 'static> From<C> for LayerSpec {
    fn from(config: C) -> Self {
        LayerSpec(Box::new(config))
    }
}
impl Deref for LayerSpec {
    type Target = dyn LayerConfig;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl LayerSpec {
    /// A [`Linear`](crate::Linear) layer with a bias, drawn as PyTorch draws it; any other is made
    /// by `LayerSpec::from(LinearConfig { .. })`.
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        LinearConfig::new(inputs, outputs).into()
    }

    /// The layer with fresh weights.
    ///
    /// # Panics
    /// If the layer cannot be built, see [`NetworkSpec::check`], or if its config counts other
    /// parameters than the layer has.
    #[track_caller]
    pub fn build<F: Float>(&self, seed: Seed) -> Box<dyn Module<F>> {
        if let Some(fault) = self.fault() {
            panic!("{self} cannot be built: {fault}");
        }
        let built: Box<dyn Any> = if TypeId::of::<F>() == TypeId::of::<f32>() {
            Box::new(self.0.build_f32(seed))
        } else {
            Box::new(self.0.build_f64(seed))
        };
        let built = built.downcast::<Box<dyn Module<F>>>().expect("numbers are f32 or f64");
        let (said, has) = (self.num_parameters(), built.num_parameters());
        assert!(said == has, "the config of {self} counts {said} parameters, its layer has {has}");
        *built
    }

    /// Whether it is a layer of this kind.
    pub fn is<C: LayerConfig + 'static>(&self) -> bool {
        self.downcast_ref::<C>().is_some()
    }

    /// The options, if it is a layer of this kind.
    pub fn downcast_ref<C: LayerConfig + 'static>(&self) -> Option<&C> {
        self.0.as_any().downcast_ref()
    }

    /// The options, to be changed, if it is a layer of this kind.
    pub fn downcast_mut<C: LayerConfig + 'static>(&mut self) -> Option<&mut C> {
        self.0.as_any_mut().downcast_mut()
    }

    /// The numbers of inputs and outputs, if the layer fixes them.
    pub fn widths(&self) -> Option<(usize, usize)> {
        self.inputs().map(|inputs| (inputs, self.outputs_for(inputs)))
    }

    pub(crate) fn networks_mut(&mut self) -> Vec<&mut NetworkSpec> {
        self.0.networks_mut()
    }
}

impl Clone for LayerSpec {
    fn clone(&self) -> Self {
        self.0.clone_config()
    }
}
impl PartialEq for LayerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}
impl Debug for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}
impl Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

/// What a [`LayerConfig`] behind a [`LayerSpec`] can do; every config that is `Clone`, `PartialEq`
/// and serde's `Serialize` and `Deserialize` has it.
pub trait ConfigObject: 'static {
    /// The config as a value of any type.
    fn as_any(&self) -> &dyn Any;
    /// The config as a value of any type, to be changed.
    fn as_any_mut(&mut self) -> &mut dyn Any;
    /// A copy.
    fn clone_config(&self) -> LayerSpec;
    /// Whether the other is of the same type and equal.
    fn equals(&self, other: &dyn LayerConfig) -> bool;
    /// What stands under `type` in JSON.
    fn kind(&self) -> &str;
    /// The options as a JSON object.
    ///
    /// # Errors
    /// If serde finds no form for an option.
    fn options(&self) -> serde_json::Result<String>;
    /// The layer for `f32`.
    fn build_f32(&self, seed: Seed) -> Box<dyn Module<f32>>;
    /// The layer for `f64`.
    fn build_f64(&self, seed: Seed) -> Box<dyn Module<f64>>;
}

impl<C> ConfigObject for C
where
    C: LayerConfig + Clone + PartialEq + Serialize + DeserializeOwned + 'static,
{
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
    fn clone_config(&self) -> LayerSpec {
        self.clone().into()
    }
    fn equals(&self, other: &dyn LayerConfig) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }
    fn kind(&self) -> &str {
        C::type_name()
    }
    fn options(&self) -> serde_json::Result<String> {
        let options = serde_json::to_string(self)?;
        // A layer without options may be a struct without a body.
        Ok(if options == "null" { "{}".to_owned() } else { options })
    }
    fn build_f32(&self, seed: Seed) -> Box<dyn Module<f32>> {
        self.build(seed)
    }
    fn build_f64(&self, seed: Seed) -> Box<dyn Module<f64>> {
        self.build(seed)
    }
}

#[cfg(test)]
mod tests;
