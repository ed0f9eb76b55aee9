//! Ctrl-C: the first ends the comparison behind the seed in hand, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// The exit code of what the user broke off.
pub(crate) const CODE: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is heard.
pub(crate) fn listen() -> Result<(), Failure> {
    let heard = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(CODE.into());
        }
    };
    ctrlc::set_handler(heard).map_err(|error| Failure::Run(format!("cannot hear Ctrl-C: {error}")))
}

/// Whether the user wants to end.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
