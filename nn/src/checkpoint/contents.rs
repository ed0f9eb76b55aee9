//! A checkpoint's contents, from bytes and to bytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::Path;

use autograd::{Float, Seed};
use safetensors::tensor::{SafeTensors, TensorView};
use serde_json::Value;

use super::hash::{self, RawTensor};
use super::header::{self, Header};
use super::{Fault, Notes, Training, element, notes, replace_file, training};
use crate::error::shown_up_to;
use crate::{Error, LoadReport, Parameters, Sequential, StateDict};

/// What a checkpoint file holds: a model's tensors by name, notes, and training that stopped.
#[derive(Clone, PartialEq, Debug)]
pub struct Checkpoint<F: Float = f32> {
    /// The model's tensors.
    pub state: StateDict<F>,
    /// Facts beside them.
    pub notes: Notes,
    /// What training needs to go on; `None` in a checkpoint of a model alone.
    pub training: Option<Training<F>>,
}

/// The one key of the file's metadata: several would be written in another order each time.
pub(super) const KEY: &str = "nn";

impl<F: Float> Checkpoint<F> {
    /// The model's state, without notes.
    #[track_caller]
    pub fn of(model: &(impl Parameters<F> + ?Sized)) -> Self {
        Checkpoint { state: model.state_dict(), notes: Notes::default(), training: None }
    }

    /// Reads a file; tensors are in the order of the file's header.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, or a damaged one.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let read = |raw: &Raw| Checkpoint::from_raw(raw);
        Raw::read(path).and_then(|raw| read(&raw)).map_err(|fault| fault.at(path))
    }

    /// Writes a file, as [`replace_file`] does.
    ///
    /// # Errors
    /// If the file cannot be written; a file that was there is then as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        replace_file(path, &self.to_bytes().map_err(|fault| fault.at(path))?)
    }

    /// The network that the notes describe, with the weights.
    ///
    /// # Errors
    /// If there is no architecture among the notes, or the weights are not those of it.
    pub fn network(&self) -> Result<Sequential<F>, Error> {
        let Some(spec) = &self.notes.spec else {
            return Err(Error::Data("the checkpoint has no note of an architecture".to_owned()));
        };
        spec.check()?;
        // Before anything is built: an architecture may ask for more than a machine has.
        let entries: usize = self.state.iter().map(|(_, tensor)| tensor.len()).sum();
        let wanted = spec.num_parameters();
        if wanted > entries {
            return Err(Error::Data(format!(
                "the checkpoint's architecture has {wanted} parameters, its tensors {entries} entries"
            )));
        }
        let network = spec.build(Seed::new(0));
        network.load_state_dict(&self.state)?;
        Ok(network)
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut all = notes::to_json(&self.notes)?;
        let mut tensors = self.state.clone();
        let kind = if let Some(stopped) = &self.training {
            training::to_json(stopped, &self.notes, &mut all, &mut tensors)?;
            "training"
        } else {
            if let Some(name) = self.state.names().find(|name| training::is_own(name)) {
                return Err(Fault::of_tensor(name, "the name is kept for an optimiser's state"));
            }
            "model"
        };
        all.insert("kind".to_owned(), kind.into());
        to_bytes(all, &tensors)
    }

    #[cfg(test)]
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        Self::from_raw(&Raw::of(bytes, bytes.len() as u64)?)
    }

    pub(super) fn from_raw(raw: &Raw) -> Result<Self, Fault> {
        let mut state = Vec::with_capacity(raw.header.names.len());
        for RawTensor { name, dtype, shape, bytes } in raw.tensors()? {
            let tensor = element::from_bytes(&name, dtype, &shape, &bytes);
            let tensor = tensor.map_err(|fault| Fault::of_tensor(&name, fault))?;
            state.push((name.into_owned(), tensor));
        }
        let mut all = raw.notes.clone();
        let training = match all.remove("kind") {
            Some(kind) if kind == "training" => Some(training::from_json(&mut all, &mut state)?),
            None => None,
            Some(kind) if kind == "model" => None,
            Some(kind) => {
                let why = format!("{kind} is neither \"model\" nor \"training\"");
                return Err(notes::unreadable("kind", &why));
            }
        };
        Ok(Checkpoint {
            state: StateDict::of_distinct(state),
            notes: notes::from_json(all)?,
            training,
        })
    }
}

/// A file of these notes and tensors.
fn to_bytes<F: Float>(
    mut all: BTreeMap<String, Value>,
    state: &StateDict<F>,
) -> Result<Vec<u8>, Fault> {
    let mut tensors: Vec<RawTensor> = Vec::new();
    for (name, tensor) in state.iter() {
        if name == "__metadata__" {
            return Err(Fault::of_tensor(name, "the format keeps this name"));
        }
        let (dtype, bytes) = element::to_bytes(tensor);
        let shape = tensor.shape().to_vec();
        tensors.push(RawTensor { name: name.into(), dtype, shape, bytes: bytes.into() });
    }
    all.insert("hash".to_owned(), hash::NONE.into());
    all.values_mut().for_each(Value::sort_all_objects);
    let error = |error: &dyn std::fmt::Display| Fault::of_file(error.to_string());
    let text = serde_json::to_string(&all).map_err(|e| error(&e))?;
    // The first one: another note that holds the same text keeps it.
    let place = format!("\"hash\":\"{}\"", hash::NONE);
    let text = text.replacen(&place, &format!("\"hash\":\"{}\"", hash::hash(&text, &tensors)), 1);

    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        view.map(|view| (&*tensor.name, view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|e| error(&e))?;
    let metadata = HashMap::from([(KEY.to_owned(), text)]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| error(&e))
}

/// A file that is whole: its bytes, and what stands in its header.
pub(super) struct Raw {
    bytes: Vec<u8>,
    pub(super) header: Header,
    /// The metadata's notes, without the hash; none in a file of others.
    pub(super) notes: BTreeMap<String, Value>,
    /// The hash that the data were found to have, if the file says which they should.
    pub(super) hash: Option<String>,
}

impl Raw {
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        // Asked before it is opened: a pipe would wait for a writer, a device may never end.
        let what = fs::metadata(path).map_err(Fault::Io)?;
        if !what.is_file() {
            let kind = if what.is_dir() { "a folder" } else { "no regular file" };
            return Err(Fault::of_file(format!("this is {kind}")));
        }
        let file = File::open(path).map_err(Fault::Io)?;
        let length = file.metadata().map_err(Fault::Io)?.len();
        Self::of(file, length)
    }

    pub(super) fn of(file: impl std::io::Read, length: u64) -> Result<Self, Fault> {
        let (header, bytes) = header::read(file, length)?;
        let mut raw = Raw { bytes, header, notes: BTreeMap::new(), hash: None };
        // Under another key our notes would go unread, and the hash unchecked.
        let hidden = |(key, text): (&String, &String)| {
            key != KEY && text.starts_with('{') && text.contains("\"hash\":\"fnv1a64:")
        };
        if let Some(text) = raw.header.metadata.get(KEY) {
            let (notes, hash) = checked(text, &raw.tensors()?)?;
            (raw.notes, raw.hash) = (notes, Some(hash));
        } else if raw.header.metadata.iter().any(hidden) {
            return Err(Fault::of_file("damaged: the notes do not stand under their key"));
        }
        Ok(raw)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The tensors, in the header's order.
    pub(super) fn tensors(&self) -> Result<Vec<RawTensor<'_>>, Fault> {
        let error = |error: safetensors::SafeTensorError| {
            Fault::of_file(format!("damaged: {}", shown_up_to(&error.to_string(), 110)))
        };
        let file = SafeTensors::deserialize(&self.bytes).map_err(error)?;
        let tensor = |name| {
            let view = file.tensor(name).map_err(error)?;
            let (name, bytes) = (Cow::from(name), Cow::from(view.data()));
            Ok(RawTensor { name, dtype: view.dtype(), shape: view.shape().to_vec(), bytes })
        };
        self.header.names.iter().map(|name| tensor(name.as_str())).collect()
    }
}

/// The notes in the metadata's text and the hash, if it is that of the text and the tensors.
fn checked(text: &str, tensors: &[RawTensor]) -> Result<(BTreeMap<String, Value>, String), Fault> {
    let damaged = || Fault::of_file("damaged: the notes are no JSON with a hash");
    let mut notes: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|_| damaged())?;
    let Some(Value::String(stored)) = notes.remove("hash") else { return Err(damaged()) };
    let quoted = |hash: &str| format!("\"hash\":\"{hash}\"");
    let computed = hash::hash(&text.replacen(&quoted(&stored), &quoted(hash::NONE), 1), tensors);
    if stored == computed {
        return Ok((notes, stored));
    }
    let stored = shown_up_to(&stored, 24);
    let fault = format!("damaged: the stored hash is {stored}, that of the data {computed}");
    Err(Fault::of_file(fault))
}

/// The first tensor with a number that is infinite or none.
pub(super) fn check_finite<F: Float>(state: &StateDict<F>) -> Result<(), Fault> {
    for (name, tensor) in state.iter() {
        if let Some(place) = tensor.as_slice().iter().position(|x| !x.is_finite()) {
            let number = tensor.as_slice()[place];
            let fault = format!("entry {place} is {number}, not a finite number");
            return Err(Fault::of_tensor(name, fault));
        }
    }
    Ok(())
}

/// Whether all of `model` can be set to the state.
pub(super) fn check_fit<F: Float>(
    model: &(impl Parameters<F> + ?Sized),
    state: &StateDict<F>,
) -> Result<(), Error> {
    let report = LoadReport::compare(&model.named(), state);
    if report.is_complete() {
        return Ok(());
    }
    Err(Error::Mismatch { file: None, report: Box::new(report) })
}
