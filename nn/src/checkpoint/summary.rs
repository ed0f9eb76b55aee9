//! What a checkpoint file holds, for people.

use std::collections::BTreeMap;
use std::path::Path;

use autograd::Tensor;
use serde_json::Value;

use super::contents::{KEY, Raw};
use super::{Fault, element};
use crate::Error;

/// What a file holds, as it stands in it.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// How many bytes the file has.
    pub bytes: usize,
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
    /// The root of the sum of squares of the numbers that are finite.
    pub norm: f64,
    /// How many numbers are infinite or none.
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
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, is no checkpoint, or a damaged one.
pub fn inspect(path: impl AsRef<Path>) -> Result<Summary, Error> {
    let path = path.as_ref();
    Raw::read(path).and_then(summary).map_err(|fault| fault.at(path))
}

fn summary(raw: Raw) -> Result<Summary, Fault> {
    let mut tensors = Vec::with_capacity(raw.header.names.len());
    for tensor in raw.tensors()? {
        let numbers: Tensor<f64> =
            element::from_bytes(&tensor.name, tensor.dtype, &tensor.shape, &tensor.bytes)
                .map_err(|fault| Fault::of_tensor(&tensor.name, fault))?;
        let finite = || numbers.as_slice().iter().copied().filter(|x| x.is_finite());
        tensors.push(TensorSummary {
            name: tensor.name.into_owned(),
            dtype: tensor.dtype.to_string(),
            shape: tensor.shape,
            norm: norm(finite),
            num_not_finite: numbers.len() - finite().count(),
        });
    }
    let (bytes, hash, notes) = (raw.len(), raw.hash, raw.notes);
    let mut metadata = raw.header.metadata;
    metadata.remove(KEY);
    Ok(Summary { bytes, tensors, notes, hash, metadata })
}

/// In units of the largest number, so that no square leaves the range.
fn norm<I: Iterator<Item = f64>>(numbers: impl Fn() -> I) -> f64 {
    let unit = numbers().map(f64::abs).fold(0.0, f64::max);
    if unit == 0.0 {
        return 0.0;
    }
    unit * numbers().map(|x| (x / unit).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::norm;

    #[test]
    fn the_norm_of_very_large_and_very_small_numbers_stays_in_the_range() {
        let of = |numbers: &[f64]| norm(|| numbers.iter().copied());
        assert!((of(&[3e200, -4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert!((of(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert_eq!((of(&[]).to_bits(), of(&[0.0, -0.0]).to_bits()), (0, 0));
    }
}
