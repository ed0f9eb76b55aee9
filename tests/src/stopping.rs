//! A small training in which everything has a state: an optimiser's numbers, running statistics,
//! dropout, a schedule, an order of rows.

use std::path::Path;

use autograd::{Tape, Tensor};
use nn::checkpoint::{Checkpoint, Progress};
use nn::{
    Adam, AdamConfig, BatchNorm, Batches, Dropout, Linear, Module, Optimizer, OptimizerState,
    Parameters, Relu, Schedule, Seed, Sequential, Sgd, SgdConfig, StateDict,
};

/// The rules that the promise of resuming is kept for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Plain descent, whose numbers are no function of the past.
    Sgd,
    /// Descent with Nesterov's momentum and decay.
    Momentum,
    /// Adam.
    Adam,
    /// Adam with decoupled decay.
    AdamW,
}

impl Rule {
    /// All of them.
    pub const ALL: [Rule; 4] = [Rule::Sgd, Rule::Momentum, Rule::Adam, Rule::AdamW];

    /// A fresh optimiser.
    pub fn optimizer(self, model: &Sequential) -> Box<dyn Optimizer> {
        let learning_rate = 0.05;
        let (momentum, weight_decay, nesterov) = (0.9, 0.01, true);
        let with_momentum =
            SgdConfig { learning_rate, momentum, weight_decay, nesterov, ..SgdConfig::default() };
        match self {
            Rule::Sgd => Box::new(Sgd::new(model, learning_rate)),
            Rule::Momentum => Box::new(Sgd::with_config(model, with_momentum)),
            Rule::Adam => Box::new(Adam::new(model, learning_rate)),
            Rule::AdamW => {
                let config = AdamConfig { learning_rate, ..AdamConfig::adamw() };
                Box::new(Adam::with_config(model, config))
            }
        }
    }
}

/// The number of rows, and of rows in a batch: three batches and a part of the fourth are an epoch.
pub const ROWS: usize = 20;
/// The number of rows in a batch.
pub const BATCH: usize = 6;

/// Training, so far.
pub struct Training {
    /// The rule of its optimiser.
    pub rule: Rule,
    /// The network.
    pub model: Sequential,
    /// The optimiser.
    pub optimizer: Box<dyn Optimizer>,
    /// What the next steps are functions of.
    pub progress: Progress,
    /// The bits of the losses so far.
    pub losses: Vec<u32>,
}

impl Training {
    /// Training before its first step: the weights from one seed, all else from another one.
    pub fn start(rule: Rule, weights: Seed, seed: Seed) -> Self {
        let model = Sequential::new()
            .then_named("fc1", Linear::he(6, 8, weights.child("fc1")))
            .then_named("norm", BatchNorm::new(8))
            .then(Relu)
            .then(Dropout::new(0.3))
            .then_named("fc2", Linear::he(8, 3, weights.child("fc2")));
        let cosine = Schedule::Cosine { rate: 0.05, minimum: 0.001, steps: 40 };
        let progress = Progress { step: 0, schedule: cosine.warmed_up(0.1, 5), seed };
        let optimizer = rule.optimizer(&model);
        Training { rule, model, optimizer, progress, losses: Vec::new() }
    }

    /// Goes on with what a file holds, in a model of other weights.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub fn resume(rule: Rule, file: &Path) -> Result<Self, nn::Error> {
        let mut training = Self::start(rule, Seed::new(99), Seed::new(98));
        training.restore(file)?;
        Ok(training)
    }

    /// Writes all of it to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, file: &Path) -> Result<(), nn::Error> {
        self.checkpoint().write(file)
    }

    /// All that a file of it holds.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.model.state_dict()).with_training(&*self.optimizer, &self.progress)
    }

    /// Goes back to what a file holds.
    ///
    /// # Errors
    /// If the file cannot be used; nothing is changed then.
    pub fn restore(&mut self, file: &Path) -> Result<(), nn::Error> {
        self.progress = Checkpoint::read(file)?.resume(&self.model, &mut *self.optimizer)?;
        Ok(())
    }

    /// So many steps more.
    pub fn train(&mut self, steps: usize) {
        let x = Tensor::from_fn([ROWS, 6], |i| (i * 37 % 101) as f32 / 50.0 - 1.0);
        let labels: Vec<usize> = (0..ROWS).map(|row| row * 7 % 3).collect();
        let batches = Batches::new(ROWS, BATCH, self.progress.seed.child("order"));
        for _ in 0..steps {
            let Progress { step, schedule, seed } = &mut self.progress;
            let rows = batches.at(*step);
            let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
            let tape = Tape::training(seed.child("dropout").child(*step));
            let loss = self.model.forward(tape.constant(x.rows(&rows))).cross_entropy(&classes);
            self.losses.push(loss.value().item().to_bits());
            self.optimizer.set_learning_rate(schedule.at(*step));
            self.optimizer.step(loss.backward());
            *step += 1;
        }
    }

    /// All that later steps depend on.
    pub fn state(&self) -> (StateDict, OptimizerState, Progress) {
        (self.model.state_dict(), self.optimizer.state(), self.progress.clone())
    }
}
