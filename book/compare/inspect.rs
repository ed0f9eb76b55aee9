//! `compare inspect FILE`: what a checkpoint holds.

use std::path::Path;

use nn::checkpoint;

use crate::failure::Failure;

/// The checkpoint's tensors, and what is noted beside them; its fault is the user's to mend.
pub(crate) fn inspect(file: &Path) -> Result<String, Failure> {
    let summary = checkpoint::inspect(file).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(summary.to_string())
}
