//! The options of what is done with a learnt task.

use std::path::PathBuf;

use clap::Args;

const PREDICT_EXAMPLES: &str = "\
Examples:
  compare predict --model book/data/digits.safetensors --data book/data/digits.csv
  compare predict --model book/data/digits.safetensors --data book/data/digits.csv \\
      --task target";

const EXPORT_EXAMPLES: &str = "\
Examples:
  compare export book/data/digits.safetensors target/digits.onnx
  compare export book/data/digits.safetensors target/mnist.onnx --task source";

/// Labels and probabilities of new rows, as CSV
///
/// The rows may have columns besides the network's, in any order; they are brought to the scale of
/// the training first.
#[derive(Args, Clone, Debug)]
#[command(after_help = PREDICT_EXAMPLES)]
pub(crate) struct PredictArguments {
    /// What a comparison saved with --save-best
    #[arg(long, value_name = "M.safetensors")]
    pub(crate) model: PathBuf,

    /// The table of new rows
    #[arg(long, value_name = "X.csv")]
    pub(crate) data: PathBuf,

    /// Which task, where the file holds several [default: the last, which is the target]
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,

    /// Texts that stand where nothing is known, as NA; an empty cell does in any case
    #[arg(long, value_name = "TEXT,...", value_delimiter = ',')]
    pub(crate) na: Vec<String>,
}

/// Writes a learnt task as an ONNX file, for devices and other runtimes
///
/// It takes rows as they were measured and gives what `compare predict` gives.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct ExportArguments {
    /// What a comparison saved with --save-best
    #[arg(value_name = "M.safetensors")]
    pub(crate) model: PathBuf,

    /// Where the ONNX file goes
    #[arg(value_name = "M.onnx")]
    pub(crate) to: PathBuf,

    /// Which task, where the file holds several [default: the last, which is the target]
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,
}
