//! What was added from outside keeps the laws that this project's own parts keep.

use autograd::{Seed, Tensor};
use multitask::shared::Hard;
use multitask::{Architecture, Balancer, Joint, Losses, Sampler, Weights};
use nn::train::{Recipe, Run};
use nn::{Layers, LinearConfig, NetworkSpec, Tanh};
use outside::{
    InContext, Interpolated, Proportional, RandomWeights, RmsNormSpec, predicts_alone_as_together,
};
use tests::laws;
use transfer::{Fitted, Given, Strategy as _, Target, pretrain};

// ANCHOR: own
#[test]
fn a_strategy_of_ones_own_keeps_the_laws() {
    let broken = laws::transfer(&Interpolated { share: 0.5 });
    assert!(broken.is_empty(), "{}", laws::list(&broken));
}
// ANCHOR_END: own

#[test]
fn an_architecture_a_balancer_and_a_sampler_of_ones_own_keep_the_laws() {
    let known = || -> Vec<Box<dyn Architecture<f64>>> { vec![Box::new(InContext), Box::new(Hard)] };
    for strategy in [
        Joint::of(InContext),
        Joint::of(Hard).balanced_by(RandomWeights),
        Joint::of(Hard).visiting(Proportional { temperature: 2.0 }),
    ] {
        let broken = laws::multitask_with(&strategy, known);
        assert!(broken.is_empty(), "{}", laws::list(&broken));
    }
}

#[test]
fn random_weights_sum_to_1_and_are_another_draw_in_every_step() {
    let mut weighing = RandomWeights.begin(3, Seed::new(1)).unwrap();
    let gramian = || panic!("they need no gradients");
    let mut draw = |step| {
        let values = &[1.0, 2.0, 3.0];
        let at = Losses { step, tasks: &[0, 1, 2], values, of_gradients: &gramian };
        match weighing.weights(&at).unwrap() {
            Weights::OfLosses(weights) => weights,
            Weights::OfGradients(_) => panic!("they are factors of losses"),
        }
    };
    let (first, second) = (draw(0), draw(1));
    assert_ne!(first, second);
    // Three shares, each rounded once.
    assert!((first.iter().sum::<f64>() - 1.0).abs() < 1e-15);
}

#[test]
fn tasks_are_visited_in_proportion_to_the_root_of_their_rows() {
    let sampler = Proportional { temperature: 2.0 };
    let mut sampling = sampler.begin(&[400, 100], 3000, Seed::new(2)).unwrap();
    let first = (0..3000).filter(|&step| sampling.tasks(step, &[None, None]) == [0]).count();
    // Two thirds of 3000 draws: four standard errors are 103.
    assert!((1897..=2103).contains(&first), "{first} of 3000");
}

#[test]
fn a_layer_of_ones_own_is_learnt_saved_and_read_back() {
    let seed = Seed::new(3);
    let digits = nn::data::digits::<f32>().map(|count| count / 16.0);
    let spec = NetworkSpec::new()
        .then(LinearConfig::new(64, 16))
        .then(Tanh)
        .then(RmsNormSpec { units: 16 })
        .then(LinearConfig::new(16, 10));
    let recipe = Recipe { steps: 20, batch: Some(32), ..Recipe::default() };
    let source = [pretrain("digits", digits.clone(), &spec, &recipe, seed).unwrap()];
    let target = Target::new("again", digits.rows(&(0..50).collect::<Vec<_>>()));
    let given = Given::new(&source, &target);
    let fitted = Interpolated { share: 0.5 }.fit(&given, &Run::new(recipe, seed)).unwrap();

    let file = std::env::temp_dir().join(format!("outside-{}.safetensors", std::process::id()));
    fitted.save(&file).unwrap();
    let refused = Fitted::<f32>::load(&file, &Layers::new()).err().expect("an unknown layer");
    assert!(refused.to_string().contains("rms_norm"), "{refused}");
    let read = Fitted::load(&file, &Layers::new().with::<RmsNormSpec>()).unwrap();
    std::fs::remove_file(&file).unwrap();
    let x: Tensor = digits.features;
    assert_eq!(read.predict(&x), fitted.predict(&x));

    // Rows are summed one by one or in blocks: a few roundings of numbers of size 1.
    predicts_alone_as_together(&fitted, &x.rows(&[0, 1, 2]), 1e-5).unwrap();
}
