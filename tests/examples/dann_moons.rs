//! Domain-adversarial training on moons turned by 35 degrees, ten seeds, with `lambda` 6 and 0.

use autograd::{Seed, parallel};
use tests::moons::TurnedMoons;

fn main() {
    let moons = TurnedMoons::new(35.0, 500);
    let seeds: Vec<u64> = (0..10).collect();
    let accuracies = parallel::map(&seeds, |&seed| {
        [0.0, 6.0].map(|lambda| moons.accuracy(lambda, Seed::new(seed)))
    });
    println!("seed  lambda 0  lambda 6    gain");
    for (seed, [without, with]) in accuracies.iter().enumerate() {
        println!("{seed:4}  {without:8.3}  {with:8.3}  {:+6.3}", with - without);
    }
    let gains: Vec<f64> = accuracies.iter().map(|[without, with]| with - without).collect();
    let mean = gains.iter().sum::<f64>() / 10.0;
    let least = gains.iter().copied().fold(f64::INFINITY, f64::min);
    println!("mean gain {mean:+.3}, least {least:+.3}");
    assert!(mean >= 0.08 && least >= 0.0, "the critic helps on average and harms no seed");
}
