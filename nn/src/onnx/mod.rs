//! Networks as ONNX files, for other runtimes and for devices.
//!
//! What a network computes is on its tape: the rows are recorded through it once, each operation that
//! depends on them becomes a node of the file, and all that does not, such as weights, mixing matrices
//! and scales, becomes a tensor of it. So any network is exported by its `forward` alone, scaling
//! and softmax too, if its operations are among those below.
//!
//! | recorded | in the file |
//! |---|---|
//! | `linear`, `linear_no_bias`, `matmul_nt`, `matmul` | `Gemm` with the second factor transposed, `MatMul` |
//! | `add`, `sub`, `mul`, `div`, `neg`, `exp`, `relu`, `tanh`, `sigmoid` | `Add` to `Sigmoid` |
//! | `softmax`, `log_softmax` over the columns | `Softmax`, `LogSoftmax` |
//! | `weighted_sum` with weights that do not depend on the rows | a `Mul` for each, and `Sum` |
//! | `concatenate`, `reshape`, `sum_axes` | `Concat`, `Reshape`, `ReduceSum` |

mod graph;
mod proto;

use autograd::{Float, Parameter, Tape, Tensor, Var};
use prost::Message as _;

use crate::Error;
use crate::data::{Outputs, Scaler};
use graph::Builder;
use proto::{Entry, Extent, Graph, Kind, Model, OperatorSet, Port, Size, Sizes, TensorKind};

/// The bytes of an ONNX file that computes what `forward` does with rows of so many columns.
///
/// With a scaler the file takes rows as they were measured and brings them to its scale first; they
/// are double if a mean is more than a thousand deviations.
///
/// `forward` records the outputs, each with a name, from the rows `[rows, columns]`; it is called
/// twice. `parameters` give their names to tensors of the file; `notes` stand in the file's metadata,
/// by key. The file has an input `rows`, of any number of rows, in the numeric type of the network.
///
/// # Errors
/// If an operation has no counterpart, or a value that should not depend on the rows does, such as
/// one that was detached; the operation is named.
///
/// ```
/// use nn::{Linear, Module, Parameters, Seed, onnx};
/// let model = Linear::<f32>::new(4, 3, Seed::new(0));
/// let bytes = onnx::export(
///     4,
///     None,
///     |x| vec![("logits".to_owned(), model.forward(x))],
///     &model.named(),
///     [("classes", "a, b, c")],
/// )?;
/// assert!(bytes.windows(6).any(|name| name == b"weight"));
/// # Ok::<(), nn::Error>(())
/// ```
///
/// # Source
/// The ONNX specification, intermediate representation 8, operator set 17.
pub fn export<'n, F: Float>(
    columns: usize,
    scaler: Option<&Scaler>,
    forward: impl for<'t> Fn(Var<'t, F>) -> Vec<(String, Var<'t, F>)>,
    parameters: &[(String, Parameter<F>)],
    notes: impl IntoIterator<Item = (&'n str, &'n str)>,
) -> Result<Vec<u8>, Error> {
    // Two passes, with other rows and another number of them: what is the same in both does not
    // depend on the rows, and a size that differs is theirs.
    let passes = [(7, 0.1), (5, -0.3)].map(|(rows, offset)| {
        let x = Tensor::from_fn([rows, columns], |i| F::of(offset + (i % 11) as f64 / 4.0));
        (rows, x)
    });
    let names = || parameters.iter().map(|(name, parameter)| (name.clone(), parameter.share()));
    let tapes = [(); 2].map(|()| Tape::<F>::default().naming(names()));
    let start = if scaler.is_some() { "scaled" } else { graph::ROWS };
    let mut parts = Vec::with_capacity(2);
    let mut ports = Vec::new();
    for (tape, (rows, x)) in tapes.iter().zip(passes) {
        let x = tape.leaf(x);
        let outputs = forward(x);
        let mut builder = Builder::new(tape, x.place(), rows, start);
        if let Some(scaler) = scaler {
            builder.parts.scaling::<F>(scaler, start);
        }
        ports = vec![];
        for (name, output) in outputs {
            ports.push(port(&name, output.shape().axis(1), graph::kind::<F>()));
            builder.output(output.place(), &name)?;
        }
        parts.push(builder.parts);
    }
    let [first, second] = [&parts[0], &parts[1]];
    first.check_against(second)?;
    let is_double = scaler.is_some_and(graph::is_wide);
    let measured = if is_double { graph::kind::<f64>() } else { graph::kind::<F>() };
    let graph = Graph {
        name: "network".to_owned(),
        node: first.nodes.clone(),
        initializer: first.values.clone(),
        input: vec![port(graph::ROWS, columns, measured)],
        output: ports,
    };
    let entry = |(key, value): (&str, &str)| Entry { key: key.to_owned(), value: value.to_owned() };
    let model = Model {
        ir_version: 8,
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        opset_import: vec![OperatorSet { domain: String::new(), version: 17 }],
        graph: Some(graph),
        metadata_props: notes.into_iter().map(entry).collect(),
    };
    Ok(model.encode_to_vec())
}

/// As [`export`], for a learnt task: the columns' names and what the outputs mean stand in the
/// metadata, as JSON.
///
/// # Errors
/// As [`export`].
pub fn learnt<F: Float>(
    columns: &[String],
    scaler: Option<&Scaler>,
    forward: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    parameters: &[(String, Parameter<F>)],
    outputs: &Outputs,
) -> Result<Vec<u8>, Error> {
    let json = |value: &serde_json::Value| value.to_string();
    let (names, meaning) = (json(&serde_json::json!(columns)), json(&serde_json::json!(outputs)));
    let notes = [("columns", names.as_str()), ("outputs", meaning.as_str())];
    export(columns.len(), scaler, |x| outputs.named(forward(x)), parameters, notes)
}

/// An input or output of any number of rows.
fn port(name: &str, columns: usize, elem_type: i32) -> Port {
    let named = Extent::Named("number_of_rows".to_owned());
    let sizes = [named, Extent::Number(columns as i64)];
    let dim = sizes.map(|extent| Size { extent: Some(extent) }).to_vec();
    let tensor = TensorKind { elem_type, shape: Some(Sizes { dim }) };
    Port { name: name.to_owned(), kind: Some(Kind { tensor: Some(tensor) }) }
}
