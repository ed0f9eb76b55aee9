//! `compare export M.safetensors M.onnx`: a learnt task for other runtimes.

use super::arguments::ExportArguments;
use super::model::{Model, refusal};
use crate::failure::Failure;
use crate::file::Destination;

/// Writes the task's ONNX file and says what it takes and gives.
pub(crate) fn export(arguments: &ExportArguments) -> Result<String, Failure> {
    let ExportArguments { model, to, task } = arguments;
    let model = Model::read(model, task.as_deref())?;
    let bytes = model.onnx().map_err(refusal)?;
    Destination::new(to)?.write_bytes(&bytes)?;
    let (columns, size) = (model.columns().len(), bytes.len());
    let rows = match model.scaler() {
        Some(_) => "as they were measured",
        None => "as the network was trained on them",
    };
    Ok(format!(
        "{}: {size} bytes for \"{}\"; it takes `rows` of {columns} columns, {rows}, and gives {}\n",
        to.display(),
        model.task(),
        model.outputs()
    ))
}
