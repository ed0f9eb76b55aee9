//! Chapter 4: a sweep is a loop over a list, however deep and however
//! interwoven the computation is.
//! Tolerance: 0, because all numbers here are whole.

use autograd::{Tape, Tensor};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: deep
    // A small stack: what recursed once a node would overflow it.
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let deep = thread.spawn(|| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(1.0);
        let y = (0..1_000_000).fold(x, |y, _| y + x);
        (tape.len(), y.backward().wrt(x).map(Tensor::item))
    });
    // ANCHOR_END: deep
    let (nodes, slope) = deep?.join().expect("the sweep is a loop");
    let slope = slope.unwrap_or(f64::NAN);
    println!("a chain of {nodes} values: dy/dx = {slope}");
    assert_eq!(slope.to_bits(), 1_000_001_f64.to_bits());

    // ANCHOR: diamonds
    let tape = Tape::<f64>::default();
    let x = tape.leaf(1.0);
    let y = (0..60).fold(x, |y, _| y + y);
    let slope = y.backward().wrt(x).map(Tensor::item);
    // ANCHOR_END: diamonds
    let power = slope.unwrap_or(f64::NAN).log2();
    println!(
        "60 doublings, {} edges: dy/dx = 2^{power}",
        tape.num_edges()
    );
    assert_eq!(slope, Some(2.0_f64.powi(60)), "each edge walked once");

    println!("\nNext: cargo run --release --example 05_network");
    Ok(())
}
