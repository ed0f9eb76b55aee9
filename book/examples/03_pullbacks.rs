//! Chapter 3: an operation is a value and its pullbacks.
//! Tolerance: 0.0001, because single precision carries seven digits.

use autograd::{Tape, Tensor, Var};

// ANCHOR: operation
/// `x^3`, entry by entry: an operation of our own, made as the library makes its own.
fn cube(x: Var<'_>) -> Var<'_> {
    let value = x.value();
    let y = value.clone().map(|x| x * x * x);
    x.tape()
        .record("cube", y)
        .pullback(x, move |y_bar| y_bar.zip(&value, |y_bar, x| y_bar * 3.0 * x * x))
}
// ANCHOR_END: operation

fn main() {
    // ANCHOR: forward
    let tape = Tape::new();
    let x = tape.constant(Tensor::new([3, 2], vec![1.0, 2.0, -1.0, 0.5, 0.0, -2.0]));
    let weight = tape.leaf(Tensor::new([2, 2], vec![0.5, 1.0, -1.0, 0.25]));
    let bias = tape.leaf(Tensor::new([2], vec![0.1, 0.2]));
    let y = x.linear(weight, bias).relu().keep();
    let loss = cube(y).sum();
    // ANCHOR_END: forward
    println!("x has the shape {}, y has the shape {}", x.shape(), y.shape());
    println!("the tape holds {} values and {} edges", tape.len(), tape.num_edges());
    println!("loss             {:8.4}", loss.value().item());

    // ANCHOR: sweep
    let gradients = loss.backward();
    let weight_bar = gradients.wrt(weight).expect("the loss depends on the weight");
    let bias_bar = gradients.wrt(bias).expect("the loss depends on the bias");
    let y_bar = gradients.wrt(y).expect("y was kept");
    // ANCHOR_END: sweep
    println!("weight_bar       {:8.4?}", weight_bar.as_slice());
    println!("bias_bar         {:8.4?}", bias_bar.as_slice());
    println!("y_bar            {:8.4?}", y_bar.as_slice());
    println!("x is a constant: {}", if gradients.wrt(x).is_none() { "no gradient" } else { "?" });

    // What the pullbacks should give, by the formulas of the chapter and loops over indices.
    let y = y.value();
    let by_hand: Vec<f32> = y.as_slice().iter().map(|y| 3.0 * y * y).collect();
    assert_eq!(y_bar.as_slice(), by_hand, "the pullback of the cube");
    for output in 0..2 {
        let sum: f32 = (0..3).map(|row| by_hand[row * 2 + output]).sum();
        assert!((bias_bar.as_slice()[output] - sum).abs() < 1e-5, "a stretched input is summed");
        for input in 0..2 {
            let x = x.value();
            let entry = |row: usize| by_hand[row * 2 + output] * x.as_slice()[row * 2 + input];
            let sum: f32 = (0..3).map(entry).sum();
            let found = weight_bar.as_slice()[output * 2 + input];
            assert!((found - sum).abs() < 1e-4, "the weight's pullback is y_bar^T x");
        }
    }

    // ANCHOR: detach
    let tape = Tape::new();
    let a = tape.leaf(3.0);
    let whole = (a * a).backward().wrt(a).map_or(0.0, Tensor::item);
    let half = (a * a.detach()).backward().wrt(a).map_or(0.0, Tensor::item);
    // ANCHOR_END: detach
    println!("a = 3: a * a has the slope {whole:.1}, a * a.detach() has {half:.1}");
    assert!((whole - 2.0 * half).abs() < 1e-6, "no gradient flows through a detached value");

    println!("\nNext: chapter 4, cargo run --release --example 04_reverse -p book");
}
