//! TrAdaBoost: what becomes of the weights, which rounds vote, and what is refused.

use autograd::{Seed, Tensor};
use nn::train::{Examples, Run};
use nn::{Dataset, Module};
use proptest::prelude::*;
use tests::compare::close;
use tests::draw::cases;
use tests::laws;
use tests::strategies::{as_numbers, data, fitted, recipe, run, smooth};
use transfer::instance::{RowWeights, TrAdaBoost};
use transfer::parameter::tune;
use transfer::{Given, Source, Target, pretrain};

const CLASSES: [&str; 2] = ["no", "yes"];

fn source(seed: Seed) -> Source<f64> {
    let rows = data(20, &CLASSES, seed.child("source"));
    pretrain("source", rows, &smooth(), &recipe(5), seed).unwrap()
}

fn target(seed: Seed) -> Target<f64> {
    Target::new("target", data(12, &CLASSES, seed.child("target")))
}

/// Two source rows, four target rows, three rounds: `beta = 1 / (1 + sqrt(2 ln 2 / 3))`.
#[test]
fn three_rounds_by_hand() {
    const BETA: f64 = 0.595_316_764_418_739_7;
    let near = |weights: &[f64], expected: &[f64]| {
        assert_eq!(weights.len(), expected.len());
        for (weight, expected) in weights.iter().zip(expected) {
            // Some products and a power of numbers of size 1.
            assert!((weight - expected).abs() < 1e-14, "{weight}, {expected}");
        }
    };
    let weights = RowWeights::equal(2, 4);
    near(&weights.source, &[1.0, 1.0]);
    near(&weights.target, &[1.0, 1.0, 1.0, 1.0]);

    // One target row of four is missed: the error is 1/4, the round's beta 1/3.
    let missed = [1.0, 0.0, 0.0, 0.0];
    near(&[weights.error(&missed)], &[0.25]);
    let weights = weights.after(&[1.0, 0.0], &missed, 3);
    near(&weights.source, &[BETA, 1.0]);
    near(&weights.target, &[3.0, 1.0, 1.0, 1.0]);

    // Weight 1 of 6 is missed: 1/6, and 1/5.
    let missed = [0.0, 1.0, 0.0, 0.0];
    near(&[weights.error(&missed)], &[1.0 / 6.0]);
    let weights = weights.after(&[1.0, 1.0], &missed, 3);
    near(&weights.source, &[0.354_402_049_997_997_24, BETA]);
    near(&weights.target, &[3.0, 5.0, 1.0, 1.0]);

    // Halves of the weights 3 and 1 of 10 are missed: 1/5, and 1/4, the root of which is 1/2.
    let missed = [0.5, 0.0, 0.0, 0.5];
    near(&[weights.error(&missed)], &[0.2]);
    let weights = weights.after(&[0.0, 0.5], &missed, 3);
    near(&weights.source, &[0.354_402_049_997_997_24, 0.459_327_205_495_359_4]);
    near(&weights.target, &[6.0, 5.0, 1.0, 2.0]);

    let shares = weights.in_shares();
    let total = 14.0 + 0.354_402_049_997_997_24 + 0.459_327_205_495_359_4;
    near(&shares.target, &[6.0 / total, 5.0 / total, 1.0 / total, 2.0 / total]);
    let sum: f64 = shares.source.iter().chain(&shares.target).sum();
    near(&[sum], &[1.0]);
}

#[test]
fn the_error_is_held_below_a_half_and_above_0() {
    let weights = RowWeights::equal(3, 2);
    assert_eq!(weights.error(&[1.0, 1.0]).to_bits(), 0.49_f64.to_bits());
    assert_eq!(weights.error(&[0.0, 0.0]).to_bits(), 1e-9_f64.to_bits());
    // A hypothesis that is worse than none would else lower what it misses.
    let after = weights.after(&[0.0; 3], &[1.0, 1.0], 5);
    assert!(after.target.iter().all(|&weight| weight > 1.0));
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_missed_source_row_loses_weight_and_a_missed_target_row_gains_some(
        of_source in prop::collection::vec(0.0_f64..=1.0, 2..9),
        of_target in prop::collection::vec(0.0_f64..=1.0, 1..9),
        rounds in 1_usize..30,
    ) {
        let mut weights = RowWeights::equal(of_source.len(), of_target.len());
        for _ in 0..rounds {
            let after = weights.after(&of_source, &of_target, rounds);
            let source = weights.source.iter().zip(&after.source).zip(&of_source);
            let target = weights.target.iter().zip(&after.target).zip(&of_target);
            // A miss below a rounding is none.
            for ((before, after), &miss) in source {
                let falls = if miss > 1e-12 { after < before } else { after <= before };
                prop_assert!(falls, "{before} to {after}");
            }
            for ((before, after), &miss) in target {
                let rises = if miss > 1e-12 { after > before } else { after >= before };
                prop_assert!(rises, "{before} to {after}");
            }
            // As shares they stay finite, however many rounds there are.
            weights = after.in_shares();
        }
    }

    #[test]
    fn the_later_half_of_networks_votes_each_with_the_odds_that_it_is_right(
        seed: u64, rounds in 1_usize..5, batch in prop::option::of(2_usize..40)
    ) {
        let (seed, source) = (Seed::new(seed), source(Seed::new(seed)));
        let target = target(seed);
        let run = Run::<f64>::new(nn::train::Recipe { batch, ..recipe(4) }, seed);
        let boosted = fitted(&TrAdaBoost { rounds }, &source, &target, &run).unwrap();

        // The naive twin, each formula written out.
        let rows = |data: &Dataset<f64>| (data.features.clone(), data.labels().complete().unwrap());
        let (of_source, of_target) = (&source.data, target.labelled.as_ref().unwrap());
        let both = of_source.followed_by(of_target).unwrap();
        let (x, classes) = rows(&both);
        let test = data::<f64>(9, &CLASSES, seed.child("test")).features;
        let (mut weights, mut votes) = (vec![1.0; 32], vec![0.0; 9]);
        let beta = 1.0 / (1.0 + (2.0 * 20.0_f64.ln() / rounds as f64).sqrt());
        for round in 1..=rounds {
            let part = run.of("TrAdaBoost").phase(&format!("round {round}"), run.recipe.clone());
            let examples = Examples::of("target", &both, batch, part.order("target")).unwrap();
            let examples = examples.weighted(weights.clone()).unwrap();
            let model = smooth().with_outputs(2).build_task::<f64>(part.weights(), "target");
            tune(&model, 0, &examples, &part, None).unwrap();
            let second = |x: &Tensor<f64>| -> Vec<f64> {
                let logits = model.predict(x);
                let of_row = |row: &[f64]| 1.0 / (1.0 + (row[0] - row[1]).exp());
                logits.as_slice().chunks(2).map(of_row).collect()
            };
            let misses: Vec<f64> =
                second(&x).iter().zip(&classes).map(|(h, &c)| (h - c as f64).abs()).collect();
            let missed: f64 = (20..32).map(|row| weights[row] * misses[row]).sum();
            let error = (missed / weights[20..].iter().sum::<f64>()).clamp(1e-9, 0.49);
            if 2 * round >= rounds {
                for (vote, h) in votes.iter_mut().zip(second(&test)) {
                    *vote += ((1.0 - error) / error).ln() * (h - 0.5);
                }
            }
            for row in 0..32 {
                let base = if row < 20 { beta } else { (1.0 - error) / error };
                weights[row] *= base.powf(misses[row]);
            }
        }
        let expected = Tensor::from_fn([9, 2], |i| if i.is_multiple_of(2) { 0.0 } else { votes[i / 2] });
        // Weights that are shares and weights that are not are trained with up to rounding, a few
        // steps long.
        prop_assert_eq!(close(&boosted.predict(&test), &expected, 1e-9), Ok(()));
        let voters = rounds + 1 - rounds.div_ceil(2);
        prop_assert_eq!(boosted.multiply_adds, voters * (6 * 5 + 5 * 4 + 4 * 4 + 4 * 2));
        prop_assert_eq!(boosted.trained, rounds * smooth().with_outputs(2).num_parameters());
        prop_assert_eq!(boosted.log.len(), 4 * rounds);
    }
}

#[test]
fn it_keeps_the_laws_with_a_single_round_too() {
    let broken = laws::transfer(&TrAdaBoost { rounds: 1 });
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}

#[test]
fn what_it_cannot_learn_is_refused() {
    let (seed, source) = (Seed::new(1), source(Seed::new(1)));
    let fit = |sources: &[Source<f64>], target: &Target<f64>| {
        let given = Given { sources, target, spec: &smooth() };
        transfer::Strategy::fit(&TrAdaBoost::default(), &given, &run(1, seed))
    };
    let refused = |sources: &[Source<f64>], target: &Target<f64>| {
        fit(sources, target).err().unwrap().to_string()
    };
    let one = std::slice::from_ref(&source);
    let labelled = |rows| Target::new("target", rows);
    assert_eq!(
        refused(one, &labelled(data(12, &["a", "b", "c"], seed))),
        "TrAdaBoost learns two classes, not 3"
    );
    assert_eq!(
        refused(one, &labelled(as_numbers(&data(12, &CLASSES, seed), 1.0, 0.0))),
        "TrAdaBoost learns two classes, not numbers"
    );
    assert_eq!(
        refused(one, &labelled(data(12, &["yes", "no"], seed))),
        "the labels of all domains must mean the same, but one has the classes yes, no of \"kind\", \
         another the classes no, yes of \"kind\""
    );
    assert_eq!(
        refused(&[source.clone(), source.clone()], &target(seed)),
        "TrAdaBoost needs 1 sources, not 2"
    );
    let rows = data(12, &CLASSES, seed);
    assert_eq!(
        refused(one, &Target::without_labels("target", &rows)),
        "TrAdaBoost needs labelled rows of the target"
    );
    let none = fitted(&TrAdaBoost { rounds: 0 }, &source, &target(seed), &run(1, seed));
    assert_eq!(none.err().unwrap().to_string(), "rounds is 0, but must be between 1 and 1000");

    let vote = fit(one, &target(seed)).unwrap();
    assert_eq!(
        vote.model().err().unwrap().to_string(),
        "a vote of 6 networks is no single network: it predicts, but cannot be saved as one"
    );
}
