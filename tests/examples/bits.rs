//! Prints a hash of the weights that every usual strategy ends with, on one thread and on two, with
//! batches and without: two commits train alike on one machine if their outputs are equal.

use autograd::{Seed, parallel};
use multitask::Table;
use nn::train::{Recipe, Run};
use nn::{Dataset, NetworkSpec, Parameters};
use transfer::{Given, Target, pretrain};

/// FNV-1a over the bits of all values.
fn hash(name: &str, parts: &(impl Parameters + ?Sized)) {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for (_, parameter) in parts.named() {
        for byte in parameter.value().as_slice().iter().flat_map(|x| x.to_bits().to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
    }
    println!("{name}: {hash:016x}");
}

fn mnist8() -> Dataset {
    nn::data::mnist8().map(|count| count / 16.0)
}

/// Five rows of each digit.
fn digits() -> Dataset {
    let all: Dataset = nn::data::digits().map(|count| count / 16.0);
    let of_class = all.labels().rows_by_class(Seed::new(0));
    all.rows(&of_class.iter().flat_map(|rows| &rows[..5]).copied().collect::<Vec<_>>())
}

fn all(batch: Option<usize>, weight_decay: f64) {
    let (seed, spec) = (Seed::new(7), &NetworkSpec::mlp(&[64, 64, 32, 10]));
    let at = |rate| Recipe { steps: 120, weight_decay, ..Recipe::at_rate(rate) };
    let pretraining = Recipe { batch: Some(64), ..at(0.1) };
    let source = pretrain("mnist8", mnist8(), spec, &pretraining, seed).expect("it can be learnt");
    hash("pretrain", &source.model);

    let (sources, target) = ([source], Target::new("digits", digits()));
    let run = Run::new(Recipe { batch, ..at(0.05) }, seed);
    for strategy in transfer::registry::<f32>() {
        let known = strategy.describe();
        if known.usual {
            let fitted = strategy.fit(&Given::new(&sources, &target), &run);
            let fitted = fitted.expect("it can be learnt");
            // Rows to be near to have no bits that were trained.
            if let Ok(model) = fitted.model() {
                hash(known.name, model);
            }
        }
    }
    let tables = &[Table::new("mnist8", mnist8()).in_batches(64), Table::new("digits", digits())];
    for strategy in multitask::registry::<f32>() {
        let known = strategy.describe();
        if known.usual {
            let fitted = strategy.fit(&multitask::Given { tables, spec }, &run);
            hash(known.name, &fitted.expect("it can be learnt").network);
        }
    }
}

fn main() {
    for threads in [1, 2] {
        for batch in [None, Some(16)] {
            for decay in [0.0, 0.001] {
                println!("threads {threads} batch {batch:?} decay {decay}");
                parallel::with_threads(threads, || all(batch, decay));
            }
        }
    }
}
