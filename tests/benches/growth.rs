//! `cargo bench -p tests --bench growth`: what a tensor, a name or a row costs among few and among
//! many. Where all is looked up and nothing compared with everything else, both cost about the same;
//! the larger one also pays for memory that no cache holds.

use std::time::Instant;

use autograd::{Parameter, Tensor};
use nn::checkpoint::{self, Checkpoint};
use nn::data::Labels;
use nn::{Batches, NetworkSpec, Parameters, Seed, Sequential};
use tests::files::Folder;

fn main() {
    println!("{:<36}{:>12}{:>12}{:>8}", "", "few", "many", "ratio");
    tensors();
    others();
}

fn tensors() {
    let folder = Folder::new();
    let model = |parameters: usize| -> Vec<Parameter> {
        (0..parameters).map(|i| Parameter::new(Tensor::scalar(i as f32))).collect()
    };
    let tensors = [2_000, 20_000];
    row("a tensor of a state dict", tensors, |n| {
        let model = model(n);
        move || drop(model.state_dict())
    });
    row("a tensor that is loaded", tensors, |n| {
        let (model, state) = (model(n), model(n).state_dict());
        move || drop(model.load_state_dict(&state).expect("it fits"))
    });
    row("a tensor of a file, written", tensors, |n| {
        let (checkpoint, file) = (Checkpoint::new(model(n).state_dict()), folder.file("written"));
        move || checkpoint.write(&file).expect("it is written")
    });
    row("a tensor of a file, loaded", tensors, |n| {
        let (model, file) = (model(n), folder.file(&n.to_string()));
        checkpoint::save(&file, &model).expect("it is written");
        move || drop(checkpoint::load(&file, &model).expect("it fits"))
    });
}

fn others() {
    row("a name of a class", [5_000, 50_000], |n| {
        let names: Vec<String> = (0..n).map(|i| format!("name {i}")).collect();
        move || drop(Labels::of_text("kind", &names))
    });
    row("a layer of a network, built", [80, 800], |n| {
        let spec = NetworkSpec::mlp(&vec![4; n + 1]);
        move || drop(spec.build::<f32>(Seed::new(1)))
    });
    row("a layer of a network, by a name", [80, 800], |n| {
        let network: Sequential = NetworkSpec::mlp(&vec![4; n + 1]).build(Seed::new(1));
        move || drop(network.named())
    });
    row("a row of an epoch, in batches", [10_000, 1_000_000], |n| {
        move || {
            let batches = Batches::new(n, 64, Seed::new(1));
            (0..n.div_ceil(64)).for_each(|step| drop(batches.at(step)));
        }
    });
    row("an entry that is transposed", [1 << 16, 1 << 22], |n| {
        let side = n.isqrt();
        let x = Tensor::from_fn([side, side], |i| i as f32);
        move || drop(x.transpose())
    });
    row("an entry of a column's sum", [1 << 16, 1 << 22], |n| {
        let x: Tensor = Tensor::ones([n, 1]);
        move || drop(x.clone().sum_to([1, 1]))
    });
}

/// Prints the nanoseconds that one of few takes, and one of many: the least of some runs.
fn row<W: FnMut()>(what: &str, [few, many]: [usize; 2], work: impl Fn(usize) -> W) {
    let least = |n: usize| {
        let mut work = work(n);
        let mut once = |_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        };
        1e9 * (0..7).map(&mut once).fold(f64::INFINITY, f64::min) / n as f64
    };
    let times = [least(few), least(many)];
    println!("{what:<36}{:>9.1} ns{:>9.1} ns{:>8.1}", times[0], times[1], times[1] / times[0]);
}
