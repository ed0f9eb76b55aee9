//! What the laws are asked of: a strategy with a problem, and what becomes of a training.

use std::path::Path;

use autograd::{Seed, Tensor};
use nn::Dataset;
use nn::train::{Description, Go, Recipe, Record, Run};

use super::Broken;
use super::spy::{Seen, Spy};
use crate::compare::caught;
use crate::strategies::recipe;

/// What a strategy is given, as the laws change it.
pub(super) trait Problem: Clone + Sync {
    /// Every table whose rows have labels; what is to be learnt comes first.
    fn tables(&mut self) -> Vec<&mut Dataset<f64>>;

    /// Every tensor of rows.
    fn rows(&mut self) -> Vec<&mut Tensor<f64>> {
        self.tables().into_iter().map(|table| &mut table.features).collect()
    }

    /// The same with one row in what is to be learnt, and in each other table that is learnt with it.
    fn with_one_row(&self) -> Vec<Self>;

    /// The same with networks so wide that products are split over threads.
    fn wide(&self) -> Self;

    /// The same with numbers for labels, each times `factor` and `shift` more.
    fn of_numbers(&self, factor: f64, shift: f64) -> Self;

    /// Whether a network that cannot be built is refused, and no reason to panic: the problem with
    /// each such network.
    fn with_bad_networks(&self) -> Vec<Self>;
}

/// A strategy with what it is given.
pub(super) struct Subject<'s, P> {
    pub(super) known: Description,
    pub(super) problem: P,
    pub(super) spy: Spy,
    pub(super) strategy: Box<Fit<'s, P>>,
    /// The baseline of its crate.
    pub(super) baseline: Box<Fit<'s, P>>,
}

/// A strategy of either crate: what it makes of a problem.
pub(super) type Fit<'s, P> =
    dyn Fn(&P, &Run<'_, f64>) -> Result<Learnt, nn::Error> + Send + Sync + 's;

/// What was learnt.
pub(super) struct Learnt {
    /// The outputs of every task for [`probes`].
    pub(super) outputs: Vec<Tensor<f64>>,
    pub(super) log: Vec<Record>,
    pub(super) trained: usize,
    pub(super) multiply_adds: usize,
    /// Saves it to a file, loads it, and gives the outputs again; or says why it cannot be saved.
    pub(super) reloaded: Box<Reload>,
}

/// See [`Learnt::reloaded`].
pub(super) type Reload = dyn Fn(&Path) -> Result<Vec<Tensor<f64>>, String> + Send;

/// What became of a training.
pub(super) struct Trial {
    pub(super) result: Result<Learnt, nn::Error>,
    pub(super) seen: Seen,
    /// Whether something was trained that no step was told of.
    trained_behind: bool,
}

/// Rows that no training sees.
pub(super) fn probes() -> Tensor<f64> {
    probes_of(6)
}

/// The same, of another width.
pub(super) fn probes_of(width: usize) -> Tensor<f64> {
    nn::init::normal([7, width], 1.0, Seed::new(77))
}

/// The steps of a training.
pub(super) const STEPS: usize = 4;

impl<P: Problem> Subject<'_, P> {
    /// What becomes of a problem with a recipe and a seed.
    pub(super) fn trial(&self, problem: &P, recipe: Recipe, seed: u64) -> Trial {
        self.told(problem, recipe, seed, |_| Go::On)
    }

    /// The same with somebody who says this after so many steps.
    pub(super) fn told(
        &self,
        problem: &P,
        recipe: Recipe,
        seed: u64,
        says: fn(usize) -> Go,
    ) -> Trial {
        let spy = self.spy.saying(says);
        let result = (self.strategy)(problem, &Run::new(recipe, Seed::new(seed)).watched_by(&spy));
        let (seen, trained_behind) = spy.into_seen();
        Trial { result, seen, trained_behind }
    }

    /// What becomes of a problem in a few steps.
    pub(super) fn tried(&self, problem: &P) -> Trial {
        self.trial(problem, recipe(STEPS), 1)
    }

    /// What is learnt of a problem in a few steps.
    pub(super) fn learnt(&self, problem: &P) -> Result<Learnt, String> {
        self.tried(problem).result.map_err(|refusal| format!("it is refused: {refusal}"))
    }

    /// Whether it trains at all: one that only combines what others have learnt does not.
    pub(super) fn trains(&self) -> bool {
        !self.tried(&self.problem).seen.steps.is_empty()
    }
}

impl Trial {
    /// Whether it was refused in one sentence, before any training.
    pub(super) fn refused(&self) -> Result<&nn::Error, String> {
        match &self.result {
            Ok(_) => Err("it is not refused".to_owned()),
            Err(refusal) => {
                let says = refusal.to_string();
                let whole = !says.is_empty() && says.lines().count() == 1 && says.len() < 400;
                holds(whole, || format!("the refusal is no sentence: {says}"))?;
                let trained = self.trained_behind || !self.seen.steps.is_empty();
                holds(!trained, || format!("something was trained before the refusal: {says}"))?;
                Ok(refusal)
            }
        }
    }

    /// Whether it was refused, before any training, in one sentence with these words.
    pub(super) fn refused_with(&self, words: &str) -> Result<(), String> {
        let says = self.refused()?.to_string();
        holds(says.contains(words), || format!("instead of \"{words}\" it is told: {says}"))
    }

    /// Whether it was refused before any training, or learnt with outputs that are finite.
    pub(super) fn refused_or_learnt(&self) -> Result<(), String> {
        match &self.result {
            Ok(learnt) => learnt.finite(),
            Err(_) => self.refused().map(|_| ()),
        }
    }
}

impl Learnt {
    /// The outputs' shapes and bits.
    pub(super) fn bits(&self) -> Vec<(Vec<usize>, Vec<u64>)> {
        self.outputs.iter().map(crate::compare::bits).collect()
    }

    /// Whether all outputs are finite.
    pub(super) fn finite(&self) -> Result<(), String> {
        let finite = self.outputs.iter().all(|y| y.as_slice().iter().all(|y| y.is_finite()));
        holds(finite, || "an output is not finite".to_owned())
    }

    /// Whether the outputs are those to a rounding.
    pub(super) fn close(&self, outputs: &[Tensor<f64>], tolerance: f64) -> Result<(), String> {
        let pairs = self.outputs.iter().zip(outputs);
        pairs.into_iter().try_for_each(|(a, b)| crate::compare::close(a, b, tolerance))
    }
}

/// A law over subjects of one kind.
pub(super) struct Law<P> {
    /// The sentence.
    pub(super) says: &'static str,
    /// What breaks it, as a sentence.
    pub(super) kept: fn(&Subject<'_, P>) -> Result<(), String>,
}

/// The laws that a strategy breaks with any of these problems; a panic breaks the law that saw it.
pub(super) fn judged<P>(laws: &[Law<P>], subjects: &[Subject<'_, P>]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for law in laws {
        let kept = |subject| {
            let panic = |blame: crate::compare::Blame| {
                let crate::compare::Blame { message, file, line } = blame;
                Err(format!("it panics at {file}:{line}: {message}"))
            };
            caught(|| (law.kept)(subject)).unwrap_or_else(panic)
        };
        let why = subjects.iter().find_map(|subject| kept(subject).err());
        broken.extend(why.map(|why| Broken { law: law.says, why }));
    }
    broken
}

/// An error if something is not so.
pub(super) fn holds(so: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(why()) }
}
