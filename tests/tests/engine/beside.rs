//! Losses that are computed side by side.

use std::collections::HashSet;

use autograd::parallel::with_threads;
use autograd::{Seed, Tape, Tensor, Var};

/// A number below 2^53, which a loss in double precision holds exactly.
fn draw(tape: &Tape<f64>) -> u64 {
    tape.next_seed().expect("it trains").value() >> 11
}
fn item<'t>(_: &String, x: Var<'t, f64>) -> Var<'t, f64> {
    let (first, second) = (draw(x.tape()), draw(x.tape()));
    assert_ne!(first, second);
    x.tape().constant(first as f64)
}

/// What each item of two rounds, and the tape between them, draws for its dropout.
fn drawn(seed: Seed) -> Vec<u64> {
    let tape = Tape::in_training(seed);
    let (x, items) = (tape.leaf(0.0), ["a", "b", "c", "d"].map(String::from));
    let first = x.losses(&items, item);
    let own = draw(&tape);
    let second = x.losses(&items, item);
    let drawn = first.iter().chain(&second).map(|loss| loss.value().item() as u64);
    drawn.chain([own]).collect()
}

#[test]
fn each_item_of_each_round_draws_its_own_masks_the_same_on_any_number_of_threads() {
    let alone = with_threads(1, || drawn(Seed::new(3)));
    assert_eq!(alone.iter().collect::<HashSet<_>>().len(), 2 * 4 + 1, "{alone:?}");
    for threads in [2, 8] {
        assert_eq!(with_threads(threads, || drawn(Seed::new(3))), alone);
    }
    assert_ne!(drawn(Seed::new(4)), alone);
}

#[test]
fn items_evaluate_and_predict_as_their_tape_does() {
    for (tape, predicts) in [(Tape::default(), false), (Tape::predicting(), true)] {
        let x = tape.leaf(2.0_f64);
        let losses = x.losses(&[3.0, 5.0], |&c, x| {
            assert!(!x.tape().is_training() && x.tape().next_seed().is_none());
            assert_eq!(x.is_active(), !predicts);
            x * c
        });
        assert_eq!(losses[1].value().item().to_bits(), 10.0_f64.to_bits());
        assert_eq!(tape.num_edges(), if predicts { 0 } else { 2 });
    }
}

#[test]
fn a_checking_tape_names_what_an_item_made() {
    let tape = Tape::<f64>::default().checking();
    let x = tape.leaf(Tensor::new([2], vec![4.0, 0.0]));
    x.losses(&[1.0, 0.5], |&c, x| (x * c).sum());
    assert!(tape.first_non_finite().is_none());
    x.losses(&[1.0, 0.5], |&c, x| (x * c).sqrt().sum());
    let found = tape.first_non_finite().expect("the slope of the root at 0");
    assert_eq!((found.operation, found.entry, found.in_pullback), ("sqrt", 1, true));
}
