//! Checkpoints: models in files that PyTorch reads and writes.
//!
//! A checkpoint is a safetensors file with PyTorch's names and layout. In Python,
//! `safetensors.torch.load_file("model.safetensors")` gives what
//! [`Parameters::state_dict`] gives here, and `save_file` writes what
//! [`load`] reads.
//!
//! - *Types.* Written is the model's own type, f32 or f64. Read are f64, f32, f16 and bf16, whatever
//!   the model's type, as PyTorch's `load_state_dict` does: towards f64 exactly, towards f32 rounded
//!   to the nearest number; a number that would become infinite is refused.
//! - *Saving is atomic.* A crash at any moment leaves the old file or the new one, whole
//!   ([`replace_file`]).
//! - *Loading is strict and checks everything first.* Names, shapes, types, offsets, sizes and the
//!   hash below must be right before the model changes at all; [`load_matching`] takes what fits.
//! - *Byte-stable.* Equal states give equal files. The one metadata key, `nn`, holds sorted JSON: the
//!   [`notes`](Checkpoint::notes), and a hash of the notes and of every tensor's name, type, shape
//!   and bytes. The format itself has no checksum; files without the key are read without that check.

mod element;
mod header;
mod replace;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use autograd::Float;
use safetensors::tensor::{SafeTensors, TensorView};

use crate::error::shown_up_to;
use crate::{Error, LoadReport, Parameters, StateDict};

pub use replace::replace_file;

/// Writes the model's state, frozen parameters and buffers included, to a file.
///
/// ```
/// use nn::{Linear, Parameters, Seed, checkpoint};
/// # let folder = std::env::temp_dir().join(format!("nn-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let file = folder.join("model.safetensors");
/// let trained: Linear = Linear::new(3, 2, Seed::new(1));
/// checkpoint::save(&file, &trained)?;
///
/// let model: Linear = Linear::new(3, 2, Seed::new(2));
/// let report = checkpoint::load(&file, &model)?;
/// assert_eq!(report.loaded, ["weight", "bias"]);
/// assert_eq!(model.state_dict(), trained.state_dict());
///
/// let other: Linear = Linear::new(4, 2, Seed::new(3));
/// let error = checkpoint::load(&file, &other).unwrap_err().to_string();
/// assert!(error.ends_with("\"weight\" ([2, 3] for the model's [2, 4])"));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be written; a file that was there is then as it was.
pub fn save<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<(), Error> {
    Checkpoint { state: model.state_dict(), notes: BTreeMap::new() }.write(path)
}

/// Sets all of the model's parameters and buffers to those of a file.
///
/// # Errors
/// If the file cannot be read, is no checkpoint or a damaged one, or does not fit the model in every
/// name and shape. The model is then as it was.
pub fn load<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<LoadReport, Error> {
    let path = path.as_ref();
    model.load_state_dict(&Checkpoint::read(path)?.state).map_err(|error| match error {
        Error::Mismatch { report, .. } => Error::Mismatch { file: Some(path.to_owned()), report },
        other => other,
    })
}

/// Sets those of the model's parameters and buffers whose name and shape are in a file; the report
/// lists the others.
///
/// # Errors
/// If the file cannot be read, is no checkpoint or a damaged one. The model is then as it was.
pub fn load_matching<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<LoadReport, Error> {
    Ok(model.load_matching(&Checkpoint::read(path)?.state))
}

/// What a checkpoint file holds: tensors by name, and notes.
#[derive(Clone, PartialEq, Debug)]
pub struct Checkpoint<F: Float = f32> {
    /// The tensors.
    pub state: StateDict<F>,
    /// Facts beside them, by name, as JSON: an architecture, class names, a step. The name `hash` is
    /// the file's own.
    pub notes: BTreeMap<String, serde_json::Value>,
}

/// The one key of the file's metadata: several would be written in another order each time.
const KEY: &str = "nn";

impl<F: Float> Checkpoint<F> {
    /// Reads a file; tensors are in the order of the file's header.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, or a damaged one.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let error = |source| Error::Io { file: path.to_owned(), action: "read", source };
        let what = fs::metadata(path).map_err(error)?;
        if !what.is_file() {
            let kind = if what.is_dir() { "a folder" } else { "no regular file" };
            return Err(Fault::of_file(format!("this is {kind}")).at(path));
        }
        Self::from_bytes(&fs::read(path).map_err(error)?).map_err(|fault| fault.at(path))
    }

    /// Writes a file, as [`replace_file`] does.
    ///
    /// # Errors
    /// If the file cannot be written; a file that was there is then as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        replace_file(path, &self.to_bytes().map_err(|fault| fault.at(path))?)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut tensors: Vec<RawTensor> = Vec::new();
        for (name, tensor) in self.state.iter() {
            if name == "__metadata__" {
                return Err(Fault::of_tensor(name, "the format keeps this name".to_owned()));
            }
            let (dtype, bytes) = element::to_bytes(tensor);
            tensors.push(RawTensor {
                name,
                dtype,
                shape: tensor.shape().to_vec(),
                bytes: bytes.into(),
            });
        }
        let text = with_hash(&self.notes, &mut tensors)?;
        let views = tensors.iter().map(|tensor| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
            view.map(|view| (tensor.name, view))
        });
        let views = views.collect::<Result<Vec<_>, _>>();
        let metadata = HashMap::from([(KEY.to_owned(), text)]);
        let bytes = views.and_then(|views| safetensors::serialize(views, Some(metadata)));
        bytes.map_err(|error| Fault::of_file(error.to_string()))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let names = header::check(bytes)?;
        let error = |error: safetensors::SafeTensorError| {
            Fault::of_file(format!("damaged: {}", shown_up_to(&error.to_string(), 120)))
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(error)?;
        let file = SafeTensors::deserialize(bytes).map_err(error)?;
        let mut tensors = Vec::with_capacity(names.len());
        for name in &names {
            let view = file.tensor(name).map_err(error)?;
            let (dtype, shape) = (view.dtype(), view.shape().to_vec());
            tensors.push(RawTensor { name, dtype, shape, bytes: view.data().into() });
        }
        let text = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let notes = match text {
            None => BTreeMap::new(),
            Some(text) => checked_notes(text, &mut tensors.clone())?,
        };
        let mut state = StateDict::new();
        for RawTensor { name, dtype, shape, bytes } in &tensors {
            let tensor = element::from_bytes(name, *dtype, shape, bytes);
            state.insert(name, tensor.map_err(|fault| Fault::of_tensor(name, fault))?);
        }
        Ok(Checkpoint { state, notes })
    }
}

/// A tensor as the file holds it.
#[derive(Clone)]
struct RawTensor<'a> {
    name: &'a str,
    dtype: safetensors::Dtype,
    shape: Vec<usize>,
    bytes: std::borrow::Cow<'a, [u8]>,
}

/// What is wrong with a file's bytes.
struct Fault {
    tensor: Option<String>,
    fault: String,
}
impl Fault {
    fn of_file(fault: String) -> Self {
        Fault { tensor: None, fault }
    }
    fn of_tensor(name: &str, fault: String) -> Self {
        Fault { tensor: Some(name.to_owned()), fault }
    }
    fn at(self, path: &Path) -> Error {
        let Fault { tensor, fault } = self;
        Error::Checkpoint { file: path.to_owned(), tensor, fault }
    }
}

/// The hash's place while it is computed.
const NO_HASH: &str = "fnv1a64:0000000000000000";

/// The notes as sorted JSON with the hash of themselves and the tensors.
fn with_hash(
    notes: &BTreeMap<String, serde_json::Value>,
    tensors: &mut [RawTensor],
) -> Result<String, Fault> {
    let mut all = notes.clone();
    if all.insert("hash".to_owned(), NO_HASH.into()).is_some() {
        return Err(Fault::of_file("a note cannot be named \"hash\"".to_owned()));
    }
    all.values_mut().for_each(serde_json::Value::sort_all_objects);
    let text = serde_json::to_string(&all).map_err(|error| Fault::of_file(error.to_string()))?;
    let hash = hash(&text, tensors);
    Ok(text.replacen(NO_HASH, &hash, 1))
}

/// The notes in the metadata's text, if its hash is that of the text and the tensors.
fn checked_notes(
    text: &str,
    tensors: &mut [RawTensor],
) -> Result<BTreeMap<String, serde_json::Value>, Fault> {
    let damaged = || Fault::of_file("damaged: the notes are no JSON with a hash".to_owned());
    let mut notes: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|_| damaged())?;
    let Some(serde_json::Value::String(stored)) = notes.remove("hash") else {
        return Err(damaged());
    };
    let computed = hash(&text.replacen(&stored, NO_HASH, 1), tensors);
    if stored == computed {
        return Ok(notes);
    }
    let stored = shown_up_to(&stored, 24);
    Err(Fault::of_file(format!(
        "damaged: the stored hash is {stored}, that of the data {computed}"
    )))
}

/// FNV-1a, 64 bits, over the text, then over every tensor in the order of names: the name, a zero
/// byte, the type, the number of axes and the sizes as 64-bit little-endian numbers, the bytes.
fn hash(text: &str, tensors: &mut [RawTensor]) -> String {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut absorb = |bytes: &[u8]| {
        for &byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
    };
    absorb(text.as_bytes());
    tensors.sort_by_key(|tensor| tensor.name);
    for tensor in tensors {
        absorb(tensor.name.as_bytes());
        absorb(&[0]);
        absorb(tensor.dtype.to_string().as_bytes());
        for size in std::iter::once(&tensor.shape.len()).chain(&tensor.shape) {
            absorb(&(*size as u64).to_le_bytes());
        }
        absorb(&tensor.bytes);
    }
    format!("fnv1a64:{hash:016x}")
}

#[cfg(test)]
mod tests;
