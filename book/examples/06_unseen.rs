//! Chapter 6: pixels that the target never lights keep the source's
//! weights, to the last bit.
//! Tolerance: 0.02, because another kernel's rounding moves weights a
//! little.

use autograd::{Seed, Tensor};
use digits::rows;
use nn::train::{Recipe, Run};
use nn::{NetworkSpec, Parameters as _};
use pictures::{Ink, Side, Sketch};
use transfer::parameter::FineTune;
use transfer::{Error, Given, Strategy as _, Target, pretrain};

mod digits;

// ANCHOR: moved
/// For each pixel how far its weights to the first layer went, as a
/// part of their length.
fn moved(before: &Tensor, after: &Tensor) -> Vec<f64> {
    let column = |of: &Tensor, pixel: usize| -> Vec<f64> {
        let rows = of.as_slice().chunks_exact(64);
        rows.map(|row| f64::from(row[pixel])).collect()
    };
    let length =
        |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let part = |pixel| {
        let (from, to) = (column(before, pixel), column(after, pixel));
        let step: Vec<f64> =
            from.iter().zip(to).map(|(from, to)| to - from).collect();
        length(&step) / length(&from)
    };
    (0..64).map(part).collect()
}
// ANCHOR_END: moved

/// Two maps of the pixels: the darker, the more.
fn maps(lit: &[usize], moved: &[f64]) -> String {
    let mut sketch = Sketch::new(204.0);
    let most = moved.iter().copied().fold(0.0, f64::max);
    for pixel in 0..64 {
        let place = |left: f64| {
            let (row, column) = (pixel / 8, pixel % 8);
            (left + 20.0 * column as f64, 30.0 + 20.0 * row as f64)
        };
        let size = (18.0, 18.0);
        let share = lit[pixel] as f64 / 50.0;
        sketch.fill(place(4.0), size, (Ink::One, 0.05 + 0.95 * share));
        let share = moved[pixel] / most;
        let ink = if moved[pixel] == 0.0 { 0.0 } else { 0.05 };
        let dark = ink + 0.95 * share;
        sketch.fill(place(194.0), size, (Ink::Two, dark));
    }
    sketch.text((4.0, 14.0), Side::Start, "how often lit");
    sketch.text((194.0, 14.0), Side::Start, "how far moved");
    sketch.finish()
}

fn main() -> Result<(), Error> {
    let seed = Seed::new(0);
    let [mnist8, few, _] = rows(0);
    let spec = NetworkSpec::mlp(&[64, 64, 32, 10]);
    let recipe = Recipe { batch: Some(64), ..Recipe::at_rate(0.1) };
    let sources = [pretrain("mnist8", mnist8, &spec, &recipe, seed)?];
    let target = Target::new("digits", few.clone());
    let given = Given::new(&sources, &target);
    // ANCHOR: tune
    let run = Run::new(Recipe::default(), seed);
    let fitted = FineTune::default().fit(&given, &run)?;
    let first = |model: &nn::Sequential| model.named()[0].1.value();
    let before = first(&sources[0].model);
    let moved = moved(&before, &first(fitted.model()?));
    // ANCHOR_END: tune
    let x = few.features.as_slice();
    let lights =
        |pixel: usize| x.chunks(64).filter(move |row| row[pixel] > 0.0);
    let lit: Vec<usize> =
        (0..64).map(|pixel| lights(pixel).count()).collect();

    println!("lit in so many of 50 rows  pixels  weights moved by");
    for (least, most) in [(0, 0), (1, 5), (6, 20), (21, 40), (41, 50)] {
        let within =
            |pixel: &usize| (least..=most).contains(&lit[*pixel]);
        let pixels: Vec<usize> = (0..64).filter(within).collect();
        let sum: f64 = pixels.iter().map(|&pixel| moved[pixel]).sum();
        let mean = sum / pixels.len().max(1) as f64;
        let range = format!("{least} to {most}");
        println!("{range:>25}  {:6}  {mean:16.4}", pixels.len());
        assert!(least > 0 || sum == 0.0, "not by one bit");
        assert!(least == 0 || sum > 0.0, "what is seen is learnt");
    }
    pictures::draw(|| maps(&lit, &moved)).expect("its file");
    println!("\nNext: cargo run --release --example 07_feature");
    Ok(())
}
