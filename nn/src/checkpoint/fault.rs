//! What is wrong with a file, before its name is put to it.

use std::path::Path;

use crate::Error;

/// What is wrong with a file, before its name is put to it.
#[derive(Debug)]
pub(super) enum Fault {
    /// The system's reason.
    Io(std::io::Error),
    /// The contents, and the tensor at fault where it is one tensor's.
    Contents { tensor: Option<String>, fault: String },
}

impl Fault {
    pub(super) fn of_file(fault: impl Into<String>) -> Self {
        Fault::Contents { tensor: None, fault: fault.into() }
    }

    pub(super) fn of_tensor(name: &str, fault: impl Into<String>) -> Self {
        Fault::Contents { tensor: Some(name.to_owned()), fault: fault.into() }
    }

    /// The error of the file of this name, or of contents that come from no file.
    pub(super) fn at<'p>(self, file: impl Into<Option<&'p Path>>) -> Error {
        let file = file.into().map(Path::to_owned);
        match self {
            Fault::Io(source) => {
                Error::Io { file: file.unwrap_or_default(), action: "read", source }
            }
            Fault::Contents { tensor, fault } => Error::Checkpoint { file, tensor, fault },
        }
    }
}
