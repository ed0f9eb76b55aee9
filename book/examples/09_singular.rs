//! Chapter 9: two tasks on one linear trunk learn what they have in
//! common first, and what tells them apart later.
//! Tolerance: 0.0001, because descent here is a few thousand roundings.

use autograd::{Parameter, Tape, Tensor};
use nn::{Optimizer as _, Sgd};
use pictures::{Series, chart, short};

/// The strength of both directions at the start.
const START: f64 = 0.01;
const RATE: f64 = 0.002;

// ANCHOR: predicted
/// How strong a direction with this singular value is at a time.
fn predicted(singular: f64, time: f64) -> f64 {
    let behind = singular / START - 1.0;
    singular / (1.0 + behind * (-2.0 * singular * time).exp())
}
// ANCHOR_END: predicted

/// Two tasks at 30 degrees: their singular values, and the directions
/// of tasks and of inputs that belong to them, as rows.
fn tasks() -> (Tensor<f64>, [f64; 2], [Tensor<f64>; 2]) {
    let angle = 30_f64.to_radians();
    let rows = vec![1.0, 0.0, angle.cos(), angle.sin()];
    let tasks = Tensor::new([2, 2], rows);
    let singular =
        [(1.0 + angle.cos()).sqrt(), (1.0 - angle.cos()).sqrt()];
    let half = 0.5_f64.sqrt();
    let of_tasks = Tensor::new([2, 2], vec![half, half, half, -half]);
    let scaled = of_tasks.matmul(&tasks);
    let entry = |i: usize| scaled.as_slice()[i] / singular[i / 2];
    let of_inputs = Tensor::from_fn([2, 2], entry);
    (tasks, singular, [of_tasks, of_inputs])
}

// ANCHOR: descent
/// The strengths of both directions, step by step, of a trunk of two
/// units under two heads that begin small.
fn descent(steps: usize) -> Vec<[f64; 2]> {
    let (tasks, _, [of_tasks, of_inputs]) = tasks();
    let small = START.sqrt();
    let trunk = Parameter::new(of_inputs.clone().scale(small));
    let turned = of_tasks.permute(&[1, 0]).scale(small);
    let heads = Parameter::new(turned);
    let mut optimizer = Sgd::new(&[trunk.share(), heads.share()], RATE);
    let mut strengths = vec![];
    for _ in 0..steps {
        let tape = Tape::<f64>::default();
        let both = tape.watch(&heads).matmul(tape.watch(&trunk));
        let found = both.value();
        let seen = of_tasks.matmul(&found).matmul_nt(&of_inputs);
        strengths.push([0, 3].map(|place| seen.as_slice()[place]));
        let miss = both - tape.constant(&tasks);
        optimizer.step((miss.square().sum() * 0.5).backward());
    }
    strengths
}
// ANCHOR_END: descent

fn main() {
    let (_, singular, _) = tasks();
    let strengths = descent(6001);
    println!("        in common           what tells them apart");
    println!("time    predicted  learnt   predicted  learnt");
    let (mut lines, mut points) = ([vec![], vec![]], vec![]);
    for (step, learnt) in strengths.iter().enumerate() {
        let time = RATE * step as f64;
        let right = singular.map(|s| predicted(s, time));
        for i in [0, 1] {
            // The first step longer than none: the curve is met to a
            // hundredth, and to less with a smaller rate.
            let apart = (learnt[i] - right[i]).abs();
            assert!(apart < 0.01 * singular[i], "the logistic curve");
        }
        if step % 1000 == 0 {
            let [[a, b], [c, d]] =
                [[right[0], learnt[0]], [right[1], learnt[1]]];
            println!(
                "{time:4.1}  {a:11.4}  {b:6.4}  {c:10.4}  {d:6.4}"
            );
        }
        if step % 60 == 0 {
            lines[0].push((time, right[0]));
            lines[1].push((time, right[1]));
        }
        if step % 500 == 0 {
            points.extend(learnt.map(|own| (time, own, 0.0)));
        }
    }
    let half = |i: usize| {
        strengths.iter().position(|s| s[i] > singular[i] / 2.0)
    };
    let [first, second] =
        [0, 1].map(|i| half(i).expect("it is learnt"));
    assert!(2 * first < second, "one after the other");
    println!("half of it is learnt after {first} and {second} steps");
    let [a, c] = lines;
    let series = [
        Series::Line("in common", a),
        Series::Line("what tells them apart", c),
        Series::Points("learnt", points),
    ];
    pictures::draw(|| chart(["time", "strength"], [short; 2], &series))
        .expect("its file");
    println!("\nNext: cargo run --release --example 10_connections");
}
