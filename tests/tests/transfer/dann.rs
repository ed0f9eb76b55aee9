//! Domain-adversarial training: the trunk's gradient, the schedule, and what it is worth on moons.

use autograd::{Seed, Tape, Tensor, Var};
use nn::data::{LabelColumn, Scale};
use nn::train::{Description, Family, Needs};
use nn::{Parameters, Sequential};
use proptest::prelude::*;
use tests::draw::cases;
use tests::laws;
use tests::moons::TurnedMoons;
use tests::strategies::{CLASSES, as_numbers, data, fitted, recipe, run, smooth, values};
use transfer::alignment::{Aligning, Alignment, Dann, Lambda, Side, align};
use transfer::{Given, Source, Strategy as _, Target, pretrain};

/// Against logistic regression.
fn constant(lambda: f64) -> Dann {
    Dann { lambda: Lambda::Constant(lambda), critic_by_lambda: false, hidden: vec![] }
}

/// The critic of a fit of [`smooth`] networks.
fn critic(dann: &Dann, sources: usize, seed: Seed) -> Box<dyn Aligning<f64>> {
    dann.begin(4, 3, sources, seed).unwrap()
}

/// The loss of the labels of one source, and what the critic adds over both domains.
fn losses<'t>(
    tape: &'t Tape<f64>,
    model: &Sequential<f64>,
    critic: &dyn Aligning<f64>,
    done: f64,
) -> (Var<'t, f64>, Var<'t, f64>) {
    let head = model.head().unwrap();
    let side = |rows, name: &str| {
        let x = data::<f64>(rows, &CLASSES, Seed::new(8).child(name)).features;
        let features = model.forward_layers(0..head, tape.constant(x));
        Side { features, outputs: model.forward_layers(head..model.len(), features) }
    };
    let (source, target) = (side(5, "source"), side(7, "target"));
    let labels = source.outputs.cross_entropy(&[0, 2, 1, 1, 0]);
    (labels, critic.of(&[source], &target, done))
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn the_trunk_follows_the_labels_and_flees_the_critic_and_the_critic_follows_itself(
        seed: u64, lambda in 0.1_f64..4.0, done in 0.0_f64..1.0, hidden in 0_usize..4,
        rising: bool, critic_by_lambda: bool,
    ) {
        let lambda = if rising { Lambda::Rising } else { Lambda::Constant(lambda) };
        let hidden = if hidden == 0 { vec![] } else { vec![hidden] };
        let dann = Dann { lambda, critic_by_lambda, hidden };
        let (seed, lambda) = (Seed::new(seed), lambda.at(done));
        let (model, critic) = (smooth().build::<f64>(seed), critic(&dann, 1, seed));
        let counts = if critic_by_lambda { lambda } else { 1.0 };
        // Both parts by themselves: forward, the reversal changes nothing.
        let parts = || {
            let tape = Tape::default();
            let (labels, domains) = losses(&tape, &model, &*critic, done);
            [labels.value().item(), domains.value().item() / counts]
        };

        let tape = Tape::default();
        let (labels, domains) = losses(&tape, &model, &*critic, done);
        let gradients = (labels + domains).backward();
        let trunk = model.named().into_iter().take(6).map(|named| (named, [1.0, -lambda]));
        let of_critic = critic.named().into_iter().map(|named| (named, [0.0, counts]));
        for ((name, parameter), shares) in trunk.chain(of_critic) {
            let gradient = gradients.of(&parameter).unwrap();
            let before = parameter.value();
            for entry in 0..before.len() {
                const STEP: f64 = 1e-5;
                let at = |step: f64| {
                    let mut moved = before.as_slice().to_vec();
                    moved[entry] += step;
                    parameter.set(Tensor::new(before.shape(), moved));
                    parts()
                };
                let (above, below) = (at(STEP), at(-STEP));
                let slope = |part: usize| (above[part] - below[part]) / (2.0 * STEP);
                let expected = shares[0] * slope(0) + shares[1] * slope(1);
                // Losses of size 1: rounding 1e-16 / 1e-5, curvature 1e-10; a kink of the critic
                // within a step is as rare as 1e-5.
                let got = gradient.as_slice()[entry];
                prop_assert!((got - expected).abs() < 1e-7, "{name}: {got}, {expected}");
            }
            parameter.set(before);
        }
    }

    #[test]
    fn with_lambda_0_it_is_training_on_the_source_alone(seed: u64, critic_by_lambda: bool) {
        let seed = Seed::new(seed);
        let rows = data::<f64>(20, &CLASSES, seed.child("source"));
        let source = pretrain("task", rows, &smooth(), &recipe(30), seed).unwrap();
        let target = Target::without_labels("task", &data(12, &CLASSES, seed.child("target")));
        let dann = Dann { critic_by_lambda, ..constant(0.0) };
        let stopped = fitted(&dann, &source, &target, &run(30, seed)).unwrap();
        prop_assert_eq!(values(stopped.model().unwrap()), values(&source.model));
        let moved = fitted(&constant(1.0), &source, &target, &run(30, seed)).unwrap();
        prop_assert_ne!(values(moved.model().unwrap()), values(&source.model));
    }
}

#[test]
fn with_lambda_0_no_gradient_of_the_critic_gets_through() {
    let (model, critic) = (smooth().build(Seed::new(1)), critic(&constant(0.0), 1, Seed::new(2)));
    let tape = Tape::default();
    let gradients = losses(&tape, &model, &*critic, 0.5).1.backward();
    for (name, parameter) in &model.named()[..6] {
        let gradient = gradients.of(parameter).unwrap();
        assert!(gradient.as_slice().iter().all(|&entry| entry == 0.0), "{name}");
    }
    for (name, parameter) in critic.named() {
        let gradient = gradients.of(&parameter).unwrap();
        assert!(gradient.as_slice().iter().any(|&entry| entry != 0.0), "{name}");
    }
}

#[test]
fn lambda_rises_as_in_the_paper() {
    let values = [(0.1, 0.462_117), (0.25, 0.848_284), (0.5, 0.986_614), (1.0, 0.999_909)];
    assert_eq!(Lambda::Rising.at(0.0).to_bits(), 0.0_f64.to_bits());
    for (done, expected) in values {
        // The reference has six digits.
        assert!((Lambda::Rising.at(done) - expected).abs() < 5e-7, "{done}");
    }
}

#[test]
fn a_critic_that_knows_nothing_gives_each_of_the_domains_its_share() {
    for sources in 1..4 {
        let critic = critic(&constant(1.0), sources, Seed::new(3));
        assert_eq!(critic.num_parameters(), sources * (4 + 1));
        critic.visit(&mut |_, parameter| parameter.set(Tensor::zeros(parameter.shape())));
        let tape = Tape::default();
        let side = |rows| {
            let features = tape.constant(Tensor::ones([rows, 4]));
            Side { features, outputs: features }
        };
        let of_sources: Vec<_> = (1..=sources).map(side).collect();
        let loss = critic.of(&of_sources, &side(9), 0.0).value().item();
        let domains = sources as f64 + 1.0;
        // Some logarithms of size 1.
        assert!((loss - domains * domains.ln()).abs() < 1e-14, "{sources} sources: {loss}");
    }
}

#[test]
fn several_sources_are_learnt_without_a_label_of_the_target() {
    let seed = Seed::new(4);
    let spec = smooth();
    let source = |task: &str| {
        let (data, task) = (data::<f64>(9, &CLASSES, seed.child(task)), task.to_owned());
        Source { task, data, spec: spec.clone(), model: spec.build(seed) }
    };
    let sources = [source("a"), source("b")];
    let rows = data::<f64>(11, &CLASSES, seed.child("target"));
    let target = Target::without_labels("target", &rows);
    let fit = |sources: &[Source<f64>], target| {
        Dann::default().fit(&Given { sources, target, spec: &spec }, &run(20, seed))
    };
    let fitted = fit(&sources, &target).unwrap();
    assert_eq!(fitted.predict(&rows.features).shape(), [11, 3]);
    let of_critic = 100 * (4 + 1) + 2 * (100 + 1);
    assert_eq!(fitted.trained, spec.num_parameters() + of_critic, "the critic is counted");
    let log = fitted.log.iter().map(|record| record.losses.len());
    assert_eq!((fitted.log.len(), log.max()), (20, Some(1)));
    let first = fit(&sources[..1], &target).unwrap();
    assert_ne!(values(fitted.model().unwrap()), values(first.model().unwrap()));

    let labelled = Target::new("target", rows);
    let refused = fit(&sources, &labelled).err().unwrap().to_string();
    assert_eq!(refused, "DANN needs unlabelled rows of the target");
    let refused = fit(&[], &target).err().unwrap().to_string();
    assert_eq!(refused, "DANN needs at least 1 sources, not 0");
}

#[test]
fn without_a_source_and_without_a_label_there_is_nothing_to_align_to() {
    let rows = data::<f64>(8, &CLASSES, Seed::new(1));
    let (target, spec) = (Target::without_labels("target", &rows), smooth());
    let given = Given { sources: &[], target: &target, spec: &spec };
    let known = Description::new("aligned to nothing", Family::Alignment);
    let known = Description { needs: Needs { labelled: false, ..Needs::LABELS }, ..known };
    let refused = align(&known, &Dann::default(), &given, &run(1, Seed::new(1)));
    assert_eq!(refused.err().unwrap().to_string(), "task \"target\" has no row with a label");
}

#[test]
fn the_numbers_of_all_domains_are_learnt_on_the_first_sources_scale() {
    let (seed, spec) = (Seed::new(5), smooth());
    let source = |task: &str, factor, scale| {
        let mut data = as_numbers(&data::<f64>(9, &CLASSES, seed.child(task)), factor, 0.0);
        let LabelColumn::Numbers(numbers) = &mut data.label_columns[0] else { unreachable!() };
        numbers.scale = scale;
        Source { task: task.to_owned(), data, spec: spec.clone(), model: spec.build(seed) }
    };
    let rows = as_numbers(&data::<f64>(11, &CLASSES, seed.child("target")), 1.0, 0.0);
    let target = Target::new("target", rows.clone()).seeing(&rows);
    let fit = |scale| {
        let sources = [source("a", 1.0, None), source("b", 5.0, scale)];
        let given = Given { sources: &sources, target: &target, spec: &spec };
        values(Dann::default().fit(&given, &run(5, seed)).unwrap().model().unwrap())
    };
    let first = source("a", 1.0, None).scale();
    assert_ne!(source("b", 5.0, None).scale(), first);
    for scale in [first, Some(Scale::UNSCALED)] {
        assert_eq!(fit(None), fit(scale));
    }
}

#[test]
fn it_keeps_the_laws_with_other_options_too() {
    let dann = Dann { critic_by_lambda: true, ..constant(0.7) };
    let broken = laws::transfer(&dann);
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}

#[test]
fn options_out_of_their_range_are_refused() {
    for (dann, sentence) in [
        (constant(-1.0), "lambda is -1, but must be between 0 and 1000000"),
        (constant(f64::NAN), "lambda is NaN, but must be between 0 and 1000000"),
        (Dann { hidden: vec![0], ..constant(1.0) }, "layer 0 (Linear(4 -> 0)): a width is 0"),
    ] {
        let begun = Alignment::<f64>::begin(&dann, 4, 3, 1, Seed::new(1));
        assert_eq!(begun.err().unwrap().to_string(), sentence);
    }
}

/// Ten seeds are in the example `dann_moons`.
#[test]
fn the_critic_finds_the_turned_moons() {
    let moons = TurnedMoons::new(35.0, 500);
    for seed in 0..2 {
        let [without, with] = [0.0, 6.0].map(|lambda| moons.accuracy(lambda, Seed::new(seed)));
        assert!(with - without >= 0.08, "seed {seed}: {without} without, {with} with the critic");
    }
}
