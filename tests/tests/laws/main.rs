//! The laws over both registries, and for each law what breaks it.

mod multitask;
mod transfer;

#[test]
fn every_strategy_of_transfer_keeps_every_law() {
    for strategy in ::transfer::registry::<f64>() {
        let broken = tests::laws::transfer(&*strategy);
        let name = strategy.describe().name;
        assert!(broken.is_empty(), "{name} breaks:\n{}", tests::laws::list(&broken));
    }
}

#[test]
fn every_strategy_of_multitask_keeps_every_law() {
    for strategy in ::multitask::registry::<f64>() {
        let broken = tests::laws::multitask(&*strategy);
        let name = strategy.describe().name;
        assert!(broken.is_empty(), "{name} breaks:\n{}", tests::laws::list(&broken));
    }
}
