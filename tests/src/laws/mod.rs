//! Laws that every strategy keeps: asked with one call, of one's own strategy too.
//!
//! ```
//! let broken = tests::laws::transfer(&transfer::baseline::Scratch);
//! assert!(broken.is_empty(), "{}", tests::laws::list(&broken));
//! ```
//!
//! Each law trains small networks for a few steps, without and with what is another in training than
//! in prediction: batch statistics and dropout. What a strategy says of itself decides what it is
//! given and what it owes: nothing is asked of a strategy by its name, and a property that it does
//! not declare is shown not to hold.

mod common;
mod multitask;
pub mod recipes;
mod spy;
mod subject;
mod transfer;

use std::fmt;

use nn::{LayerSpec, NetworkSpec, Tanh};

use self::spy::Spy;
use crate::strategies::{normalised, smooth};

pub use multitask::{multitask, multitask_laws, multitask_with};
pub use spy::SpyConfig;
pub use transfer::{transfer, transfer_laws};

/// A law that a strategy breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// The law, as a sentence.
    pub law: &'static str,
    /// How it was found out.
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.why)
    }
}

/// A line for each broken law.
pub fn list(broken: &[Broken]) -> String {
    broken.iter().map(|broken| broken.to_string() + "\n").collect()
}

/// What the laws are tried on: a network without and one with what is another in training than in
/// prediction, each with a spy behind its head.
fn networks<S>(subject: impl Fn(NetworkSpec, Spy) -> S) -> Vec<S> {
    let spied = |spec: NetworkSpec| {
        let spy = Spy::new();
        subject(spec.then(spy.layer()), spy)
    };
    vec![spied(smooth()), spied(normalised())]
}

/// A network whose products are split over threads.
fn wide_network() -> NetworkSpec {
    NetworkSpec::mlp(&[6, 128, 128, 3])
}

/// Networks that cannot be built, have no head or take rows of another width.
fn bad_networks() -> Vec<NetworkSpec> {
    let linear = LayerSpec::linear;
    vec![
        NetworkSpec::new(),
        NetworkSpec::new().then(Tanh),
        NetworkSpec::new().then(linear(6, 0)).then(Tanh).then(linear(0, 3)),
        NetworkSpec::new().then(linear(6, 5)).then(Tanh).then(linear(4, 3)),
        NetworkSpec::new().then(linear(7, 5)).then(Tanh).then(linear(5, 3)),
    ]
}
