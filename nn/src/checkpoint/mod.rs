//! Checkpoints: models, and training that stopped, in files that PyTorch reads and writes.
//!
//! A checkpoint is a safetensors file with PyTorch's names and layout. In Python,
//! `safetensors.torch.load_file("model.safetensors")` gives what
//! [`Parameters::state_dict`] gives here, and `save_file` writes what
//! [`load`] reads.
//!
//! | what | by |
//! |---|---|
//! | a model | [`save`], [`load`], [`load_with`], [`load_matching`] |
//! | training, to be gone on with bit for bit | [`save_training`], [`resume`] |
//! | a file's whole contents, [`Notes`] included | [`Checkpoint`] |
//! | what a file holds, for people | [`inspect`] |
//! | any file, replaced whole or not at all | [`replace_file`], [`replace_file_with`] |
//!
//! - *Types.* Written is the model's own type, f32 or f64. Read are f64, f32, f16 and bf16, whatever
//!   the model's type, as PyTorch's `load_state_dict` does: towards f64 exactly, towards f32 rounded
//!   to the nearest number; a number that would become infinite is refused.
//! - *Saving is atomic.* A crash at any moment leaves the old file or the new one, whole
//!   ([`replace_file`]).
//! - *Loading is strict and checks everything first.* Names, shapes, types, offsets, sizes and the
//!   hash below must be right before the model changes at all, and on request that every number is
//!   finite ([`LoadConfig`]).
//! - *Byte-stable.* Equal states give equal files. The one metadata key, `nn`, holds sorted JSON: the
//!   [`Notes`], the `kind` of checkpoint (`model` or `training`), for training its step, its
//!   schedule, its seed and what its optimiser counts, and a `hash` of all this and of every tensor's
//!   name, type, shape and bytes. The format itself has no checksum; files without the key are read
//!   without that check.

mod contents;
mod element;
mod foreign;
mod hash;
mod header;
mod notes;
mod replace;
mod summary;
mod training;

use std::path::Path;

use autograd::Float;

use crate::{Error, LoadReport, Parameters};

pub use contents::Checkpoint;
pub use notes::Notes;
pub use replace::{replace_file, replace_file_with};
pub use summary::{Summary, TensorSummary, inspect};
pub use training::{Progress, Training, resume, save_training};

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
    Checkpoint::of(model).write(path)
}

/// Sets all of the model's parameters and buffers to those of a file; of stopped training, the
/// weights alone.
///
/// # Errors
/// If the file cannot be read, is no checkpoint or a damaged one, or does not fit the model in every
/// name and shape. The model is then as it was.
pub fn load<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
) -> Result<LoadReport, Error> {
    load_with(path, model, LoadConfig::default())
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
    load_with(path, model, LoadConfig { strict: false, ..LoadConfig::default() })
}

/// What [`load_with`] asks of a file beyond being whole.
///
/// ```
/// use nn::checkpoint::LoadConfig;
/// assert_eq!(LoadConfig::default(), LoadConfig { strict: true, finite: false });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadConfig {
    /// Whether every name must be in both the file and the model, with equal shapes; else what fits
    /// is taken, and the report lists the rest.
    pub strict: bool,
    /// Whether every number must be finite.
    pub finite: bool,
}
impl Default for LoadConfig {
    fn default() -> Self {
        LoadConfig { strict: true, finite: false }
    }
}

/// As [`load`], with these demands.
///
/// # Errors
/// If the file cannot be read, is no checkpoint or a damaged one, or does not meet the demands. The
/// model is then as it was.
pub fn load_with<F: Float>(
    path: impl AsRef<Path>,
    model: &(impl Parameters<F> + ?Sized),
    config: LoadConfig,
) -> Result<LoadReport, Error> {
    let path = path.as_ref();
    let state = Checkpoint::read(path)?.state;
    if config.finite {
        contents::check_finite(&state).map_err(|fault| fault.at(path))?;
    }
    if !config.strict {
        return Ok(model.load_matching(&state));
    }
    model.load_state_dict(&state).map_err(|error| named(error, path))
}

/// The error with the file that the state comes from.
fn named(error: Error, path: &Path) -> Error {
    let file = path.to_owned();
    match error {
        Error::Mismatch { report, .. } => Error::Mismatch { file: Some(file), report },
        Error::OptimizerState(_) => {
            Error::Checkpoint { file, tensor: None, fault: error.to_string() }
        }
        other => other,
    }
}

/// What is wrong with a file, before its name is put to it.
#[derive(Debug)]
enum Fault {
    /// The system's reason.
    Io(std::io::Error),
    /// The contents, and the tensor at fault where it is one tensor's.
    Contents { tensor: Option<String>, fault: String },
}
impl Fault {
    fn of_file(fault: impl Into<String>) -> Self {
        Fault::Contents { tensor: None, fault: fault.into() }
    }
    fn of_tensor(name: &str, fault: impl Into<String>) -> Self {
        Fault::Contents { tensor: Some(name.to_owned()), fault: fault.into() }
    }
    fn at(self, path: &Path) -> Error {
        let file = path.to_owned();
        match self {
            Fault::Io(source) => Error::Io { file, action: "read", source },
            Fault::Contents { tensor, fault } => Error::Checkpoint { file, tensor, fault },
        }
    }
}

#[cfg(test)]
mod tests;
