//! What must hold when files are damaged, processes killed and disks full.
//!
//! In the test command these tests are small. The environment variable `FAULTS` multiplies the
//! number of random cases and of kills: `FAULTS=20 cargo test -p tests --test faults --
//! --nocapture` prints how many there were.

mod child;
mod damage;
mod kill;
mod kinds;
#[cfg(unix)]
mod limits;
mod places;
mod writer;

use nn::{Linear, Seed};

/// How many times the small number of random cases is tried.
fn times() -> usize {
    let Some(times) = std::env::var_os("FAULTS") else { return 1 };
    let times = times.to_str().and_then(|times| times.parse().ok());
    times.filter(|&times| times > 0).expect("FAULTS is a number above 0")
}

/// A model that has weights of its own.
fn model(seed: u64) -> Linear {
    Linear::new(4, 3, Seed::new(seed))
}

/// Every refusal is one short sentence that a terminal shows as it is.
#[track_caller]
fn assert_sentence(error: &nn::Error) -> String {
    let message = error.to_string();
    assert!(message.len() <= 300, "{} bytes: {message}", message.len());
    assert!(!message.contains(char::is_control), "{message:?}");
    message
}
