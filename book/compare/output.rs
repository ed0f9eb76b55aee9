//! What the command says while it works: results on standard output, progress on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// Standard output, whose reader may go away: `compare | head -1` ends quietly.
pub(crate) struct Output {
    read: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { read: true }
    }

    /// Writes a text at once; `false` if nobody reads any more.
    pub(crate) fn write(&mut self, text: &str) -> Result<bool, Failure> {
        if self.read {
            let mut stdout = std::io::stdout().lock();
            match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.read = false,
                Err(error) => {
                    return Err(Failure::Run(format!("cannot write the results: {error}")));
                }
            }
        }
        Ok(self.read)
    }
}

/// A bar on standard error, if that is a terminal; else nothing.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(trainings: usize) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        let target = if std::io::stderr().is_terminal() && !dumb {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} trainings")
            .expect("the template is right");
        Self(ProgressBar::with_draw_target(Some(trainings as u64), target).with_style(style))
    }

    /// One training more is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
