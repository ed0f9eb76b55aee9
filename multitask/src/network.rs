//! Networks with several heads, and architectures that build them.

use std::fmt::Display;

use autograd::{Float, Parameter, Seed, Tape, Tensor, Var};
use nn::train::{Description, Learner};
use nn::{Groups, Init, Linear, Module, NetworkSpec, Parameters};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Error, Task, Tasks};

/// A network with a head for every task: rows in, the outputs of the tasks asked for out.
pub trait Network<F: Float = f32>: Parameters<F> {
    /// The outputs of these tasks, each `[rows, columns]` to `[rows, outputs of the task]`: one
    /// pass through all that they share.
    ///
    /// # Panics
    /// If there is no such task, or the rows have another width.
    #[track_caller]
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>>;

    /// Which share of the steps, from the first on, trains every task's own part alone, before the
    /// parts are connected: from 0 to 1.
    fn alone(&self) -> f64 {
        0.0
    }

    /// The outputs of a task by its own part alone, as far as it has one; else those of
    /// [`forward`](Network::forward).
    ///
    /// # Panics
    /// As [`forward`](Network::forward).
    #[track_caller]
    fn forward_alone<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        self.forward(x, &[task])[0]
    }

    /// The parameters that the tasks share, over which a balancer weighs gradients; none if every
    /// task has its own.
    fn shared(&self) -> Vec<Parameter<F>>;

    /// The parameters with their rates and decays.
    fn groups(&self) -> Groups<F> {
        Groups::of(self)
    }

    /// What is added to the loss beside the tasks' own; its gradient is added to theirs after they
    /// have been weighed.
    fn penalty<'t>(&self, _: &'t Tape<F>) -> Option<Var<'t, F>> {
        None
    }
}

/// How the tasks' networks hang together.
///
/// A new architecture is one file with this trait and its [`Network`], and one line in
/// [`architectures`](crate::architectures).
pub trait Architecture<F: Float = f32>: Stored<F> + Send + Sync {
    /// What it is called.
    fn describe(&self) -> Description;

    /// A fresh network.
    ///
    /// # Errors
    /// If an option is out of its range, or the architecture does not suit the network.
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error>;

    /// Refuses tasks that do not suit it, beyond what their numbers of outputs say.
    ///
    /// # Errors
    /// If they do not.
    fn check(&self, _: &Tasks<F>) -> Result<(), Error> {
        Ok(())
    }
}

/// What a fresh network is made of.
#[derive(Clone, Copy)]
pub struct Plan<'p> {
    /// The architecture that a single task would get.
    pub spec: &'p NetworkSpec,
    /// The tasks' names, which pick their heads, and their numbers of outputs.
    pub tasks: &'p [(&'p str, usize)],
    /// Where fresh weights come from.
    pub seed: Seed,
}

/// How an [`Architecture`] stands in a file; every one whose options serde can write and read has
/// it.
pub trait Stored<F: Float = f32> {
    /// The options as JSON.
    fn options(&self) -> Value;

    /// The same architecture with these options.
    ///
    /// # Errors
    /// If they are not of its kind.
    fn with_options(&self, options: &Value) -> Result<Box<dyn Architecture<F>>, Error>;
}
impl<F: Float, A: Architecture<F> + Serialize + DeserializeOwned + 'static> Stored<F> for A {
    fn options(&self) -> Value {
        json!(self)
    }
    fn with_options(&self, options: &Value) -> Result<Box<dyn Architecture<F>>, Error> {
        Ok(Box::new(A::deserialize(options).map_err(unknown)?))
    }
}

/// The refusal of a file that does not say how to build its network.
pub(crate) fn unknown(fault: impl Display) -> Error {
    Error::Architecture(format!("the file is of no architecture that was named: {fault}"))
}

/// The trainable parameters of a part: what [`Network::shared`] gives.
pub fn parameters_of<F: Float>(part: &(impl Parameters<F> + ?Sized)) -> Vec<Parameter<F>> {
    let named = part.named().into_iter().map(|(_, parameter)| parameter);
    named.filter(|parameter| !parameter.is_buffer()).collect()
}

/// A network behind adapters that bring rows of other widths to its inputs.
pub(crate) struct Adapted<F: Float> {
    /// One a table, where its rows need one.
    adapters: Vec<Option<Linear<F>>>,
    /// Each task's table.
    tables: Vec<usize>,
    network: Box<dyn Network<F>>,
}
nn::parts!(<F> Adapted<F>: adapters, network);

impl<F: Float> Adapted<F> {
    /// The network, with an adapter for each table whose rows have another width: `widths` holds
    /// the width of those.
    pub(crate) fn around(
        network: Box<dyn Network<F>>,
        spec: &NetworkSpec,
        tasks: &[Task],
        widths: &[Option<usize>],
        seed: Seed,
    ) -> Box<dyn Network<F>> {
        let adapter = |(table, width): (usize, &Option<usize>)| {
            let seed = seed.child("adapter").child(table);
            Some(Linear::with_init((*width)?, spec.inputs()?, Init::Uniform, seed))
        };
        let adapters: Vec<_> = widths.iter().enumerate().map(adapter).collect();
        if adapters.iter().all(Option::is_none) {
            return network;
        }
        let tables = tasks.iter().map(|task| task.table).collect();
        Box::new(Self { adapters, tables, network })
    }

    /// A task's rows as wide as the network's inputs.
    fn adapted<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        let adapter = self.adapters[self.tables[task]].as_ref();
        adapter.map_or(x, |adapter| adapter.forward(x))
    }
}

impl<F: Float> Network<F> for Adapted<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        // All that are asked for share a table, and so an adapter.
        let x = tasks.first().map_or(x, |&task| self.adapted(x, task));
        self.network.forward(x, tasks)
    }
    fn alone(&self) -> f64 {
        self.network.alone()
    }
    fn forward_alone<'t>(&self, x: Var<'t, F>, task: usize) -> Var<'t, F> {
        self.network.forward_alone(self.adapted(x, task), task)
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        self.network.shared()
    }
    fn groups(&self) -> Groups<F> {
        Groups::of(self).as_in(&self.network.groups())
    }
    fn penalty<'t>(&self, tape: &'t Tape<F>) -> Option<Var<'t, F>> {
        self.network.penalty(tape)
    }
}

/// A network whose tasks' own parts are not connected yet.
pub(crate) struct Alone<'n, F: Float>(pub(crate) &'n dyn Network<F>);

impl<F: Float> Parameters<F> for Alone<'_, F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        self.0.visit(visit);
    }
}
impl<F: Float> Network<F> for Alone<'_, F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        tasks.iter().map(|&task| self.0.forward_alone(x, task)).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        vec![]
    }
}

impl<F: Float> Learner<F> for Box<dyn Network<F>> {
    fn outputs(&self, task: usize, x: &Tensor<F>) -> Tensor<F> {
        let tape = Tape::<F>::predicting();
        self.forward(tape.constant(x), &[task])[0].value()
    }
}
