//! `--out DIR`: everything about a comparison in one folder, which an unfinished one is continued
//! from.

use std::fs;
use std::path::{Path, PathBuf};

use super::merge::{Report, read};
use super::reading::{shown, usage};
use super::report;
use super::results::Results;
use super::writing::{self, Timing};
use crate::failure::Failure;
use crate::strategies::Strategy;
use crate::summary::Summary;

/// A folder that can be written to.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, if it is not there, and tries to write to it.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let name = shown(&path.to_string_lossy());
        let refuse = |error| usage(format!("cannot write the report to `{name}`: {error}"));
        fs::create_dir_all(path).map_err(refuse)?;
        let trial = path.join(format!(".{}.trial", std::process::id()));
        fs::write(&trial, b"").and_then(|()| fs::remove_file(&trial)).map_err(refuse)?;
        Ok(Self(path.to_owned()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The runs of an earlier call, if there are some, which must be of the same comparison.
    pub(crate) fn earlier(&self, fresh: &Results) -> Result<Option<(Results, Timing)>, Failure> {
        let file = self.file("results.json");
        if !file.exists() {
            return Ok(None);
        }
        let Report { mut results, timing } = read(&file)?;
        let name = shown(&file.to_string_lossy());
        if let Some(what) = fresh.differs(&results) {
            return Err(usage(format!(
                "{name} has {what}: name another folder, or the same command"
            )));
        }
        (results.seeds_asked, results.warnings) = (fresh.seeds_asked, fresh.warnings.clone());
        Ok(Some((results, timing)))
    }

    /// Writes the runs so far.
    pub(crate) fn runs(
        &self,
        results: &Results,
        strategies: &[Strategy],
        timing: &Timing,
    ) -> Result<(), Failure> {
        let text = writing::json(results, &writing::summaries(results, strategies), timing);
        self.write("results.json", &text)
    }

    /// Writes the whole: runs, lines for spreadsheets, pictures, and the page.
    pub(crate) fn whole(
        &self,
        results: &Results,
        summaries: &[(String, Summary)],
        timing: &Timing,
        told: &str,
    ) -> Result<(), Failure> {
        self.write("results.json", &writing::json(results, summaries, timing))?;
        self.write("results.csv", &writing::lines(results))?;
        let page = report::Page::of(results, summaries, timing, told);
        for (name, picture) in &page.pictures {
            self.write(&format!("{name}.svg"), picture)?;
        }
        self.write("report.html", &page.html())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        nn::file::replace(self.file(name), text.as_bytes())
            .map_err(|error| Failure::Run(error.to_string()))
    }
}
