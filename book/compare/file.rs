//! The report's file: refused before any training, or written whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file that can be written, as far as can be known before it is.
#[derive(Debug)]
pub(crate) struct Destination {
    /// As the user named it, for messages.
    named: PathBuf,
    /// Without symbolic links: a link stays, and what it leads to is written.
    file: PathBuf,
}

impl Destination {
    /// Refuses a directory, a device, a missing folder and a place that cannot be written to.
    pub(crate) fn new(named: &Path) -> Result<Self, Failure> {
        let refuse = |why: String| {
            Failure::Usage(format!("cannot write the report to `{}`: {why}", named.display()))
        };
        let file = match fs::canonicalize(named) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => named.to_owned(),
            Err(error) => return Err(refuse(error.to_string())),
        };
        match fs::metadata(&file) {
            Ok(is) if is.is_dir() => return Err(refuse("it is a directory".to_owned())),
            Ok(is) if !is.is_file() => return Err(refuse("it is no regular file".to_owned())),
            Ok(_) => drop(
                OpenOptions::new().append(true).open(&file).map_err(|e| refuse(e.to_string()))?,
            ),
            Err(_)
                if file.file_name().is_none()
                    || file.as_os_str().as_encoded_bytes().ends_with(b"/") =>
            {
                return Err(refuse("it names no file".to_owned()));
            }
            Err(_) => {}
        }
        let destination = Self { named: named.to_owned(), file };
        // Whether a folder can be written to shows by trying.
        let (beside, _) = destination.beside().map_err(|error| refuse(error.to_string()))?;
        fs::remove_file(beside).map_err(|error| refuse(error.to_string()))?;
        Ok(destination)
    }

    /// Writes the whole report or leaves what was there: beside it first, then renamed.
    pub(crate) fn write(&self, text: &str) -> Result<(), Failure> {
        self.replace(text).map_err(|error| {
            Failure::Run(format!("cannot write the report to `{}`: {error}", self.named.display()))
        })
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let (path, mut beside) = self.beside()?;
        let mut written = beside.write_all(text.as_bytes()).and_then(|()| beside.sync_all());
        if let Ok(before) = fs::metadata(&self.file) {
            written = written.and_then(|()| beside.set_permissions(before.permissions()));
        }
        let written = written.and_then(|()| fs::rename(&path, &self.file));
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&path);
        }
        written
    }

    /// A new file in the report's folder, under a name that no other run uses.
    fn beside(&self) -> io::Result<(PathBuf, File)> {
        let name = self.file.file_name().unwrap_or_default();
        let mut attempt = 0;
        loop {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{}-{attempt}.part", std::process::id()));
            let path = self.file.with_file_name(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
                result => return result.map(|file| (path, file)),
            }
        }
    }
}
