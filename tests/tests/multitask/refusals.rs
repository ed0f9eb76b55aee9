//! What every strategy refuses, in one sentence that all of them give.

use autograd::{Seed, Tensor};
use multitask::{Table, registry};
use nn::train::{Recipe, Run};
use nn::{NetworkSpec, Relu};
use tests::strategies::{fitted_jointly, recipe, smooth, tables};

/// The refusal of the first strategy; all of them must give the same.
fn refusal(tables: &[Table], spec: &NetworkSpec, recipe: Recipe) -> String {
    let run = Run::new(recipe, Seed::new(1));
    let refusals = registry()
        .into_iter()
        .map(|strategy| fitted_jointly(&*strategy, tables, spec, &run).err().unwrap().to_string());
    let mut refusals: Vec<String> = refusals.collect();
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

#[test]
fn every_strategy_refuses_what_cannot_be_learnt() {
    let good = tables::<f32>(2, Seed::new(1));
    let refused = |change: &dyn Fn(&mut Vec<Table>)| {
        let mut tables = good.clone();
        change(&mut tables);
        refusal(&tables, &smooth(), recipe(3))
    };
    assert_eq!(refused(&|tables| tables.clear()), "there is no task to learn");
    assert_eq!(refused(&|tables| tables[1].name = "a".to_owned()), "two tasks are called \"a\"");
    assert_eq!(
        refused(&|tables| tables[1].data.label_columns.clear()),
        "task \"b\" needs one column of labels, but its data have 0"
    );
    assert_eq!(
        refused(&|tables| (0..9).for_each(|row| tables[0].data.label_columns[0].forget(row))),
        "task \"a\" has no row with a label"
    );
    assert_eq!(
        refused(&|tables| tables[0].data.features = Tensor::zeros([9, 7])),
        "task \"a\" has rows of 7 columns, but the network takes 6"
    );
    assert_eq!(
        refused(&|tables| tables[0].weight = f64::NAN),
        "weight is NaN, but must be at least 0"
    );
    assert_eq!(refused(&|tables| tables[0].batch = Some(0)), "batch is 0, but must be at least 1");
    assert_eq!(
        refused(&|tables| tables.iter_mut().for_each(|table| table.weight = 0.0)),
        "every task has the weight 0, so nothing would be learnt"
    );

    let fast = Recipe { steps: 3, ..Recipe::at_rate(1e7) };
    assert_eq!(
        refusal(&good, &smooth(), fast),
        "learning_rate is 10000000, but must be between 0 and 1000000"
    );
    assert_eq!(
        refusal(&good[..1], &NetworkSpec::new().then(Relu), recipe(3)),
        "the network Relu has no linear layer to be a head"
    );
}
