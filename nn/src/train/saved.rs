//! A learnt network in a file, with what is needed to use it.

use std::path::Path;

use autograd::Float;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, same_in_json};
use crate::data::{Outputs, Scaler};
use crate::{Error, Layers, NetworkSpec, Parameters, StateDict};

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
    /// The scale to which rows are brought before they are predicted. In a file it is the checkpoint's
    /// own note.
    #[serde(skip)]
    pub scaler: Option<Scaler>,
}

/// The note under which [`Saved`] stands.
const NOTE: &str = "learnt";

/// Writes a learnt network to a file, whole or not at all.
///
/// # Errors
/// If a number of a scale is not finite, which JSON has no form for, or the file cannot be written; a
/// file that was there is then as it was.
pub fn save<F: Float>(
    path: impl AsRef<Path>,
    network: &(impl Parameters<F> + ?Sized),
    saved: &Saved,
) -> Result<(), Error> {
    let mut checkpoint = Checkpoint::new(network.state_dict());
    checkpoint.notes.set_if(NOTE, saved, same_in_json)?;
    checkpoint.notes.scaler.clone_from(&saved.scaler);
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
    let scaler = checkpoint.notes.scaler.take();
    if let Some(scaler) = scaler.as_ref().filter(|scaler| scaler.columns != saved.columns) {
        let (own, other) = (&saved.columns, &scaler.columns);
        return Err(refuse(format!("the rows have the columns {own:?} and the scaler {other:?}")));
    }
    Ok((checkpoint.state, Saved { spec, scaler, ..saved }))
}

/// Multiply-adds to predict one row: each entry of a weight matrix takes part in one.
pub fn multiply_adds<F: Float>(network: &(impl Parameters<F> + ?Sized)) -> usize {
    let named = network.named();
    let matrices = named.iter().map(|(_, parameter)| parameter.shape()).filter(|s| s.rank() == 2);
    matrices.map(autograd::Shape::len).sum()
}
