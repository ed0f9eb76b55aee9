//! What a learnt network's outputs mean, kept with it in memory and in files.

use std::fmt;
use std::path::Path;

use autograd::{Float, Tensor};
use serde::{Deserialize, Serialize};

use super::Examples;
use crate::checkpoint::Checkpoint;
use crate::data::{LabelColumn, Scale};
use crate::error::shown;
use crate::{Error, Layers, NetworkSpec, Parameters, StateDict};

/// What the outputs of a network stand for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outputs {
    /// A logit for each class.
    Classes {
        /// The column of labels.
        name: String,
        /// The classes' names, in the order of the outputs.
        classes: Vec<String>,
    },
    /// One number.
    Numbers {
        /// The column of labels.
        name: String,
        /// The scale on which the network gives it.
        scale: Scale,
    },
}

impl Outputs {
    /// What the outputs for a column of these examples mean.
    pub fn of<F: Float>(examples: &Examples<F>, column: usize) -> Self {
        let labels = &examples.labels()[column];
        let name = labels.name().to_owned();
        match labels {
            LabelColumn::Classes(labels) => Self::Classes { name, classes: labels.classes.clone() },
            LabelColumn::Numbers(numbers) => Self::Numbers { name, scale: numbers.scale_or_own() },
        }
    }

    /// A network's outputs in the labels' own unit: logits stay, numbers leave their scale.
    pub fn in_own_unit<F: Float>(&self, outputs: Tensor<F>) -> Tensor<F> {
        match *self {
            Self::Classes { .. } => outputs,
            Self::Numbers { scale, .. } => outputs.map(|y| F::of(scale.from_scaled(y.to_f64()))),
        }
    }

    /// Whether both mean the same, whatever their columns are called.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Classes { classes: a, .. }, Self::Classes { classes: b, .. }) => a == b,
            (Self::Numbers { .. }, Self::Numbers { .. }) => true,
            _ => false,
        }
    }

    /// How many outputs there are.
    pub fn num_outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => classes.len(),
            Self::Numbers { .. } => 1,
        }
    }
}

impl fmt::Display for Outputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes { name, classes } => {
                write!(f, "the classes {} of \"{}\"", shown(&classes.join(", ")), shown(name))
            }
            Self::Numbers { name, .. } => write!(f, "the numbers of \"{}\"", shown(name)),
        }
    }
}

/// What stands in a file beside a learnt network's tensors.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Saved {
    /// The architecture that the strategy was given, or the network's own.
    pub spec: NetworkSpec,
    /// How the network is made of it, where it is more than the architecture: as JSON.
    pub architecture: Option<serde_json::Value>,
    /// The names of the columns that a row has.
    pub columns: Vec<String>,
    /// What the outputs of each task mean.
    pub outputs: Vec<Outputs>,
}

/// The note under which [`Saved`] stands.
const NOTE: &str = "learnt";

/// Writes a learnt network to a file, whole or not at all.
///
/// # Errors
/// If the file cannot be written; a file that was there is then as it was.
pub fn save<F: Float>(
    path: impl AsRef<Path>,
    network: &(impl Parameters<F> + ?Sized),
    saved: &Saved,
) -> Result<(), Error> {
    let mut checkpoint = Checkpoint::new(network.state_dict());
    let note = serde_json::to_value(saved).map_err(|error| Error::Data(error.to_string()))?;
    checkpoint.notes.others.insert(NOTE.to_owned(), note);
    checkpoint.write(path)
}

/// The tensors of a file that [`save`] wrote, and what stands beside them; `layers` are those of
/// one's own that may occur.
///
/// # Errors
/// If the file cannot be read, is damaged, or was not written by [`save`].
pub fn load<F: Float>(
    path: impl AsRef<Path>,
    layers: &Layers,
) -> Result<(StateDict<F>, Saved), Error> {
    let path = path.as_ref();
    let refuse =
        |fault: String| Error::Checkpoint { file: Some(path.to_owned()), tensor: None, fault };
    let mut checkpoint = Checkpoint::<F>::read(path)?;
    let note = checkpoint.notes.others.remove(NOTE);
    let note = note.ok_or_else(|| refuse("it says nothing of what was learnt".to_owned()))?;
    let saved = serde_json::from_value(note);
    let saved: Saved = saved.map_err(|error| refuse(format!("what was learnt: {error}")))?;
    let spec = saved.spec.resolved(layers)?;
    spec.check()?;
    Ok((checkpoint.state, Saved { spec, ..saved }))
}

/// Multiply-adds to predict one row: each entry of a weight matrix takes part in one.
pub fn multiply_adds<F: Float>(network: &(impl Parameters<F> + ?Sized)) -> usize {
    let named = network.named();
    let matrices = named.iter().map(|(_, parameter)| parameter.shape()).filter(|s| s.rank() == 2);
    matrices.map(autograd::Shape::len).sum()
}
