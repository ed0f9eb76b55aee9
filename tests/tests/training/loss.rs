//! Losses on rows of which some have no label, and losses that are not finite.

use autograd::{CrossEntropyConfig, Seed, Tape, Tensor};
use nn::{
    BatchNormConfig, Dataset, Error, Labels, Module, NetworkSpec, Optimizer, Parameters, Sequential,
};

use super::{RULES, Rule, bits};

fn network() -> Sequential<f64> {
    NetworkSpec::mlp(&[3, 4, 2]).build(Seed::new(2))
}

fn data(labels: &[&str]) -> Dataset<f64> {
    let features = Tensor::from_fn([labels.len(), 3], |i| (0.9 * i as f64).sin());
    Dataset::new(features, vec![Labels::of_text("kind", labels)]).unwrap()
}

#[test]
fn rows_without_a_label_count_for_nothing() {
    let (network, some) = (network(), data(&["a", "", "b", "", "b", "a"]));
    let there: Vec<usize> = (0..6).filter(|&row| some.labels().of_row[row].is_some()).collect();
    let kept = some.rows(&there);
    let (tape, config) = (Tape::<f64>::default(), CrossEntropyConfig::default());
    let masked = network
        .forward(tape.constant(&some.features))
        .cross_entropy_with(&some.labels().of_row, &config);
    let plain = network
        .forward(tape.constant(&kept.features))
        .cross_entropy(&kept.labels().complete().unwrap());
    // The same sums, of the same numbers in another order.
    assert!((masked.value().item() - plain.value().item()).abs() < 1e-15);
    let (masked, plain) = (masked.backward(), plain.backward());
    for (name, p) in network.named() {
        let pairs = masked.of(&p).unwrap().as_slice().iter().zip(plain.of(&p).unwrap().as_slice());
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-15), "{name}");
    }
}

#[test]
fn a_batch_without_any_label_moves_nothing() {
    let none = data(&["a", "b", "", ""]).rows(&[2, 3]);
    for rule in RULES {
        let network = network();
        let mut optimizer = rule.on(&network);
        let step = |optimizer: &mut dyn Optimizer<f64>, data: &Dataset<f64>, step| {
            let tape = Tape::<f64>::default();
            let logits = network.forward(tape.constant(&data.features));
            let labels = &data.labels().of_row;
            let loss = logits.cross_entropy_with(labels, &CrossEntropyConfig::default());
            optimizer.step(nn::finite(&network, loss, step).unwrap().backward());
        };
        step(&mut *optimizer, &data(&["a", "b", "", "a"]), 0); // momentum and moments are full
        let before = bits(&network.state_dict());
        step(&mut *optimizer, &none, 1);
        assert_eq!(bits(&network.state_dict()), before, "{rule:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_training_and_names_the_step() {
    let network = network();
    let mut optimizer = Rule::Momentum.on(&network);
    let data = data(&["a", "b", "a"]);
    let labels = data.labels().complete().unwrap();
    let mut trained = Vec::new();
    let mut run = || -> Result<(), Error> {
        for step in 0..10 {
            let x = data.features.clone().map(|x| if step == 4 { x / 0.0 } else { x });
            let tape = Tape::<f64>::default();
            let loss = network.forward(tape.constant(x)).cross_entropy(&labels);
            optimizer.step(nn::finite(&network, loss, step)?.backward());
            trained.push(bits(&network.state_dict()));
        }
        Ok(())
    };
    let error = run().unwrap_err().to_string();
    assert!(error.starts_with("the loss of step 4 is NaN, not a finite number: "), "{error}");
    assert_eq!(trained.len(), 4);
    assert_eq!(bits(&network.state_dict()), trained[3]); // the model of the step before
}

#[test]
fn a_running_statistic_that_is_not_finite_stops_a_loop_of_ones_own() {
    let spec = NetworkSpec::new().then_named("norm", BatchNormConfig::new(1));
    let network: Sequential<f64> = spec.build(Seed::new(2));
    // The square of half their distance is beyond every number; their mean is 0.
    let far = Tensor::new([2, 1], vec![-1e200, 1e200]);
    let tape = Tape::in_training(Seed::new(3));
    let fine = tape.leaf(1.0);
    assert!(nn::finite(&network, fine, 5).is_ok());
    network.forward(tape.constant(far));
    let error = nn::finite(&network, fine, 6).expect_err("the variance is infinite").to_string();
    assert!(error.starts_with("after the rows of step 6 \"norm.running_var\" is not"), "{error}");
    // A loss is refused first, since it tells more.
    let error = nn::finite(&network, tape.constant(f64::NAN), 7).expect_err("a NaN").to_string();
    assert!(error.starts_with("the loss of step 7"), "{error}");
}

#[test]
fn whatever_a_loss_is_if_it_is_not_finite_the_error_says_what_to_do_next() {
    let (tape, network) = (Tape::<f64>::default(), network());
    let helps = [
        (f64::INFINITY, "scale the features (data::Scaler) or lower the learning rate"),
        (f64::NEG_INFINITY, "scale the features (data::Scaler) or lower the learning rate"),
        (f64::NAN, "the first_non_finite() of a tape that is checking() names where it comes from"),
    ];
    for (loss, help) in helps {
        let error = nn::finite(&network, tape.constant(loss), 0).expect_err("it is not finite");
        assert!(error.to_string().ends_with(&format!("not a finite number: {help}")), "{error}");
    }
}
