//! Chapter 3: an operation is a value and its pullbacks.
//! Tolerance: 0.0001, because single precision carries seven digits.

use autograd::{Tape, Tensor, Var};

// ANCHOR: operation
/// `x^3`, entry by entry: an operation of our own, made as the library
/// makes its own.
fn cube(x: Var<'_>) -> Var<'_> {
    let value = x.value();
    let y = value.clone().map(|x| x * x * x);
    x.tape().record("cube", y).pullback(x, move |y_bar| {
        y_bar.zip(&value, |y_bar, x| y_bar * 3.0 * x * x)
    })
}
// ANCHOR_END: operation

/// Holds what the sweep found to the chapter's formulas, by loops over
/// indices.
fn check(x: &[f32], y: &[f32], found: [&[f32]; 3]) {
    let [weight_bar, bias_bar, y_bar] = found;
    let by_hand: Vec<f32> = y.iter().map(|y| 3.0 * y * y).collect();
    assert_eq!(y_bar, by_hand, "the pullback of the cube");
    for output in 0..2 {
        let y_bar = |row: usize| by_hand[row * 2 + output];
        let apart = (0..3).map(y_bar).sum::<f32>() - bias_bar[output];
        assert!(apart.abs() < 1e-5, "stretched, so summed");
        for input in 0..2 {
            let x = |row: usize| x[row * 2 + input];
            let sum: f32 = (0..3).map(|row| y_bar(row) * x(row)).sum();
            let apart = sum - weight_bar[output * 2 + input];
            assert!(apart.abs() < 1e-4, "it is y_bar^T x");
        }
    }
}

fn main() {
    // ANCHOR: forward
    let tape = Tape::new();
    let x = Tensor::new([3, 2], vec![1.0, 2.0, -1.0, 0.5, 0.0, -2.0]);
    let weight = Tensor::new([2, 2], vec![0.5, 1.0, -1.0, 0.25]);
    let bias = Tensor::new([2], vec![0.1, 0.2]);
    let (x, weight) = (tape.constant(x), tape.leaf(weight));
    let bias = tape.leaf(bias);
    let y = x.linear(weight, bias).relu().keep();
    let loss = cube(y).sum();
    // ANCHOR_END: forward
    println!("x has the shape {}, y too: {}", x.shape(), y.shape());
    let (values, edges) = (tape.len(), tape.num_edges());
    println!("the tape holds {values} values and {edges} edges");
    println!("loss             {:8.4}", loss.value().item());

    // ANCHOR: sweep
    let gradients = loss.backward();
    let weight_bar = gradients.wrt(weight).expect("it has a part");
    let bias_bar = gradients.wrt(bias).expect("this too");
    let y_bar = gradients.wrt(y).expect("y was kept");
    // ANCHOR_END: sweep
    println!("weight_bar       {:7.4?}", weight_bar.as_slice());
    let row = bias.value();
    let bars: Vec<Vec<f32>> =
        y_bar.as_slice().chunks(2).map(<[f32]>::to_vec).collect();
    let sum = bias_bar.as_slice();
    let picture =
        || pictures::diagrams::stretched(row.as_slice(), &bars, sum);
    pictures::draw(picture).expect("its file");
    println!("bias_bar         {:7.4?}", bias_bar.as_slice());
    println!("y_bar            {:7.4?}", y_bar.as_slice());
    let words =
        gradients.wrt(x).map_or("no gradient", |_| "a gradient");
    println!("x is a constant: {words}");
    assert_eq!(words, "no gradient");
    let [x, y] = [x, y].map(|v| v.value().as_slice().to_vec());
    check(&x, &y, [weight_bar, bias_bar, y_bar].map(Tensor::as_slice));

    // ANCHOR: detach
    let tape = Tape::new();
    let a = tape.leaf(3.0);
    let slope = |y: Var<'_>| y.backward().wrt(a).map(Tensor::item);
    let whole = slope(a * a).unwrap_or(0.0);
    let half = slope(a * a.detach()).unwrap_or(0.0);
    // ANCHOR_END: detach
    print!("a = 3: a * a has the slope {whole:.1}, ");
    println!("a * a.detach() has {half:.1}");
    assert!((whole - 2.0 * half).abs() < 1e-6, "detached: no gradient");

    println!("\nNext: cargo run --release --example 04_reverse");
}
