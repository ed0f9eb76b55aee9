//! Connections between layers of tasks: a lower task inside the network of a higher one.

use autograd::{Float, Parameter, Seed, Tape, Var, concatenate};
use nn::{Module, NetworkSpec, Optimizer, Sequential, Sgd};

use crate::examples::{Examples, joint_loss};
use crate::strategy::names_and_classes;
use crate::{Description, Error, Fitted, Network, Recipe, Strategy, Task, fresh};

/// Tasks on levels: the head of a lower one sits on an inner layer and tells the higher ones what
/// it predicts.
#[derive(Clone)]
pub struct LayeredNetwork<F: Float = f32> {
    /// The hidden layers, bottom first.
    pub layers: Vec<Sequential<F>>,
    /// One head a task; that of task `t` sits on hidden layer `t`, the last one's on the top layer.
    pub heads: Vec<Sequential<F>>,
    /// One label embedding, `[classes, size]`, for every task but the last.
    pub embeddings: Vec<Parameter<F>>,
    /// Whether the higher tasks' gradients stop below their own layers.
    pub detach: bool,
}
nn::parts!(<F> LayeredNetwork<F>: layers, heads, embeddings);

impl<F: Float> LayeredNetwork<F> {
    /// A fresh network for tasks of these names and numbers of classes, the lowest first.
    ///
    /// What a layer reads of the layer below begins as in every other strategy; what it reads of a
    /// label embedding is drawn beside it.
    ///
    /// # Errors
    /// If the architecture cannot be built, has no head, or has fewer hidden layers than levels.
    pub fn new(
        config: Layered,
        spec: &NetworkSpec,
        tasks: &[(&str, usize)],
        seed: Seed,
    ) -> Result<Self, Error> {
        let hidden = fresh::hidden_layers(spec);
        let num_lower = tasks.len().saturating_sub(1);
        if num_lower > 0 && hidden.len() < tasks.len() {
            return Err(Error::TooFewLayers { tasks: tasks.len(), layers: hidden.len() });
        }
        let mut heads = Vec::new();
        for (level, &(name, classes)) in tasks.iter().enumerate() {
            let inputs = (level < num_lower).then(|| hidden[level].outputs()).flatten();
            heads.push(fresh::head(spec, inputs, classes)?.build_task(seed, name));
        }
        let embedding = |&(name, classes): &(&str, usize)| {
            let seed = seed.child("embedding").child(name);
            Parameter::new(nn::init::normal([classes, config.embedding], 1.0, seed))
        };
        Ok(Self {
            layers: (hidden.iter().enumerate())
                .map(|(level, layer)| {
                    let reads_label = (1..=num_lower).contains(&level);
                    fresh::with_more_inputs(
                        layer,
                        if reads_label { config.embedding } else { 0 },
                        seed,
                    )
                })
                .collect(),
            heads,
            embeddings: tasks[..num_lower].iter().map(embedding).collect(),
            detach: config.detach,
        })
    }
}

impl<F: Float> Network<F> for LayeredNetwork<F> {
    fn num_tasks(&self) -> usize {
        self.heads.len()
    }

    fn forward<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        let mut x = x;
        for (level, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            let Some(embedding) = self.embeddings.get(level) else { continue };
            let logits = self.heads[level].forward(x);
            if level == task {
                return logits;
            }
            let prediction = logits.softmax(1);
            let (hidden, prediction) =
                if self.detach { (x.detach(), prediction.detach()) } else { (x, prediction) };
            let label = prediction.matmul(x.tape().watch(embedding));
            x = concatenate(&[hidden, label], 1);
        }
        self.heads[task].forward(x)
    }
}

/// The tasks stand on levels, the lowest first: a lower task is supervised at an inner layer, and
/// its prediction is given to the layers above as a label embedding.
///
/// Task `t` has its head on hidden layer `t + 1`, the last task on the top one. A row of a higher
/// task passes the lower heads too: the probabilities they give it, times a learnt embedding of the
/// labels, stand beside the hidden layer when the next one reads it. Rows of a lower task go no
/// further than its head, so the layers above get no gradient from it.
///
/// # Source
/// Søgaard and Goldberg 2016 (a lower task supervised at an inner layer); Hashimoto et al. 2017,
/// section 2.2: the label embedding `sum_j p(y = j) l(j)`. Here: all tasks take every step together
/// instead of by turns, without successive regularisation and without shortcuts from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layered {
    /// Numbers a label is embedded in.
    pub embedding: usize,
    /// Whether the higher tasks' gradients stop below their own layers, so that a lower task's
    /// layers learn from that task alone.
    pub detach: bool,
}

impl Default for Layered {
    fn default() -> Self {
        Self { embedding: 8, detach: false }
    }
}

impl<F: Float> Strategy<F> for Layered {
    fn describe(&self) -> Description {
        Description {
            name: "layered",
            article_term: Some("任务间分层连接"),
            paper: Some("Søgaard and Goldberg 2016; Hashimoto et al. 2017"),
            chapter: "Connections in layers",
        }
    }

    fn fit(
        &self,
        tasks: &[Task<F>],
        spec: &NetworkSpec,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<Fitted<F>, Error> {
        let config = recipe.sgd()?;
        let examples = Examples::of_all(tasks, seed)?;
        let network =
            LayeredNetwork::new(*self, spec, &names_and_classes(tasks), seed.child("weights"))?;

        let mut optimizer = Sgd::with_config(&network, config);
        for step in 0..recipe.steps {
            let tape = Tape::in_training(seed.child("tape").child(step));
            let loss = joint_loss(&network, &examples, &tape, step);
            Error::check(loss, "layered", step)?;
            optimizer.step(loss.backward());
        }
        Ok(Fitted::of(network))
    }
}
