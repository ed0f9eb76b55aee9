//! Data: what is refused and how it is said, what damage can do, the laws of splits, batches and
//! scales, and data at hand or made from a seed.

mod damage;
mod files;
mod generated;
mod growth;
mod laws;
mod ranges;
mod refusals;
mod tags;

fn config() -> proptest::test_runner::Config {
    tests::draw::cases(256)
}
