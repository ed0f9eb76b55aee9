//! What every strategy refuses, in one sentence that all of them give.

use autograd::{Seed, Tensor};
use nn::train::{Recipe, Rule, Run};
use nn::{Dataset, LayerSpec, NetworkSpec, Tanh};
use tests::strategies::{CLASSES, data, fitted, normalised, recipe, run, smooth, source, target};
use transfer::structure::{FreshStructure, Net2Wider, widened};
use transfer::{Given, Source, Strategy, Target, pretrain, registry};

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

/// What pre-training refuses.
fn untrainable(data: Dataset, spec: &NetworkSpec, recipe: &Recipe) -> String {
    pretrain("source", data, spec, recipe, Seed::new(1)).err().unwrap().to_string()
}

#[test]
fn pre_training_refuses_what_cannot_be_learnt() {
    let rows = || data::<f32>(12, &CLASSES, Seed::new(1));
    let mut infinite = rows();
    infinite.features = Tensor::full([12, 6], f32::INFINITY);
    let stopped = untrainable(infinite, &smooth(), &recipe(3));
    let sentence = "pre-training: the loss of step 0 is NaN, not a finite number";
    assert!(stopped.starts_with(sentence), "{stopped}");

    let refused = |spec: NetworkSpec| untrainable(rows(), &spec, &recipe(3));
    let linear = LayerSpec::linear;
    assert_eq!(
        refused(NetworkSpec::new().then(Tanh)),
        "the network Tanh has no linear layer to be a head"
    );
    assert!(refused(NetworkSpec::new()).ends_with("has no linear layer to be a head"));
    assert_eq!(
        refused(NetworkSpec::mlp(&[7, 3])),
        "task \"source\" has rows of 6 columns, but the network takes 7"
    );
    let broken = refused(NetworkSpec::new().then(linear(6, 5)).then(linear(4, 3)));
    assert!(broken.starts_with("layer 1 (Linear(4 -> 3)): "), "{broken}");
    let empty = refused(NetworkSpec::new().then(linear(6, 0)).then(linear(0, 3)));
    assert!(empty.starts_with("layer 0 (Linear(6 -> 0)): "), "{empty}");

    let single = Recipe { batch: Some(1), ..recipe(3) };
    assert_eq!(
        untrainable(rows(), &normalised(), &single),
        "task \"source\" has batches of one row, which have no variance for batch normalisation"
    );
    assert!(pretrain("source", rows(), &smooth(), &single, Seed::new(1)).is_ok());
}

#[test]
fn a_structure_cannot_be_made_of_an_architecture_that_cannot_be_built() {
    let (seed, source) = (Seed::new(1), source::<f32>(Seed::new(1)));
    let target = target::<f32>(&CLASSES, seed);
    for spec in [NetworkSpec::new(), NetworkSpec::new().then(Tanh), NetworkSpec::mlp(&[6, 3])] {
        let given = Given { sources: std::slice::from_ref(&source), target: &target, spec: &spec };
        let refused = FreshStructure::default().fit(&given, &run(1, seed)).err().unwrap();
        assert_eq!(refused.to_string(), format!("the network {spec} has no hidden layer 0"));
        let other = Source { spec: spec.clone(), ..source.clone() };
        let refused = fitted(&Net2Wider::default(), &other, &target, &run(1, seed)).err().unwrap();
        assert_eq!(refused.to_string(), format!("the network {spec} has no hidden layer 0"));
        assert!(widened(&spec, 0, 9).is_err());
    }
    // A width that does not fit the layer behind it: refused, however wide it is to become.
    let linear = LayerSpec::linear;
    let spec = NetworkSpec::new().then(linear(6, 5)).then(linear(4, 3));
    let given = Given { sources: &[], target: &target, spec: &spec };
    assert!(FreshStructure::default().fit(&given, &run(1, seed)).is_err());
    let other = Source { spec, ..source.clone() };
    assert!(fitted(&Net2Wider::default(), &other, &target, &run(1, seed)).is_err());
}
