//! State dicts: a model's values by name, and what loading one found.

use std::fmt;

use autograd::{Float, Parameter, Shape, Tensor};

use crate::error::shown_up_to;

/// A model's values by name, in the model's order: PyTorch's state dict.
///
/// Two are equal if they have the same names with the same values, in whatever order.
///
/// ```
/// use nn::{Linear, Parameters, Seed};
/// let source: Linear = Linear::new(3, 2, Seed::new(1));
/// let target: Linear = Linear::new(3, 2, Seed::new(2));
/// let state = source.state_dict();
/// target.load_state_dict(&state)?;
/// assert_eq!(target.weight.value(), *state.get("weight").unwrap());
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone)]
pub struct StateDict<F: Float = f32> {
    entries: Vec<(String, Tensor<F>)>,
}

impl<F: Float> StateDict<F> {
    /// No values yet.
    pub fn new() -> Self {
        StateDict { entries: Vec::new() }
    }

    /// These values, no two of one name.
    pub(crate) fn of_distinct(entries: Vec<(String, Tensor<F>)>) -> Self {
        StateDict { entries }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<F>> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets the value of this name, in its old place or else at the end; returns the old one.
    pub fn insert(&mut self, name: &str, value: Tensor<F>) -> Option<Tensor<F>> {
        if let Some((_, old)) = self.entries.iter_mut().find(|(known, _)| known == name) {
            return Some(std::mem::replace(old, value));
        }
        self.entries.push((name.to_owned(), value));
        None
    }

    /// Takes the value of this name out.
    pub fn remove(&mut self, name: &str) -> Option<Tensor<F>> {
        let place = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.remove(place).1)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor<F>)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<F: Float> Default for StateDict<F> {
    fn default() -> Self {
        Self::new()
    }
}
impl<F: Float> PartialEq for StateDict<F> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}
/// A later value of a name replaces an earlier one.
impl<F: Float> FromIterator<(String, Tensor<F>)> for StateDict<F> {
    fn from_iter<I: IntoIterator<Item = (String, Tensor<F>)>>(entries: I) -> Self {
        let mut state = Self::new();
        for (name, value) in entries {
            state.insert(&name, value);
        }
        state
    }
}
impl<F: Float> IntoIterator for StateDict<F> {
    type Item = (String, Tensor<F>);
    type IntoIter = std::vec::IntoIter<Self::Item>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
impl<F: Float> fmt::Debug for StateDict<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes = self.entries.iter().map(|(name, value)| (name, value.shape()));
        f.debug_map().entries(shapes).finish()
    }
}

/// What loading a state into a model did with each name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct LoadReport {
    /// In both, with equal shapes.
    pub loaded: Vec<String>,
    /// In the model, not in the state.
    pub missing: Vec<String>,
    /// In the state, not in the model.
    pub unexpected: Vec<String>,
    /// In both, with different shapes.
    pub misshapen: Vec<Misshapen>,
    /// In the state and known to be of no use here: PyTorch's `num_batches_tracked`.
    pub ignored: Vec<String>,
}

/// A tensor whose shape in the state is not that of the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misshapen {
    /// The tensor's name.
    pub name: String,
    /// The shape in the model.
    pub model: Vec<usize>,
    /// The shape in the state.
    pub state: Vec<usize>,
}

impl LoadReport {
    /// Whether every name was in both with equal shapes: what strict loading asks for.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshapen.is_empty()
    }

    pub(crate) fn compare<F: Float>(
        named: &[(String, Parameter<F>)],
        state: &StateDict<F>,
    ) -> LoadReport {
        let mut report = LoadReport::default();
        for (name, parameter) in named {
            let shape = parameter.shape();
            match state.get(name) {
                None => report.missing.push(name.clone()),
                Some(value) if value.shape() == shape => report.loaded.push(name.clone()),
                Some(value) => report.misshapen.push(Misshapen {
                    name: name.clone(),
                    model: shape.to_vec(),
                    state: value.shape().to_vec(),
                }),
            }
        }
        let known = |name: &str| named.iter().any(|(known, _)| known == name);
        for name in state.names().filter(|name| !known(name)) {
            let counter = name.rsplit('.').next() == Some("num_batches_tracked");
            let list = if counter { &mut report.ignored } else { &mut report.unexpected };
            list.push(name.to_owned());
        }
        report
    }
}

/// What does not fit, or how many tensors were loaded if all do.
impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first form that is short enough for a message; the lists themselves hold all.
        const LONGEST: usize = 155;
        if self.is_complete() {
            return write!(f, "{} tensors loaded", self.loaded.len());
        }
        let forms = [(2, 40), (1, 40), (1, 16)].map(|(shown, length)| self.sentence(shown, length));
        let counts = || self.sentence(0, 0);
        f.write_str(&forms.into_iter().find(|form| form.len() <= LONGEST).unwrap_or_else(counts))
    }
}

impl LoadReport {
    /// What does not fit: for each kind this many tensors, and how many more there are.
    fn sentence(&self, most: usize, longest: usize) -> String {
        let quoted = |name: &str| format!("\"{}\"", shown_up_to(name, longest));
        let all = |names: &[String]| names.iter().map(|name| quoted(name)).collect();
        let misshapen = self.misshapen.iter().map(|tensor| {
            let (model, state) = (Shape::from(&tensor.model), Shape::from(&tensor.state));
            format!("{} ({state} for the model's {model})", quoted(&tensor.name))
        });
        let kinds: [(&str, Vec<String>); 3] = [
            ("of another shape", misshapen.collect()),
            ("missing", all(&self.missing)),
            ("unexpected", all(&self.unexpected)),
        ];
        let mut sentences = Vec::new();
        for (kind, names) in kinds.iter().filter(|(_, names)| !names.is_empty()) {
            let shown = names.len().min(most);
            let more = match names.len() - shown {
                0 => String::new(),
                more if shown > 0 => format!(" and {more} more"),
                more => format!("{more} tensors"),
            };
            sentences.push(format!("{kind}: {}{more}", names[..shown].join(", ")));
        }
        sentences.join("; ")
    }
}
