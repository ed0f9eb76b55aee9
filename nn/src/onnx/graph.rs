//! From the nodes of a tape to those of a file.

use std::collections::BTreeMap;

use autograd::{Float, Recorded, Tape, Tensor};

use super::proto::{Attribute, Node, Values};
use crate::Error;

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
    pub(super) fn new(tape: &'t Tape<F>, input: usize, rows: usize) -> Self {
        let recorded: Vec<Recorded> = tape.nodes().collect();
        let mut depends = vec![false; recorded.len()];
        depends[input] = true;
        for node in &recorded {
            depends[node.place] |= node.inputs.iter().any(|&from| depends[from]);
        }
        let names = BTreeMap::from([(input, ROWS.to_owned())]);
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
        self.node("Identity", vec![from], name, &[]);
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
            self.tensor(&name, &self.tape.value_at(place));
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
            "neg" => self.node("Neg", from, name, &[]),
            "exp" => self.node("Exp", from, name, &[]),
            "relu" => self.node("Relu", from, name, &[]),
            "tanh" => self.node("Tanh", from, name, &[]),
            "sigmoid" => self.node("Sigmoid", from, name, &[]),
            "reverse_gradient" => self.node("Identity", from, name, &[]),
            "matmul" if flat => self.node("MatMul", from, name, &[]),
            "linear" | "linear_no_bias" | "matmul_nt" if flat => {
                self.node("Gemm", from, name, &[("transB", 1)]);
            }
            // The other axis would mix rows.
            "softmax" if flat && self.over_columns(node) => {
                self.node("Softmax", from, name, &[("axis", 1)]);
            }
            "log_softmax" if flat && self.over_columns(node) => {
                self.node("LogSoftmax", from, name, &[("axis", 1)]);
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
            self.tensor(&from[1], &Tensor::scalar(F::of(number)));
        }
        self.node(kind, from, name, &[]);
        Ok(())
    }

    fn concatenation(&mut self, node: &Recorded, from: Vec<String>, name: &str) -> Outcome {
        let joined = |&axis: &usize| {
            let sizes = node.inputs.iter().map(|&from| self.recorded[from].shape.axis(axis));
            sizes.sum::<usize>() == node.shape.axis(axis)
        };
        let joined = (1..node.shape.rank()).find(joined);
        let Some(axis) = joined else { return self.refuse(node, "joins rows") };
        self.node("Concat", from, name, &[("axis", axis as i64)]);
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
            self.tensor(&beside, &Tensor::scalar(weight));
            self.node("Mul", vec![from.clone(), beside], &part, &[]);
            parts.push(part);
        }
        self.node("Sum", parts, name, &[]);
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
        self.node(kind, vec![from.to_owned(), beside], name, options);
    }

    fn tensor(&mut self, name: &str, value: &Tensor<F>) {
        let number = |x: &F| match size_of::<F>() {
            4 => (x.to_f64() as f32).to_le_bytes().to_vec(),
            _ => x.to_f64().to_le_bytes().to_vec(),
        };
        self.parts.values.push(Values {
            dims: value.shape().to_vec().iter().map(|&size| size as i64).collect(),
            data_type: kind::<F>(),
            name: name.to_owned(),
            raw_data: value.as_slice().iter().flat_map(number).collect(),
        });
    }

    fn node(&mut self, kind: &str, input: Vec<String>, output: &str, options: Options) {
        let option = |&(name, i): &(&str, i64)| Attribute { name: name.to_owned(), i, kind: 2 };
        self.parts.nodes.push(Node {
            input,
            output: vec![output.to_owned()],
            op_type: kind.to_owned(),
            attribute: options.iter().map(option).collect(),
        });
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
