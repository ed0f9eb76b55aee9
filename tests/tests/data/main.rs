//! Data: what is refused and how it is said, what damage can do, the laws of splits, batches and
//! scales, and data at hand or made from a seed.

mod damage;
mod files;
mod generated;
mod growth;
mod laws;
mod refusals;
mod tags;

use proptest::test_runner::{Config, FileFailurePersistence};

fn config() -> Config {
    let failures = FileFailurePersistence::WithSource("regressions");
    Config { failure_persistence: Some(Box::new(failures)), ..Config::default() }
}
