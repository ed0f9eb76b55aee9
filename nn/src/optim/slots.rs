//! What every optimiser keeps: its parameters, and `N` numbers for each of their entries.

use std::collections::BTreeSet;

use autograd::{Float, Gradients, Parameter, Tensor};

use super::groups::Member;
use super::{Groups, OptimizerState};
use crate::error::shown;
use crate::{Error, StateDict};

/// The parameters of an optimiser that remembers `N` numbers an entry.
#[derive(Debug)]
pub(super) struct Slots<F: Float, const N: usize>(Vec<Slot<F, N>>);

/// A parameter and what the optimiser remembers of it.
pub(super) struct Slot<F: Float, const N: usize> {
    member: Member<F>,
    /// The parameter's thaws when the numbers were begun.
    thaws: u32,
    /// How many steps have moved the parameter since.
    pub(super) steps: u64,
    /// The numbers of each entry; none before the first step that needs them.
    pub(super) numbers: Vec<[F; N]>,
}

impl<F: Float, const N: usize> Slot<F, N> {
    pub(super) fn parameter(&self) -> &Parameter<F> {
        &self.member.parameter
    }

    /// The rate and the decay of this parameter, given the optimiser's.
    pub(super) fn rates(&self, learning_rate: f64, weight_decay: f64) -> (f64, f64) {
        (learning_rate * self.member.rate, self.member.weight_decay.unwrap_or(weight_decay))
    }

    /// As [`Parameter::update_with`], with the numbers of each entry, all 0 at first.
    pub(super) fn update(
        &mut self,
        gradient: Tensor<F>,
        rule: impl Fn(F, F, &mut [F; N]) -> F + Sync,
    ) {
        self.numbers.resize(gradient.len(), [F::ZERO; N]);
        self.member.parameter.update_with(gradient, &mut self.numbers, rule);
    }

    fn start_afresh(&mut self) {
        self.thaws = self.member.parameter.thaws();
        self.steps = 0;
        self.numbers.clear();
    }

    /// Whether the next step would still use the numbers.
    fn is_live(&self) -> bool {
        let parameter = &self.member.parameter;
        !parameter.is_frozen() && self.thaws == parameter.thaws() && !self.numbers.is_empty()
    }

    /// The name under which the `kind` of number of this parameter is exported.
    fn key(&self, kind: &str) -> String {
        match self.member.name.as_str() {
            "" => kind.to_owned(),
            name => format!("{name}.{kind}"),
        }
    }
}

impl<F: Float, const N: usize> Slots<F, N> {
    pub(super) fn new(groups: Groups<F>) -> Self {
        let slot = |member: Member<F>| {
            let thaws = member.parameter.thaws();
            Slot { member, thaws, steps: 0, numbers: Vec::new() }
        };
        Slots(groups.members.into_iter().map(slot).collect())
    }

    /// Runs `rule` for every parameter that is not frozen and has a gradient: here, and nowhere
    /// else, frozen ones are passed over and thawed ones begin afresh.
    #[track_caller]
    pub(super) fn step(
        &mut self,
        mut gradients: Gradients<F>,
        rule: impl Fn(&mut Slot<F, N>, Tensor<F>),
    ) {
        let (mut waiting, mut moved) = (false, false);
        for slot in self.0.iter_mut().filter(|slot| slot.parameter().is_trainable()) {
            let Some(gradient) = gradients.take(slot.parameter()) else {
                waiting = true;
                continue;
            };
            if slot.thaws != slot.parameter().thaws() {
                slot.start_afresh();
            }
            slot.steps += 1;
            rule(slot, gradient);
            moved = true;
        }
        assert!(
            moved || !waiting || gradients.is_empty(),
            "there are gradients of {} parameters, none of them of this optimiser's model",
            gradients.len()
        );
    }

    /// What must be kept to go on later, the numbers called by these names.
    pub(super) fn state(
        &self,
        rule: &str,
        learning_rate: f64,
        kinds: [&str; N],
    ) -> OptimizerState<F> {
        let mut state = OptimizerState::new(rule, learning_rate);
        for slot in self.0.iter().filter(|slot| slot.is_live()) {
            for (n, kind) in kinds.into_iter().enumerate() {
                let numbers = Tensor::from_fn(slot.parameter().shape(), |i| slot.numbers[i][n]);
                state.tensors.insert(&slot.key(kind), numbers);
            }
            state.steps.insert(slot.member.name.clone(), slot.steps);
        }
        state
    }

    /// Takes over what [`Slots::state`] gave; checks all of it before anything changes.
    pub(super) fn load(
        &mut self,
        state: &OptimizerState<F>,
        rule: &str,
        kinds: [&str; N],
    ) -> Result<(), Error> {
        let refuse = |fault: String| Err(Error::OptimizerState(fault));
        if state.rule != rule {
            return refuse(format!("it is of \"{}\", not of \"{rule}\"", shown(&state.rule)));
        }
        let rate = state.learning_rate;
        if !rate.is_finite() || rate < 0.0 {
            return refuse(format!("its learning rate is {rate}"));
        }
        let mut used = BTreeSet::new();
        for slot in &self.0 {
            let name = &slot.member.name;
            let steps = state.steps.get(name);
            for key in kinds.map(|kind| slot.key(kind)) {
                let shape = slot.parameter().shape();
                match (state.tensors.get(&key), steps) {
                    (Some(_), None) => return refuse(format!("\"{name}\" has no number of steps")),
                    (None, Some(_)) => return refuse(format!("\"{key}\" is missing")),
                    (Some(found), _) if found.shape() != shape => {
                        let found = found.shape();
                        return refuse(format!("\"{key}\" is {found}, its parameter {shape}"));
                    }
                    (Some(_), Some(_)) | (None, None) => {}
                }
                used.insert(key);
            }
        }
        if let Some(name) = state.tensors.names().find(|&name| !used.contains(name)) {
            return refuse(format!("\"{}\" is of no parameter here", shown(name)));
        }
        let known: BTreeSet<&String> = self.0.iter().map(|slot| &slot.member.name).collect();
        if let Some(name) = state.steps.keys().find(|name| !known.contains(name)) {
            return refuse(format!("it counts steps of \"{}\", no parameter here", shown(name)));
        }
        for slot in &mut self.0 {
            slot.start_afresh();
            let Some(&steps) = state.steps.get(&slot.member.name) else { continue };
            slot.steps = steps;
            slot.numbers = numbers(&state.tensors, kinds.map(|kind| slot.key(kind)));
        }
        Ok(())
    }
}

/// The numbers of each entry, from a tensor for each kind of number.
fn numbers<F: Float, const N: usize>(tensors: &StateDict<F>, keys: [String; N]) -> Vec<[F; N]> {
    let kinds = keys.map(|key| tensors.get(&key).map_or(&[][..], Tensor::as_slice));
    (0..kinds[0].len()).map(|i| kinds.map(|kind| kind[i])).collect()
}

impl<F: Float, const N: usize> std::fmt::Debug for Slot<F, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}, {} steps", self.member.name, self.parameter().shape(), self.steps)
    }
}
