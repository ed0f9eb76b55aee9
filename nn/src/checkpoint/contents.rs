//! A checkpoint's contents: from a file, to a file, and into a model.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use autograd::{Float, Seed};

use super::fault::Fault;
use super::raw::{self, Raw, RawTensor};
use super::{Notes, Progress, Training, element, notes, training};
use crate::{Error, Layers, LoadReport, Optimizer, Parameters, Sequential, StateDict, file};

/// What a checkpoint file holds: a model's tensors by name, notes, and training that stopped.
///
/// [`save`](super::save) and [`load`](super::load) are short for a model alone; with all else a file
/// is written and read here:
///
/// ```
/// use nn::{Linear, Parameters, Seed, checkpoint::Checkpoint};
/// # let file = std::env::temp_dir().join(format!("nn-contents-{}.safetensors", std::process::id()));
/// let trained: Linear = Linear::new(3, 2, Seed::new(1));
/// let mut checkpoint = Checkpoint::new(trained.state_dict());
/// checkpoint.notes.others.insert("language".to_owned(), "es".into());
/// checkpoint.write(&file)?;
///
/// let model: Linear = Linear::new(3, 2, Seed::new(2));
/// let read = Checkpoint::read(&file)?;
/// assert_eq!(read.notes.others["language"], "es");
/// assert_eq!(read.load(&model)?.loaded, ["weight", "bias"]);
///
/// let wider: Linear = Linear::new(3, 5, Seed::new(3));
/// assert!(read.load_matching(&wider).is_err());          // neither weight nor bias fits
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint<F: Float = f32> {
    /// The model's tensors; of a file, in the order of its header.
    pub state: StateDict<F>,
    /// Facts beside them.
    pub notes: Notes,
    /// What training needs to go on; `None` in a checkpoint of a model alone.
    pub training: Option<Training<F>>,
    /// Tensors of a file whose numbers are not read; they are written again as they were.
    unread: BTreeMap<String, RawTensor<'static>>,
    /// The file that it was read from.
    file: Option<PathBuf>,
    /// What stands in the way of going on in another type: the first tensor that was converted.
    converted: Option<(String, String)>,
}

impl<F: Float> Checkpoint<F> {
    /// A checkpoint of these tensors alone, such as a model's [`state_dict`](Parameters::state_dict).
    pub fn new(state: StateDict<F>) -> Self {
        let (notes, unread) = (Notes::default(), BTreeMap::new());
        Checkpoint { state, notes, training: None, unread, file: None, converted: None }
    }

    /// This checkpoint with what training needs to go on: the optimiser's state and the progress.
    ///
    /// Training that is stopped after any step and [resumed](Checkpoint::resume) gives bit for bit
    /// what it would have given, if the rest of its loop is a function of the step:
    ///
    /// ```
    /// use autograd::{Tape, Tensor};
    /// use nn::checkpoint::{Checkpoint, Progress};
    /// use nn::{Adam, Batches, Linear, Module, Optimizer, Parameters, Schedule, Seed};
    /// # let file = std::env::temp_dir().join(format!("nn-training-{}.safetensors", std::process::id()));
    /// let x = Tensor::from_fn([6, 3], |i| (i % 5) as f32);
    /// let labels = [0, 1, 0, 1, 1, 0];
    /// let train = |model: &Linear, optimizer: &mut Adam, mut progress: Progress, until: usize| {
    ///     let batches = Batches::new(6, 4, progress.seed.child("order"));
    ///     while progress.step < until {
    ///         let rows = batches.at(progress.step);
    ///         let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
    ///         let tape = Tape::training(progress.seed.child("dropout").child(progress.step));
    ///         let loss = model.forward(tape.constant(x.rows(&rows))).cross_entropy(&classes);
    ///         optimizer.set_learning_rate(progress.schedule.at(progress.step));
    ///         optimizer.step(loss.backward());
    ///         progress.step += 1;
    ///     }
    ///     progress
    /// };
    /// let schedule = Schedule::Cosine { rate: 0.1, minimum: 0.0, steps: 20 };
    /// let start = Progress { step: 0, schedule, seed: Seed::new(7) };
    ///
    /// let model = Linear::new(3, 2, Seed::new(1));
    /// let mut optimizer = Adam::new(&model, 0.1);
    /// let progress = train(&model, &mut optimizer, start, 7);
    /// Checkpoint::new(model.state_dict()).with_training(&optimizer, &progress).write(&file)?;
    /// train(&model, &mut optimizer, progress, 20);
    ///
    /// let resumed = Linear::new(3, 2, Seed::new(2));     // later: another program, other weights
    /// let mut optimizer = Adam::new(&resumed, 0.1);
    /// let progress = Checkpoint::read(&file)?.resume(&resumed, &mut optimizer)?;
    /// train(&resumed, &mut optimizer, progress, 20);
    /// assert_eq!(resumed.state_dict(), model.state_dict());
    /// # std::fs::remove_file(&file).unwrap();
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// [`load`](super::load) reads the weights of such a file; in Python they stand under their
    /// names, the optimiser's tensors under theirs after `optimizer/`.
    #[must_use]
    pub fn with_training(
        self,
        optimizer: &(impl Optimizer<F> + ?Sized),
        progress: &Progress,
    ) -> Self {
        let training = Training { optimizer: optimizer.state(), progress: progress.clone() };
        Checkpoint { training: Some(training), ..self }
    }

    /// Reads a file. Tensors of types that no model here has, such as whole numbers, are kept aside:
    /// loading reports them as unexpected.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, or a damaged one.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let contents = Raw::read(path).and_then(Self::of_raw).map_err(|fault| fault.at(path))?;
        Ok(Checkpoint { file: Some(path.to_owned()), ..contents })
    }

    /// Writes a file, as [`file::replace`] does.
    ///
    /// # Errors
    /// If the file cannot be written; a file that was there is then as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        file::replace(path, &self.to_bytes().map_err(|fault| fault.at(path))?)
    }

    /// Sets all of the model's parameters and buffers to the tensors; of stopped training, the
    /// weights alone.
    ///
    /// # Errors
    /// If a name is missing or unexpected, or a shape differs. The model is then as it was.
    pub fn load(&self, model: &(impl Parameters<F> + ?Sized)) -> Result<LoadReport, Error> {
        let report = self.report(model, LoadReport::is_complete)?;
        self.state.set(&model.named());
        Ok(report)
    }

    /// Sets those of the model's parameters and buffers whose name and shape are here; the report
    /// lists the others.
    ///
    /// # Errors
    /// If there are tensors or parameters and none fits. The model is then as it was.
    #[doc(alias = "strict")]
    pub fn load_matching(
        &self,
        model: &(impl Parameters<F> + ?Sized),
    ) -> Result<LoadReport, Error> {
        let report = self.report(model, LoadReport::fits_in_part)?;
        self.state.set(&model.named());
        Ok(report)
    }

    /// Sets the model and the optimiser to what they were when training stopped, and returns how far
    /// it was.
    ///
    /// The optimiser must be of the same rule and made with the same options; the learning rate,
    /// which the checkpoint holds, may be any.
    ///
    /// # Errors
    /// If this is a checkpoint of a model alone, was written in another float type, or does not fit
    /// the model or the optimiser. Both are then as they were.
    pub fn resume(
        &self,
        model: &(impl Parameters<F> + ?Sized),
        optimizer: &mut (impl Optimizer<F> + ?Sized),
    ) -> Result<Progress, Error> {
        let Some(training) = &self.training else {
            let fault = "this is a checkpoint of a model, without the state of training";
            return Err(self.fault(Fault::of_file(fault)));
        };
        if let Some((name, dtype)) = &self.converted {
            let fault = format!("training in {dtype} cannot go on in {}", element::dtype::<F>());
            return Err(self.fault(Fault::of_tensor(name, fault)));
        }
        self.report(model, LoadReport::is_complete)?;
        optimizer.load_state(&training.optimizer).map_err(|error| match error {
            Error::OptimizerState(_) => self.fault(Fault::of_file(error.to_string())),
            other => other,
        })?;
        self.state.set(&model.named());
        Ok(training.progress.clone())
    }

    /// The network that the notes describe, of layers of this crate, with the weights.
    ///
    /// # Errors
    /// If there is no architecture among the notes, it cannot be built, or the weights are not those
    /// of it.
    pub fn network(&self) -> Result<Sequential<F>, Error> {
        self.network_with(&Layers::new())
    }

    /// As [`network`](Checkpoint::network), of these layers too.
    ///
    /// # Errors
    /// As [`network`](Checkpoint::network).
    pub fn network_with(&self, own: &Layers) -> Result<Sequential<F>, Error> {
        let Some(spec) = self.notes.spec.clone() else {
            let fault = "the checkpoint has no note of an architecture";
            return Err(self.fault(Fault::of_file(fault)));
        };
        let checked = spec.resolved(own).and_then(|spec| spec.check().map(|()| spec));
        let spec =
            checked.map_err(|error| self.fault(notes::unreadable("spec", &error.to_string())))?;
        // Before anything is built: an architecture may ask for more than a machine has.
        let entries: usize = self.state.iter().map(|(_, tensor)| tensor.len()).sum();
        let wanted = spec.num_parameters();
        if wanted > entries {
            return Err(self.fault(Fault::of_file(format!(
                "the checkpoint's architecture has {wanted} parameters, its tensors {entries} entries"
            ))));
        }
        let network = spec.build(Seed::new(0));
        self.load(&network)?;
        Ok(network)
    }

    /// Refuses numbers that are infinite or none.
    ///
    /// # Errors
    /// If there is one; the error names the first tensor with one, and its place.
    pub fn check_finite(&self) -> Result<(), Error> {
        for (name, tensor) in self.state.iter() {
            if let Some(place) = tensor.as_slice().iter().position(|x| !x.is_finite()) {
                let number = tensor.as_slice()[place];
                let fault = format!("entry {place} is {number}, not a finite number");
                return Err(self.fault(Fault::of_tensor(name, fault)));
            }
        }
        Ok(())
    }

    /// What loading into this model would do with each name, if that is enough.
    fn report(
        &self,
        model: &(impl Parameters<F> + ?Sized),
        enough: impl Fn(&LoadReport) -> bool,
    ) -> Result<LoadReport, Error> {
        let mut report = LoadReport::compare(&model.named(), &self.state);
        let missing: HashSet<&str> = report.missing.iter().map(String::as_str).collect();
        if let Some((name, wanted)) = self.unread.iter().find(|it| missing.contains(&**it.0)) {
            let why = element::why_unread(wanted).unwrap_or_default();
            return Err(self.fault(Fault::of_tensor(name, why)));
        }
        self.unread.keys().for_each(|name| report.add_unused(name));
        if enough(&report) {
            return Ok(report);
        }
        Err(Error::Mismatch { file: self.file.clone(), report: Box::new(report) })
    }

    fn fault(&self, fault: Fault) -> Error {
        fault.at(self.file.as_deref())
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let mut notes = notes::to_json(&self.notes)?;
        if let Some(name) = self.state.names().find(|name| training::is_own(name)) {
            return Err(Fault::of_tensor(name, "the name is kept for an optimiser's state"));
        }
        let optimizer = self.training.as_ref().map(|it| training::to_json(it, &mut notes));
        let optimizer = optimizer.transpose()?.unwrap_or_default();
        let kind = if self.training.is_some() { "training" } else { "model" };
        notes.insert("kind".to_owned(), kind.into());
        let tensors = self.state.iter().chain(optimizer.iter());
        let mut tensors: Vec<_> =
            tensors.map(|(name, tensor)| element::to_raw(name, tensor)).collect();
        if let Some(twice) = self.unread.keys().find(|name| self.state.get(name).is_some()) {
            return Err(Fault::of_tensor(twice, "the file that was read has one as well"));
        }
        tensors.extend(self.unread.values().cloned());
        raw::to_bytes(notes, &tensors)
    }

    pub(super) fn of_raw(raw: Raw) -> Result<Self, Fault> {
        let mut contents = Checkpoint::new(StateDict::new());
        for tensor in raw.tensors() {
            if element::why_unread(&tensor).is_some() {
                contents.unread.insert(tensor.name.to_string(), tensor.into_owned());
                continue;
            }
            if contents.converted.is_none() && tensor.dtype != element::dtype::<F>() {
                contents.converted = Some((tensor.name.to_string(), tensor.dtype.to_string()));
            }
            contents.state.insert(&tensor.name, element::from_raw(&tensor)?);
        }
        let mut notes = raw.notes;
        contents.training = match notes.remove("kind") {
            Some(kind) if kind == "training" => {
                Some(training::from_json(&mut notes, &mut contents.state)?)
            }
            None => None,
            Some(kind) if kind == "model" => None,
            Some(kind) => {
                let why = format!("{kind} is neither \"model\" nor \"training\"");
                return Err(notes::unreadable("kind", &why));
            }
        };
        contents.notes = notes::from_json(notes)?;
        Ok(contents)
    }
}

/// Two are equal if they hold the same, wherever they come from.
impl<F: Float> PartialEq for Checkpoint<F> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
            && self.notes == other.notes
            && self.training == other.training
            && self.unread == other.unread
    }
}
