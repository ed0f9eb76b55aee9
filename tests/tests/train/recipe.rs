//! Recipes: their ranges, and that each number does what it says.

use autograd::{Float, Parameter, Tape, Tensor};
use nn::train::{Decays, Learner, Recipe, Rule, Run};
use nn::{Adam, AdamConfig, Groups, Optimizer, Schedule, Seed, Sgd, SgdConfig};
use tests::laws::recipes::{beyond, within};

/// A matrix and a bias, both of ones.
struct Pair<F: Float> {
    weight: Parameter<F>,
    bias: Parameter<F>,
}
nn::parts!(<F> Pair<F>: weight, bias);

impl Learner<f64> for Pair<f64> {
    fn outputs(&self, _: usize, x: &Tensor<f64>) -> Tensor<f64> {
        x.clone()
    }
}

fn pair() -> Pair<f64> {
    let ones = |shape: &[usize]| Parameter::new(Tensor::ones(shape));
    Pair { weight: ones(&[2, 2]), bias: ones(&[2]) }
}

/// Descent without momentum at rate 0.5.
fn plain(steps: usize) -> Recipe {
    let rule = Rule::Sgd { momentum: 0.0, nesterov: false };
    Recipe { steps, rule, ..Recipe::at_rate(0.5) }
}

/// Goes down a loss whose slope is `slope` in every entry.
fn descend(recipe: Recipe, slope: f64) -> Pair<f64> {
    let (pair, run) = (pair(), Run::<f64>::new(recipe, Seed::new(1)));
    let mut optimizer = run.optimizer(Groups::of(&pair)).unwrap();
    for step in run.steps(&pair) {
        let tape = step.tape();
        let loss = tape.watch(&pair.weight).sum() + tape.watch(&pair.bias).sum();
        step.descend(&mut *optimizer, loss * slope).unwrap();
    }
    pair
}

fn entry(parameter: &Parameter<f64>) -> f64 {
    let value = parameter.value();
    assert!(value.as_slice().iter().all(|&x| x == value.as_slice()[0]), "all entries are alike");
    value.as_slice()[0]
}

#[test]
fn both_ends_of_every_range_are_in_it_and_the_next_number_is_not() {
    for (field, change) in within() {
        let recipe = change(Recipe::default());
        assert!(recipe.check().is_ok(), "{field}: {recipe:?}");
        let groups = Groups::<f64>::of(&pair());
        let run = Run::new(recipe.clone(), Seed::new(1));
        assert!(run.optimizer(groups).is_ok(), "{field}: {recipe:?}");
    }
    for (field, change) in beyond() {
        let recipe = change(Recipe::default());
        let refused = recipe.check().unwrap_err().to_string();
        assert!(refused.contains(field), "{field}: {refused}");
        assert_eq!(refused.lines().count(), 1);
        let groups = Groups::<f64>::of(&pair());
        let run = Run::new(recipe, Seed::new(1));
        assert_eq!(run.optimizer(groups).err().unwrap().to_string(), refused);
    }
}

#[test]
fn a_step_has_the_rate_that_the_schedule_has_for_it() {
    let schedule = Schedule::Step { rate: 0.5, period: 2, factor: 0.25 };
    let pair = descend(Recipe { schedule, ..plain(5) }, 1.0);
    // Powers of 2: no rounding.
    assert_eq!(entry(&pair.weight), 1.0 - (0.5 + 0.5 + 0.125 + 0.125 + 0.031_25));
}

#[test]
fn only_what_decays_is_pulled_to_0() {
    let recipe = Recipe { weight_decay: 0.5, ..plain(1) };
    let all = descend(recipe.clone(), 0.0);
    assert_eq!((entry(&all.weight), entry(&all.bias)), (0.75, 0.75));
    let weights = descend(Recipe { decays: Decays::Weights, ..recipe }, 0.0);
    assert_eq!((entry(&weights.weight), entry(&weights.bias)), (0.75, 1.0));
}

#[test]
fn all_gradients_together_are_clipped_to_their_norm() {
    // Six entries of slope 2: the norm is the root of 24; clipped to half of it each slope is 1.
    let clip = |most: f64| descend(Recipe { clip_norm: Some(most), ..plain(1) }, 2.0);
    let half = entry(&clip(6.0_f64.sqrt()).weight);
    assert!((half - 0.5).abs() < 1e-15, "{half}"); // a root and a quotient
    assert_eq!(entry(&clip(5.0).weight), 0.0, "below the norm nothing is clipped");
    assert_eq!(entry(&clip(0.0).weight), 1.0, "a norm of 0 lets nothing through");
}

#[test]
fn a_rule_is_the_optimiser_of_its_name() {
    type Make = fn(&Pair<f64>) -> Box<dyn Optimizer<f64>>;
    let rules: [(Rule, Make); 4] = [
        (Rule::Sgd { momentum: 0.5, nesterov: false }, |pair| {
            Box::new(Sgd::with_config(pair, sgd(false)))
        }),
        (Rule::Sgd { momentum: 0.5, nesterov: true }, |pair| {
            Box::new(Sgd::with_config(pair, sgd(true)))
        }),
        (Rule::ADAM, |pair| Box::new(Adam::with_config(pair, adam_config()))),
        (Rule::ADAM_W, |pair| {
            Box::new(Adam::with_config(pair, AdamConfig { decoupled: true, ..adam_config() }))
        }),
    ];
    let mut ends: Vec<f64> = Vec::new();
    for (rule, make) in rules {
        let by_recipe = descend(Recipe { rule, weight_decay: 0.25, ..plain(3) }, 2.0);
        let by_hand = pair();
        let mut optimizer = make(&by_hand);
        for _ in 0..3 {
            let tape = Tape::<f64>::default();
            let loss = tape.watch(&by_hand.weight).sum() + tape.watch(&by_hand.bias).sum();
            optimizer.step((loss * f64::of(2.0)).backward());
        }
        assert_eq!(by_recipe.weight.value(), by_hand.weight.value(), "{rule:?}");
        ends.push(entry(&by_hand.weight));
    }
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    assert_eq!(ends.len(), 4, "four rules end in four places");
}

fn sgd(nesterov: bool) -> SgdConfig {
    let (learning_rate, momentum, weight_decay) = (0.5, 0.5, 0.25);
    SgdConfig { learning_rate, momentum, weight_decay, nesterov, ..SgdConfig::default() }
}

fn adam_config() -> AdamConfig {
    AdamConfig { learning_rate: 0.5, weight_decay: 0.25, ..AdamConfig::default() }
}
