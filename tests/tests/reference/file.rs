//! Reading the JSON files, with errors that name the file and the case.

use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Map, Value};

use autograd::Tensor;

use crate::Stored;

/// A case of `ops.json`.
#[derive(Deserialize)]
pub(crate) struct OperationCase {
    pub(crate) name: String,
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) attrs: Map<String, Value>,
    pub(crate) inputs: Vec<Stored>,
    pub(crate) output: Stored,
    pub(crate) cotangent: Stored,
    /// One for each input; `None` for an input that was held constant.
    pub(crate) gradients: Vec<Option<Stored>>,
}

/// What can be read as a case, and be wrong though it was read.
pub(crate) trait Readable: DeserializeOwned {
    fn name(&self) -> &str;
    fn check(&self) -> Result<(), String>;
}
impl Readable for OperationCase {
    fn name(&self) -> &str {
        &self.name
    }
    fn check(&self) -> Result<(), String> {
        let (gradients, inputs) = (self.gradients.len(), self.inputs.len());
        if gradients != inputs {
            return Err(format!("{gradients} gradients for {inputs} inputs"));
        }
        if self.cotangent.0.shape() != self.output.0.shape() {
            return Err("the cotangent's shape is not the output's".into());
        }
        Ok(())
    }
}

/// The whole file.
pub(crate) fn read(path: &Path) -> Value {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{shown} cannot be read: {error}"));
    serde_json::from_str(&quote_specials(&text))
        .unwrap_or_else(|error| panic!("{shown} is not JSON: {error}"))
}

/// The cases listed under `key`; each an error of its own if it cannot be read.
pub(crate) fn cases<T: Readable>(path: &Path, key: &str) -> Vec<Result<T, String>> {
    let mut file = read(path);
    let Some(Value::Array(list)) = file.get_mut(key).map(Value::take) else {
        panic!("{} has no list `{key}`", path.display());
    };
    let read = |(i, value): (usize, Value)| {
        let name = value.get("name").and_then(Value::as_str).map(String::from);
        let error = |what: String| {
            let name = name.clone().unwrap_or_else(|| format!("number {i}"));
            format!("{}: case {name} cannot be read: {what}", path.display())
        };
        let case = T::deserialize(value).map_err(|e| error(e.to_string()))?;
        case.check().map_err(error)?;
        Ok(case)
    };
    list.into_iter().enumerate().map(read).collect()
}

/// Python writes infinities and NaN as bare words, which JSON does not know: they become strings.
fn quote_specials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, piece) in text.split('"').enumerate() {
        if i > 0 {
            out.push('"');
        }
        // Every second piece is inside of a string (no name here holds an escaped quote).
        if i % 2 == 1 || !(piece.contains("Infinity") || piece.contains("NaN")) {
            out.push_str(piece);
            continue;
        }
        let quoted = piece
            .replace("-Infinity", "\"-inf\"")
            .replace("Infinity", "\"inf\"")
            .replace("NaN", "\"nan\"");
        out.push_str(&quoted);
    }
    out
}

/// A number, or the name of one that JSON does not know.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(f64),
    Named(String),
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            shape: Vec<usize>,
            data: Vec<Number>,
        }
        let Raw { shape, data } = Raw::deserialize(from)?;
        if shape.len() > autograd::MAX_AXES || shape.iter().product::<usize>() != data.len() {
            let message = format!("shape {shape:?} does not fit {} numbers", data.len());
            return Err(D::Error::custom(message));
        }
        let number = |number: Number| match number {
            Number::Plain(x) => Ok(x),
            Number::Named(name) => name
                .parse()
                .map_err(|_| D::Error::custom(format!("{name:?} where a number was expected"))),
        };
        let data = data.into_iter().map(number).collect::<Result<_, _>>()?;
        Ok(Stored(Tensor::new(&shape, data)))
    }
}
