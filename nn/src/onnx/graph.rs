//! From the nodes of a tape to those of a file.

use std::collections::BTreeMap;

use autograd::{Float, Recorded, Tape, Tensor};

use super::proto::{Attribute, Node, Values};
use crate::Error;
use crate::data::Scaler;

/// The name of the input.
pub(super) const ROWS: &str = "rows";

/// What the format calls a numeric type.
pub(super) fn kind<F: Float>() -> i32 {
    if size_of::<F>() == 4 { 1 } else { 11 }
}

type Outcome = Result<(), Error>;
/// A node's options, whole numbers by name.
type Options<'o> = &'o [(&'o str, i64)];

/// The format's number for whole numbers of 64 bits.
const WHOLE: i32 = 7;

/// Whether rows must come in double precision: with a mean of a thousand deviations, single precision
/// has less than four digits for what varies.
pub(super) fn is_wide(scaler: &Scaler) -> bool {
    let mut columns = scaler.means.iter().zip(&scaler.divisors);
    columns.any(|(mean, divisor)| mean.abs() > 1000.0 * divisor)
}

/// What becomes of a tape.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) nodes: Vec<Node>,
    pub(super) values: Vec<Values>,
}

/// The file's nodes and tensors, as far as they are made.
pub(super) struct Builder<'t, F: Float> {
    tape: &'t Tape<F>,
    recorded: Vec<Recorded>,
    /// Whether a value depends on the rows.
    depends: Vec<bool>,
    rows: usize,
    input: usize,
    /// What the places of the tape that are in the file are called there.
    names: BTreeMap<usize, String>,
    pub(super) parts: Parts,
}

impl<'t, F: Float> Builder<'t, F> {
    /// `name` is what the rows are called where the network begins.
    pub(super) fn new(tape: &'t Tape<F>, input: usize, rows: usize, name: &str) -> Self {
        let recorded: Vec<Recorded> = tape.nodes().collect();
        let mut depends = vec![false; recorded.len()];
        depends[input] = true;
        for node in &recorded {
            depends[node.place] |= node.inputs.iter().any(|&from| depends[from]);
        }
        let names = BTreeMap::from([(input, name.to_owned())]);
        Self { tape, recorded, depends, rows, input, names, parts: Parts::default() }
    }

    /// Adds all that an output needs, and the output under its name.
    pub(super) fn output(&mut self, place: usize, name: &str) -> Result<(), Error> {
        // In the tape's order, and only what the output needs: no recursion, however deep.
        let mut needed = vec![false; place + 1];
        needed[place] = true;
        for node in (0..=place).rev() {
            if needed[node] && self.depends[node] && node != self.input {
                for &from in self.read(&self.recorded[node]) {
                    needed[from] = true;
                }
            }
        }
        for node in (0..=place).filter(|&node| needed[node]) {
            if !self.names.contains_key(&node) {
                self.add(node)?;
            }
        }
        let from = self.names[&place].clone();
        self.parts.node("Identity", &[&from], name, &[]);
        Ok(())
    }

    /// The inputs that a node of the file reads: the weights of a sum stand in it one by one.
    fn read<'n>(&self, node: &'n Recorded) -> &'n [usize] {
        let apart = node.operation == "weighted_sum" && !self.depends[node.inputs[0]];
        &node.inputs[usize::from(apart)..]
    }

    /// Adds what one place of the tape holds.
    fn add(&mut self, place: usize) -> Result<(), Error> {
        let node = self.recorded[place].clone();
        let name = node.parameter.clone().unwrap_or_else(|| format!("{}_{place}", node.operation));
        if self.depends[place] {
            self.operation(&node, &name)?;
        } else {
            self.parts.tensor(&name, &self.tape.value_at(place));
        }
        self.names.insert(place, name);
        Ok(())
    }

    fn operation(&mut self, node: &Recorded, name: &str) -> Result<(), Error> {
        let from: Vec<String> = self.read(node).iter().map(|at| self.names[at].clone()).collect();
        let shapes = node.inputs.iter().map(|&from| self.recorded[from].shape);
        let flat = shapes.chain([node.shape]).all(|shape| shape.rank() <= 2);
        match node.operation {
            "add" => self.beside("Add", node, from, name)?,
            "sub" => self.beside("Sub", node, from, name)?,
            "mul" => self.beside("Mul", node, from, name)?,
            "div" => self.beside("Div", node, from, name)?,
            "neg" => self.parts.node("Neg", &from, name, &[]),
            "exp" => self.parts.node("Exp", &from, name, &[]),
            "relu" => self.parts.node("Relu", &from, name, &[]),
            "tanh" => self.parts.node("Tanh", &from, name, &[]),
            "sigmoid" => self.parts.node("Sigmoid", &from, name, &[]),
            "reverse_gradient" => self.parts.node("Identity", &from, name, &[]),
            "matmul" if flat => self.parts.node("MatMul", &from, name, &[]),
            "linear" | "linear_no_bias" | "matmul_nt" if flat => {
                self.parts.node("Gemm", &from, name, &[("transB", 1)]);
            }
            // The other axis would mix rows.
            "softmax" if flat && self.over_columns(node) => {
                self.parts.node("Softmax", &from, name, &[("axis", 1)]);
            }
            "log_softmax" if flat && self.over_columns(node) => {
                self.parts.node("LogSoftmax", &from, name, &[("axis", 1)]);
            }
            "concatenate" => self.concatenation(node, from, name)?,
            "reshape" => self.reshape(node, &from[0], name)?,
            "sum_axes" => self.sum(node, &from[0], name)?,
            "weighted_sum" if from.len() < node.inputs.len() => self.mixture(node, &from, name),
            _ => return self.refuse(node, "has no counterpart"),
        }
        Ok(())
    }

    /// Whether each row of a softmax sums to 1, or its logarithm's exponential does.
    fn over_columns(&self, node: &Recorded) -> bool {
        let value = self.tape.value_at(node.place);
        let entry = |x: &F| if node.operation == "softmax" { x.to_f64() } else { x.to_f64().exp() };
        let rows = value.as_slice().chunks(node.shape.axis(1).max(1));
        // Rounding of a row's entries; a column of several rows sums to 1 instead.
        rows.map(|row| row.iter().map(entry).sum::<f64>()).all(|sum| (sum - 1.0).abs() < 1e-4)
    }

    /// An operation of two values, or of one and a number.
    fn beside(
        &mut self,
        kind: &str,
        node: &Recorded,
        mut from: Vec<String>,
        name: &str,
    ) -> Outcome {
        if from.len() == 1 {
            let Some(number) = node.number else { return self.refuse(node, "has no counterpart") };
            from.push(format!("{name}_number"));
            self.parts.tensor(&from[1], &Tensor::scalar(F::of(number)));
        }
        self.parts.node(kind, &from, name, &[]);
        Ok(())
    }

    fn concatenation(&mut self, node: &Recorded, from: Vec<String>, name: &str) -> Outcome {
        let joined = |&axis: &usize| {
            let sizes = node.inputs.iter().map(|&from| self.recorded[from].shape.axis(axis));
            sizes.sum::<usize>() == node.shape.axis(axis)
        };
        let joined = (1..node.shape.rank()).find(joined);
        let Some(axis) = joined else { return self.refuse(node, "joins rows") };
        self.parts.node("Concat", &from, name, &[("axis", axis as i64)]);
        Ok(())
    }

    fn reshape(&mut self, node: &Recorded, from: &str, name: &str) -> Outcome {
        let before = self.recorded[node.inputs[0]].shape;
        if [before, node.shape].iter().any(|shape| shape.to_vec().first() != Some(&self.rows)) {
            return self.refuse(node, "moves entries between rows");
        }
        // 0 is the input's own size.
        let sizes = node.shape.to_vec().into_iter().skip(1).map(|size| size as i64);
        let sizes: Vec<i64> = [0].into_iter().chain(sizes).collect();
        self.with_numbers("Reshape", from, name, &sizes, &[]);
        Ok(())
    }

    fn sum(&mut self, node: &Recorded, from: &str, name: &str) -> Outcome {
        let before = self.recorded[node.inputs[0]].shape;
        let axes = (0..before.rank()).filter(|&axis| before.axis(axis) != node.shape.axis(axis));
        let axes: Vec<i64> = axes.map(|axis| axis as i64).collect();
        if axes.contains(&0) {
            return self.refuse(node, "adds rows");
        }
        self.with_numbers("ReduceSum", from, name, &axes, &[("keepdims", 1)]);
        Ok(())
    }

    fn mixture(&mut self, node: &Recorded, from: &[String], name: &str) {
        let weights = self.tape.value_at(node.inputs[0]);
        let mut parts = Vec::with_capacity(from.len());
        for (i, (&weight, from)) in weights.as_slice().iter().zip(from).enumerate() {
            let (beside, part) = (format!("{name}_weight_{i}"), format!("{name}_part_{i}"));
            self.parts.tensor(&beside, &Tensor::scalar(weight));
            self.parts.node("Mul", &[from, &beside], &part, &[]);
            parts.push(part);
        }
        self.parts.node("Sum", &parts, name, &[]);
    }

    /// A node whose second input is whole numbers.
    fn with_numbers(
        &mut self,
        kind: &str,
        from: &str,
        name: &str,
        numbers: &[i64],
        options: Options,
    ) {
        let beside = format!("{name}_numbers");
        self.parts.values.push(Values {
            dims: vec![numbers.len() as i64],
            data_type: WHOLE,
            name: beside.clone(),
            raw_data: numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        });
        self.parts.node(kind, &[from, &beside], name, options);
    }

    fn refuse<T>(&self, node: &Recorded, why: &str) -> Result<T, Error> {
        let from: Vec<String> =
            node.inputs.iter().map(|&from| self.recorded[from].shape.to_string()).collect();
        let (operation, shape, from) = (node.operation, node.shape, from.join(" and "));
        Err(Error::Export(format!(
            "the operation {operation} from {from} to {shape} {why} in ONNX"
        )))
    }
}

impl Parts {
    /// What brings measured rows to the scale of the training: what is missing becomes its column's
    /// mean if the scaler fills, the mean is taken, and the rest divided. In double precision where
    /// single would lose the differences.
    pub(super) fn scaling<F: Float>(&mut self, scaler: &Scaler, name: &str) {
        let double = is_wide(scaler);
        for (name, x) in [("means", &scaler.means), ("divisors", &scaler.divisors)] {
            let name = format!("scale_{name}");
            if double {
                self.tensor(&name, &Tensor::<f64>::new([x.len()], x.clone()));
            } else {
                self.tensor(&name, &Tensor::<F>::from_fn([x.len()], |i| F::of(x[i])));
            }
        }
        let mut rows = ROWS;
        if scaler.fills {
            self.node("IsNaN", &[ROWS], "is_missing", &[]);
            self.node("Where", &["is_missing", "scale_means", ROWS], "filled", &[]);
            rows = "filled";
        }
        self.node("Sub", &[rows, "scale_means"], "centred", &[]);
        let divided = if double { "scaled_in_double" } else { name };
        self.node("Div", &["centred", "scale_divisors"], divided, &[]);
        if double {
            self.node("Cast", &[divided], name, &[("to", i64::from(kind::<F>()))]);
        }
    }

    fn tensor<F: Float>(&mut self, name: &str, value: &Tensor<F>) {
        let number = |x: &F| match size_of::<F>() {
            4 => (x.to_f64() as f32).to_le_bytes().to_vec(),
            _ => x.to_f64().to_le_bytes().to_vec(),
        };
        self.values.push(Values {
            dims: value.shape().to_vec().iter().map(|&size| size as i64).collect(),
            data_type: kind::<F>(),
            name: name.to_owned(),
            raw_data: value.as_slice().iter().flat_map(number).collect(),
        });
    }

    fn node(&mut self, kind: &str, input: &[impl AsRef<str>], output: &str, options: Options) {
        let option = |&(name, i): &(&str, i64)| Attribute { name: name.to_owned(), i, kind: 2 };
        self.nodes.push(Node {
            input: input.iter().map(|name| name.as_ref().to_owned()).collect(),
            output: vec![output.to_owned()],
            op_type: kind.to_owned(),
            attribute: options.iter().map(option).collect(),
        });
    }

    /// Refuses a network whose second pass, with other rows, made another file.
    pub(super) fn check_against(&self, other: &Self) -> Result<(), Error> {
        let same = self.nodes == other.nodes && self.values.len() == other.values.len();
        let pairs = self.values.iter().zip(&other.values);
        let moved = pairs.clone().find(|(a, b)| a != b).map(|(a, _)| a.name.as_str());
        match moved {
            Some(name) => Err(Error::Export(format!(
                "the value {name} depends on the rows in a way that the tape does not show: it was \
                 detached, or computed outside"
            ))),
            None if same => Ok(()),
            None => Err(Error::Export("the network computes otherwise for other rows".to_owned())),
        }
    }
}
