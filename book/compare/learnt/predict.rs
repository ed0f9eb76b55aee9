//! `compare predict --model M.safetensors --data X.csv`: labels and probabilities of new rows.

use std::path::Path;

use autograd::{Tape, Tensor};
use nn::Dataset;
use nn::data::{CsvConfig, CsvFile, Outputs};

use super::arguments::PredictArguments;
use super::model::{Model, refusal};
use crate::failure::Failure;
use crate::strategies::nearest;

/// No larger file is read.
const MAX_BYTES: usize = 4_000_000_000;

/// A table with a line for each row: its label and a probability for each class, or its number.
pub(crate) fn predict(arguments: &PredictArguments) -> Result<String, Failure> {
    let PredictArguments { model, data, task, na } = arguments;
    let model = Model::read(model, task.as_deref())?;
    let rows = rows(&model, data, na)?;
    let outputs = model.predict(&rows);
    let mut writer = csv::Writer::from_writer(vec![]);
    let mut line = |cells: Vec<String>| writer.write_record(cells).expect("memory takes all");
    match model.outputs() {
        Outputs::Numbers { name, .. } => {
            line(vec![name.clone()]);
            outputs.as_slice().iter().for_each(|value| line(vec![value.to_string()]));
        }
        Outputs::Classes { name, classes } => {
            let shares = Tape::predicting().constant(&outputs).softmax(1).value();
            let header = classes.iter().map(|class| format!("p({class})"));
            line([name.clone()].into_iter().chain(header).collect());
            for shares in shares.as_slice().chunks_exact(classes.len()) {
                let best =
                    (0..shares.len()).fold(0, |a, b| if shares[b] > shares[a] { b } else { a });
                let cells = shares.iter().map(f32::to_string);
                line([classes[best].clone()].into_iter().chain(cells).collect());
            }
        }
    }
    let bytes = writer.into_inner().expect("memory takes all");
    Ok(String::from_utf8(bytes).expect("cells were text"))
}

/// The file's rows with the network's columns, on its scale; other columns are left out.
fn rows(model: &Model, data: &Path, na: &[String]) -> Result<Tensor, Failure> {
    let file = CsvFile::open(data, MAX_BYTES).map_err(refusal)?;
    let there = file.columns(&CsvConfig::default()).map_err(refusal)?;
    let wanted = model.columns();
    if let Some(missing) = wanted.iter().find(|name| !there.contains(name)) {
        let near = nearest(missing, there.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!(" (its nearest is \"{near}\")"));
        let sentence = format!("column \"{missing}\" is missing{near}: the network needs it");
        return Err(Failure::Usage(format!("{}:1: {sentence}", data.display())));
    }
    let config = CsvConfig {
        ignored: there.into_iter().filter(|name| !wanted.contains(name)).collect(),
        missing: na.to_vec(),
        keep_missing: model.scaler().is_some_and(|scaler| scaler.fills),
        ..CsvConfig::default()
    };
    let rows: Dataset<f64> = file.dataset(&config).map_err(refusal)?;
    let ordered = in_order(rows, wanted);
    let scaled = match model.scaler() {
        Some(scaler) => scaler.apply(&ordered).map_err(refusal)?,
        None => ordered,
    };
    let x = scaled.features;
    check(&x, wanted, data)?;
    Ok(Tensor::from_fn(x.shape(), |i| x.as_slice()[i] as f32))
}

/// The same rows with their columns in this order.
fn in_order(rows: Dataset<f64>, wanted: &[String]) -> Dataset<f64> {
    let place = |name: &String| rows.columns.iter().position(|own| own == name).expect("there");
    let places: Vec<usize> = wanted.iter().map(place).collect();
    let (x, width) = (rows.features.as_slice(), places.len());
    let features =
        Tensor::from_fn([rows.num_rows(), width], |i| x[i / width * width + places[i % width]]);
    Dataset { features, columns: wanted.to_vec(), ..rows.clone() }
}

/// A number that single precision has no room for would make every probability NaN.
fn check(x: &Tensor<f64>, columns: &[String], data: &Path) -> Result<(), Failure> {
    let far = x.as_slice().iter().position(|x| !(*x as f32).is_finite());
    far.map_or(Ok(()), |i| {
        let (row, column) = (i / columns.len(), &columns[i % columns.len()]);
        let (data, value) = (data.display(), x.as_slice()[i]);
        let what = format!("row {} is {value:e} on the network's scale", row + 1);
        Err(Failure::Usage(format!("{data}: column \"{column}\": {what}, beyond its numbers")))
    })
}
