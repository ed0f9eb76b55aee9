//! A learnt task as a file holds it, whichever crate learnt it.

use std::path::Path;

use autograd::Tensor;
use nn::data::{Outputs, Scaler};
use nn::{Error, train};

use crate::failure::Failure;
use crate::strategies::nearest;

/// What predicts.
pub(crate) enum Model {
    /// A network of one task.
    Single(Box<transfer::Fitted>),
    /// One task of a network of several.
    Joint(Box<multitask::Fitted>, usize),
}

impl Model {
    /// The file's only task, or the one of this name; of several the last, which is the target.
    pub(crate) fn read(file: &Path, task: Option<&str>) -> Result<Self, Failure> {
        let layers = transfer::layers();
        let (_, saved) = train::load::<f32>(file, &layers).map_err(refusal)?;
        if saved.architecture.is_none() {
            let fitted = transfer::Fitted::load(file, &layers).map_err(refusal)?;
            let model = Self::Single(Box::new(fitted));
            return match task {
                Some(name) if name != model.task() => {
                    Err(unknown(file, name, &[model.task().to_owned()]))
                }
                _ => Ok(model),
            };
        }
        let fitted = multitask::Fitted::load(file, &multitask::architectures(), &layers);
        let fitted = fitted.map_err(refusal)?;
        let names: Vec<String> = fitted.tasks.iter().map(|(name, _)| name.clone()).collect();
        let place = match task {
            None => names.len().checked_sub(1),
            Some(task) => names.iter().position(|name| name == task),
        };
        let place = place.ok_or_else(|| unknown(file, task.unwrap_or_default(), &names))?;
        Ok(Self::Joint(Box::new(fitted), place))
    }

    /// The task's name: of a single one that of its labels.
    pub(crate) fn task(&self) -> &str {
        match self {
            Self::Single(fitted) => fitted.outputs.name(),
            Self::Joint(fitted, task) => &fitted.tasks[*task].0,
        }
    }

    pub(crate) fn columns(&self) -> &[String] {
        match self {
            Self::Single(fitted) => &fitted.columns,
            Self::Joint(fitted, _) => fitted.columns(),
        }
    }

    pub(crate) fn scaler(&self) -> Option<&Scaler> {
        match self {
            Self::Single(fitted) => fitted.scaler.as_ref(),
            Self::Joint(fitted, _) => fitted.scaler(),
        }
    }

    pub(crate) fn outputs(&self) -> &Outputs {
        match self {
            Self::Single(fitted) => &fitted.outputs,
            Self::Joint(fitted, task) => &fitted.tasks[*task].1,
        }
    }

    /// Of rows on the scale.
    pub(crate) fn predict(&self, x: &Tensor) -> Tensor {
        match self {
            Self::Single(fitted) => fitted.predict(x),
            Self::Joint(fitted, task) => fitted.predict(*task, x),
        }
    }

    pub(crate) fn onnx(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::Single(fitted) => fitted.onnx(),
            Self::Joint(fitted, task) => fitted.onnx(*task),
        }
    }
}

fn unknown(file: &Path, task: &str, names: &[String]) -> Failure {
    let near = nearest(task, names.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!(" (did you mean \"{near}\"?)"));
    let names = names.join(", ");
    Failure::Usage(format!(
        "{}: there is no task \"{task}\"{near}; there is {names}",
        file.display()
    ))
}

/// What is wrong with a file is the user's to mend.
pub(super) fn refusal(error: Error) -> Failure {
    Failure::Usage(error.to_string())
}
