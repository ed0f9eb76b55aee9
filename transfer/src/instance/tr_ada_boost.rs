//! Boosting in which source rows that are of no use lose their weight.

use autograd::{Float, Tensor};
use nn::train::{self, Description, Examples, Family, Kind, Needs, Run, within};
use nn::{Dataset, Module, Sequential};

use crate::parameter::tune;
use crate::{Error, Fitted, Given, Learnt, Pooled, Predictor, Strategy};

/// TrAdaBoost: networks trained in rounds on source and target rows together; a source row that the
/// round's network misses counts less in the next, a target row that it misses counts more, and the
/// later half of the networks votes.
///
/// With `h` a network's probability of the second class and `c` the row's class, 0 or 1, a row is
/// missed by `|h - c|`; [`RowWeights`] tells what becomes of its weight.
///
/// # Source
/// Dai et al. 2007, figure 1, with hypotheses in `[0, 1]`. The learner is a fresh network, with the
/// same weights at the beginning in every round. Here the weighted error of a round is held between
/// 1e-9 and 0.49, so that every vote is finite and none is against its network; weights are equal in
/// the first round; in a batch rows count by their shares of the batch's weight; and an even vote is
/// for the first class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrAdaBoost {
    /// The number of rounds.
    pub rounds: usize,
}

impl Default for TrAdaBoost {
    /// Ten rounds.
    fn default() -> Self {
        Self { rounds: 10 }
    }
}

impl<F: Float> Strategy<F> for TrAdaBoost {
    fn describe(&self) -> Description {
        Description {
            paper: Some("Dai et al. 2007, Boosting for transfer learning"),
            needs: Needs { labels: Kind::TwoClasses, ..Needs::ONE_SOURCE },
            ..Description::new("TrAdaBoost", Family::Instance)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        within("rounds", self.rounds as f64, 1.0..=1000.0, "between 1 and 1000")?;
        let (task, batch) = (&given.target.task, run.recipe.batch);
        let Pooled { rows: together, of_sources: split, outputs } = given.pooled(&run)?;
        let spec = Examples::of(task, &together, batch, run.order(task))?.fitting(given.spec)?;
        let mut weights = RowWeights::equal(split, together.num_rows() - split);
        let mut vote = Vote(vec![]);
        for round in 1..=self.rounds {
            weights = weights.in_shares();
            let part = run.phase(&format!("round {round}"), run.recipe.clone());
            let examples = Examples::of(task, &together, batch, part.order(task))?;
            let examples = examples.weighted([&*weights.source, &*weights.target].concat())?;
            let model = spec.build_task::<F>(part.weights(), task);
            tune(&model, 0, &examples, &part, None)?;
            let misses = misses(&model, &together);
            let (of_source, of_target) = misses.split_at(split);
            let error = weights.error(of_target);
            weights = weights.after(of_source, of_target, self.rounds);
            if round >= self.rounds.div_ceil(2) {
                vote.0.push((model, ((1.0 - error) / error).ln()));
            }
        }
        let trained = self.rounds * spec.num_parameters();
        let (columns, log, multiply_adds) = (given.columns(), run.log(), vote.multiply_adds());
        let learnt = Learnt::Ensemble(Box::new(vote));
        Ok(Fitted { learnt, outputs, columns, scaler: None, log, trained, multiply_adds })
    }
}

/// How much each row of source and target counts in a round.
///
/// ```
/// use transfer::instance::RowWeights;
/// let weights = RowWeights::equal(1, 4);
/// // The first target row is missed: the error is 1/4, and beta 1/3.
/// let next = weights.after(&[0.0], &[1.0, 0.0, 0.0, 0.0], 10);
/// assert_eq!(next.target, [3.0, 1.0, 1.0, 1.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RowWeights {
    /// The source's rows.
    pub source: Vec<f64>,
    /// The target's rows.
    pub target: Vec<f64>,
}

impl RowWeights {
    /// So many rows of source and target, each of weight 1.
    pub fn equal(source: usize, target: usize) -> Self {
        Self { source: vec![1.0; source], target: vec![1.0; target] }
    }

    /// By how much target rows are missed in the weighted mean, held between 1e-9 and 0.49.
    pub fn error(&self, misses: &[f64]) -> f64 {
        let missed: f64 = self.target.iter().zip(misses).map(|(weight, miss)| weight * miss).sum();
        (missed / self.target.iter().sum::<f64>()).clamp(1e-9, 0.49)
    }

    /// The weights after a round that missed the rows by these amounts, of so many rounds: with `n`
    /// source rows, `N` rounds and the error `e`, a source row's times
    /// `(1 + sqrt(2 ln n / N))^-miss`, a target row's times `((1 - e) / e)^miss`.
    pub fn after(&self, of_source: &[f64], of_target: &[f64], rounds: usize) -> Self {
        let rows = self.source.len() as f64;
        let beta = 1.0 / (1.0 + (2.0 * rows.ln() / rounds as f64).sqrt());
        let error = self.error(of_target);
        let beta_of_round = error / (1.0 - error);
        let times = |weights: &[f64], base: f64, misses: &[f64]| -> Vec<f64> {
            weights.iter().zip(misses).map(|(weight, miss)| weight * base.powf(*miss)).collect()
        };
        Self {
            source: times(&self.source, beta, of_source),
            target: times(&self.target, beta_of_round.recip(), of_target),
        }
    }

    /// The same weights as shares of their sum.
    pub fn in_shares(mut self) -> Self {
        let total: f64 = self.source.iter().chain(&self.target).sum();
        self.source.iter_mut().chain(&mut self.target).for_each(|weight| *weight /= total);
        self
    }
}

/// By how much a network misses the class of each row.
fn misses<F: Float>(model: &Sequential<F>, rows: &Dataset<F>) -> Vec<f64> {
    let classes = rows.labels().of_row.iter().map(|class| class.unwrap_or(0) as f64);
    let hypotheses = second_class(model.predict(&rows.features));
    hypotheses.into_iter().zip(classes).map(|(h, c)| (h - c).abs()).collect()
}

/// The probability of the second class for each row of logits.
fn second_class<F: Float>(logits: Tensor<F>) -> Vec<f64> {
    let probabilities = logits.softmax(1);
    probabilities.as_slice().chunks_exact(2).map(|row| row[1].to_f64()).collect()
}

/// Networks of two classes, each with the logarithm of its odds to be right.
struct Vote<F: Float>(Vec<(Sequential<F>, f64)>);

impl<F: Float> Predictor<F> for Vote<F> {
    fn what(&self) -> String {
        format!("a vote of {} networks", self.0.len())
    }

    /// The logit of the first class is 0, that of the second above it if the vote is for it.
    fn outputs(&self, x: &Tensor<F>) -> Tensor<F> {
        let mut votes = vec![0.0; x.size(0)];
        for (network, odds) in &self.0 {
            for (vote, h) in votes.iter_mut().zip(second_class(network.predict(x))) {
                *vote += odds * (h - 0.5);
            }
        }
        let logit = |i: usize| if i.is_multiple_of(2) { F::ZERO } else { F::of(votes[i / 2]) };
        Tensor::from_fn([x.size(0), 2], logit)
    }

    fn multiply_adds(&self) -> usize {
        self.0.iter().map(|(network, _)| train::multiply_adds(network)).sum()
    }
}
