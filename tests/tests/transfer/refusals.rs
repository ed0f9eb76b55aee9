//! What every strategy refuses, in one sentence that all of them give.

use autograd::{Seed, Tensor};
use nn::Dataset;
use nn::train::{Recipe, Rule, Run};
use tests::strategies::{CLASSES, data, fitted, recipe, run, smooth, source, target};
use transfer::{Strategy, Target, pretrain, registry};

/// Every strategy that learns labelled rows of three classes, with one source at hand.
fn learners() -> Vec<Box<dyn Strategy>> {
    let (source, target) = (source(Seed::new(1)), target(&CLASSES, Seed::new(1)));
    let mut all = registry();
    all.retain(|strategy| {
        let met = strategy.describe().needs.unmet(1, true, false, Some(3)).is_none();
        met && fitted(&**strategy, &source, &target, &run(0, Seed::new(1))).unwrap().trained > 0
    });
    all
}

/// The refusal of the first strategy; all of them must give the same.
fn refusal(target: &Target, recipe: Recipe) -> String {
    let (source, run) = (source(Seed::new(1)), Run::new(recipe, Seed::new(1)));
    let refusals = learners()
        .into_iter()
        .map(|strategy| fitted(&*strategy, &source, target, &run).err().unwrap().to_string());
    let mut refusals: Vec<String> = refusals.collect();
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

#[test]
fn every_strategy_refuses_what_cannot_be_learnt() {
    let good = target::<f32>(&CLASSES, Seed::new(1));
    let refused = |change: &dyn Fn(&mut Dataset)| {
        let mut target = good.clone();
        change(target.labelled.as_mut().unwrap());
        refusal(&target, recipe(3))
    };
    assert_eq!(
        refused(&|data| data.label_columns.push(data.label_columns[0].clone())),
        "task \"target\" needs one column of labels, but its data have 2"
    );
    assert_eq!(
        refused(&|data| (0..12).for_each(|row| data.label_columns[0].forget(row))),
        "task \"target\" has no row with a label"
    );
    assert_eq!(
        refused(&|data| data.features = Tensor::zeros([12, 7])),
        "task \"target\" has rows of 7 columns, but the network takes 6"
    );
    assert_eq!(
        refused(&|data| data.columns.swap(4, 5)),
        "column 4 of task \"target\" is \"5\", but \"4\" in the source"
    );
    let rule = Rule::Sgd { momentum: -0.5, nesterov: false };
    assert_eq!(
        refusal(&good, Recipe { rule, ..recipe(3) }),
        "momentum is -0.5, but must be between 0 and 1, for Nesterov above 0"
    );
    assert_eq!(
        refusal(&good, Recipe { batch: Some(0), ..recipe(3) }),
        "batch is 0, but must be at least 1"
    );
}

#[test]
fn a_loss_that_is_not_finite_stops_every_strategy_at_its_step() {
    let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
    let mut target = target(&CLASSES, seed);
    target.labelled.as_mut().unwrap().features = Tensor::full([12, 6], f32::NAN);
    for strategy in learners() {
        let stopped = fitted(&*strategy, &source, &target, &run(3, seed)).err().unwrap();
        let name = strategy.describe().name;
        assert_eq!(
            stopped.to_string(),
            format!("{name}: the loss of step 0 is NaN, not a finite number")
        );
    }
    let mut rows = data::<f32>(12, &CLASSES, seed);
    rows.features = Tensor::full([12, 6], f32::INFINITY);
    let stopped = pretrain("source", rows, &smooth(), &recipe(3), seed).err().unwrap();
    assert_eq!(stopped.to_string(), "pre-training: the loss of step 0 is NaN, not a finite number");
}
