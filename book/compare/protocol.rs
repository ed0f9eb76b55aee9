//! The protocol: what each strategy of a seed is given, and how what it learnt is tested.

use std::collections::BTreeMap;
use std::time::Instant;

use autograd::{Seed, Tensor};
use multitask::Table;
use nn::NetworkSpec;
use nn::metrics::mean;
use nn::train::{Recipe, Role};
use transfer::{Target, pretrain};

use crate::answers::{Answers, Truth};
use crate::failure::Failure;
use crate::problem::Problem;
use crate::settings::{SOURCE_ONLY, Setting, Settings};
use crate::strategies::{BASELINE, Knowledge, Strategy};

/// Rows of a batch of the source.
pub(crate) const BATCH: usize = 64;
/// Widths of the network's hidden layers.
pub(crate) const HIDDEN: [usize; 2] = [64, 32];

/// A problem, the strategies that are tried on it, and their settings.
pub(crate) struct Protocol {
    pub(crate) problem: Problem,
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) settings: Settings,
    /// What was chosen instead.
    pub(crate) chosen: BTreeMap<&'static str, Setting>,
    /// Steps of a training at most.
    pub(crate) steps: usize,
    /// Widths of the network's hidden layers.
    pub(crate) hidden: Vec<usize>,
    /// The rows of the test part, and their labels.
    pub(crate) test: (Tensor, Truth),
}

/// All trainings of a seed.
#[derive(Clone, Debug)]
pub(crate) struct SeedRuns {
    pub(crate) seed: usize,
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
    /// What it says of the test part's rows.
    pub(crate) answers: Answers,
    /// How good that is for each of them: 1 for a class that is right, 0 for another.
    pub(crate) values: Vec<f64>,
    /// How many numbers its training moved.
    pub(crate) parameters: usize,
    /// How many updates saw rows of the target.
    pub(crate) updates: usize,
    /// The loss of the target's rows over the training, in a few pieces of equal length.
    pub(crate) curve: Vec<f64>,
    /// How long the training took.
    pub(crate) seconds: f64,
}

impl Run {
    /// Share of the test part's rows that it classifies right; of numbers R².
    pub(crate) fn accuracy(&self) -> f64 {
        mean(&self.values)
    }
}

impl Protocol {
    pub(crate) fn of(
        problem: Problem,
        strategies: Vec<Strategy>,
        settings: Settings,
        steps: usize,
    ) -> Self {
        let test = problem.scaled(problem.target.rows(&problem.test));
        let test = (test.features, Truth::of(&test.label_columns[0]));
        let (chosen, hidden) = (BTreeMap::new(), HIDDEN.to_vec());
        Self { problem, strategies, settings, chosen, steps, hidden, test }
    }

    pub(crate) fn seeds(&self) -> usize {
        self.problem.seeds.len()
    }

    /// Widths of the network, inputs first.
    pub(crate) fn widths(&self) -> Vec<usize> {
        let target = &self.problem.target;
        let ends = [target.num_columns(), target.label_columns[0].num_outputs()];
        [&ends[..1], &self.hidden, &ends[1..]].concat()
    }

    /// Number of networks that are trained, pre-training included.
    pub(crate) fn num_trainings(&self) -> usize {
        self.seeds() * (self.strategies.len() + 1)
    }

    /// How a strategy is trained; the source's network is the row "source only".
    pub(crate) fn setting(&self, strategy: &str) -> Setting {
        let chosen = self.chosen.get(strategy).copied();
        chosen.unwrap_or_else(|| self.settings.of(strategy)).within(self.steps)
    }

    /// About how many seconds all runs, and `beside` as many as so many seeds, take on so many threads,
    /// judged by the first steps of a seed, and by a few test rows for what takes no steps.
    pub(crate) fn estimate(&self, threads: usize, beside: usize) -> Result<f64, Failure> {
        let (still, learning): (Vec<_>, Vec<_>) =
            self.strategies.iter().partition(|row| row.takes_no_steps());
        let pretraining = self.setting(SOURCE_ONLY);
        let steps = |most: usize| -> usize {
            let of_row = |row: &&Strategy| self.setting(row.name()).within(most).steps;
            learning.iter().map(of_row).sum::<usize>() + pretraining.within(most).steps
        };
        let seed = self.problem.seeds.start;
        // What a step takes, apart from what a training takes however short it is.
        let seconds = |few: usize| -> Result<f64, Failure> {
            let start = Instant::now();
            let given = self.given(seed, &pretraining.within(few))?;
            self.trained(&given, &learning, few, &|_| ())?;
            Ok(start.elapsed().as_secs_f64())
        };
        let (few, more) = (5, 25);
        let (short, long) = (seconds(few)?, seconds(more)?);
        let a_step = (long - short).max(0.0) / (steps(more) - steps(few)).max(1) as f64;
        let learning = long + a_step * (steps(usize::MAX) - steps(more)) as f64;
        let seconds = learning + self.answering(&still)?;
        // The first seed has the machine to itself, the others share it.
        Ok(seconds * (1.0 + (self.seeds() - 1 + beside) as f64 / threads as f64))
    }

    /// About how many seconds these take to answer for all test rows, judged by a few.
    fn answering(&self, strategies: &[&Strategy]) -> Result<f64, Failure> {
        const FEW: usize = 256;
        let given = self.given(self.problem.seeds.start, &self.setting(SOURCE_ONLY).within(1))?;
        let rows = self.test.0.size(0);
        let few = self.test.0.rows(&(0..rows.min(FEW)).collect::<Vec<_>>());
        let start = Instant::now();
        for strategy in strategies {
            let learnt = strategy.fit(&given, &self.setting(strategy.name()));
            learnt.map_err(Failure::Run)?.logits(&few);
        }
        Ok(start.elapsed().as_secs_f64() * (rows as f64 / few.size(0).max(1) as f64))
    }

    /// Trains every strategy once, in so many steps at most, `done` after each; the error names
    /// seed, strategy and step.
    pub(crate) fn run(
        &self,
        seed: usize,
        steps: usize,
        done: &(dyn Fn(&str) + Sync),
    ) -> Result<SeedRuns, Failure> {
        let start = Instant::now();
        let given = self.given(seed, &self.setting(SOURCE_ONLY).within(steps))?;
        let pretraining = start.elapsed().as_secs_f64();
        done("pre-training");
        let runs = self.trained(&given, &self.strategies.iter().collect::<Vec<_>>(), steps, done);
        Ok(SeedRuns { seed, pretraining, runs: runs? })
    }

    /// The same seed with so many of its labelled rows of each class: the baseline and the
    /// strategies.
    pub(crate) fn run_with(
        &self,
        labels: usize,
        seed: usize,
        done: &(dyn Fn(&str) + Sync),
    ) -> Result<SeedRuns, Failure> {
        let given = self.given(seed, &self.setting(SOURCE_ONLY))?;
        let given = given.with(self.problem.scaled(self.problem.fewer(seed, labels)));
        // What cannot learn from so few has no point there.
        let one = |row: &&Strategy| self.trained(&given, &[row], self.steps, done).ok();
        let runs = self.of_curve().iter().filter_map(one).flatten().collect();
        Ok(SeedRuns { seed, pretraining: 0.0, runs })
    }

    /// The rows that are drawn against the number of labels.
    pub(crate) fn of_curve(&self) -> Vec<&Strategy> {
        let wanted = |row: &&Strategy| row.known.role == Role::Strategy || row.name() == BASELINE;
        self.strategies.iter().filter(wanted).collect()
    }

    fn trained(
        &self,
        given: &Knowledge,
        strategies: &[&Strategy],
        steps: usize,
        done: &(dyn Fn(&str) + Sync),
    ) -> Result<Vec<Run>, Failure> {
        let seed = given.number;
        let mut runs = Vec::new();
        for strategy in strategies {
            let start = Instant::now();
            let setting = self.setting(strategy.name()).within(steps);
            let learnt = strategy.fit(given, &setting);
            let learnt = learnt.map_err(|why| Failure::Run(format!("seed {seed}: {why}")))?;
            let seconds = start.elapsed().as_secs_f64();
            let answers = Answers::of(&learnt.logits(&self.test.0), &self.test.1);
            runs.push(Run {
                seed,
                strategy: strategy.name(),
                values: answers.values(&self.test.1),
                answers,
                curve: learnt.curve(),
                parameters: learnt.trained(),
                updates: learnt.updates(),
                seconds,
            });
            done(strategy.name());
        }
        Ok(runs)
    }

    /// The accuracy of a strategy with this setting; none if it cannot be trained with it.
    pub(crate) fn accuracy(
        &self,
        strategy: &Strategy,
        given: &Knowledge,
        setting: &Setting,
    ) -> Option<f64> {
        let learnt = strategy.fit(given, setting).ok()?;
        let answers = Answers::of(&learnt.logits(&self.test.0), &self.test.1);
        Some(mean(&answers.values(&self.test.1)))
    }

    /// What the strategies of a seed are given: the source is pre-trained here, once for all.
    pub(crate) fn given(&self, seed: usize, of_source: &Setting) -> Result<Knowledge, Failure> {
        let Problem { source_name, target_name, source, target, training, seen, .. } =
            &self.problem;
        let spec = NetworkSpec::mlp(&self.widths());
        let source = self.problem.scaled(source.clone());
        let few = self.problem.scaled(target.rows(&training[seed]));
        let seen = self.problem.scaled(target.rows(seen));
        let pretraining = Recipe { batch: Some(BATCH), ..of_source.recipe() };
        let of_seed = Seed::new(seed as u64);
        let learnt = pretrain(source_name, source.clone(), &spec, &pretraining, of_seed);
        let learnt = learnt.map_err(|why| Failure::Run(format!("seed {seed}: {why}")))?;
        Ok(Knowledge {
            tables: [
                Table::new(*source_name, source).in_batches(BATCH),
                Table::new(*target_name, few.clone()),
            ],
            sources: [learnt],
            target: Target::new(*target_name, few).seeing(&seen),
            whole: Target::new(*target_name, seen),
            spec,
            pretraining,
            number: seed,
            seed: of_seed,
        })
    }
}

#[cfg(test)]
mod tests {
    use nn::Parameters as _;

    use super::*;
    use crate::problem::Split;
    use crate::strategies;
    use crate::strategies::Learnt;

    fn protocol(seeds: usize, settings: Settings, steps: usize) -> Protocol {
        let problem = Problem::embedded(Split::Halves(0), seeds).expect("the data allow them");
        Protocol::of(problem, strategies::rows(&[]).expect("the usual ones"), settings, steps)
    }

    /// The bits of all that a strategy learnt: its weights and, where it is no network, what it says
    /// of some rows.
    fn bits(learnt: &Learnt, probes: &Tensor) -> Vec<u32> {
        let mut bits: Vec<u32> =
            learnt.logits(probes).as_slice().iter().map(|x| x.to_bits()).collect();
        let mut weights = |_: &str, parameter: &autograd::Parameter| {
            bits.extend(parameter.value().as_slice().iter().map(|x| x.to_bits()));
        };
        match learnt {
            Learnt::Alone(fitted) => drop(fitted.model().map(|model| model.visit(&mut weights))),
            Learnt::Together(fitted, _) => fitted.network.visit(&mut weights),
        }
        bits
    }

    #[test]
    fn scrambled_test_rows_change_no_bit_of_what_any_strategy_learns() {
        for settings in [Settings::Chosen, Settings::Default] {
            let all = || strategies::rows(&whole_names()).expect("all that the data allow");
            let whole = Protocol { strategies: all(), ..protocol(1, settings, 12) };
            let scrambled = Protocol::of(scrambled(), all(), settings, 12);
            let given = |protocol: &Protocol| {
                protocol.given(0, &protocol.setting(SOURCE_ONLY)).expect("it can be trained")
            };
            let (here, there) = (given(&whole), given(&scrambled));
            let probes = &here.sources[0].data.features.slice(0, 0..20);
            for strategy in &whole.strategies {
                let setting = whole.setting(strategy.name());
                let [here, there] = [&here, &there].map(|given| {
                    let learnt = strategy.fit(given, &setting);
                    bits(&learnt.unwrap_or_else(|why| panic!("{why}")), probes)
                });
                assert!(here == there, "{} has seen a row of the test part", strategy.name());
            }
            assert!(whole.test.0 != scrambled.test.0 && whole.test.1 != scrambled.test.1);
        }
    }

    /// The comparison's rows with other features and labels in the test part.
    fn scrambled() -> Problem {
        let mut problem = Problem::embedded(Split::Halves(0), 1).expect("the data allow it");
        let target = &mut problem.target;
        let width = target.num_columns();
        let mut entries = target.features.as_slice().to_vec();
        let nn::data::LabelColumn::Classes(labels) = &mut target.label_columns[0] else {
            panic!("the digits are classes")
        };
        for (number, &row) in problem.test.iter().enumerate() {
            let entries = entries[row * width..][..width].iter_mut().enumerate();
            entries.for_each(|(i, x)| *x = ((i * 7 + number) % 17) as f32);
            labels.of_row[row] = labels.of_row[row].map(|class| (class * 3 + number) % 10);
        }
        target.features = Tensor::new(target.features.shape(), entries);
        problem
    }

    /// The names of all strategies whose needs the data meet.
    fn whole_names() -> Vec<String> {
        let met =
            |known: &nn::train::Description| known.needs.unmet(1, true, true, Some(10)).is_none();
        let all = strategies::all().into_iter().filter(|strategy| met(&strategy.known));
        all.map(|strategy| strategy.name().to_owned()).collect()
    }

    #[test]
    fn no_usual_strategy_leaves_the_common_budget() {
        for settings in [Settings::Chosen, Settings::Default] {
            let protocol = protocol(1, settings, usize::MAX);
            for strategy in &protocol.strategies {
                assert!(protocol.setting(strategy.name()).steps <= crate::settings::STEPS);
            }
            let few = protocol.run(0, 7, &|_| ()).expect("it can be trained");
            for run in &few.runs {
                assert!(run.updates <= 7, "{} makes {} updates", run.strategy, run.updates);
            }
        }
    }

    #[test]
    fn a_loss_that_is_not_finite_names_seed_strategy_and_step() {
        let protocol = protocol(2, Settings::Default, 30);
        let wild = Setting { rate: 1e6, ..protocol.setting("scratch") };
        let failure = protocol.given(1, &wild).err().expect("it cannot go well");
        let Failure::Run(sentence) = failure else { panic!("{failure:?}") };
        assert!(sentence.starts_with("seed 1: pre-training: the loss of step "), "{sentence}");

        let given = protocol.given(1, &protocol.setting(SOURCE_ONLY)).expect("it goes well");
        for strategy in protocol.strategies.iter().filter(|s| s.name() == "shared parameters") {
            let sentence = strategy.fit(&given, &wild).err().expect("it cannot go well");
            assert!(sentence.starts_with("shared parameters: the loss of step "), "{sentence}");
        }
    }
}
