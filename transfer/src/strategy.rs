//! The one trait of this crate, what it is given and what it gives back.

use std::path::Path;

use autograd::{Float, Tensor};
use nn::data::{Scale, Scaler};
use nn::train::{self, Description, Examples, Outputs, Record, Run, Saved};
use nn::{Dataset, Layers, Module, NetworkSpec, Parameters, Sequential, onnx};

use crate::{Error, Source};

/// A way to learn a target task with the knowledge of sources at hand.
///
/// A new strategy is one file with this trait and one line in [`registry`](crate::registry).
pub trait Strategy<F: Float = f32>: Send + Sync {
    /// What the strategy is called, what it needs and which laws it keeps.
    fn describe(&self) -> Description;

    /// Learns the target task; the same arguments give the same bits.
    ///
    /// # Errors
    /// If what is given or the recipe does not fit the strategy, or a loss is not finite.
    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error>;
}

/// What a strategy may learn from.
#[derive(Clone, Copy)]
pub struct Given<'g, F: Float = f32> {
    /// The sources: none, one, or several.
    pub sources: &'g [Source<F>],
    /// The target.
    pub target: &'g Target<F>,
    /// The architecture of a fresh network for the target, its outputs aside.
    pub spec: &'g NetworkSpec,
}

/// What may be learnt from of the target: no label of its test part is in here.
#[derive(Clone, Debug)]
pub struct Target<F: Float = f32> {
    /// The task's name: it picks the fresh head and the order of the batches.
    pub task: String,
    /// Rows with one column of labels; rows without a label are left out.
    pub labelled: Option<Dataset<F>>,
    /// Rows of the target domain without labels.
    pub unlabelled: Option<Unlabelled<F>>,
}

/// Rows without labels: what may be seen of a domain whose labels are not known, or not to be seen.
///
/// A strategy cannot reach the labels of these rows, since they are not here:
///
/// ```
/// # use nn::train::Run;
/// # use transfer::{Error, Fitted, Given};
/// fn fit(given: &Given<'_>, _: &Run<'_>) -> Result<Fitted, Error> {
///     let seen = given.target.unlabelled.as_ref().expect("rows of the target");
///     let rows = &seen.features;
/// #   unimplemented!("{rows:?}")
/// }
/// ```
///
/// ```compile_fail
/// # use nn::train::Run;
/// # use transfer::{Error, Fitted, Given};
/// fn fit(given: &Given<'_>, _: &Run<'_>) -> Result<Fitted, Error> {
///     let seen = given.target.unlabelled.as_ref().expect("rows of the target");
///     let rows = &seen.label_columns;
/// #   unimplemented!("{rows:?}")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Unlabelled<F: Float = f32> {
    /// `[rows, columns]`.
    pub features: Tensor<F>,
    /// The columns' names.
    pub columns: Vec<String>,
}

impl<F: Float> Target<F> {
    /// A task to be learnt from these rows alone.
    pub fn new(task: impl Into<String>, labelled: Dataset<F>) -> Self {
        Self { task: task.into(), labelled: Some(labelled), unlabelled: None }
    }

    /// A task of which only rows without labels are known: labels in `rows` are not taken over.
    pub fn without_labels(task: impl Into<String>, rows: &Dataset<F>) -> Self {
        Self { task: task.into(), labelled: None, unlabelled: None }.seeing(rows)
    }

    /// The same with these rows of the domain, whose labels are not taken over.
    pub fn seeing(self, rows: &Dataset<F>) -> Self {
        let (features, columns) = (rows.features.clone(), rows.columns.clone());
        Self { unlabelled: Some(Unlabelled { features, columns }), ..self }
    }
}

/// The labelled rows of all domains.
pub struct Pooled<F: Float = f32> {
    /// The sources' rows, then the target's.
    pub rows: Dataset<F>,
    /// How many of them are the sources'.
    pub of_sources: usize,
    /// What their labels mean.
    pub outputs: Outputs,
}

impl<'g, F: Float> Given<'g, F> {
    /// Sources and target; the architecture is the first source's.
    ///
    /// # Panics
    /// If there is no source: then the architecture must be given.
    #[track_caller]
    pub fn new(sources: &'g [Source<F>], target: &'g Target<F>) -> Self {
        let Some(first) = sources.first() else {
            panic!("without a source, name the architecture")
        };
        Self { sources, target, spec: &first.spec }
    }

    /// The run of a strategy whose needs are met.
    ///
    /// # Errors
    /// As [`check`](Given::check).
    pub fn begin<'r>(&self, known: &Description, run: &Run<'r, F>) -> Result<Run<'r, F>, Error> {
        self.check(known)?;
        Ok(run.of(known.name))
    }

    /// Refuses what does not meet a strategy's needs, and columns that mean something else here and
    /// there.
    ///
    /// # Errors
    /// The first need that is not met, or column that differs.
    pub fn check(&self, known: &Description) -> Result<(), Error> {
        let Target { task, labelled, unlabelled } = self.target;
        let labels = labelled.as_ref().map(|data| data.label_columns.as_slice());
        let of_source = self.sources.first().map(|source| source.data.label_columns.as_slice());
        let column = labels.or(of_source).and_then(<[_]>::first);
        let classes = column.and_then(|column| column.as_classes()).map(nn::Labels::num_classes);
        let (sources, classes) = (self.sources.len(), column.map_or(Some(2), |_| classes));
        let unmet = known.needs.unmet(sources, labelled.is_some(), unlabelled.is_some(), classes);
        if let Some(why) = unmet {
            return Err(Error::Needs { strategy: known.name, why });
        }
        let rows = labelled.as_ref().map(|data| &data.features).into_iter();
        let rows = rows.chain(unlabelled.as_ref().map(|rows| &rows.features));
        if let Some(inputs) = self.spec.inputs()
            && let Some(columns) = rows.map(|x| x.size(1)).find(|&width| width != inputs)
        {
            return Err(Error::Columns { task: task.clone(), columns, inputs });
        }
        let known = self.columns();
        for columns in self.all_columns() {
            let mut pairs = known.iter().zip(columns).enumerate();
            if let Some((position, (here, there))) = pairs.find(|(_, (a, b))| a != b) {
                return Err(Error::Data(format!(
                    "column {position} of task \"{task}\" is \"{here}\", but \"{there}\" in the source"
                )));
            }
        }
        Ok(())
    }

    /// The names of the columns, which are the target's and the sources'.
    pub fn columns(&self) -> Vec<String> {
        self.all_columns().next().cloned().unwrap_or_default()
    }

    /// The names of every domain's columns, the target's first.
    fn all_columns(&self) -> impl Iterator<Item = &'g Vec<String>> {
        let Target { labelled, unlabelled, .. } = self.target;
        let labelled = labelled.iter().map(|data| &data.columns);
        let unlabelled = unlabelled.iter().map(|rows| &rows.columns);
        labelled.chain(unlabelled).chain(self.sources.iter().map(|source| &source.data.columns))
    }

    /// The target's labelled rows, its numbers on the first source's scale unless they have one.
    ///
    /// # Errors
    /// If there are none, or they cannot be learnt.
    pub fn examples(&self, run: &Run<'_, F>) -> Result<Examples<F>, Error> {
        let Target { task, labelled, .. } = self.target;
        let Some(data) = labelled else { return Err(Error::NoLabels { task: task.clone() }) };
        let examples = Examples::of(task, data, run.recipe.batch, run.order(task))?;
        let own = data.label_columns[0].as_numbers().and_then(|numbers| numbers.scale);
        let scale = self.sources.first().and_then(Source::scale);
        Ok(match (own, scale) {
            (None, Some(scale)) => examples.on_scale(scale),
            _ => examples,
        })
    }

    /// The labelled rows of all sources and, behind them, the target's, as one data set.
    ///
    /// # Errors
    /// If the target has none, or the domains' labels mean different things.
    pub fn pooled(&self, run: &Run<'_, F>) -> Result<Pooled<F>, Error> {
        let mut domains = Vec::new();
        for source in self.sources {
            domains.push(source.examples(None, run)?);
        }
        domains.push(self.examples(run)?);
        let outputs =
            common_meaning(domains.iter().rev().map(|examples| Outputs::of(examples, 0)))?;
        // All rows' numbers are learnt on the target's scale, which is the outputs'.
        let scale = match outputs {
            Outputs::Classes { .. } => Scale::UNSCALED,
            Outputs::Numbers { scale, .. } => scale,
        };
        let labels = |examples: &Examples<F>| {
            examples.labels().iter().map(|column| column.clone().on_scale(scale)).collect()
        };
        let data = |examples: &Examples<F>| Dataset {
            features: examples.features().clone(),
            columns: self.columns(),
            label_columns: labels(examples),
        };
        let mut rows = data(&domains[0]);
        for examples in &domains[1..] {
            rows = rows.followed_by(&data(examples))?;
        }
        let of_target = domains.last().map_or(0, Examples::num_rows);
        Ok(Pooled { of_sources: rows.num_rows() - of_target, rows, outputs })
    }

    /// The target's rows without labels, `[rows, columns]`.
    ///
    /// # Errors
    /// If there are none.
    pub fn unlabelled(&self, strategy: &'static str) -> Result<&'g Tensor<F>, Error> {
        let rows = self.target.unlabelled.as_ref().map(|rows| &rows.features);
        let rows = rows.filter(|rows| rows.size(0) > 0);
        rows.ok_or_else(|| unmet(strategy, "needs unlabelled rows of the target"))
    }

    /// The first source.
    ///
    /// # Errors
    /// If there is none.
    pub fn source(&self, strategy: &'static str) -> Result<&'g Source<F>, Error> {
        self.sources.first().ok_or_else(|| unmet(strategy, "needs at least 1 sources, not 0"))
    }
}

fn unmet(strategy: &'static str, why: &str) -> Error {
    Error::Needs { strategy, why: why.to_owned() }
}

/// A learnt target task.
pub struct Fitted<F: Float = f32> {
    /// What predicts.
    pub learnt: Learnt<F>,
    /// What its outputs mean.
    pub outputs: Outputs,
    /// The names of the columns that a row has.
    pub columns: Vec<String>,
    /// The scale to which rows are brought before [`predict`](Fitted::predict): that of the rows it was
    /// trained on, for whoever scaled them to set. It stands in the file and in the ONNX network.
    pub scaler: Option<Scaler>,
    /// What the steps wrote down.
    pub log: Vec<Record>,
    /// How many numbers the training on the target moved, those of helpers like a critic included.
    pub trained: usize,
    /// Multiply-adds to predict one row.
    pub multiply_adds: usize,
}

/// What predicts.
pub enum Learnt<F: Float = f32> {
    /// One network.
    Network(Sequential<F>),
    /// Several learners together, and in which way.
    Ensemble(Box<dyn Predictor<F>>),
}

/// Rows in, outputs out.
pub trait Predictor<F: Float = f32>: Send + Sync {
    /// What it is, such as "a vote of 3 networks".
    fn what(&self) -> String;
    /// The outputs of rows, `[rows, columns]` to `[rows, outputs]`.
    fn outputs(&self, x: &Tensor<F>) -> Tensor<F>;
    /// Multiply-adds to predict one row.
    fn multiply_adds(&self) -> usize;
}

impl<F: Float> Fitted<F> {
    /// A network that was trained on the target.
    pub fn network(
        model: Sequential<F>,
        outputs: Outputs,
        given: &Given<'_, F>,
        run: &Run<'_, F>,
    ) -> Self {
        let trained = model.num_trainable();
        let multiply_adds = train::multiply_adds(&model);
        let (learnt, columns, log) = (Learnt::Network(model), given.columns(), run.log());
        Self { learnt, outputs, columns, scaler: None, log, trained, multiply_adds }
    }

    /// The network, if it is one.
    ///
    /// # Errors
    /// If several learners predict together.
    pub fn model(&self) -> Result<&Sequential<F>, Error> {
        match &self.learnt {
            Learnt::Network(model) => Ok(model),
            Learnt::Ensemble(several) => Err(Error::Architecture(format!(
                "{} is no single network: it predicts, but cannot be saved as one",
                several.what()
            ))),
        }
    }

    /// The outputs of rows, `[rows, columns]`: a logit for each class, `[rows, classes]`, or a number
    /// in its own unit, `[rows, 1]`.
    ///
    /// # Panics
    /// If the rows have another width.
    #[track_caller]
    pub fn predict(&self, x: &Tensor<F>) -> Tensor<F> {
        let outputs = match &self.learnt {
            Learnt::Network(model) => model.predict(x),
            Learnt::Ensemble(several) => several.outputs(x),
        };
        self.outputs.in_own_unit(outputs)
    }

    /// The network as an ONNX file that takes rows as they were measured, if there is a scaler, and
    /// gives what [`predict`](Fitted::predict) gives, for classes their probabilities too.
    ///
    /// # Errors
    /// If what was learnt is no network, or it has an operation without a counterpart.
    pub fn onnx(&self) -> Result<Vec<u8>, Error> {
        let (model, scaler) = (self.model()?, self.scaler.as_ref());
        let (columns, outputs) = (&self.columns, &self.outputs);
        onnx::learnt(columns, scaler, |x| model.forward(x), &model.named(), outputs)
    }

    /// Writes the network, its architecture and what its outputs mean to a file.
    ///
    /// # Errors
    /// If the file cannot be written, or what was learnt is no network, or one with a layer that
    /// has no spec.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let model = self.model()?;
        let spec = model.spec().ok_or_else(|| {
            Error::Architecture("the network has a layer without a spec".to_owned())
        })?;
        let (columns, outputs) = (self.columns.clone(), vec![self.outputs.clone()]);
        let (architecture, scaler) = (None, self.scaler.clone());
        train::save(path, model, &Saved { spec, architecture, columns, outputs, scaler })
    }

    /// What [`save`](Fitted::save) wrote, to predict or to be trained on; `layers` are those that
    /// may occur.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or holds something else.
    pub fn load(path: impl AsRef<Path>, layers: &Layers) -> Result<Self, Error> {
        let (state, saved) = train::load(path, layers)?;
        let [outputs] = <[Outputs; 1]>::try_from(saved.outputs).map_err(|found| {
            Error::Architecture(format!("the file is of {} tasks", found.len()))
        })?;
        let model = saved.spec.build(autograd::Seed::new(0));
        model.load_state_dict(&state)?;
        let (trained, multiply_adds) = (0, train::multiply_adds(&model));
        let (learnt, columns, log) = (Learnt::Network(model), saved.columns, vec![]);
        Ok(Self { learnt, outputs, columns, scaler: saved.scaler, log, trained, multiply_adds })
    }
}

/// What the labels of all domains mean, if they mean the same.
pub(crate) fn common_meaning(domains: impl IntoIterator<Item = Outputs>) -> Result<Outputs, Error> {
    let mut domains = domains.into_iter();
    let one = domains.next().expect("there is a domain");
    match domains.find(|other| !other.agrees(&one)) {
        None => Ok(one),
        Some(other) => Err(Error::Data(format!(
            "the labels of all domains must mean the same, but one has {one}, another {other}"
        ))),
    }
}
