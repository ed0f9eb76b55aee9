//! The protocol: which rows, which recipe, which seeds. No strategy sees the test part.

use std::time::Instant;

use autograd::{Fnv1a, Seed};
use multitask::Table;
use nn::train::Recipe;
use nn::{Dataset, NetworkSpec, metrics};
use transfer::{Target, pretrain};

use crate::failure::Failure;
use crate::strategies::{self, Knowledge, Strategy};

/// Name of the target task and its data set.
pub(crate) const TARGET: &str = "digits";
/// Name of the source task and its data set.
pub(crate) const SOURCE: &str = "mnist8";
/// Labelled rows of each class in a training set of the target.
pub(crate) const LABELS: usize = 5;
/// Rows of a batch of the source.
pub(crate) const BATCH: usize = 64;
/// Widths of the network, inputs first.
pub(crate) const WIDTHS: [usize; 4] = [64, 64, 32, 10];
/// The largest count in the data: inputs are divided by it.
const LARGEST: f32 = 16.0;

/// Data and settings of a comparison.
pub(crate) struct Protocol {
    pub(crate) seeds: usize,
    pub(crate) strategies: Vec<Strategy>,
    /// All rows of the source, and of the target, as they are in the data sets.
    pub(crate) source: Dataset,
    pub(crate) target: Dataset,
    /// Of the network that the source is learnt with.
    pub(crate) pretraining: Recipe,
    /// Of the target alone.
    pub(crate) recipe: Recipe,
    /// Of both tasks together.
    pub(crate) joint: Recipe,
    /// Rows of the target's test part: the same for every seed.
    pub(crate) test: Vec<usize>,
    /// Rows of the target's training set of each seed; no two share a row.
    pub(crate) training: Vec<Vec<usize>>,
    /// All rows of the target outside the test part: what may be seen without its labels.
    pub(crate) seen: Vec<usize>,
}

/// All trainings of a seed.
#[derive(Clone, Debug)]
pub(crate) struct SeedRuns {
    /// How long the source's network took, in seconds; it is trained once for all strategies.
    pub(crate) pretraining: f64,
    /// One run a strategy, in their order.
    pub(crate) runs: Vec<Run>,
}

/// One training of one strategy.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) seed: usize,
    pub(crate) strategy: &'static str,
    /// Share of the test part's rows that it classifies right.
    pub(crate) accuracy: f64,
    /// How many numbers its training moved.
    pub(crate) parameters: usize,
    /// How long the training took.
    pub(crate) seconds: f64,
}

impl Protocol {
    /// Steps of every training.
    pub(crate) const STEPS: usize = 600;

    /// Splits the data; refuses more seeds than there are disjoint training sets.
    pub(crate) fn new(seeds: usize, steps: usize, asked: &[String]) -> Result<Self, Failure> {
        let (source, target) = (nn::data::mnist8(), nn::data::digits());
        let order = Seed::new(0).child("split");
        let (test, rest) = target.labels().stratified_split(0.5, order);
        let others = target.rows(&rest).labels().rows_by_class(order);
        let smallest = others.iter().map(Vec::len).min().unwrap_or(0);
        if seeds > smallest / LABELS {
            return Err(Failure::Usage(format!(
                "{seeds} seeds need as many disjoint training sets, but the smallest class has \
                 {smallest} rows outside the test part, enough for {} sets with {LABELS} rows of each class",
                smallest / LABELS
            )));
        }
        let of_seed = |seed| -> Vec<usize> {
            let labelled = LABELS * seed..LABELS * (seed + 1);
            others.iter().flat_map(|class| &class[labelled.clone()]).map(|&row| rest[row]).collect()
        };
        let at_rate = |rate| Recipe { steps, ..Recipe::at_rate(rate) };
        Ok(Self {
            seeds,
            training: (0..seeds).map(of_seed).collect(),
            strategies: strategies::rows(asked)?,
            source,
            target,
            pretraining: Recipe { batch: Some(BATCH), ..at_rate(0.1) },
            recipe: at_rate(0.05),
            joint: at_rate(0.05),
            test,
            seen: rest,
        })
    }

    /// Number of networks that are trained, pre-training included.
    pub(crate) fn num_trainings(&self) -> usize {
        self.seeds * (self.strategies.len() + 1)
    }

    /// About how many seconds all runs take on so many threads, judged by the first steps.
    pub(crate) fn estimate(&self, threads: usize) -> Result<f64, Failure> {
        let steps = self.recipe.steps.min(20);
        let start = Instant::now();
        self.run(0, steps, &|| ())?;
        let seconds = start.elapsed().as_secs_f64() * self.recipe.steps as f64 / steps as f64;
        // The first seed has the machine to itself, the others share it.
        Ok(seconds * (1.0 + (self.seeds - 1) as f64 / threads as f64))
    }

    /// Trains every strategy once, `done` after each; the error names seed, strategy and step.
    pub(crate) fn run(
        &self,
        seed: usize,
        steps: usize,
        done: &(dyn Fn() + Sync),
    ) -> Result<SeedRuns, Failure> {
        let failed = |why: String| Failure::Run(format!("seed {seed}: {why}"));
        let start = Instant::now();
        let given = self.given(seed, steps).map_err(|error| failed(error.to_string()))?;
        let pretraining = start.elapsed().as_secs_f64();
        done();
        let test = self.target.rows(&self.test);
        let labels = test.labels().complete().map_err(|error| failed(error.to_string()))?;
        let test = scaled(test).features;
        let mut runs = Vec::new();
        for strategy in &self.strategies {
            let start = Instant::now();
            let learnt = strategy.fit(&given).map_err(failed)?;
            let seconds = start.elapsed().as_secs_f64();
            runs.push(Run {
                seed,
                strategy: strategy.name(),
                accuracy: metrics::accuracy(&(learnt.logits)(&test), &labels),
                parameters: learnt.parameters,
                seconds,
            });
            done();
        }
        Ok(SeedRuns { pretraining, runs })
    }

    /// What the strategies of a seed are given: the source is pre-trained here, once for all.
    fn given(&self, seed: usize, steps: usize) -> Result<Knowledge, transfer::Error> {
        let spec = NetworkSpec::mlp(&WIDTHS);
        let source = scaled(self.source.clone());
        let target = scaled(self.target.rows(&self.training[seed]));
        let seen = scaled(self.target.rows(&self.seen));
        let seed = Seed::new(seed as u64);
        let pretraining = Recipe { steps, ..self.pretraining.clone() };
        Ok(Knowledge {
            tables: [
                Table::new(SOURCE, source.clone()).in_batches(BATCH),
                Table::new(TARGET, target.clone()),
            ],
            sources: [pretrain(SOURCE, source, &spec, &pretraining, seed)?],
            target: Target::new(TARGET, target).seeing(&seen),
            recipe: Recipe { steps, ..self.recipe.clone() },
            spec,
            joint_recipe: Recipe { steps, ..self.joint.clone() },
            seed,
        })
    }
}

/// Counts as fractions of the largest.
fn scaled(data: Dataset) -> Dataset {
    data.map(|count| count / LARGEST)
}

/// A number for what is in a data set: FNV-1a, 64 bits, over its shape, features and labels.
pub(crate) fn hash(data: &Dataset) -> u64 {
    let absorb = |hash: Fnv1a, number: u64| hash.with(&number.to_le_bytes());
    let sizes = [data.num_rows() as u64, data.num_columns() as u64].into_iter();
    let features = data.features.as_slice().iter().map(|&x| u64::from(x.to_bits()));
    let labels = data.labels().of_row.iter();
    let labels = labels.map(|label| label.map_or(u64::MAX, |class| class as u64));
    sizes.chain(features).chain(labels).fold(Fnv1a::new(), absorb).value()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_row_is_in_two_training_sets_or_in_the_test_part() {
        let protocol = Protocol::new(17, 1, &[]).expect("the data allow 17 seeds");
        let parts = protocol.training.iter().chain([&protocol.test]);
        let rows: Vec<usize> = parts.flatten().copied().collect();
        assert_eq!(rows.len(), 17 * 50 + 901);
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
        for rows in &protocol.training {
            let classes = protocol.target.rows(rows).labels().complete().expect("all have labels");
            for class in 0..10 {
                assert_eq!(classes.iter().filter(|&&of| of == class).count(), LABELS);
            }
        }
    }

    #[test]
    fn a_seed_has_the_same_rows_however_many_there_are() {
        let (few, many) =
            (Protocol::new(2, 1, &[]).expect("2"), Protocol::new(17, 1, &[]).expect("17"));
        assert_eq!(few.training, many.training[..2]);
        assert_eq!(few.test, many.test);
    }

    #[test]
    fn a_loss_that_is_not_finite_names_seed_strategy_and_step() {
        let mut protocol = Protocol::new(2, 30, &[]).expect("2 seeds");
        // A few updates throw the weights beyond what f32 can hold the products of.
        protocol.recipe = Recipe { steps: 30, ..Recipe::at_rate(1e6) };
        let failure = protocol.run(1, 30, &|| ()).expect_err("it cannot go well");
        let Failure::Run(sentence) = failure else { panic!("{failure:?}") };
        let names = protocol.strategies.iter().map(Strategy::name);
        let said = |name| sentence.starts_with(&format!("seed 1: {name}: the loss of step "));
        assert!(names.into_iter().any(said), "{sentence}");
        assert!(sentence.contains("not a finite number"), "{sentence}");

        protocol.pretraining = Recipe { batch: Some(BATCH), ..Recipe::at_rate(1e6) };
        let failure = protocol.run(0, 30, &|| ()).expect_err("it cannot go well");
        let Failure::Run(sentence) = failure else { panic!("{failure:?}") };
        assert!(sentence.starts_with("seed 0: pre-training: "), "{sentence}");
    }

    #[test]
    fn the_hash_tells_data_sets_apart() {
        let digits: Dataset = nn::data::digits();
        let other = digits.clone().map(|count| count.min(15.0));
        assert_eq!(hash(&digits), hash(&nn::data::digits()));
        assert_ne!(hash(&digits), hash(&other));
    }
}
