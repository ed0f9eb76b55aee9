//! The one loop: what it asks of a balancer, what it refuses, and what a balancer is told.

use std::sync::{Arc, Mutex};

use autograd::{Seed, Tensor};
use multitask::balance::PcGrad;
use multitask::hierarchy::Layered;
use multitask::shared::Hard;
use multitask::{
    Balancer, Error, Joint, Losses, Sampler, Sampling, Strategy, Table, Weighing, Weights,
};
use nn::train::{Description, Family, Kind, Recipe, Rule, Run};
use tests::compare::close;
use tests::strategies::{fitted_jointly, joint_weights, normalised, run, smooth, tables};

/// The same weights in every step.
#[derive(Clone)]
struct Fixed {
    weights: Weights,
    /// Whether it looks at the gradients, which it does not need.
    looks: bool,
    /// The losses before each step, and after it.
    told: Arc<Mutex<Vec<[Vec<f64>; 2]>>>,
}
impl Fixed {
    fn new(weights: Weights) -> Self {
        Self { weights, looks: false, told: Arc::default() }
    }
}
impl Balancer for Fixed {
    fn describe(&self) -> Description {
        Description::new("fixed", Family::Balance)
    }
    fn reads_gradients(&self) -> bool {
        self.looks
    }
    fn begin(&self, _: usize, _: Seed) -> Result<Box<dyn Weighing>, Error> {
        Ok(Box::new(self.clone()))
    }
}
impl Weighing for Fixed {
    fn weights(&mut self, at: &Losses<'_>) -> Result<Weights, Error> {
        if self.looks {
            assert_eq!(at.gramian().len(), at.tasks.len() * at.tasks.len());
        }
        self.told.lock().unwrap().push([at.values.to_vec(), vec![]]);
        Ok(self.weights.clone())
    }
    fn after(&mut self, losses: &mut dyn FnMut() -> Vec<f64>) {
        self.told.lock().unwrap().last_mut().unwrap()[1] = losses();
    }
}

fn learnt(tables: &[Table<f64>], joint: &Joint<f64>, recipe: Recipe) -> Vec<Tensor<f64>> {
    joint_weights(joint, tables, &smooth(), &Run::new(recipe, Seed::new(3)))
}

#[test]
fn weights_that_cannot_be_used_are_refused_at_their_step() {
    let refusal = |weights: Weights| {
        let joint = Joint::of(Hard).balanced_by(Fixed::new(weights));
        let tables = tables::<f32>(2, Seed::new(1));
        let refused = fitted_jointly(&joint, &tables, &smooth(), &run(3, Seed::new(1)));
        refused.err().map(|error| error.to_string())
    };
    assert_eq!(
        refusal(Weights::OfLosses(vec![1.0, f64::NAN])).unwrap(),
        "fixed: the weights of step 0 are [1.0, NaN], not 2 finite numbers"
    );
    assert_eq!(
        refusal(Weights::OfGradients(vec![1.0, 1.0, 1.0])).unwrap(),
        "fixed: the weights of step 0 are [1.0, 1.0, 1.0], not 2 finite numbers"
    );
    // Finite in double precision, infinite in that of the network.
    assert_eq!(
        refusal(Weights::OfGradients(vec![1e39, 1.0])).unwrap(),
        "fixed: the weights of step 0 are [1e39, 1.0], not 2 finite numbers"
    );
    assert!(refusal(Weights::OfLosses(vec![0.0, -1.0])).is_none());
}

#[test]
fn weights_of_losses_are_the_tables_weights() {
    let (weights, recipe) = (vec![0.3, 2.0], Recipe { steps: 20, ..Recipe::default() });
    let plain = tables::<f64>(2, Seed::new(3));
    let joint = Joint::of(Hard).balanced_by(Fixed::new(Weights::OfLosses(weights.clone())));
    let weighed: Vec<_> = plain
        .iter()
        .zip(&weights)
        .map(|(table, &w)| Table { weight: w, ..table.clone() })
        .collect();
    let by_tables = learnt(&weighed, &Joint::of(Hard), recipe.clone());
    assert_eq!(learnt(&plain, &joint, recipe), by_tables); // bit for bit
}

#[test]
fn a_balancer_that_looks_at_gradients_changes_nothing_by_looking() {
    let (tables, recipe) =
        (tables::<f64>(3, Seed::new(4)), Recipe { steps: 20, ..Recipe::default() });
    let fixed = Fixed::new(Weights::OfLosses(vec![0.3, 2.0, 1.1]));
    let joint = |looks| Joint::of(Hard).balanced_by(Fixed { looks, ..fixed.clone() });
    let (blind, looking) =
        (learnt(&tables, &joint(false), recipe.clone()), learnt(&tables, &joint(true), recipe));
    for (a, b) in blind.iter().zip(&looking) {
        for (a, b) in a.as_slice().iter().zip(b.as_slice()) {
            // The same sums, in one sweep or in three: twenty steps of roundings.
            assert!((a - b).abs() < 1e-12, "{a} and {b}");
        }
    }
}

#[test]
fn a_combination_needs_what_its_parts_need() {
    let mut tables = tables::<f32>(2, Seed::new(5));
    tables[1].data = tests::strategies::as_numbers(&tables[1].data, 1.0, 0.0);
    for joint in [Joint::of(Layered::default()), Joint::of(Layered::default()).balanced_by(PcGrad)]
    {
        assert_eq!(joint.describe().needs.labels, Kind::Classes);
        let refused = fitted_jointly(&joint, &tables, &smooth(), &run(1, Seed::new(5)));
        let expected = format!("{} learns classes, not numbers", joint.describe().name);
        assert_eq!(refused.err().unwrap().to_string(), expected);
    }
    let hard = Joint::of(Hard).balanced_by(PcGrad);
    assert!(fitted_jointly(&hard, &tables, &smooth(), &run(1, Seed::new(5))).is_ok());
}

#[test]
fn after_a_step_the_losses_are_those_of_the_same_rows_and_the_new_weights() {
    let told = |rate| {
        let fixed = Fixed::new(Weights::OfLosses(vec![1.0, 1.0]));
        let joint = Joint::of(Hard).balanced_by(fixed.clone());
        let recipe = Recipe { steps: 5, batch: Some(4), ..Recipe::at_rate(rate) };
        // With dropout: the masks are those of the step.
        let (tables, run) = (tables::<f64>(2, Seed::new(3)), Run::new(recipe, Seed::new(3)));
        fitted_jointly(&joint, &tables, &normalised(), &run).unwrap();
        let told = fixed.told.lock().unwrap();
        told.clone()
    };
    let still = told(0.0);
    assert_eq!(still.len(), 5);
    assert!(still.iter().all(|[before, after]| before == after));
    assert_ne!(still[0], still[1], "another step shows other rows");
    let sum = |losses: &Vec<f64>| losses.iter().sum::<f64>();
    assert!(told(0.01).iter().all(|[before, after]| sum(after) < sum(before)));
}

/// The trunk's parameters come first, then a weight and a bias for each head.
const TRUNK: usize = 6;

/// A step of plain descent over all rows.
fn one_step() -> Recipe {
    let rule = Rule::Sgd { momentum: 0.0, nesterov: false };
    Recipe { steps: 1, rule, ..Recipe::at_rate(0.5) }
}

#[test]
fn weights_of_gradients_move_the_trunk_and_every_head_keeps_its_own() {
    let both = tables::<f64>(2, Seed::new(3));
    let alone = |task: usize| {
        let mut tables = both.clone();
        tables[1 - task].weight = 0.0;
        learnt(&tables, &Joint::of(Hard), one_step())
    };
    let start = learnt(&both, &Joint::of(Hard), Recipe { steps: 0, ..one_step() });
    let (plain, first, second) = (learnt(&both, &Joint::of(Hard), one_step()), alone(0), alone(1));
    for looks in [false, true] {
        let fixed = Fixed::new(Weights::OfGradients(vec![3.0, -0.5]));
        let joint = Joint::of(Hard).balanced_by(Fixed { looks, ..fixed });
        let found = learnt(&both, &joint, one_step());
        // A few numbers of size 1, added in another order.
        for (found, plain) in found[TRUNK..].iter().zip(&plain[TRUNK..]) {
            close(found, plain, 1e-14).unwrap();
        }
        for place in 0..TRUNK {
            let moved = |by: &[Tensor<f64>]| by[place].clone().zip(&start[place], |a, b| a - b);
            let expected = moved(&first).zip(&moved(&second), |a, b| 3.0 * a - 0.5 * b);
            close(&moved(&found), &expected, 1e-14).unwrap();
        }
    }
}

/// A sampler that visits one task, and what it was told of the last losses.
#[derive(Clone)]
struct Only(usize, Arc<Mutex<Vec<Vec<Option<f64>>>>>);
impl Sampler for Only {
    fn describe(&self) -> Description {
        Description::new("only one", Family::Schedule)
    }
    fn begin(&self, _: &[usize], _: usize, _: Seed) -> Result<Box<dyn Sampling>, Error> {
        Ok(Box::new(self.clone()))
    }
}
impl Sampling for Only {
    fn tasks(&mut self, _: usize, last: &[Option<f64>]) -> Vec<usize> {
        self.1.lock().unwrap().push(last.to_vec());
        vec![self.0]
    }
}

#[test]
fn a_task_that_is_not_visited_has_no_loss_and_a_head_that_stands_still() {
    let (both, spec) = (tables::<f64>(2, Seed::new(3)), smooth());
    let (only, run) = (Only(1, Arc::default()), Run::new(one_step(), Seed::new(3)));
    let run = run.phase("", Recipe { steps: 3, ..one_step() });
    let fitted =
        fitted_jointly(&Joint::of(Hard).visiting(only.clone()), &both, &spec, &run).unwrap();
    let mut alone = both.clone();
    alone[0].weight = 0.0;
    let found = tests::strategies::values(&*fitted.network);
    assert_eq!(found, joint_weights(&Joint::of(Hard), &alone, &spec, &run));

    let told = only.1.lock().unwrap().clone();
    let visited = |step: usize| fitted.log[step].losses[1];
    assert!(fitted.log.iter().all(|record| record.losses[0].is_none()));
    assert_eq!(told, [vec![None, None], vec![None, visited(0)], vec![None, visited(1)]]);

    // A balancer is asked for the weights of those that are visited.
    let fixed = Fixed::new(Weights::OfLosses(vec![1.0]));
    let joint = Joint::of(Hard).balanced_by(fixed.clone()).visiting(Only(1, Arc::default()));
    fitted_jointly(&joint, &both, &spec, &run).unwrap();
    assert!(fixed.told.lock().unwrap().iter().all(|[before, _]| before.len() == 1));
}
