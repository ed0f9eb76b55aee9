//! Looking at a tape: what it recorded, as a list and as a picture, and where the first infinity or
//! NaN was made.

use std::fmt;
use std::sync::Arc;

use crate::identity::ByNumber;
use crate::non_finite::NonFinite;
use crate::tape::Lists;
use crate::{Float, Parameter, Shape, Tape, Tensor};

/// A node of a tape, as [`Tape::nodes`] shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// Its place on the tape, from 0.
    pub place: usize,
    /// What made its value: an operation, or `leaf`, `constant` or `parameter`.
    pub operation: &'static str,
    /// The places of the operation's inputs, in the order of its arguments.
    pub inputs: Vec<usize>,
    /// The number behind the input, of operations that have one: 2 of `x * 2`.
    pub number: Option<f64>,
    /// The shape of its value.
    pub shape: Shape,
    /// Whether a gradient can reach something through it.
    pub is_active: bool,
    /// The name of the parameter whose value it is, if it is one's and [`Tape::naming`] told it.
    pub parameter: Option<String>,
}

impl<F: Float> Tape<F> {
    /// The same tape, which from here on remembers the edges to constants as well, for
    /// [`nodes`](Tape::nodes) and [`graphviz`](Tape::graphviz). Other tapes drop them at once.
    ///
    /// ```
    /// use autograd::Tape;
    /// let tape = Tape::new().looking();
    /// let (x, c) = (tape.leaf(3.0), tape.constant(2.0));
    /// let y = c * x;
    /// let last = tape.nodes().last().unwrap();
    /// assert_eq!((last.operation, &last.inputs[..]), ("mul", &[1, 0][..]));
    /// let doubled = y * 2.0;
    /// assert_eq!(tape.nodes().last().unwrap().number, Some(2.0));
    /// assert_eq!(tape.value_at(doubled.place()).item(), 12.0);
    /// ```
    pub fn looking(self) -> Self {
        self.lists_mut().look.get_or_insert_default();
        self
    }

    /// As [`looking`](Tape::looking), and parameters are called by these names, on the tape and in
    /// the gradients that are swept from it.
    ///
    /// ```
    /// use autograd::{Parameter, Tape, Tensor};
    /// let weight = Parameter::new(Tensor::new([2], vec![1.0, 2.0]));
    /// let tape = Tape::new().naming([("weight", weight.share())]);
    /// let gradients = tape.watch(&weight).square().sum().backward();
    /// assert_eq!(format!("{tape:?}").lines().next(), Some("0: parameter \"weight\" [2]"));
    /// assert_eq!(format!("{gradients:?}"), "parameter \"weight\" [2]: [2.0, 4.0]\n");
    /// ```
    pub fn naming<N: Into<String>>(
        self,
        names: impl IntoIterator<Item = (N, Parameter<F>)>,
    ) -> Self {
        let names = names.into_iter().map(|(name, parameter)| (parameter.id(), name.into()));
        self.lists_mut().look.get_or_insert_default().names = Arc::new(names.collect());
        self
    }

    /// What the tape recorded, in order.
    ///
    /// # Panics
    /// If the tape is not [`looking`](Tape::looking).
    #[track_caller]
    pub fn nodes(&self) -> impl Iterator<Item = Recorded> {
        let looking = self.lists().look.is_some();
        assert!(looking, "this tape drops edges to constants: make it with `Tape::looking`");
        (0..self.len()).map(|place| self.lists().recorded(place))
    }

    /// The value at a place.
    ///
    /// # Panics
    /// If nothing is recorded there.
    #[track_caller]
    pub fn value_at(&self, place: usize) -> Tensor<F> {
        let values = self.len();
        assert!(place < values, "a tape of {values} values has none at {place}");
        self.lists().nodes[place].value.clone()
    }

    /// A picture of the tape in the language of Graphviz: a box for each node, an arrow from each of
    /// its inputs, dashed where no gradient goes back.
    ///
    /// # Panics
    /// If the tape is not [`looking`](Tape::looking).
    ///
    /// ```
    /// let tape = autograd::Tape::new().looking();
    /// let y = tape.leaf(3.0) * tape.constant(2.0);
    /// let picture = "digraph tape {
    ///     node [shape = box];
    ///     n0 [label = \"0: leaf\\n[]\"];
    ///     n1 [label = \"1: constant\\n[]\"];
    ///     n2 [label = \"2: mul\\n[]\"];
    ///     n0 -> n2;
    ///     n1 -> n2 [style = dashed];
    /// }
    /// ";
    /// assert_eq!(tape.graphviz(), picture);
    /// ```
    #[doc(alias = "make_dot")]
    #[track_caller]
    pub fn graphviz(&self) -> String {
        let mut lines = vec!["digraph tape {".to_owned(), "    node [shape = box];".to_owned()];
        let nodes: Vec<Recorded> = self.nodes().collect();
        for node in &nodes {
            // A backslash and a quotation mark have a meaning in a label.
            let label = node.label().replace('\\', r"\\").replace('"', r#"\""#);
            let (place, shape) = (node.place, node.shape);
            lines.push(format!(r#"    n{place} [label = "{place}: {label}\n{shape}"];"#));
            for &input in &node.inputs {
                let style = if nodes[input].is_active { "" } else { " [style = dashed]" };
                lines.push(format!("    n{input} -> n{place}{style};"));
            }
        }
        lines.push("}\n".to_owned());
        lines.join("\n")
    }

    /// The same tape, which from here on looks at every value it records, and at every cotangent of
    /// its sweeps, for the first that is infinite or NaN. Costs a pass over each.
    ///
    /// ```
    /// use autograd::{Tape, Tensor};
    /// let tape = Tape::new().checking();
    /// let x = tape.leaf(Tensor::new([2], vec![1.0, 0.0]));
    /// let loss = (x.ln() * x).sum();
    /// let found = tape.first_non_finite().unwrap();
    /// assert_eq!(found.to_string(), "ln gave -inf at entry 1 of shape [2]");
    /// ```
    #[doc(alias = "detect_anomaly")]
    pub fn checking(self) -> Self {
        self.lists_mut().checking = true;
        self
    }

    /// The first value that was not finite on a tape that is [`checking`](Tape::checking).
    pub fn first_non_finite(&self) -> Option<NonFinite> {
        self.lists().non_finite.as_deref().cloned()
    }
}

impl Recorded {
    fn label(&self) -> String {
        match &self.parameter {
            Some(name) => format!("{} {name:?}", self.operation),
            None => self.operation.to_owned(),
        }
    }
}

/// A line for each node: its place, what made it of which nodes, and its shape. Inputs that are
/// constants are among them on a tape that is [`looking`](Tape::looking).
///
/// ```
/// let tape = autograd::Tape::new();
/// let x = tape.leaf(3.0);
/// let y = (x * x).ln();
/// assert_eq!(format!("{tape:?}"), "0: leaf []\n1: mul(0, 0) []\n2: ln(1) []\n");
/// ```
impl<F: Float> fmt::Debug for Tape<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in 0..self.len() {
            let node = self.lists().recorded(place);
            write!(f, "{place}: {}", node.label())?;
            for (i, input) in node.inputs.iter().enumerate() {
                write!(f, "{}{input}", if i == 0 { "(" } else { ", " })?;
            }
            writeln!(f, "{} {}", if node.inputs.is_empty() { "" } else { ")" }, node.shape)?;
        }
        Ok(())
    }
}

/// What a tape that is looked at knows beside its lists.
#[derive(Default)]
pub(crate) struct Look {
    pub(crate) names: Arc<ByNumber<u64, String>>,
    /// Nodes that hold a parameter's value, in order, and whose.
    parameters: Vec<(u32, u64)>,
    /// Edges to constants, in order.
    dropped: Vec<Dropped>,
    /// The inputs of nodes whose pullbacks have another order than the arguments.
    orders: ByNumber<u32, Vec<usize>>,
    /// The numbers behind the inputs of nodes that have one.
    numbers: ByNumber<u32, f64>,
}
/// An edge that was dropped: of which node, before which place among the edges, to which input.
struct Dropped {
    node: u32,
    before: usize,
    input: u32,
}

impl Look {
    pub(crate) fn show_order(&mut self, node: u32, inputs: Vec<usize>) {
        self.orders.insert(node, inputs);
    }
    pub(crate) fn show_number(&mut self, node: u32, number: f64) {
        self.numbers.insert(node, number);
    }
}

impl<F: Float> Lists<F> {
    pub(crate) fn show_parameter(&mut self, node: u32, id: u64) {
        if let Some(look) = &mut self.look {
            look.parameters.push((node, id));
        }
    }

    pub(crate) fn show_constant(&mut self, node: u32, input: u32) {
        let before = self.edges.len();
        if let Some(look) = &mut self.look {
            look.dropped.push(Dropped { node, before, input });
        }
    }

    fn recorded(&self, place: usize) -> Recorded {
        let node = &self.nodes[place];
        Recorded {
            place,
            operation: self.names[place],
            inputs: self.inputs_of(place),
            number: self.look.as_ref().and_then(|l| l.numbers.get(&(place as u32)).copied()),
            shape: node.value.shape(),
            is_active: node.active,
            parameter: self.name_at(place as u32).cloned(),
        }
    }

    /// The inputs of a node, in the order of its arguments.
    fn inputs_of(&self, place: usize) -> Vec<usize> {
        let edges = self.edges_of(place);
        let input = |edge: usize| self.edges[edge].input as usize;
        let Some(look) = &self.look else { return edges.map(input).collect() };
        if let Some(inputs) = look.orders.get(&(place as u32)) {
            return inputs.clone();
        }
        let first = look.dropped.partition_point(|dropped| (dropped.node as usize) < place);
        let own = look.dropped[first..].iter().take_while(|one| one.node as usize == place);
        // An edge that was dropped before the edge at a place comes just before it.
        let mut inputs: Vec<_> = own.map(|one| (2 * one.before, one.input as usize)).collect();
        inputs.extend(edges.map(|edge| (2 * edge + 1, input(edge))));
        inputs.sort_by_key(|input| input.0);
        inputs.into_iter().map(|input| input.1).collect()
    }

    fn name_at(&self, node: u32) -> Option<&String> {
        let look = self.look.as_ref()?;
        let found = look.parameters.binary_search_by_key(&node, |parameter| parameter.0).ok()?;
        look.names.get(&look.parameters[found].1)
    }
}
