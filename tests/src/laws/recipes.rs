//! Recipes at both ends of every range.

use nn::Schedule;
use nn::train::{Recipe, Rule};

/// What a refusal of a recipe names, and a change of the recipe.
pub type Change = (&'static str, Box<dyn Fn(Recipe) -> Recipe>);

fn change(field: &'static str, change: impl Fn(Recipe) -> Recipe + 'static) -> Change {
    (field, Box::new(change))
}

fn rate(rate: f64) -> Change {
    let schedule = Schedule::Constant { rate };
    change("rate", move |recipe| Recipe { schedule: schedule.clone(), ..recipe })
}
fn decay(weight_decay: f64) -> Change {
    change("weight_decay", move |recipe| Recipe { weight_decay, ..recipe })
}
fn clip(clip_norm: f64) -> Change {
    change("clip_norm", move |recipe| Recipe { clip_norm: Some(clip_norm), ..recipe })
}
fn batch(batch: usize) -> Change {
    change("batch", move |recipe| Recipe { batch: Some(batch), ..recipe })
}
fn momentum(momentum: f64, nesterov: bool) -> Change {
    let rule = Rule::Sgd { momentum, nesterov };
    change("momentum", move |recipe| Recipe { rule, ..recipe })
}
fn adam(field: &'static str, betas: (f64, f64), epsilon: f64) -> Change {
    let rule = Rule::Adam { betas, epsilon, decoupled: false };
    change(field, move |recipe| Recipe { rule, ..recipe })
}

/// The first number beyond each end of each range.
pub fn beyond() -> Vec<Change> {
    let (above_1, above_rates) = (1.0_f64.next_up(), 1e6_f64.next_up());
    let below_0 = -f64::from_bits(1);
    vec![
        batch(0),
        rate(below_0),
        rate(above_rates),
        rate(f64::NAN),
        decay(below_0),
        decay(above_rates),
        decay(f64::NAN),
        clip(below_0),
        clip(f64::INFINITY),
        clip(f64::NAN),
        momentum(below_0, false),
        momentum(above_1, false),
        momentum(f64::NAN, false),
        momentum(0.0, true),
        adam("betas.0", (below_0, 0.9), 1e-8),
        adam("betas.0", (1.0, 0.9), 1e-8),
        adam("betas.1", (0.9, below_0), 1e-8),
        adam("betas.1", (0.9, 1.0), 1e-8),
        adam("epsilon", (0.9, 0.9), below_0),
        adam("epsilon", (0.9, 0.9), f64::INFINITY),
    ]
}

/// Each end of each range.
pub fn within() -> Vec<Change> {
    let below_1 = 1.0_f64.next_down();
    vec![
        batch(2),
        rate(0.0),
        rate(1e6),
        decay(0.0),
        decay(1e6),
        clip(0.0),
        clip(f64::MAX),
        momentum(0.0, false),
        momentum(1.0, false),
        momentum(f64::MIN_POSITIVE, true),
        momentum(1.0, true),
        adam("betas.0", (0.0, 0.9), 1e-8),
        adam("betas.0", (below_1, 0.9), 1e-8),
        adam("betas.1", (0.9, 0.0), 1e-8),
        adam("betas.1", (0.9, below_1), 1e-8),
        adam("epsilon", (0.9, 0.9), 0.0),
        adam("epsilon", (0.9, 0.9), f64::MAX),
    ]
}
