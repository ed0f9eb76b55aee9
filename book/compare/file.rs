//! The report's file: refused before any training, or written whole.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::output::Output;

/// Where the report goes.
#[derive(Debug)]
pub(crate) enum Destination {
    /// Standard output.
    Stdout,
    /// A file that can be written, as far as can be known before it is.
    File(PathBuf),
}

impl Destination {
    /// `-` is standard output; refuses a folder, a device, a missing parent and a place that cannot be
    /// written to.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        match check(path) {
            Ok(()) => Ok(Self::File(path.to_owned())),
            Err(why) => Err(Failure::Usage(format!(
                "cannot write the report to `{}`: {why}",
                path.display()
            ))),
        }
    }

    /// The file; standard output is none, and takes no bytes.
    pub(crate) fn path(&self) -> Result<&Path, Failure> {
        match self {
            Self::Stdout => Err(Failure::Usage("it is no text: name a file, not `-`".to_owned())),
            Self::File(path) => Ok(path),
        }
    }

    /// Writes all of these bytes, or leaves what was there.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let replaced = nn::file::replace(self.path()?, bytes);
        replaced.map_err(|error| Failure::Run(error.to_string()))
    }

    /// Writes the whole report, or leaves what was there.
    pub(crate) fn write(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Stdout => Output::new().write(text).map(drop),
            Self::File(path) => nn::file::replace(path, text.as_bytes())
                .map_err(|error| Failure::Run(error.to_string())),
        }
    }
}

fn check(path: &Path) -> io::Result<()> {
    // Where symbolic links lead to is where the report will be.
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        other => other?,
    };
    match fs::metadata(&target) {
        Ok(it) if it.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(it) if !it.is_file() => return Err(io::Error::other("it is no regular file")),
        Ok(it) if it.permissions().readonly() => return Err(io::Error::other("it is read-only")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let Some(name) = target.file_name().filter(|_| !ends_with_separator(path)) else {
        return Err(io::Error::other("it names no file"));
    };
    let Some(name) = name.to_str() else {
        return Err(io::Error::other("its name is not UTF-8"));
    };
    // Whether a folder can be written to shows by trying.
    let trial = target.with_file_name(format!(".{name}.{}.trial", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&trial)?;
    fs::remove_file(trial)
}

/// `report/` asks for a folder, even if `Path` sees no difference to `report`.
fn ends_with_separator(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(std::path::is_separator))
}
