//! What the command says while it works: results on standard output, progress on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;
use crate::file::Destination;

/// Standard output, whose reader may go away: `compare | head -1` ends quietly.
pub(crate) struct Output {
    read: bool,
    silent: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { read: true, silent: false }
    }

    /// The table's output; silent where standard output is the report's.
    pub(crate) fn beside(report: Option<&Destination>) -> Self {
        Self { silent: matches!(report, Some(Destination::Stdout)), ..Self::new() }
    }

    /// How many characters a line has room for: the terminal's, else any number.
    pub(crate) fn width() -> usize {
        let terminal = std::io::stdout().is_terminal();
        let size = terminal.then(terminal_size::terminal_size).flatten();
        // Names and numbers need some room in any case.
        size.map_or(usize::MAX, |(width, _)| usize::from(width.0).max(60))
    }

    /// Writes a text at once, unless it is silent; `false` if nobody reads any more.
    pub(crate) fn write(&mut self, text: &str) -> Result<bool, Failure> {
        if self.read && !self.silent {
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
        Self::styled(trainings, false, "{bar:40} {pos} of {len} trainings")
    }

    /// A bar that says what was done last, and how long it will take; nothing if quiet is asked for.
    pub(crate) fn telling(trainings: usize, quiet: bool) -> Self {
        Self::styled(trainings, quiet, "{bar:24} {pos} of {len}, {eta} left: {msg}")
    }

    fn styled(trainings: usize, quiet: bool, template: &str) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        let plain = quiet || dumb || is_set("NO_COLOR");
        let target = if std::io::stderr().is_terminal() && !plain {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(template).expect("the template is right");
        Self(ProgressBar::with_draw_target(Some(trainings as u64), target).with_style(style))
    }

    /// One training more is done, which is told.
    pub(crate) fn tell(&self, strategy: &str, seed: usize) {
        self.0.set_message(format!("{strategy}, seed {seed}"));
        self.0.inc(1);
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
