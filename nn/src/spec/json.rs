//! Architectures as JSON: a list of layers, each with its name, its type, and its options.

use std::collections::BTreeMap;
use std::fmt;

use autograd::{Float, Seed};
use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::RawValue;

use crate::error::{shown, shown_up_to};
use crate::layers::{
    BatchNormConfig, DropoutConfig, Gelu, LayerNormConfig, LeakyReluConfig, LinearConfig,
    ParallelConfig, Relu, ResidualConfig, Sigmoid, Silu, Tanh,
};
use crate::{Error, LayerConfig, LayerSpec, Module, NetworkSpec};

impl NetworkSpec {
    /// The architecture as JSON: a list of layers such as
    /// `{"name":"fc1","type":"linear","inputs":64,"outputs":32,"init":"he"}`.
    ///
    /// # Panics
    /// If an option of a layer of one's own has no form in JSON, such as a map whose keys are no
    /// texts.
    #[track_caller]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every option should have a form in JSON")
    }

    /// The architecture that [`to_json`](NetworkSpec::to_json) wrote, of layers of this crate.
    ///
    /// # Errors
    /// If the text is no list of known layers, or the network cannot be built.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_json_with(text, &Layers::new())
    }

    /// As [`from_json`](NetworkSpec::from_json), with layers of one's own too; there is an example
    /// at [`LayerConfig`].
    ///
    /// # Errors
    /// As [`from_json`](NetworkSpec::from_json).
    pub fn from_json_with(text: &str, own: &Layers) -> Result<Self, Error> {
        let read: Self =
            serde_json::from_str(text).map_err(|error| Error::SpecText(error.to_string()))?;
        let spec = read.resolved(own)?;
        spec.check()?;
        Ok(spec)
    }

    /// The architecture, its layers of an unknown type replaced by those of the list.
    ///
    /// Serde reads a layer that it does not know as it stands, so that a file can be looked at
    /// without its program; [`check`](NetworkSpec::check) refuses it as long as it is unknown.
    ///
    /// # Errors
    /// If the options of a layer on the list are not those of its type.
    pub fn resolved(mut self, own: &Layers) -> Result<Self, Error> {
        for (i, (_, layer)) in self.layers.iter_mut().enumerate() {
            if let Some(Unknown { kind, options }) = layer.downcast_ref()
                && let Some(own) = own.0.iter().find(|own| own.name == kind)
            {
                *layer = (own.read)(options).map_err(|error| {
                    Error::SpecText(format!(
                        "layer {i} ({}): {}",
                        shown(kind),
                        without_place(&error)
                    ))
                })?;
            }
            for network in layer.networks_mut() {
                *network = std::mem::take(network).resolved(own)?;
            }
        }
        Ok(self)
    }
}

/// The kinds of layers of one's own that a file may name, beside this crate's; there is an example
/// at [`LayerConfig`].
#[derive(Clone, Default)]
pub struct Layers(Vec<Kind>);

impl Layers {
    /// None but this crate's.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this kind as well.
    ///
    /// # Panics
    /// If its type's name is taken.
    #[track_caller]
    pub fn with<C: LayerConfig + DeserializeOwned>(mut self) -> Self {
        let kind = Kind::of::<C>();
        let known = standard().iter().chain(&self.0).any(|known| known.name == kind.name);
        assert!(!known, "there is a layer of the type \"{}\" already", kind.name);
        self.0.push(kind);
        self
    }
}

/// The layers of this crate.
fn standard() -> [Kind; 12] {
    [
        Kind::of::<LinearConfig>(),
        Kind::of::<Relu>(),
        Kind::of::<LeakyReluConfig>(),
        Kind::of::<Tanh>(),
        Kind::of::<Sigmoid>(),
        Kind::of::<Gelu>(),
        Kind::of::<Silu>(),
        Kind::of::<DropoutConfig>(),
        Kind::of::<BatchNormConfig>(),
        Kind::of::<LayerNormConfig>(),
        Kind::of::<ResidualConfig>(),
        Kind::of::<ParallelConfig>(),
    ]
}

/// How the layers of one type are read from their options.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    read: fn(&str) -> serde_json::Result<LayerSpec>,
}

impl Kind {
    fn of<C: LayerConfig + DeserializeOwned>() -> Self {
        let read = |options: &str| {
            // A layer without options may be a struct without a body, which is `null`.
            let bare = if options == "{}" { serde_json::from_str::<C>("null").ok() } else { None };
            bare.map_or_else(|| serde_json::from_str::<C>(options), Ok).map(C::into)
        };
        Kind { name: C::type_name(), read }
    }
}

/// A layer that a file names and nobody here knows, as it stands there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Unknown {
    kind: String,
    options: String,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.kind))
    }
}
impl LayerConfig for Unknown {
    fn type_name() -> &'static str {
        "unknown"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        unreachable!("a layer with a fault is not built")
    }
    fn fault(&self) -> Option<String> {
        let fault = "its type is not known here; layers of one's own are read with a list, Layers";
        Some(fault.to_owned())
    }
}

impl Serialize for NetworkSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layers: serde_json::Result<Vec<_>> =
            self.layers.iter().map(|(name, layer)| written(name.as_deref(), layer)).collect();
        layers.map_err(ser::Error::custom)?.serialize(serializer)
    }
}

/// A layer as it stands in the list: name and type before its options.
fn written(name: Option<&str>, layer: &LayerSpec) -> serde_json::Result<Box<RawValue>> {
    let (kind, options) = match layer.downcast_ref() {
        Some(Unknown { kind, options }) => (kind.as_str(), options.clone()),
        None => (layer.kind(), layer.options()?),
    };
    let Some(options) = options.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Err(ser::Error::custom(format!("the options of {layer} are no JSON object")));
    };
    let name = match name {
        Some(name) => format!("\"name\":{},", serde_json::to_string(name)?),
        None => String::new(),
    };
    let between = if options.is_empty() { "" } else { "," };
    let kind = serde_json::to_string(kind)?;
    RawValue::from_string(format!("{{{name}\"type\":{kind}{between}{options}}}"))
}

impl<'de> Deserialize<'de> for NetworkSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let layers = Vec::<Entry>::deserialize(deserializer)?;
        Ok(NetworkSpec { layers: layers.into_iter().map(|entry| entry.0).collect() })
    }
}

/// A layer as it stands in the list.
struct Entry((Option<String>, LayerSpec));

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layer, such as {\"type\":\"relu\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let (mut name, mut kind, mut options) = (None, None, BTreeMap::new());
        while let Some(key) = map.next_key::<String>()? {
            let twice = match key.as_str() {
                "name" => name.replace(map.next_value::<Option<String>>()?).is_some(),
                "type" => kind.replace(map.next_value::<String>()?).is_some(),
                _ => options.insert(key.clone(), map.next_value::<Box<RawValue>>()?).is_some(),
            };
            if twice {
                return Err(de::Error::custom(format!("\"{}\" stands twice", shown(&key))));
            }
        }
        let kind = kind.ok_or_else(|| de::Error::missing_field("type"))?;
        let options = serde_json::to_string(&options).map_err(de::Error::custom)?;
        let layer = match standard().iter().find(|known| known.name == kind) {
            Some(known) => (known.read)(&options)
                .map_err(|error| de::Error::custom(format!("{kind}: {}", without_place(&error))))?,
            None => Unknown { kind, options }.into(),
        };
        Ok(Entry((name.flatten(), layer)))
    }
}

/// What an error says, without the place: that is one among the options alone.
fn without_place(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    shown_up_to(message.strip_suffix(&place).unwrap_or(&message), 100)
}

#[cfg(test)]
mod tests;
