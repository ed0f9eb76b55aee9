//! Chapter 9: what a trunk costs that is too narrow for its tasks,
//! predicted and measured.
//! Tolerance: 0.0001, because descent ends at rounding.

use std::fs;

use autograd::{Seed, Tape, Tensor};
use multitask::shared::HardNetwork;
use multitask::{Error, Network as _, Plan};
use nn::{LayerSpec, NetworkSpec, Optimizer as _, Sgd, SgdConfig};
use pictures::{Series, chart, short};

// ANCHOR: loss
/// A linear trunk of so many units, under a head for each of two tasks.
fn narrow(width: usize) -> Result<HardNetwork<f64>, Error> {
    let trunk = NetworkSpec::new().then(LayerSpec::linear(2, width));
    let spec = trunk.then(LayerSpec::linear(width, 1));
    let names = [("a", 1), ("b", 1)];
    let plan = Plan { spec: &spec, tasks: &names, seed: Seed::new(8) };
    HardNetwork::new(&plan)
}
// ANCHOR_END: loss

// ANCHOR: descent
/// The loss that two linear tasks at this angle end with.
fn remaining(degrees: f64, width: usize) -> Result<f64, Error> {
    let angle = degrees.to_radians();
    let tasks = [[1.0, 0.0], [angle.cos(), angle.sin()]];
    let network = narrow(width)?;
    let config = SgdConfig {
        learning_rate: 0.05,
        momentum: 0.9,
        ..SgdConfig::default()
    };
    let mut optimizer = Sgd::with_config(&network, config);
    // White inputs of mean 0: both unit vectors and their opposites.
    let x = vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0];
    let x = Tensor::new([4, 2], x);
    let mut loss_now = f64::NAN;
    for step in 0..4000 {
        let tape = Tape::in_training(Seed::new(step));
        let x = tape.constant(&x);
        let mut loss = tape.constant(0.0);
        for (task, weights) in tasks.iter().enumerate() {
            let teacher = Tensor::new([1, 2], weights.to_vec());
            let right = x.matmul_nt(tape.constant(teacher));
            let miss = network.forward(x, &[task])[0] - right;
            loss = loss + (miss * miss).sum() * 0.5;
        }
        loss_now = loss.value().item();
        optimizer.step(loss.backward());
    }
    Ok(loss_now)
}
// ANCHOR_END: descent

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("angle  predicted for 1 unit  measured  with 2 units");
    let (mut line, mut points) = (vec![], vec![]);
    for degrees in [0.0_f64, 15.0, 30.0, 45.0, 60.0, 75.0] {
        let predicted = 1.0 - degrees.to_radians().cos();
        let measured = remaining(degrees, 1)?;
        let wide = remaining(degrees, 2)?;
        print!("{degrees:5.0}  {predicted:20.6}  ");
        println!("{measured:8.6}  {wide:12.6}");
        let apart = (measured - predicted).abs();
        assert!(apart < 1e-6, "the smaller singular value is lost");
        assert!(wide < 1e-6, "with as many units as tasks nothing is");
        line.push((degrees, predicted));
        points.push((degrees, measured, 0.0));
    }
    if let Some(file) = std::env::args().nth(1) {
        let axes = ["angle between the tasks, in degrees", "loss left"];
        let series = [
            Series::Line("predicted", line),
            Series::Points("measured", points),
        ];
        fs::write(file, chart(axes, [short; 2], &series))?;
    }
    println!("\nNext: cargo run --release --example 09_shared");
    Ok(())
}
