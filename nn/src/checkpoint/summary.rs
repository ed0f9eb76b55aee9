//! What a checkpoint file holds, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use autograd::Tensor;
use serde_json::Value;

use super::element;
use super::fault::Fault;
use super::raw::Raw;
use crate::error::{counted, shown_up_to};
use crate::{Error, NetworkSpec};

/// What a file holds, as it stands in it.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The file, as the caller named it.
    pub file: PathBuf,
    /// How many bytes the file has.
    pub bytes: u64,
    /// The tensors, in the header's order.
    pub tensors: Vec<TensorSummary>,
    /// The notes of a file that was saved here, as JSON by name.
    pub notes: BTreeMap<String, Value>,
    /// The hash that the file was found to have, if it says which it should.
    pub hash: Option<String>,
    /// What others put into the file's metadata.
    pub metadata: BTreeMap<String, String>,
}

/// A tensor of a file.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct TensorSummary {
    /// The name.
    pub name: String,
    /// The type, as the format calls it: `F32`.
    pub dtype: String,
    /// The shape.
    pub shape: Vec<usize>,
    /// The root of the sum of squares of the numbers that are finite; `None` if their type is one
    /// that is not read.
    pub norm: Option<f64>,
    /// How many numbers are infinite or NaN.
    pub num_not_finite: usize,
}

/// What a checkpoint file holds; nothing but a damaged or foreign file is refused.
///
/// ```
/// use nn::{Linear, Seed, checkpoint};
/// # let file = std::env::temp_dir().join(format!("nn-inspect-{}.safetensors", std::process::id()));
/// checkpoint::save(&file, &Linear::<f32>::new(3, 2, Seed::new(1)))?;
/// let summary = checkpoint::inspect(&file)?;
/// assert_eq!((&*summary.tensors[0].name, &*summary.tensors[0].dtype), ("bias", "F32"));
/// assert_eq!(summary.notes["kind"], "model");
/// assert!(summary.to_string().contains(": 2 tensors, 8 numbers, "));
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, is no checkpoint, or a damaged one.
pub fn inspect(path: impl AsRef<Path>) -> Result<Summary, Error> {
    let path = path.as_ref();
    let raw = Raw::read(path).map_err(|fault| fault.at(path))?;
    summary(path, raw).map_err(|fault| fault.at(path))
}

fn summary(path: &Path, raw: Raw) -> Result<Summary, Fault> {
    let tensors = raw.tensors().map(|tensor| {
        let mut summary = TensorSummary {
            name: tensor.name.to_string(),
            dtype: tensor.dtype.to_string(),
            shape: tensor.shape.to_vec(),
            norm: None,
            num_not_finite: 0,
        };
        if element::why_unread(&tensor).is_none() {
            let numbers: Tensor<f64> = element::from_raw(&tensor)?;
            let finite = numbers.as_slice().iter().copied().filter(|x| x.is_finite());
            let finite = Tensor::from(finite.collect::<Vec<_>>());
            summary.num_not_finite = numbers.len() - finite.len();
            summary.norm = Some(finite.norm().item());
        }
        Ok(summary)
    });
    let tensors = tensors.collect::<Result<_, Fault>>()?;
    let (file, bytes) = (path.to_owned(), raw.length);
    let (notes, hash) = (raw.notes.clone(), raw.hash.clone());
    Ok(Summary { file, bytes, tensors, notes, hash, metadata: raw.into_metadata() })
}

/// A line on the whole, then a table of the tensors and one of the notes; nothing in them that a
/// terminal would obey or hide.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { file, bytes, tensors, notes, hash, metadata } = self;
        let numbers: usize = tensors.iter().map(|it| it.shape.iter().product::<usize>()).sum();
        let checked = if hash.is_some() { "the hash is right" } else { "without a hash" };
        let (tensors, numbers) = (tensors.len() as u64, numbers as u64);
        write!(f, "{}: {}, ", visible(&file.to_string_lossy()), counted(tensors, "tensor"))?;
        write!(f, "{}, {}, {checked}\n\n", counted(numbers, "number"), counted(*bytes, "byte"))?;
        let heads = ["tensor", "type", "shape", "norm"].map(String::from);
        table(f, std::iter::once(heads).chain(self.tensors.iter().map(row)).collect())?;
        if notes.is_empty() && metadata.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let notes = notes.iter().map(|(name, note)| [visible(name), visible(&shown(name, note))]);
        let others = metadata.iter().map(|(name, note)| [visible(name), visible(note)]);
        table(f, notes.chain(others).collect())
    }
}

fn row(tensor: &TensorSummary) -> [String; 4] {
    let mut norm = match tensor.norm {
        None => "not read".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(norm) if (1e-3..1e6).contains(&norm) => format!("{norm:.4}"),
        Some(norm) => format!("{norm:.4e}"),
    };
    if tensor.num_not_finite > 0 {
        norm = format!("{norm}, without {} that are not finite", tensor.num_not_finite);
    }
    [visible(&tensor.name), tensor.dtype.clone(), format!("{:?}", tensor.shape), norm]
}

/// A note as people read it: an architecture as it prints, a text without quotes, else JSON.
fn shown(name: &str, note: &Value) -> String {
    match note {
        Value::String(text) => text.clone(),
        _ if name == "spec" => NetworkSpec::from_json(&note.to_string())
            .map_or_else(|_| note.to_string(), |spec| spec.to_string()),
        _ => note.to_string(),
    }
}

/// Columns under each other; an entry that is very long makes no other line long.
fn table<const N: usize>(f: &mut fmt::Formatter<'_>, rows: Vec<[String; N]>) -> fmt::Result {
    const WIDEST: usize = 40;
    let length = |entry: &str| entry.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().map(|row| length(&row[column])).max().unwrap_or(0).min(WIDEST)
    });
    for row in rows {
        let padded = row.iter().zip(widths).map(|(entry, width)| format!("{entry:width$}"));
        writeln!(f, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn visible(text: &str) -> String {
    shown_up_to(text, usize::MAX)
}
