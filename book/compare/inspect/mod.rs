//! `compare inspect FILE`: what a checkpoint or a table holds.

mod table;

use std::path::Path;

use nn::checkpoint::{self, Summary};
use serde_json::{Value, json};

use crate::failure::Failure;

/// For people, or for programs as JSON; its fault is the user's to mend. What ends in `.csv` is a
/// table, everything else a checkpoint.
pub(crate) fn inspect(file: &Path, as_json: bool) -> Result<String, Failure> {
    let is_table = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if is_table {
        let table = table::Look::at(file)?;
        return Ok(if as_json { pretty(&table.json()) } else { table.text() });
    }
    let summary = checkpoint::inspect(file).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(if as_json { pretty(&json(&summary)) } else { summary.to_string() })
}

fn json(summary: &Summary) -> Value {
    let tensors = summary.tensors.iter().map(|tensor| {
        let (name, dtype, shape) = (&tensor.name, &tensor.dtype, &tensor.shape);
        let (norm, not_finite) = (tensor.norm, tensor.num_not_finite);
        json!({"name": name, "type": dtype, "shape": shape, "norm": norm, "not_finite": not_finite})
    });
    json!({
        "file": summary.file.to_string_lossy(),
        "bytes": summary.bytes,
        "hash": summary.hash,
        "tensors": tensors.collect::<Vec<_>>(),
        "notes": summary.notes,
        "metadata": summary.metadata,
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
