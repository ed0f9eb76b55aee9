//! Data: what is refused and how it is said, what damage can do, and the laws of splits, batches
//! and scales.

mod damage;
mod files;
mod laws;
mod refusals;

use proptest::test_runner::{Config, FileFailurePersistence};

fn config() -> Config {
    let failures = FileFailurePersistence::WithSource("regressions");
    Config { failure_persistence: Some(Box::new(failures)), ..Config::default() }
}
