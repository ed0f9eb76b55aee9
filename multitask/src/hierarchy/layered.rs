//! Connections between layers of tasks: a lower task inside the network of a higher one.

use autograd::{Float, Parameter, Var, concatenate};
use nn::train::Property::OneTaskIsBaseline;
use nn::train::{Description, Family, Kind, Needs};
use nn::{Module, NetworkSpec, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// Tasks on levels: the head of a lower one sits on an inner layer and tells the higher ones what
/// it predicts.
#[derive(Clone)]
pub struct LayeredNetwork<F: Float = f32> {
    /// The hidden layers, bottom first.
    pub layers: Vec<Sequential<F>>,
    /// One head a task; that of a lower task sits on the layer of its number, the last one's on top.
    pub heads: Vec<Sequential<F>>,
    /// One label embedding, `[classes, size]`, for every task but the last.
    pub embeddings: Vec<Parameter<F>>,
    /// Whether the higher tasks' gradients stop below their own layers.
    pub detach: bool,
}
nn::parts!(<F> LayeredNetwork<F>: layers, heads, embeddings);

impl<F: Float> LayeredNetwork<F> {
    /// A fresh network, the lowest task first.
    ///
    /// What a layer reads of the layer below begins as in every other strategy; what it reads of a
    /// label embedding is drawn beside it.
    ///
    /// # Errors
    /// If the architecture cannot be built, has no head, or has fewer hidden layers than levels.
    pub fn new(config: Layered, plan: &Plan<'_>) -> Result<Self, Error> {
        let Plan { spec, tasks, seed } = *plan;
        let hidden = fresh::hidden_layers(spec);
        let num_lower = tasks.len().saturating_sub(1);
        if num_lower > 0 && hidden.len() < tasks.len() {
            return Err(Error::Architecture(format!(
                "{} tasks on levels need as many hidden layers, but the network has {}",
                tasks.len(),
                hidden.len()
            )));
        }
        let mut heads = Vec::new();
        for (level, &task) in tasks.iter().enumerate() {
            let inputs = (level < num_lower).then(|| hidden[level].outputs()).flatten();
            heads.push(fresh::head(spec, inputs, task, seed)?);
        }
        let embedding = |&(name, classes): &(&str, usize)| {
            let seed = seed.child("embedding").child(name);
            Parameter::new(nn::init::normal([classes, config.embedding], 1.0, seed))
        };
        let layer = |(level, layer): (usize, &NetworkSpec)| {
            let reads_label = (1..=num_lower).contains(&level);
            let more = if reads_label { config.embedding } else { 0 };
            fresh::with_more_inputs(layer, more, seed)
        };
        Ok(Self {
            layers: hidden.iter().enumerate().map(layer).collect(),
            heads,
            embeddings: tasks[..num_lower].iter().map(embedding).collect(),
            detach: config.detach,
        })
    }
}

impl<F: Float> Network<F> for LayeredNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let mut x = x;
        let mut of_level = Vec::with_capacity(self.heads.len());
        let highest = tasks.iter().copied().max().unwrap_or(0);
        for (level, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            let Some(embedding) = self.embeddings.get(level) else { continue };
            let logits = self.heads[level].forward(x);
            of_level.push(logits);
            if level == highest {
                break;
            }
            let prediction = logits.softmax(1);
            let (hidden, prediction) =
                if self.detach { (x.detach(), prediction.detach()) } else { (x, prediction) };
            let label = prediction.matmul(x.tape().watch(embedding));
            x = concatenate(&[hidden, label], 1);
        }
        if highest == self.embeddings.len() {
            of_level.push(self.heads[highest].forward(x));
        }
        tasks.iter().map(|&task| of_level[task]).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&self.layers)
    }
}

/// The tasks stand on levels, the lowest first: a lower task is supervised at an inner layer, and
/// its prediction is given to the layers above as a label embedding.
///
/// Task 0 has its head on the first hidden layer, task 1 on the second, the last one on the top. A row of a higher
/// task passes the lower heads too: the probabilities they give it, times a learnt embedding of the
/// labels, stand beside the hidden layer when the next one reads it. Rows of a lower task go no
/// further than its head, so the layers above get no gradient from it.
///
/// # Source
/// Søgaard and Goldberg 2016 (a lower task supervised at an inner layer); Hashimoto et al. 2017
/// (what a lower task predicts, as the label embedding `sum_j p(y = j) l(j)`). Here: all tasks take every step together
/// instead of by turns, without successive regularisation and without shortcuts from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layered {
    /// Numbers a label is embedded in.
    pub embedding: usize,
    /// Whether the higher tasks' gradients stop below their own layers, so that a lower task's
    /// layers learn from that task alone.
    pub detach: bool,
}

impl Default for Layered {
    fn default() -> Self {
        Self { embedding: 16, detach: false }
    }
}

impl<F: Float> Architecture<F> for Layered {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("任务间分层连接"),
            paper: Some("Søgaard and Goldberg 2016; Hashimoto et al. 2017"),
            chapter: "Connections in layers",
            needs: Needs { labels: Kind::Classes, ..Needs::LABELS },
            keeps: &[OneTaskIsBaseline],
            usual: true,
            ..Description::new("layered", Family::Hierarchy)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        Ok(Box::new(LayeredNetwork::new(*self, plan)?))
    }
}
