//! A file's bytes: tensors as it holds them, and the notes in its metadata.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use serde_json::Value;

use super::fault::Fault;
use super::hash;
use super::header::{self, Header};
use crate::error::shown_up_to;

/// A tensor as the file holds it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RawTensor<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) dtype: Dtype,
    pub(super) shape: Cow<'a, [usize]>,
    pub(super) bytes: Cow<'a, [u8]>,
}

impl RawTensor<'_> {
    pub(super) fn into_owned(self) -> RawTensor<'static> {
        RawTensor {
            name: self.name.into_owned().into(),
            dtype: self.dtype,
            shape: self.shape.into_owned().into(),
            bytes: self.bytes.into_owned().into(),
        }
    }
}

/// The one key of our metadata: several would be written in another order each time.
const KEY: &str = "nn";

/// A file that is whole.
pub(super) struct Raw {
    header: Header,
    /// What follows the header.
    data: Vec<u8>,
    /// How many bytes the file has.
    pub(super) length: u64,
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

    pub(super) fn of(file: impl Read, length: u64) -> Result<Self, Fault> {
        let (header, data) = header::read(file, length)?;
        let mut raw = Raw { header, data, length, notes: BTreeMap::new(), hash: None };
        // Under another key our notes would go unread, and the hash unchecked.
        let hidden = |text: &String| {
            text.starts_with('{') && text.contains(&format!("\"hash\":\"{}", hash::KIND))
        };
        if let Some(text) = raw.header.metadata.remove(KEY) {
            let (notes, hash) = checked(&text, raw.tensors().collect())?;
            (raw.notes, raw.hash) = (notes, Some(hash));
        } else if raw.header.metadata.values().any(hidden) {
            return Err(Fault::of_file("damaged: the notes do not stand under their key"));
        }
        Ok(raw)
    }

    /// The tensors, in the header's order.
    pub(super) fn tensors(&self) -> impl Iterator<Item = RawTensor<'_>> {
        self.header.entries.iter().map(|entry| RawTensor {
            name: Cow::from(&entry.name),
            dtype: entry.dtype,
            shape: Cow::from(&entry.shape),
            bytes: Cow::from(&self.data[entry.place.clone()]),
        })
    }

    /// What others put into the metadata.
    pub(super) fn into_metadata(self) -> BTreeMap<String, String> {
        self.header.metadata
    }
}

/// The notes in the metadata's text and the hash, if it is that of the text and the tensors.
fn checked(
    text: &str,
    tensors: Vec<RawTensor>,
) -> Result<(BTreeMap<String, Value>, String), Fault> {
    let damaged = || Fault::of_file("damaged: the notes are no JSON with a hash");
    let mut notes: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|_| damaged())?;
    let Some(Value::String(stored)) = notes.remove("hash") else { return Err(damaged()) };
    let computed = hash::hash(&text.replacen(&quoted(&stored), &quoted(hash::NONE), 1), &tensors);
    if stored == computed {
        return Ok((notes, stored));
    }
    let stored = shown_up_to(&stored, 24);
    let fault = format!("damaged: the stored hash is {stored}, that of the data {computed}");
    Err(Fault::of_file(fault))
}

fn quoted(hash: &str) -> String {
    format!("\"hash\":\"{hash}\"")
}

/// The bytes of a file of these notes and tensors.
pub(super) fn to_bytes(
    mut notes: BTreeMap<String, Value>,
    tensors: &[RawTensor],
) -> Result<Vec<u8>, Fault> {
    if let Some(kept) = tensors.iter().find(|tensor| tensor.name == "__metadata__") {
        return Err(Fault::of_tensor(&kept.name, "the format keeps this name"));
    }
    notes.insert("hash".to_owned(), hash::NONE.into());
    notes.values_mut().for_each(Value::sort_all_objects);
    let text = serde_json::to_string(&notes).map_err(|error| cannot_be_written(&error))?;
    if serde_json::from_str::<BTreeMap<String, Value>>(&text).ok().as_ref() != Some(&notes) {
        return Err(Fault::of_file("the notes are nested too deeply to be read again"));
    }
    // The first one: another note that holds the same text keeps it.
    let text = text.replacen(&quoted(hash::NONE), &quoted(&hash::hash(&text, tensors)), 1);
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.to_vec(), &tensor.bytes);
        view.map(|view| (&*tensor.name, view))
    });
    let views: Vec<_> =
        views.collect::<Result<_, _>>().map_err(|error| cannot_be_written(&error))?;
    let metadata = HashMap::from([(KEY.to_owned(), text)]);
    safetensors::serialize(views, Some(metadata)).map_err(|error| match error {
        SafeTensorError::HeaderTooLarge => {
            Fault::of_file("names and notes take more than the 100 MB that the format allows")
        }
        other => cannot_be_written(&other),
    })
}

fn cannot_be_written(error: &dyn Display) -> Fault {
    Fault::of_file(format!("the contents cannot be written: {error}"))
}
