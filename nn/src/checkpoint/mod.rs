//! Checkpoints: models, and training that stopped, in files that PyTorch reads and writes.
//!
//! A checkpoint is a safetensors file with PyTorch's names and layout. In Python,
//! `safetensors.torch.load_file("model.safetensors")` gives what
//! [`Parameters::state_dict`] gives here, and `save_file` writes what
//! [`load`] reads.
//!
//! | what | by |
//! |---|---|
//! | a model | [`save`], [`load`] |
//! | the model's [`Notes`], what fits of it, training to be gone on with bit for bit | [`Checkpoint`] |
//! | what a file holds, for people | [`inspect`] |
//!
//! - *Types.* Written is the model's own type, f32 or f64. Read are f64, f32, f16 and bf16, whatever
//!   the model's type, as PyTorch's `load_state_dict` does: towards f64 exactly, towards f32 rounded
//!   to the nearest number; a number that would become infinite is refused. Whole numbers, truth
//!   values and numbers of 8 bits or less are not read: such a tensor is unexpected, and refused
//!   where the model has one of its name.
//! - *Saving is atomic.* A crash at any moment leaves the old file or the new one, whole
//!   ([`file::replace`](crate::file::replace)).
//! - *Loading is strict and checks everything first.* Names, shapes, types, offsets, sizes and the
//!   hash below must be right before the model changes at all; whether every number is finite is
//!   asked by [`Checkpoint::check_finite`].
//! - *Byte-stable.* Equal states give equal files. The one metadata key, `nn`, holds sorted JSON: the
//!   [`Notes`], the `kind` of checkpoint (`model` or `training`), for training its step, its
//!   schedule, its seed and what its optimiser counts, and a `hash` of all this and of every tensor's
//!   name, type, shape and bytes. The format itself has no checksum; files without the key are read
//!   without that check.

mod contents;
mod element;
mod fault;
mod foreign;
mod hash;
mod header;
mod notes;
mod raw;
mod summary;
mod training;

use std::path::Path;

use autograd::Float;

use crate::{Error, LoadReport, Parameters};

pub use contents::Checkpoint;
pub use notes::Notes;
pub(crate) use notes::same_in_json;
pub use summary::{Summary, TensorSummary, inspect};
pub use training::{Progress, Training};

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
///
/// # Panics
/// If two parameters have one name.
#[doc(alias = "save_file")]
#[doc(alias = "torch.save")]
#[track_caller]
pub fn save<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<(), Error> {
    Checkpoint::new(model.state_dict()).write(path)
}

/// Sets all of the model's parameters and buffers to those of a file; of stopped training, the
/// weights alone.
///
/// # Errors
/// If the file cannot be read, is no checkpoint or a damaged one, or does not fit the model in every
/// name and shape. The model is then as it was.
#[doc(alias = "load_file")]
#[doc(alias = "torch.load")]
pub fn load<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<LoadReport, Error> {
    Checkpoint::read(path)?.load(model)
}

#[cfg(test)]
mod tests;
