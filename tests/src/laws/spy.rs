//! A layer that notes on which tapes it runs, and a watcher that notes what each step did.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use autograd::{Float, Parameter, Seed, Tensor, Var};
use nn::train::{At, Go, Record, Watch};
use nn::{LayerConfig, LayerSpec, Module, Parameters};
use serde::{Deserialize, Serialize};

/// The identity, noting each of its runs: put behind a network's head, it tells whether a step
/// trains in training.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpyConfig {
    /// Whose notes its runs go to.
    spy: u64,
}

impl fmt::Display for SpyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spy")
    }
}
impl LayerConfig for SpyConfig {
    fn type_name() -> &'static str {
        "spy"
    }
    fn build<F: Float>(&self, _: Seed) -> Box<dyn Module<F>> {
        Box::new(SpyLayer(self.clone()))
    }
    fn with_units(&self, _: usize) -> Option<LayerSpec> {
        Some(self.clone().into())
    }
}

#[derive(Clone)]
struct SpyLayer(SpyConfig);

impl<F: Float> Parameters<F> for SpyLayer {
    fn visit(&self, _: &mut dyn FnMut(&str, &Parameter<F>)) {}
}
impl<F: Float> Module<F> for SpyLayer {
    fn forward<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        // Only a tape in training gives seeds.
        note(self.0.spy, x.tape().next_seed());
        x
    }
    fn layer_spec(&self) -> Option<LayerSpec> {
        Some(self.0.clone().into())
    }
}

/// The runs of every spy's layers since it last looked: the tape's next seed, if it was in training.
static NOTES: Mutex<BTreeMap<u64, Vec<Option<Seed>>>> = Mutex::new(BTreeMap::new());

fn note(spy: u64, seed: Option<Seed>) {
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    notes.entry(spy).or_default().push(seed);
}

/// Who watches a training: through its layers, and as what the run tells of every step.
pub(super) struct Spy {
    number: u64,
    says: fn(usize) -> Go,
    seen: Mutex<Seen>,
}

/// What a spy has seen of a training.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) steps: Vec<Step>,
    /// Every parameter that a step could move, by its id: how many numbers it holds, what it was
    /// after the first step that had it, and whether a later step moved it.
    parameters: BTreeMap<u64, (usize, Tensor<f64>, bool)>,
}

/// A step, as it was seen.
pub(super) struct Step {
    pub(super) record: Record,
    /// The strategy that trains.
    pub(super) strategy: String,
    /// The runs of the spy's layers since the step before.
    pub(super) runs: Vec<Option<Seed>>,
}

impl Seen {
    /// How many numbers the steps moved, each parameter's first step aside.
    pub(super) fn moved(&self) -> usize {
        let moved = self.parameters.values().filter(|(_, _, moved)| *moved);
        moved.map(|(numbers, ..)| numbers).sum()
    }
}

impl Spy {
    /// A spy with notes of its own, which lets every training go on.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { number, says: |_| Go::On, seen: Mutex::default() }
    }

    /// A spy with the same notes and a clean page, which says this after so many steps were seen.
    pub(super) fn saying(&self, says: fn(usize) -> Go) -> Self {
        NOTES.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
        Self { number: self.number, says, seen: Mutex::default() }
    }

    /// The layer that tells it.
    pub(super) fn layer(&self) -> LayerSpec {
        SpyConfig { spy: self.number }.into()
    }

    /// The layer's runs since the last step.
    fn runs(&self) -> Vec<Option<Seed>> {
        let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
        notes.remove(&self.number).unwrap_or_default()
    }

    /// What it has seen; a run in training that no step was told of is a step too.
    pub(super) fn into_seen(self) -> (Seen, bool) {
        let trained = self.runs().iter().any(Option::is_some);
        (self.seen.into_inner().unwrap_or_else(PoisonError::into_inner), trained)
    }
}

impl Watch<f64> for Spy {
    fn after(&self, at: &At<'_, f64>) -> Go {
        let runs = self.runs();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, parameter) in at.learner.named() {
            if !parameter.is_buffer() {
                let value = parameter.value();
                let first = || (value.len(), value.clone(), false);
                let (_, before, moved) =
                    seen.parameters.entry(parameter.id()).or_insert_with(first);
                *moved |= *before != value;
            }
        }
        let (record, strategy) = (at.record.clone(), at.strategy.to_owned());
        seen.steps.push(Step { record, strategy, runs });
        (self.says)(seen.steps.len())
    }
}
